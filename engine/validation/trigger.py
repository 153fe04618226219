"""Rules between triggers and their flow: the inputs a start needs, the conditions a webhook cannot have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.model.flow import Flow, InputSpec, TriggerSpec
from engine.model.json import Json
from engine.validation.report import Report
from engine.validation.task import TaskReader

_WEBHOOK = "io.kestra.plugin.core.trigger.Webhook"
_REMEMBERING = "io.kestra.plugin.core.condition.MultipleCondition"


def check_triggers(flow: Flow, report: Report, tasks: TaskReader) -> None:
    """Report what a trigger lacks, or has and cannot have."""
    for spec in flow.triggers:
        if spec.type == _WEBHOOK:
            _no_windows(spec, report, tasks)
        if tasks.plugin(spec) is not None and not spec.disabled:
            _gives_inputs(flow, spec, report, tasks)


def _no_windows(spec: TriggerSpec, report: Report, tasks: TaskReader) -> None:
    for number, condition in enumerate(spec.conditions):
        if _REMEMBERING in _types(condition):
            report.error(
                "wrong-type",
                "a webhook answers each call by itself, so it cannot have conditions over a window of time, "
                "as MultipleCondition is",
                (*tasks.path(spec), "conditions", number),
                "use such a condition in a trigger of type io.kestra.plugin.core.trigger.Flow",
            )


def _types(value: Json) -> Iterator[str]:
    """Yield the types of a condition and of those inside it."""
    if isinstance(value, Mapping):
        if isinstance(value.get("type"), str):
            yield value["type"]
        for item in value.values():
            yield from _types(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _types(item)


def _gives_inputs(flow: Flow, spec: TriggerSpec, report: Report, tasks: TaskReader) -> None:
    lacking = [one.id for one in flow.inputs if _is_needed(one) and not _is_given(one.id, spec.inputs)]
    if not lacking:
        return
    named = ", ".join(f"'{name}'" for name in lacking)
    needs = (
        f"the input {named} is required and has no default"
        if len(lacking) == 1
        else f"the inputs {named} are required and have no default"
    )
    then = "is left out" if spec.type == _WEBHOOK else "fails before its first task"
    what = "what a call does not bring" if spec.type == _WEBHOOK else "an execution this trigger starts"
    path = (*tasks.path(spec), "inputs") if spec.inputs else tasks.path(spec)
    report.warn(
        "missing-input",
        f"{needs}, and the trigger does not give {'it' if len(lacking) == 1 else 'them'}; {what} {then}",
        path,
        f"add `inputs: {{{lacking[0]}: …}}` to the trigger, or give the input a default",
    )


def _is_needed(spec: InputSpec) -> bool:
    """Tell whether an execution without a value for the input is refused, whatever the other inputs are."""
    chosen = spec.options.get("autoSelectFirst")
    return spec.required and spec.defaults is None and spec.depends_on is None and not chosen


def _is_given(input_id: str, given: Mapping[str, Json]) -> bool:
    if given.get(input_id) is not None:
        return True
    value: Json = given
    for name in input_id.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value is not None
