"""Conditions: under which a trigger starts an execution, or a listener runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from engine.model.execution import Execution
from engine.model.json import Json
from engine.plugin.base import Plugin
from engine.plugin.task import Example

if TYPE_CHECKING:
    from engine.plugin.context import RunContext


class Condition(Plugin):
    """A fact that holds or does not.

    Reads the variables of the context: `trigger` holds the date of a schedule (`date`), or of another
    execution what `execution_event` gives. `flow` is the flow the trigger belongs to.
    """

    abstract: ClassVar[bool] = True
    examples: ClassVar[Sequence[Example]] = ()

    def holds(self, ctx: RunContext) -> bool:
        """Tell whether the condition is true; raises TaskFailure when that cannot be told."""
        raise NotImplementedError


def execution_event(execution: Execution) -> dict[str, Json]:
    """Return what conditions and Flow triggers know of an execution of another flow.

    `attempts` are the states of all attempts of its tasks; give the execution with its task runs.
    """
    event: dict[str, Json] = {
        "executionId": execution.id,
        "namespace": execution.namespace,
        "flowId": execution.flow_id,
        "flowRevision": execution.flow_revision,
        "state": str(execution.state),
        "labels": dict(execution.labels),
        "attempts": [str(attempt.state) for run in execution.task_runs for attempt in run.attempts],
    }
    if execution.outputs is not None:
        event["outputs"] = execution.outputs
    return event
