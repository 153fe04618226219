"""The root of all plugin classes: typed properties with documentation, picked by `type`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Protocol, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, core_schema

from engine.errors import NotFound
from engine.model.flow import TaskSpec
from engine.model.json import Json
from engine.plugin.properties import STATIC, TYPED

if TYPE_CHECKING:
    from engine.plugin.context import RunContext

PREFIX = "io.kestra.plugin."
KIND_MARK = "$kind"
"""In JSON schemas: the name of the class that stands for "any plugin of this kind"."""

TYPE_PREFIX = "TYPE_PREFIX"
"""The constant by which a package says that plugins live in it, and what their type ids begin with."""


class Resolver(Protocol):
    """Finds plugin classes by type id; the registry is one. Passed as `context={"resolver": …}`."""

    def resolve(self, type_id: str) -> type[Plugin]:
        """Return the class; raises NotFound with the nearest valid name."""


class Plugin(BaseModel):
    """Anything with a `type`: tasks, triggers, conditions, task runners, providers.

    A field's docstring is its public documentation. Python names are snake_case, YAML names camelCase.
    Instances hold final, typed values: templates were rendered before. A class with `abstract = True`
    stands for "any plugin of this kind": a property annotated with it takes a map with a `type`.
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        frozen=True,
        arbitrary_types_allowed=True,
        use_attribute_docstrings=True,
        coerce_numbers_to_str=True,
        defer_build=True,
        protected_namespaces=(),
    )

    abstract: ClassVar[bool] = True
    """True on classes that only stand for a kind."""

    type_id: ClassVar[str] = ""
    """The canonical id; by default from the place of the file: `engine/plugins/core/log/log.py` holding
    class `Log` is `io.kestra.plugin.core.log.Log`, since `engine/plugins/__init__.py` has the constant
    `TYPE_PREFIX = "io.kestra.plugin."`. Any package may have one; elsewhere a class sets its id."""

    aliases: ClassVar[tuple[str, ...]] = ()
    """Older full type ids that mean the same."""

    deprecated: ClassVar[str | None] = None
    """What to use instead, if the type is deprecated."""

    renamed: ClassVar[Mapping[str, str]] = {}
    """Old spellings of properties to the present YAML names; accepted with a warning."""

    extra_variables: ClassVar[tuple[str, ...]] = ()
    """Variables that templates in the properties see besides the usual ones (`workingDir` of scripts)."""

    row_properties: ClassVar[tuple[str, ...]] = ()
    """YAML names of properties rendered by the plugin itself, once per record, with variables of their own;
    references in them are not resolved when the flow is saved."""

    @classmethod
    def kind_name(cls) -> str:
        """Return the name of a kind in schemas: two packages may have kinds of one class name."""
        own = cls.__module__.startswith("engine.")
        return cls.__name__ if own else f"{cls.__module__}.{cls.__qualname__}"

    @classmethod
    def variables_for(cls, ctx: RunContext, properties: Mapping[str, Json]) -> Mapping[str, Json]:
        """Return the values of `extra_variables`; `properties` are those of the spec, not rendered yet."""
        return {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = cls.__dict__
        group = _group(cls.__module__)
        if "abstract" not in own:
            cls.abstract = group is None and "type_id" not in own
        if "type_id" not in own and group is not None:
            cls.type_id = f"{group}{cls.__name__}"
        for name in ("aliases", "deprecated", "renamed"):
            if name not in own:
                setattr(cls, name, Plugin.__dict__[name])

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        if not cls.__dict__.get("abstract", False):
            return handler(source)

        def pick(value: Any, info: core_schema.ValidationInfo) -> Any:
            if isinstance(value, cls):
                return value
            if not isinstance(value, Mapping) or not isinstance(value.get("type"), str):
                raise ValueError(f"write a map with a `type` (a {cls.__name__})")
            if not info.context:
                raise ValueError("types cannot be resolved here")
            try:
                found = info.context["resolver"].resolve(value["type"])
            except NotFound as error:
                raise ValueError(error.message) from error
            if not issubclass(found, cls):
                raise ValueError(f"'{value['type']}' is not a {cls.__name__}")
            rest = {key: item for key, item in value.items() if key != "type"}
            return found.model_validate(rest, context=info.context)

        return core_schema.with_info_plain_validator_function(pick)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        if not cls.__dict__.get("abstract", False):
            return handler(schema)
        type_only = {"type": {"type": "string"}}
        return {"type": "object", "required": ["type"], "properties": type_only, KIND_MARK: cls.kind_name()}


def _group(module: str) -> str | None:
    """Return what the type ids of a module's classes begin with; None outside of packages of plugins."""
    parts = module.split(".")
    for depth in range(1, len(parts)):
        prefix = getattr(sys.modules.get(".".join(parts[:depth])), TYPE_PREFIX, None)
        if isinstance(prefix, str):
            return prefix + "".join(f"{part}." for part in parts[depth:-1])
    return None


@dataclass(frozen=True, slots=True)
class Properties:
    """What the renderer must know of a plugin class's fields, by YAML name.

    `static`: not rendered. `typed`: rendered keeping the type. `nested`: hold `TaskSpec`s, not rendered.
    `containers`: lists or maps without a text form, so rendered text is read as JSON. `parts`: hold plugins,
    whose own marks count below.
    """

    names: Mapping[str, str]
    static: frozenset[str]
    typed: frozenset[str]
    nested: frozenset[str]
    containers: frozenset[str]
    parts: frozenset[str]


@cache
def properties_of(plugin: type[Plugin]) -> Properties:
    """Read the marks of a class's annotations, once."""
    names, static, typed, nested, containers, parts = {}, set(), set(), set(), set(), set()
    for name, field in plugin.model_fields.items():
        alias = field.alias or to_camel(name)
        names[alias] = name
        choices = list(alternatives(field.annotation))
        marks = [*field.metadata, *(mark for choice in choices for mark in choice.marks)]
        if any(mark is STATIC for mark in marks):
            static.add(alias)
        if any(mark is TYPED for mark in marks):
            typed.add(alias)
        if mentions(field.annotation, TaskSpec):
            nested.add(alias)
        if holds_plugins(field.annotation):
            parts.add(alias)
        kinds = {choice.kind for choice in choices}
        if kinds & _CONTAINERS and not kinds & {str, Any, object}:
            containers.add(alias)
    marked = (static, typed, nested, containers, parts)
    return Properties(names, *(frozenset(one) for one in marked))


_CONTAINERS = {list, dict, tuple, set, frozenset, Mapping, Sequence}


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to fill a field: `list[int] | None` has two. `kind` is the class without its arguments."""

    annotation: Any
    kind: Any
    marks: tuple[Any, ...] = ()


def alternatives(annotation: Any, marks: tuple[Any, ...] = ()) -> Iterator[Alternative]:
    """Yield what an annotation allows, without `Annotated` and unions around it."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *added = get_args(annotation)
        yield from alternatives(inner, (*marks, *added))
    elif origin in (Union, UnionType):
        for member in get_args(annotation):
            yield from alternatives(member, marks)
    else:
        yield Alternative(annotation, origin or annotation, marks)


def mentions(annotation: Any, wanted: type, _seen: frozenset[Any] = frozenset()) -> bool:
    """Tell whether an annotation is made of `wanted` somewhere, also inside the fields of records."""
    if annotation is wanted:
        return True
    if any(mentions(argument, wanted, _seen) for argument in get_args(annotation)):
        return True
    if not isinstance(annotation, type) or not issubclass(annotation, BaseModel) or annotation in _seen:
        return False
    if issubclass(annotation, Plugin):
        return False
    fields = annotation.model_fields.values()
    return any(mentions(field.annotation, wanted, _seen | {annotation}) for field in fields)


def holds_plugins(annotation: Any, _seen: frozenset[Any] = frozenset()) -> bool:
    """Tell whether an annotation takes plugins by `type` somewhere, also inside the fields of records."""
    for choice in alternatives(annotation):
        kind = choice.kind
        if any(holds_plugins(inner, _seen) for inner in get_args(choice.annotation)):
            return True
        if not isinstance(kind, type) or not issubclass(kind, BaseModel) or kind in _seen:
            continue
        if issubclass(kind, Plugin):
            if kind.abstract:
                return True
            continue
        fields = kind.model_fields.values()
        if any(holds_plugins(field.annotation, _seen | {kind}) for field in fields):
            return True
    return False
