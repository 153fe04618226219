"""Rules over the whole flow: unique ids, no call of itself."""

from __future__ import annotations

from collections.abc import Iterable

from engine.model.flow import Flow, TaskSpec
from engine.plugin import FlowableTask, SubflowTask
from engine.source.document import Path
from engine.validation.report import Report
from engine.validation.task import TaskReader


def check_rules(flow: Flow, report: Report, tasks: TaskReader) -> None:
    """Report what breaks the rules."""
    specs = list(flow.walk())
    _unique(report, "task id", ((spec.id, (*tasks.path(spec), "id")) for spec in specs))
    _unique(report, "trigger id", ((spec.id, (*tasks.path(spec), "id")) for spec in flow.triggers))
    _unique(report, "input", ((spec.id, ("inputs", n, "id")) for n, spec in enumerate(flow.inputs)))
    _unique(report, "output", ((spec.id, ("outputs", n, "id")) for n, spec in enumerate(flow.outputs)))
    _unique(report, "sla id", ((spec.id, ("sla", n, "id")) for n, spec in enumerate(flow.sla)))
    _nested_inputs(flow, report)
    for spec in specs:
        _no_recursion(flow, spec, report, tasks)


def _unique(report: Report, what: str, ids: Iterable[tuple[str, Path]]) -> None:
    first: dict[str, Path] = {}
    for ident, path in ids:
        if not ident:
            continue
        if ident in first:
            line = report.line(first[ident])
            report.error(
                "duplicate-id",
                f"Duplicate {what} with name [{ident}], first used at line {line}",
                path,
                f"name it for example {ident}_2",
            )
        else:
            first[ident] = path


def _nested_inputs(flow: Flow, report: Report) -> None:
    known = {spec.id for spec in flow.inputs}
    for number, spec in enumerate(flow.inputs):
        parts = spec.id.split(".")
        for end in range(1, len(parts)):
            outer = ".".join(parts[:end])
            if outer in known:
                report.error(
                    "duplicate-id",
                    f"the input '{spec.id}' would be a member of the input '{outer}', a value of its own",
                    ("inputs", number, "id"),
                    "rename one of them",
                )


def _no_recursion(flow: Flow, spec: TaskSpec, report: Report, tasks: TaskReader) -> None:
    plugin = tasks.plugin(spec)
    if plugin is None or not issubclass(plugin, SubflowTask | FlowableTask):
        return
    if (spec.properties.get("namespace"), spec.properties.get("flowId")) == (flow.namespace, flow.id):
        report.error(
            "recursive-flow",
            f"Recursive call to flow [{flow.namespace}.{flow.id}]",
            (*tasks.path(spec), "flowId"),
            "a flow cannot call itself directly",
        )
