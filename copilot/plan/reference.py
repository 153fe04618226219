"""References to a renamed task, input or variable, rewritten where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.model.json import Json
from engine.source.document import Document, Path

_EXPRESSION = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_ROOTS = {
    "task": ("outputs", "tasks"),
    "input": ("inputs",),
    "variable": ("vars",),
    "trigger": (),
    "output": (),
}
_PLAIN_LISTS = {"task": "dependsOn", "input": "inputs"}


def renamed_references(document: Document, kind: str, old: str, new: str) -> str:
    """Return the text with every reference to `old` naming `new`: in expressions and in `dependsOn`."""
    text = document.text
    changes: list[tuple[int, int, str]] = []
    for path, value in _scalars(document.data, ()):
        span = document.span(path)
        raw = text[span.start : span.end]
        if "{{" in raw or "{%" in raw:
            rewritten = _EXPRESSION.sub(lambda match: _rewrite(match[0], kind, old, new), raw)
        elif value == old and _is_plain_reference(path, kind):
            rewritten = raw.replace(old, new)
        else:
            continue
        if rewritten != raw:
            changes.append((span.start, span.end, rewritten))
    for start, end, rewritten in sorted(set(changes), reverse=True):
        text = text[:start] + rewritten + text[end:]
    return text


def _scalars(value: Json, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _scalars(item, (*path, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _scalars(item, (*path, number))
    elif isinstance(value, str):
        yield path, value


def _is_plain_reference(path: Path, kind: str) -> bool:
    if kind == "trigger":
        return path[-1] == "trigger"
    if len(path) < 2 or not isinstance(path[-1], int):
        return False
    return path[-2] == _PLAIN_LISTS.get(kind) and (kind != "input" or "dependsOn" in path)


def _rewrite(expression: str, kind: str, old: str, new: str) -> str:
    simple = re.fullmatch(r"[A-Za-z_]\w*", new) is not None
    for root in _ROOTS[kind]:
        dotted = f".{new}" if simple else f"['{new}']"
        expression = re.sub(rf"(?<![\w.'\"]){root}\.{re.escape(old)}(?![\w-])", f"{root}{dotted}", expression)
        quoted = rf"(?<![\w.])({root}\[\s*)(['\"]){re.escape(old)}\2(\s*\])"
        expression = re.sub(quoted, rf"\g<1>\g<2>{new}\g<2>\g<3>", expression)
    return expression
