"""Promises (SLA) of a flow: a longest duration, assertions after every change; and what breaking one does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.errors import FlowsmithError
from engine.executor import killing
from engine.executor.live import ROOT, LiveExecution
from engine.executor.step import Step
from engine.expression.template import render_text
from engine.model.duration import duration_text
from engine.model.flow import Sla
from engine.model.log import Level
from engine.model.state import State
from engine.model.truth import is_truthy
from engine.plugin.context import RunContext

if TYPE_CHECKING:
    from engine.executor.conductor import Conductor


@dataclass(frozen=True, slots=True)
class Asserted:
    """The ids of broken assertions, with the reason."""

    broken: dict[str, str]


class Assertion:
    """The work of evaluating a flow's assertions."""

    def __init__(self, live: LiveExecution, ctx: RunContext) -> None:
        self.live = live
        self.ctx = ctx
        self.detached = False

    def perform(self) -> Asserted:
        """Render every assertion; one that cannot be rendered is broken."""
        broken: dict[str, str] = {}
        for sla in _assertions(self.live):
            try:
                if not is_truthy(render_text(sla.assertion or "", self.ctx.scope).strip()):
                    broken[sla.id] = f"assertion '{sla.assertion}' is false"
            except FlowsmithError as error:
                broken[sla.id] = error.message
        return Asserted(broken)


def watch(conductor: Conductor, live: LiveExecution) -> None:
    """Set the timers of the longest durations; called when an execution begins or is taken up."""
    for sla in live.flow.flow.sla:
        if sla.duration is not None:
            due = live.execution.history.started + sla.duration
            conductor.at(due, _too_long(conductor, live.id, sla))


def changed(conductor: Conductor, live: LiveExecution) -> None:
    """Evaluate the assertions, unless that is under way already."""
    if not live.flow.flow.sla or not _assertions(live) or live.execution.state.ended:
        return
    if live.asserting:
        live.stale_assertion = True
        return
    live.asserting = True
    conductor.pending.append(lambda: conductor.make_assertion(live))


def asserted(conductor: Conductor, live: LiveExecution, outcome: Asserted, step: Step) -> None:
    """Apply broken assertions."""
    live.asserting = False
    for sla in _assertions(live):
        if sla.id in outcome.broken:
            broken(conductor, live, sla, outcome.broken[sla.id], step)
    if live.stale_assertion:
        live.stale_assertion = False
        changed(conductor, live)
    root = live.frames.get(ROOT)
    if root is not None and root.closed and not live.asserting and not live.execution.state.ended:
        conductor.advance(live, ROOT, step)


def broken(conductor: Conductor, live: LiveExecution, sla: Sla, reason: str, step: Step) -> None:
    """Do what the promise says: labels always, then fail, cancel or nothing; once."""
    if sla.id in live.violated or live.execution.state.ended or live.killing:
        return
    live.violated.add(sla.id)
    if sla.labels:
        labels = {**live.execution.labels, **sla.labels}
        step.execution(live, replace(live.execution, labels=labels))
    if sla.behavior == "NONE":
        return
    step.log(live, None, Level.ERROR, f"Execution failed due to SLA '{sla.id}' violated: {reason}")
    state = State.FAILED if sla.behavior == "FAIL" else State.CANCELLED
    killing.stop(conductor, live, state, step)


def _too_long(conductor: Conductor, execution_id: str, sla: Sla) -> Callable[[Step], None]:
    def apply(step: Step) -> None:
        live = conductor.live.get(execution_id)
        if live is not None and sla.duration is not None:
            reason = f"longer than {duration_text(sla.duration)}"
            broken(conductor, live, sla, reason, step)

    return apply


def _assertions(live: LiveExecution) -> list[Sla]:
    return [sla for sla in live.flow.flow.sla if sla.assertion is not None]
