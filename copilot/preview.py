"""What a draft would do, told before anybody accepts it: inputs, next starts, order, rendered values.

Nothing is run and nothing is asked of the world: values that need an output, a secret, a stored key or a file
are listed with what they wait for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Final

from copilot.step_order import order_of
from engine.errors import FlowsmithError
from engine.executor.inputs.resolve import MISSING, InputCheck, check_each, nest
from engine.expression.scope import Scope
from engine.expression.template import Template, compile_template, render_text
from engine.model.flow import Flow, InputSpec, TaskSpec, TriggerSpec
from engine.model.json import Json
from engine.model.label import nested
from engine.model.moment import to_text
from engine.plugin import EventTrigger, PollingTrigger, ScheduleTrigger, Task, Trigger
from engine.plugin.base import properties_of
from engine.plugin.build import instance
from engine.registry import Registry
from engine.validation.check import check

STARTS: Final = 3
"""How many dates of a schedule are told."""
MOST_VALUES: Final = 60
LONGEST: Final = 300
_KNOWN: Final = frozenset({"inputs", "vars", "flow", "labels"})
_ASKING: Final = frozenset(
    {"kv", "secret", "read", "fileURI", "fileSize", "fileExists", "errorLogs", "tasksWithState", "http"}
)
"""Functions that ask the world for something; none of them is called here."""


def preview(text: str, registry: Registry, moment: datetime) -> dict[str, Json] | None:
    """Return the facts about a flow's text, None while a finding blocks it."""
    flow = check(text, registry).flow
    if flow is None:
        return None
    scope = Scope(
        {
            "flow": {"id": flow.id, "namespace": flow.namespace, "tenantId": "main"},
            "labels": nested(dict(flow.labels)),
        }
    )
    inputs = _inputs(flow, scope)
    triggers = [_trigger(spec, registry, scope, moment) for spec in flow.triggers]
    variables: dict[str, Json] = {"inputs": _values(inputs), "vars": dict(flow.variables)}
    planned = [one for one in triggers if one.get("variables")]
    if len(flow.triggers) == 1 and planned:
        variables["trigger"] = planned[0]["variables"]
    return {
        "inputs": [_input(spec, one) for spec, one in zip(flow.inputs, inputs, strict=True)],
        "triggers": [{key: item for key, item in one.items() if key != "variables"} for one in triggers],
        "order": order_of(flow),
        "values": list(islice(_rendered(flow, registry, scope.with_variables(variables)), MOST_VALUES)),
    }


def _inputs(flow: Flow, scope: Scope) -> list[InputCheck]:
    return check_each(flow.inputs, {}, scope)


def _input(spec: InputSpec, one: InputCheck) -> dict[str, Json]:
    """Return an input: its default, that it has to be given, or what its default waits for."""
    told: dict[str, Json] = {"id": one.id, "type": spec.type}
    if not one.errors:
        return {**told, "value": one.value}
    if MISSING in one.errors:
        return {**told, "missing": True}
    asks = _asks(spec.defaults)
    return {**told, "needs": asks} if asks else {**told, "problem": "; ".join(one.errors)}


def _asks(default: Json) -> list[str]:
    """Return the functions of a default that ask the world."""
    if not isinstance(default, str) or "{{" not in default:
        return []
    return _asking(compile_template(default))


def _values(inputs: Sequence[InputCheck]) -> dict[str, Json]:
    values: dict[str, Json] = {}
    for one in inputs:
        if not one.errors and one.enabled:
            nest(values, one.id, one.value)
    return values


def _trigger(spec: TriggerSpec, registry: Registry, scope: Scope, moment: datetime) -> dict[str, Json]:
    """Return a trigger: the next dates of a schedule, what any other one waits for."""
    plugin = registry.find(spec.type)
    told: dict[str, Json] = {"id": spec.id, "type": spec.type, "disabled": spec.disabled}
    if plugin is None or not issubclass(plugin, Trigger):
        return told
    if not issubclass(plugin, ScheduleTrigger):
        return {**told, "waitsFor": _waits_for(plugin)}
    try:
        values = {name: _text(value, scope) for name, value in spec.properties.items()}
        schedule = instance(plugin, values, registry)
        dates = [] if spec.disabled else list(islice(schedule.dates_after(moment), STARTS))
        variables = schedule.variables(dates[0]) if dates else {}
    except FlowsmithError as error:
        return {**told, "problem": error.message}
    told |= {"next": [to_text(date) for date in dates], "local": [schedule.written(date) for date in dates]}
    if spec.conditions or spec.when is not None:
        told["conditional"] = True
    return {**told, "variables": variables}


def _waits_for(plugin: type[Trigger]) -> str:
    if issubclass(plugin, PollingTrigger):
        return "poll"
    return "event" if issubclass(plugin, EventTrigger) else "call"


def _text(value: Json, scope: Scope) -> Json:
    return render_text(value, scope) if isinstance(value, str) else value


def _rendered(flow: Flow, registry: Registry, scope: Scope) -> Iterator[dict[str, Json]]:
    """Yield every template of the tasks with its value, or with what it waits for."""
    for spec in flow.walk():
        for name, text in _templates(spec, registry):
            told: dict[str, Json] = {"task": spec.id, "property": name, "written": text[:LONGEST]}
            yield {**told, **_value(text, scope)}


def _templates(spec: TaskSpec, registry: Registry) -> Iterator[tuple[str, str]]:
    plugin = registry.find(spec.type)
    if plugin is None or not issubclass(plugin, Task):
        return
    marks = properties_of(plugin)
    for name, value in spec.properties.items():
        if name not in marks.static and name not in marks.nested:
            yield from _texts(value, name)


def _texts(value: Json, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        if "{{" in value or "{%" in value:
            yield path, value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _texts(item, f"{path}.{name}")
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            yield from _texts(item, f"{path}[{number}]")


def _value(text: str, scope: Scope) -> dict[str, Json]:
    try:
        template = compile_template(text)
        needs = _needs(template, scope)
        if needs:
            return {"needs": needs}
        value = template.render(scope)
    except FlowsmithError as error:
        return {"problem": error.message}
    return {"value": value if len(value) <= LONGEST else value[: LONGEST - 1] + "…"}


def _needs(template: Template, scope: Scope) -> list[str]:
    """Return what a template waits for: variables that are not known before a run, and the world."""
    known = _KNOWN | ({"trigger", "schedule"} if "trigger" in scope.variables else set())
    needs = [
        ".".join(reference.path[:3])
        for reference in template.references
        if reference.path[0] not in known or _is_missing_input(reference.path, scope)
    ]
    return list(dict.fromkeys([*needs, *_asking(template)]))


def _asking(template: Template) -> list[str]:
    return [f"{use.name}()" for use in template.calls if use.kind == "function" and use.name in _ASKING]


def _is_missing_input(path: Sequence[str], scope: Scope) -> bool:
    return path[0] == "inputs" and len(path) > 1 and path[1] not in scope.variables["inputs"]
