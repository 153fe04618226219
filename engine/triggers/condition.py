"""The conditions of a trigger and its `when`, asked for one event."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.errors import ExpressionError
from engine.expression.template import compile_template, render_text
from engine.model.flow import TriggerSpec
from engine.model.json import Json
from engine.model.truth import is_truthy
from engine.plugin.build import build
from engine.plugin.condition import Condition
from engine.plugin.context import RunContext

_FIXED = frozenset({"trigger", "flow", "labels", "vars", "envs", "globals", "kestra"})
"""Variables that are the same whenever a date is asked."""

_REMEMBERING = "io.kestra.plugin.core.condition.MultipleCondition"


def all_hold(spec: TriggerSpec, ctx: RunContext) -> bool:
    """Tell whether everything holds; raises a FlowsmithError when that cannot be told."""
    if not all(_holds(dict(condition), ctx) for condition in spec.conditions):
        return False
    return spec.when is None or is_truthy(render_text(spec.when, ctx.scope).strip())


def _holds(properties: dict[str, Json], ctx: RunContext) -> bool:
    found = ctx.world.resolver.resolve(str(properties.pop("type")))
    if not issubclass(found, Condition):
        return False
    return build(found, properties, ctx, ctx.world.resolver).holds(ctx)


@dataclass(frozen=True, slots=True)
class Reach:
    """What conditions depend on. `fixed`: on nothing but the date, so they may be asked beforehand.
    `neighbours`: on the dates around it too.
    """

    any: bool
    fixed: bool
    neighbours: bool


def reach_of(spec: TriggerSpec) -> Reach:
    """Read what the conditions depend on from their templates."""
    texts = list(_texts([*spec.conditions, *([spec.when] if spec.when is not None else [])]))
    fixed, neighbours = _REMEMBERING not in texts, False
    for text in texts:
        if "{" not in text:
            continue
        try:
            template = compile_template(text)
        except ExpressionError:
            continue
        paths = [reference.path for reference in template.references]
        fixed = fixed and all(path[0] in _FIXED for path in paths)
        fixed = fixed and not any(use.kind == "function" for use in template.calls)
        neighbours = neighbours or any(path[0] == "trigger" and path[1:2] != ("date",) for path in paths)
    return Reach(bool(spec.conditions) or spec.when is not None, fixed, neighbours)


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
