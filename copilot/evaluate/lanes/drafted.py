"""Levels L1 to L5 of a drafted text, which need nothing but the engine's own validation."""

from __future__ import annotations

from copilot.evaluate.fact import Flow
from copilot.evaluate.lanes.turn import Turn
from copilot.evaluate.result import Result
from copilot.plan import target
from engine.errors import SourceError
from engine.model.finding import Finding
from engine.registry import Registry
from engine.source.document import read_document
from engine.validation.check import check

_TYPES = frozenset({"unknown-type", "wrong-type", "deprecated"})
_EXPRESSIONS = ("expression", "undefined", "unknown-filter", "unknown-function", "unknown-input", "reference")


def climb(result: Result, turn: Turn, registry: Registry) -> Flow | None:
    """Judge a draft up to L5; returns its data, None when it does not get there."""
    if not result.reach("L0", turn.answered, turn.crash or "nothing was answered"):
        return None
    if turn.draft is None:
        said = f"{turn.error.code}: {turn.error.message}" if turn.error else "there is no draft"
        result.reach("L1", False, said)
        return None
    result.text = turn.draft["yaml"]
    result.acceptable = bool(turn.draft["valid"])
    result.open = tuple(turn.draft["placeholders"])
    try:
        flow = read_document(result.text).data
    except SourceError as error:
        result.reach("L1", False, str(error))
        return None
    result.reach("L1", True)
    findings = check(result.text, registry).findings
    blocking = [finding for finding in findings if finding.blocking]
    result.reach("L2", not blocking, *(finding.text for finding in blocking))
    _exactness(result, flow, list(findings), registry)
    return flow if all(result.levels.get(f"L{number}") for number in range(1, 6)) else None


def _exactness(result: Result, flow: Flow, findings: list[Finding], registry: Registry) -> None:
    strange = [task["type"] for _, task in target.tasks_of(flow) if registry.find(task["type"]) is None]
    typed = [finding for finding in findings if finding.code in _TYPES]
    result.reach("L3", not (strange or typed), *strange, *(finding.text for finding in typed))
    expressions = [item for item in findings if item.blocking and item.code.startswith(_EXPRESSIONS)]
    others = [item for item in findings if item.blocking and item not in expressions and item not in typed]
    result.reach("L4", not others, *(finding.text for finding in others))
    result.reach("L5", not expressions, *(finding.text for finding in expressions))
    result.invented = len(strange) + sum(finding.code == "unknown-property" for finding in findings)
