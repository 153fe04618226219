"""Fix a failed execution: the rules' change where one passes the gate, else the model's, through the same."""

from __future__ import annotations

from dataclasses import dataclass, replace

from copilot.errors import CopilotError, PatchError
from copilot.fence import fence
from copilot.gate import Verdict, judge
from copilot.plan.operation import Edit
from copilot.plan.patch import apply_edit
from copilot.planner.request import Planner, Request
from copilot.providers.guard import Meter
from copilot.skills.edit import edit
from copilot.skills.fix.failure import Failure
from copilot.skills.fix.remedy import Remedy
from copilot.skills.fix.table import diagnose
from copilot.skills.outcome import Outcome
from copilot.threads import run_sync
from engine.registry import Registry

RULES = "rules"


@dataclass(frozen=True, slots=True)
class Fixed:
    """What came of it: the reasons, and the change with who planned it, if there is one."""

    remedies: tuple[Remedy, ...]
    outcome: Outcome | None = None
    planner: str = RULES
    notes: tuple[str, ...] = ()


async def fix(failure: Failure, registry: Registry, model: Planner | None, meter: Meter) -> Fixed:
    """Return the reasons and the change. A model is asked only where no rule has a change that is valid."""
    remedies = await run_sync(diagnose, failure)
    notes = _notes(failure)
    for remedy in remedies:
        outcome = await run_sync(_tried, failure, remedy, registry, notes)
        if outcome is not None:
            return Fixed((remedy, *(item for item in remedies if item is not remedy)), outcome, RULES, notes)
    advice = tuple(replace(remedy, operations=()) for remedy in remedies)
    if model is None:
        return Fixed(advice, notes=notes)
    try:
        outcome = await edit(request_of(failure, advice), model, registry, meter)
    except CopilotError as error:
        return Fixed(advice, notes=(*notes, f"The model proposed no change: {error}"))
    if not outcome.verdict.valid or outcome.verdict.text == failure.source:
        return Fixed(advice, notes=(*notes, "The model proposed no change that is valid."))
    return Fixed(advice, replace(outcome, notes=(*notes, *outcome.notes)), model.name, notes)


def _tried(failure: Failure, remedy: Remedy, registry: Registry, notes: tuple[str, ...]) -> Outcome | None:
    """Apply a remedy; None when it has no change, changes nothing, or brings new blocking findings."""
    if not remedy.operations:
        return None
    changes = Edit(operations=list(remedy.operations), notes=[remedy.advice])
    try:
        text = apply_edit(failure.source, changes)
    except PatchError:
        return None
    verdict = judge(text, registry)
    known = {(finding.code, finding.message) for finding in judge(failure.source, registry).blocking}
    if text == failure.source or any((item.code, item.message) not in known for item in verdict.blocking):
        return None
    return Outcome(changes, Verdict(text, verdict.findings), (), (*notes, remedy.advice))


def _notes(failure: Failure) -> tuple[str, ...]:
    if failure.newer_revision is None:
        return ()
    return (
        (
            f"Revision {failure.revision} failed, but revision {failure.newer_revision} is saved now; "
            f"the change is made in the latter."
        ),
    )


def request_of(failure: Failure, remedies: tuple[Remedy, ...] = ()) -> Request:
    """Return what a model is asked: the failure as fenced data, the task of the words fixed by us."""
    facts = [
        f"execution {failure.execution_id} of revision {failure.revision}, attempt {failure.attempt}",
        f"failed task: {failure.task_id} ({failure.type}) at {failure.place}",
        *(f"reason: {remedy.problem}" for remedy in remedies),
        "log:",
        *failure.lines,
    ]
    words = (
        f"The task '{failure.task_id}' of this flow failed. Change as little as possible so that it works "
        f"next time. If only the world outside the flow is wrong, answer with a refusal of reason need-info."
    )
    return Request(
        words, failure.source, failure.namespace, failure.flow_id, context=fence("\n".join(facts), "failure")
    )
