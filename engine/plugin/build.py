"""From a task as written to a task instance: render the properties, then validate them once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from pydantic import ValidationError

from engine.errors import NotFound, TaskFailure
from engine.expression.scope import Scope
from engine.expression.template import render, render_typed
from engine.model.json import Json, loads
from engine.plugin.base import Plugin, Resolver, properties_of
from engine.plugin.context import RunContext

P = TypeVar("P", bound=Plugin)


def build(plugin: type[P], properties: Mapping[str, Json], ctx: RunContext, resolver: Resolver) -> P:
    """Return the instance; raises an ExpressionError or a TaskFailure that names the property."""
    return instance(plugin, rendered(plugin, properties, ctx, resolver), resolver)


def rendered(
    plugin: type[Plugin], properties: Mapping[str, Json], ctx: RunContext, resolver: Resolver
) -> dict[str, Json]:
    """Return the properties with their templates rendered, as the marks of the class say."""
    extra = plugin.variables_for(ctx, properties)
    scope = ctx.scope.with_variables(extra) if extra else ctx.scope
    return _properties(plugin, properties, scope, resolver)


def _properties(
    plugin: type[Plugin], properties: Mapping[str, Json], scope: Scope, resolver: Resolver
) -> dict[str, Json]:
    marks = properties_of(plugin)
    values: dict[str, Json] = {}
    for name, value in properties.items():
        if name in marks.static or name in marks.nested:
            values[name] = value
        elif name in marks.typed:
            values[name] = render_typed(value, scope)
        else:
            found = _parts(value, scope, resolver) if name in marks.parts else render(value, scope)
            if name in marks.containers and isinstance(found, str):
                found = _container(name, found)
            values[name] = found
    return values


def _parts(value: Json, scope: Scope, resolver: Resolver) -> Json:
    """Render a value with plugins inside: their own classes say what of them is rendered."""
    if isinstance(value, list):
        return [_parts(item, scope, resolver) for item in value]
    if not isinstance(value, dict):
        return render(value, scope)
    plugin = _plugin(value.get("type"), resolver)
    if plugin is None:
        return {key: _parts(item, scope, resolver) for key, item in value.items()}
    rest = {key: item for key, item in value.items() if key != "type"}
    return {"type": value["type"], **_properties(plugin, rest, scope, resolver)}


def _plugin(type_id: Json, resolver: Resolver) -> type[Plugin] | None:
    if not isinstance(type_id, str) or "." not in type_id:
        return None
    try:
        return resolver.resolve(type_id)
    except NotFound:
        return None


def instance(plugin: type[P], values: Mapping[str, Json], resolver: Resolver) -> P:
    """Validate final values; raises TaskFailure with one line for each problem."""
    try:
        return plugin.model_validate(values, context={"resolver": resolver})
    except ValidationError as error:
        raise TaskFailure("\n".join(_sentence(problem) for problem in error.errors())) from error


def _container(name: str, text: str) -> Json:
    if not text.strip():
        return None
    try:
        return loads(text)
    except ValueError as error:
        raise TaskFailure(f"{name}: '{text[:200]}' is not JSON: {error}") from error


def _sentence(problem: Mapping[str, Json]) -> str:
    place = ".".join(str(part) for part in problem["loc"])
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"{place}: {message} (got {str(problem['input'])[:100]!r})" if place else message
