"""Run another flow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from engine.model.json import Json
from engine.model.state import State
from engine.plugin import STATIC, Call, Example, Output, SubflowTask, Text
from engine.plugins.core.execution.labels import read_labels

if TYPE_CHECKING:
    from engine.plugin import RunContext


class SubflowOutput(Output):
    """Outputs of `Subflow`."""

    execution_id: str
    """Id of the execution that was started."""

    state: str | None = None
    """The state in which it ended; with `wait: false`, its state when it was created."""

    outputs: dict[str, Any] | None = None
    """The outputs the other flow declares; absent with `wait: false`."""


class Subflow(SubflowTask):
    """Run another flow as an execution of its own and, by default, wait for its end.

    When `wait` and `transmitFailed` are true the task ends as the other execution does: FAILED, WARNING,
    KILLED or CANCELLED. Fails when the flow does not exist or is disabled, and when its inputs do not fit.
    Killing this execution kills the one it started.
    """

    aliases: ClassVar[tuple[str, ...]] = (
        "io.kestra.core.tasks.flows.Subflow",
        "io.kestra.core.tasks.flows.Flow",
    )
    gives: ClassVar[type[Output]] = SubflowOutput
    row_properties: ClassVar[tuple[str, ...]] = ("outputs",)
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Run a flow with inputs and use its outputs",
            """\
id: parent
namespace: company.team
tasks:
  - id: load
    type: io.kestra.plugin.core.flow.Subflow
    namespace: company.team
    flowId: load-taxi
    inputs:
      taxi: yellow
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.load.outputs.rows }} rows, {{ outputs.load.state }}"
""",
        ),
        Example(
            "Start a flow and go on",
            """\
id: fire-and-forget
namespace: company.team
tasks:
  - id: start
    type: io.kestra.plugin.core.flow.Subflow
    namespace: company.team
    flowId: clean-up
    wait: false
""",
        ),
    )

    namespace: Text
    """Namespace of the flow."""

    flow_id: Text
    """Id of the flow."""

    revision: Annotated[int | None, Field(ge=1), STATIC] = None
    """Revision of the flow; the latest when left out."""

    inputs: dict[str, Any] = {}
    """Values for its inputs."""

    labels: str | dict[str, Any] | list[Any] = {}
    """Labels of the new execution: a map, or a list of `key` and `value`."""

    wait: bool = True
    """Wait for its end."""

    transmit_failed: bool = True
    """End as the other execution ends; otherwise SUCCESS. Only with `wait`."""

    inherit_labels: bool = False
    """Give the labels of this execution to the new one."""

    schedule_date: datetime | None = None
    """Start the new execution at this date."""

    outputs: Annotated[dict[str, Any] | None, STATIC] = None
    """Deprecated: declare outputs in the other flow. Rendered with the variables of its execution, when the
    flow declares none."""

    restart_behavior: Literal["RETRY_FAILED", "NEW_EXECUTION"] = "RETRY_FAILED"
    """What a restart of this execution does with the other one: restart it where it failed, or start anew."""

    def call(self, ctx: RunContext) -> Call:
        """Start the flow."""
        return Call(
            namespace=self.namespace,
            flow_id=self.flow_id,
            revision=self.revision,
            inputs=self.inputs,
            labels=read_labels(self.labels),
            wait=self.wait,
            transmit_failed=self.transmit_failed,
            inherit_labels=self.inherit_labels,
            schedule_date=self.schedule_date,
            restart_behavior=self.restart_behavior,
            outputs=self.outputs,
        )

    def returned(
        self, ctx: RunContext, execution_id: str, state: State, outputs: Mapping[str, Json]
    ) -> SubflowOutput:
        """Tell which execution it was, and its state and outputs."""
        known = dict(outputs) if self.wait else None
        return SubflowOutput(execution_id=execution_id, state=str(state), outputs=known)
