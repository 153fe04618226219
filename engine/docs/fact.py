"""What is known of a plugin class: the one source of its page, schema, card and hover text."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.alias_generators import to_camel
from pydantic.fields import FieldInfo

from engine.docs.words import choices, kind_words, type_words
from engine.model.duration import duration_text
from engine.model.json import Json
from engine.plugin import Example, FlowableTask, Plugin, Task, Trigger
from engine.plugin.base import PREFIX, alternatives, properties_of

NOTHING = object()
"""The default of a property without one."""

_FAILURE = re.compile(r"(?:^|(?<=[.!?]\s))(?:It )?(?:[Ff]ails|Ends FAILED)\b")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z`])")


@dataclass(frozen=True, slots=True)
class Property:
    """A property or an output. `name` of a member of a map is like `auth.user`, of a list `flows[].id`."""

    name: str
    words: str
    description: str
    required: bool = False
    default: Any = NOTHING
    choices: tuple[str, ...] = ()
    static: bool = False
    """Taken as written: no expressions."""

    @property
    def default_text(self) -> str | None:
        """The default as YAML on one line, None when there is none worth telling."""
        return None if self.default in (NOTHING, None) else yaml_text(self.default)


@dataclass(frozen=True, slots=True)
class Facts:
    """All of a plugin class; `properties` and `outputs` are in the order of the class, members behind
    their owner.
    """

    type: str
    name: str
    kind: str
    group: str
    purpose: str
    description: str
    failure: str
    properties: tuple[Property, ...]
    outputs: tuple[Property, ...]
    examples: tuple[Example, ...]
    aliases: tuple[str, ...] = ()
    deprecated: str | None = None
    renamed: dict[str, str] = field(default_factory=dict)

    @property
    def flowable(self) -> bool:
        """Whether it runs tasks."""
        return self.kind == "flowable task"


@cache
def facts_of(plugin: type[Plugin]) -> Facts:
    """Read a class."""
    purpose, description, failure = _docstring(plugin)
    gives = getattr(plugin, "gives", None)
    return Facts(
        type=plugin.type_id,
        name=plugin.__name__,
        kind=_kind(plugin),
        group=plugin.type_id.removeprefix(PREFIX).rpartition(".")[0],
        purpose=purpose,
        description=description,
        failure=failure,
        properties=tuple(_properties(plugin, "", properties_of(plugin).static)),
        outputs=tuple(_properties(gives, "", frozenset())) if gives is not None else (),
        examples=tuple(getattr(plugin, "examples", ())),
        aliases=tuple(plugin.aliases),
        deprecated=plugin.deprecated,
        renamed=dict(plugin.renamed),
    )


def yaml_text(value: Any) -> str:
    """Write a default on one line: lists and maps in brackets, durations in ISO-8601."""
    value = plain(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value if re.fullmatch(r"[A-Za-z][\w.-]*", value) else '"' + value.replace("\n", "\\n") + '"'
    if isinstance(value, list):
        return f"[{', '.join(yaml_text(item) for item in value)}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {yaml_text(item)}" for key, item in value.items()) + "}"
    return str(value)


def plain(value: Any) -> Json:
    """Return a default as a JSON value; a plugin as a map with its type."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, BaseModel):
        members = value.model_dump(by_alias=True, exclude_defaults=True, mode="json")
        return {"type": value.type_id, **members} if isinstance(value, Plugin) else members
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _kind(plugin: type[Plugin]) -> str:
    if issubclass(plugin, FlowableTask):
        return "flowable task"
    for known in (Task, Trigger):
        if issubclass(plugin, known):
            return kind_words(known)
    for parent in plugin.__mro__[1:]:
        if parent is not Plugin and issubclass(parent, Plugin) and not parent.__name__.startswith("_"):
            return kind_words(parent)
    return "plugin"


def _docstring(plugin: type[Plugin]) -> tuple[str, str, str]:
    """Return the first sentence, the whole without failure sentences, and the failure sentences."""
    text = inspect.cleandoc(plugin.__dict__.get("__doc__") or plugin.__name__)
    kept: list[str] = []
    failures: list[str] = []
    for paragraph in re.split(r"\n\s*\n", text):
        if paragraph.lstrip().startswith(("-", "*", "|", "    ")):
            kept.append(paragraph)
            continue
        sentences = _SENTENCE.split(" ".join(paragraph.split()))
        failures += [sentence for sentence in sentences if _FAILURE.match(sentence)]
        rest = " ".join(sentence for sentence in sentences if not _FAILURE.match(sentence))
        if rest:
            kept.append(rest)
    first = _SENTENCE.split(kept[0])[0] if kept else plugin.__name__
    return first, "\n\n".join(kept), " ".join(failures)


def _properties(
    model: type[BaseModel], prefix: str, static: frozenset[str], seen: tuple[type, ...] = ()
) -> Iterator[Property]:
    for name, info in model.model_fields.items():
        alias = info.alias or to_camel(name)
        fixed = alias in static or (bool(prefix) and prefix.split(".")[0].split("[")[0] in static)
        yield Property(
            name=prefix + alias,
            words=type_words(info.annotation, info.metadata),
            description=inspect.cleandoc(info.description or ""),
            required=info.is_required(),
            default=_default(info),
            choices=choices(info.annotation),
            static=fixed,
        )
        for record, mark in _records(info.annotation):
            if record not in seen and len(seen) < 3:
                yield from _properties(record, f"{prefix}{alias}{mark}.", static, (*seen, record))


def _default(info: FieldInfo) -> Any:
    if info.is_required():
        return NOTHING
    try:
        return info.get_default(call_default_factory=True, validated_data={})
    except Exception:
        # A factory that needs other values has no default that could be told.
        return NOTHING


def _records(annotation: Any) -> Iterator[tuple[type[BaseModel], str]]:
    """Yield the records a property is made of, with `[]` or `.*` for those in lists and maps."""
    for choice in alternatives(annotation):
        kind = choice.kind
        arguments: Sequence[Any] = getattr(choice.annotation, "__args__", ())
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            if not issubclass(kind, Plugin):
                yield kind, ""
        elif kind is list and arguments:
            yield from ((record, f"[]{mark}") for record, mark in _records(arguments[0]))
        elif kind is dict and len(arguments) == 2:
            yield from ((record, f".*{mark}") for record, mark in _records(arguments[1]))
