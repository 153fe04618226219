"""The own properties of a plugin, checked against its class."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.alias_generators import to_camel

from engine.model.finding import Severity
from engine.model.flow import TaskSpec
from engine.model.json import Json
from engine.model.near import did_you_mean, nearest
from engine.plugin.base import Plugin, alternatives, mentions, properties_of
from engine.registry import Registry
from engine.source.document import Path
from engine.validation.raw import Raw, scalar_text, unknown_property
from engine.validation.report import Report
from engine.validation.sentence import Problem, problems

_LISTS = (list, tuple, set, frozenset)


class PropertyReader:
    """Reads properties of plugins: old spellings renamed, nested tasks and plugins settled, values checked.

    `read_task` reads a nested task.
    """

    def __init__(
        self, report: Report, registry: Registry, read_task: Callable[[Json, Path], TaskSpec]
    ) -> None:
        self._report = report
        self._registry = registry
        self._read_task = read_task
        self._told: set[Path] = set()

    def read(
        self, plugin: type[Plugin], data: Mapping[str, Json], path: Path, names: Iterable[str] = ()
    ) -> dict[str, Json]:
        """Return the properties by present YAML name; everything wrong goes to the report.

        `names` are valid names besides those of the class, for suggestions.
        """
        values = self._settled(plugin, data, path, names)
        self._check(plugin, values, path)
        return values

    def type_of(self, data: Mapping[str, Json], path: Path, kind: type[Plugin]) -> type[Plugin] | None:
        """Return the class of a map with a `type`; what is wrong with it is reported."""
        wanted = data.get("type")
        if not isinstance(wanted, str) or not wanted:
            self._report.error("missing-property", "the property 'type' is required", path)
            return None
        # A `$` names a part of a task that only the engine starts.
        try:
            found = None if "$" in wanted else self._registry.find(wanted)
        except ImportError as error:
            self._report.error("unusable-type", f"'{wanted}' cannot be loaded: {error}", (*path, "type"))
            return None
        if found is None:
            near = self._registry.nearest(wanted, kind)
            self._report.add(
                "unknown-type",
                f"unknown type '{wanted}'",
                (*path, "type"),
                suggestion=did_you_mean(near),
                fix=self._report.replace_value((*path, "type"), near) if near else None,
            )
            return None
        if not issubclass(found, kind):
            name = spaced_name(kind)
            self._report.error("wrong-type", f"'{wanted}' is not a {name}", (*path, "type"))
            return None
        self._old(found, wanted, path)
        return found

    def _old(self, plugin: type[Plugin], wanted: str, path: Path) -> None:
        path = (*path, "type")
        if plugin.deprecated:
            self._report.warn("deprecated", f"'{wanted}' is deprecated", path, f"use {plugin.deprecated}")
        elif wanted != plugin.type_id:
            self._report.add(
                "deprecated",
                f"'{wanted}' is an old name",
                path,
                severity=Severity.WARNING,
                suggestion=f"write {plugin.type_id}",
                fix=self._report.replace_value(path, plugin.type_id),
            )

    # -- settling

    def _settled(
        self, plugin: type[Plugin], data: Mapping[str, Json], path: Path, names: Iterable[str] = ()
    ) -> dict[str, Json]:
        raw = Raw(dict(data), path, self._report)
        for old, new in plugin.renamed.items():
            raw.renamed(old, new)
        known = properties_of(plugin).names
        values: dict[str, Json] = {}
        for name, value in raw.data.items():
            if name not in known and name not in raw.known:
                unknown_property(
                    self._report, (*path, name), [*known, *plugin.renamed, *names], owner=plugin.__name__
                )
            elif value is not None and name in known:
                values[name] = value
        shape = _shape(plugin)
        for name in shape.texts & values.keys():
            values[name] = self._written(values[name], (*path, name))
        for name in shape.nested.keys() & values.keys():
            values[name] = self._settle(shape.nested[name], values[name], (*path, name))
        return values

    def _written(self, value: Json, path: Path) -> Json:
        """Return numbers as they stand in the text, so that `1.10` in a text property stays `1.10`."""
        if isinstance(value, dict):
            return {key: self._written(item, (*path, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [self._written(item, (*path, number)) for number, item in enumerate(value)]
        if isinstance(value, int | float) and not isinstance(value, bool):
            return self._report.written(path) or scalar_text(value)
        return value

    def _settle(self, annotation: Any, value: Json, path: Path) -> Json:
        choices = [choice for choice in alternatives(annotation) if choice.kind is not type(None)]
        for choice in choices:
            kind = choice.kind
            arguments = get_args(choice.annotation)
            if kind is TaskSpec:
                if isinstance(value, dict) or (len(choices) == 1 and not isinstance(value, str)):
                    return self._read_task(value, path)
            elif kind in _LISTS and isinstance(value, list) and arguments:
                return [
                    self._settle(arguments[0], item, (*path, number)) for number, item in enumerate(value)
                ]
            elif isinstance(value, dict) and isinstance(kind, type):
                if issubclass(kind, Plugin) and kind.abstract:
                    return self._plugin(kind, value, path)
                if issubclass(kind, Mapping) and len(arguments) == 2:
                    return {
                        key: self._settle(arguments[1], item, (*path, key)) for key, item in value.items()
                    }
                if issubclass(kind, BaseModel):
                    return self._record(kind, value, path)
        return value

    def _plugin(self, kind: type[Plugin], value: dict[str, Json], path: Path) -> Json:
        found = self.type_of(value, path, kind)
        if found is None:
            self._told.add(path)
            return value
        rest = {key: item for key, item in value.items() if key != "type"}
        return {"type": found.type_id, **self._settled(found, rest, path)}

    def _record(self, kind: type[BaseModel], value: dict[str, Json], path: Path) -> Json:
        fields = {
            field.alias or to_camel(name): field.annotation for name, field in kind.model_fields.items()
        }
        return {
            key: self._settle(fields[key], item, (*path, key)) if key in fields else item
            for key, item in value.items()
        }

    # -- checking

    def _check(self, plugin: type[Plugin], values: dict[str, Json], path: Path) -> None:
        try:
            plugin.model_validate(values, context={"resolver": self._registry})
        except ValidationError as error:
            for problem in problems(error.errors(include_url=False), values, properties_of(plugin).static):
                self._tell(plugin, problem, path, values)

    def _tell(self, plugin: type[Plugin], problem: Problem, base: Path, values: Mapping[str, Json]) -> None:
        path = (*base, *problem.path)
        if any(path[: len(told)] == told for told in self._told):
            return
        if problem.code == "unknown-property":
            names = self._names_at(plugin, problem.path[:-1], values)
            unknown_property(self._report, path, names)
            return
        fix = self._report.replace_value(path, problem.replacement) if problem.replacement else None
        self._report.add(problem.code, problem.message, path, suggestion=problem.suggestion, fix=fix)

    def _names_at(self, plugin: type[BaseModel], path: Path, values: Json) -> list[str]:
        """Return the property names of the record or plugin at a path inside a plugin's map."""
        annotation: Any = plugin
        for step in path:
            values = values[step]
            annotation = self._member(annotation, step)
            if isinstance(values, dict) and isinstance(values.get("type"), str):
                for choice in alternatives(annotation):
                    if isinstance(choice.kind, type) and issubclass(choice.kind, Plugin):
                        annotation = self._registry.find(values["type"]) or choice.kind
        for choice in alternatives(annotation):
            if isinstance(choice.kind, type) and issubclass(choice.kind, BaseModel):
                fields = choice.kind.model_fields.items()
                return [field.alias or to_camel(name) for name, field in fields]
        return []

    def _member(self, annotation: Any, step: str | int) -> Any:
        for choice in alternatives(annotation):
            arguments = get_args(choice.annotation)
            if isinstance(step, int) and choice.kind in _LISTS and arguments:
                return arguments[0]
            if isinstance(choice.kind, type) and issubclass(choice.kind, BaseModel):
                for name, field in choice.kind.model_fields.items():
                    if (field.alias or to_camel(name)) == step:
                        return field.annotation
            elif isinstance(choice.kind, type) and issubclass(choice.kind, Mapping) and len(arguments) == 2:
                return arguments[1]
        return Any


def spaced_name(kind: type[Plugin]) -> str:
    """Write the kind of a plugin for a sentence: `task runner`."""
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in kind.__name__)
    return words.strip()


def nearest_property(plugin: type[Plugin], name: str) -> str | None:
    """Return the property of a class most like `name`."""
    return nearest(name, properties_of(plugin).names)


class _Shape:
    def __init__(self, plugin: type[Plugin]) -> None:
        fields = {
            field.alias or to_camel(name): field.annotation for name, field in plugin.model_fields.items()
        }
        self.nested = {name: kind for name, kind in fields.items() if _holds_plugins(kind)}
        """Fields with tasks or plugins somewhere inside."""
        self.texts = {name for name, kind in fields.items() if _is_text(kind)}
        """Fields that take texts, or lists or maps of texts, and no numbers."""


@cache
def _shape(plugin: type[Plugin]) -> _Shape:
    return _Shape(plugin)


def _holds_plugins(annotation: Any, seen: frozenset[Any] = frozenset()) -> bool:
    if mentions(annotation, TaskSpec):
        return True
    for choice in alternatives(annotation):
        kind = choice.kind
        if any(_holds_plugins(inner, seen) for inner in get_args(choice.annotation)):
            return True
        if isinstance(kind, type) and issubclass(kind, BaseModel) and kind not in seen:
            if issubclass(kind, Plugin):
                return kind.abstract
            fields = kind.model_fields.values()
            if any(_holds_plugins(field.annotation, seen | {kind}) for field in fields):
                return True
    return False


def _is_text(annotation: Any) -> bool:
    choices = [choice for choice in alternatives(annotation) if choice.kind is not type(None)]
    return bool(choices) and all(
        choice.kind is str
        or (choice.kind in _LISTS and _is_text(get_args(choice.annotation)[0]))
        or (choice.kind is dict and _is_text(get_args(choice.annotation)[1]))
        for choice in choices
    )
