"""The documentation page of a plugin, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.docs.common import BLOCK, TASK, TRIGGER, Common
from engine.docs.fact import Facts, Property, facts_of
from engine.plugin import Plugin


def page(plugin: type[Plugin]) -> str:
    """Write the page: front matter, purpose, properties, outputs, failure, examples."""
    facts = facts_of(plugin)
    return "\n".join(_lines(facts)).rstrip() + "\n"


def _lines(facts: Facts) -> Iterator[str]:
    yield from ("---", f"title: {facts.name}", f"type: {facts.type}", f"kind: {facts.kind}")
    yield f"description: {_quoted(facts.purpose)}"
    yield from ("---", "", f"# {facts.name}", "")
    if facts.deprecated:
        yield from (f"**Deprecated:** use {facts.deprecated}.", "")
    yield from (facts.description, "", "```yaml", f"type: {facts.type}", "```", "")
    if facts.aliases:
        yield from (f"Older names of the type: {', '.join(f'`{name}`' for name in facts.aliases)}.", "")
    yield from _properties(facts)
    yield from _outputs(facts)
    if facts.failure:
        yield from ("## Failure", "", facts.failure, "")
    yield from _examples(facts)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _properties(facts: Facts) -> Iterator[str]:
    yield from ("## Properties", "")
    if not facts.properties:
        yield from ("It has no properties of its own.", "")
    for item in facts.properties:
        yield from _property(item)
    for old, new in facts.renamed.items():
        yield from (f"`{old}` is the old name of `{new}`.", "")
    common = _common(facts)
    if common:
        what = "trigger" if facts.kind == "trigger" else "task that runs tasks" if facts.flowable else "task"
        yield from (f"Like every {what} it also takes {', '.join(f'`{item.name}`' for item in common)}.", "")


def _common(facts: Facts) -> Sequence[Common]:
    own = {item.name for item in facts.properties}
    if facts.kind == "trigger":
        return [item for item in TRIGGER if item.name not in own]
    if facts.kind in ("task", "flowable task"):
        return [item for item in (*TASK, *(BLOCK if facts.flowable else ())) if item.name not in own]
    return []


def _property(item: Property) -> Iterator[str]:
    yield from (f"### `{item.name}`", "")
    parts = [f"Type: {item.words}", "required" if item.required else "optional"]
    default = item.default_text
    if default is not None and not item.required:
        parts.append(f"default: `{default}`")
    if item.static and "." not in item.name:
        parts.append("taken as written, without expressions")
    yield from (f"{'; '.join(parts)}.", "")
    if item.description:
        yield from (item.description, "")


def _outputs(facts: Facts) -> Iterator[str]:
    if not facts.outputs:
        if facts.kind in ("task", "flowable task"):
            yield from ("## Outputs", "", "It gives no outputs.", "")
        return
    trigger = facts.kind == "trigger"
    where = "{{ trigger.<name> }}" if trigger else "{{ outputs.<task id>.<name> }}"
    yield from ("## Outputs", "", f"Later tasks read them as `{where}`.", "")
    for item in facts.outputs:
        yield from (f"### Output `{item.name}`", "", f"Type: {item.words}.", "")
        if item.description:
            yield from (item.description, "")


def _examples(facts: Facts) -> Iterator[str]:
    if not facts.examples:
        return
    yield from ("## Examples", "")
    for example in facts.examples:
        yield from (f"### {example.title}", "", "```yaml", example.yaml.rstrip(), "```", "")
