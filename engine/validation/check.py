"""The gate: reads a flow's text and reports every problem in it at once."""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import SourceError
from engine.model.finding import Finding
from engine.model.flow import Flow
from engine.registry import Registry
from engine.source.document import Document, read_document
from engine.validation.defaults import apply_defaults
from engine.validation.expression import check_expressions
from engine.validation.flow import read_defaults, read_flow, top_level
from engine.validation.raw import kind_of
from engine.validation.report import Report
from engine.validation.rule import check_rules
from engine.validation.task import TaskReader
from engine.validation.trigger import check_triggers


@dataclass(frozen=True, slots=True)
class Checked:
    """The result of a check. `flow` is None when a finding blocks; `document` is None when the text is not
    YAML. Findings are in the order of the text.
    """

    flow: Flow | None
    findings: tuple[Finding, ...]
    document: Document | None

    @property
    def ok(self) -> bool:
        """Whether the flow can be saved."""
        return self.flow is not None


def check(source: str, registry: Registry) -> Checked:
    """Check a flow's text; never raises for what an author may write."""
    try:
        document = read_document(source)
    except SourceError as error:
        message = str(error).removesuffix(f" (line {error.line})")
        return Checked(None, (Finding("yaml-syntax", message, "", error.line, error.column),), None)
    report = Report(document)
    flow = _read(document, registry, report)
    findings = tuple(sorted(report.findings, key=lambda found: (found.line or 0, found.column or 0)))
    blocked = flow is None or any(finding.blocking for finding in findings)
    return Checked(None if blocked else flow, findings, document)


def _read(document: Document, registry: Registry, report: Report) -> Flow | None:
    data = document.data
    if data is None:
        report.error("yaml-syntax", "the text is empty", (), "a flow has `id`, `namespace` and `tasks`")
        return None
    if not isinstance(data, dict):
        report.error(
            "yaml-syntax",
            f"a flow is a map, not {kind_of(data)}",
            (),
            "begin with `id`, `namespace` and `tasks`",
        )
        return None
    raw = top_level(data, report)
    defaults = read_defaults(raw)
    raw.data, report.shifts, unused = apply_defaults(raw.data, defaults, registry)
    for index, name in unused:
        report.warn(
            "unused-default",
            f"no task below '{defaults[index].type}' has the property '{name}', so it is not used",
            ("pluginDefaults", index, "values", name),
        )
    tasks = TaskReader(report, registry)
    flow = read_flow(raw, document.text, tasks, defaults)
    check_rules(flow, report, tasks)
    check_triggers(flow, report, tasks)
    check_expressions(flow, report, tasks)
    return flow
