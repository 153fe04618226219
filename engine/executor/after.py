"""After the end: the tasks of `afterExecution`, and those of `listeners` whose conditions all hold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.errors import FlowsmithError
from engine.executor import recovery
from engine.executor.compiled import enabled
from engine.executor.lane import Slot
from engine.executor.live import AFTER, LiveExecution
from engine.executor.step import Step
from engine.model.flow import Flow, Listener
from engine.plugin.build import build
from engine.plugin.condition import Condition, execution_event
from engine.plugin.context import RunContext

if TYPE_CHECKING:
    from engine.executor.conductor import Conductor


@dataclass(frozen=True, slots=True)
class Listened:
    """The tasks of the listeners that are meant, in order."""

    tasks: tuple[str, ...]


class Listening:
    """The work of asking the conditions of a flow's listeners."""

    def __init__(self, live: LiveExecution, ctx: RunContext) -> None:
        self.live = live
        self.ctx = ctx
        self.detached = False
        # The rows as they are now, read on the loop thread.
        ended = replace(live.execution, task_runs=tuple(live.runs.values()))
        ctx.scope = ctx.scope.with_variables({"trigger": execution_event(ended)})

    def perform(self) -> Listened:
        """Ask all of them; a condition that cannot be told does not hold, and the log says so."""
        listeners = self.live.flow.flow.listeners
        return Listened(tuple(task for one in listeners if self._meant(one) for task in enabled(one.tasks)))

    def _meant(self, listener: Listener) -> bool:
        try:
            return all(self._holds(dict(condition)) for condition in listener.conditions)
        except FlowsmithError as error:
            self.ctx.error(f"A condition of a listener cannot be told: {error.message}")
            return False

    def _holds(self, properties: dict[str, object]) -> bool:
        registry = self.live.flow.registry
        found = registry.resolve(str(properties.pop("type")))
        if not issubclass(found, Condition):
            return False
        return build(found, properties, self.ctx, registry).holds(self.ctx)


def exists(flow: Flow) -> bool:
    """Tell whether anything may have to be done after the end."""
    return bool(enabled(flow.after_execution) or flow.listeners)


def begin(conductor: Conductor, live: LiveExecution, step: Step) -> None:
    """Find out what runs after the end; the execution has its final state and keeps its owner."""
    step.quiet.add(live.id)
    live.held = live.killing = live.leaving = False
    if live.flow.flow.listeners:
        conductor.pending.append(lambda: conductor.make_listening(live))
    else:
        listened(conductor, live, Listened(()), step)


def listened(conductor: Conductor, live: LiveExecution, outcome: Listened, step: Step) -> None:
    """Run the tasks, or go on with them after a crash."""
    frame = live.open_after((*enabled(live.flow.flow.after_execution), *outcome.tasks))
    for run in sorted(live.runs.values(), key=lambda run: run.index):
        if live.frame_key(run) != AFTER:
            continue
        slot = Slot(run.task_id)
        frame.seen("tasks", slot)
        if run.state.ended:
            frame.ended("tasks", slot, run.state)
    for run in list(live.runs.values()):
        if not run.state.ended:
            recovery.take_up_run(conductor, live, run, step)
    for key in list(live.frames):
        if key in live.runs and not live.runs[key].state.ended and not live.frames[key].closed:
            conductor.advance(live, key, step)
    if not live.finished:
        conductor.advance(live, AFTER, step)
