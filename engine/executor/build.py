"""From a task as written to a task instance: render the properties, then validate them once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from pydantic import ValidationError

from engine.errors import TaskFailure
from engine.expression.template import render, render_typed
from engine.model.json import Json, loads
from engine.plugin.base import Plugin, Resolver, properties_of
from engine.plugin.context import RunContext

P = TypeVar("P", bound=Plugin)


def build(plugin: type[P], properties: Mapping[str, Json], ctx: RunContext, resolver: Resolver) -> P:
    """Return the instance; raises an ExpressionError or a TaskFailure that names the property."""
    marks = properties_of(plugin)
    extra = plugin.variables_for(ctx, properties)
    scope = ctx.scope.with_variables(extra) if extra else ctx.scope
    values: dict[str, Json] = {}
    for name, value in properties.items():
        if name in marks.static or name in marks.nested:
            values[name] = value
        elif name in marks.typed:
            values[name] = render_typed(value, scope)
        else:
            rendered = render(value, scope)
            if name in marks.containers and isinstance(rendered, str):
                rendered = _container(name, rendered)
            values[name] = rendered
    return instance(plugin, values, resolver)


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
