"""The flows a plugin may look after: checked, saved, started and deleted by the engine itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from engine.model.execution import Execution, ExecutionTrigger
from engine.model.finding import Finding
from engine.model.flow import Flow
from engine.model.json import Json
from engine.model.label import Labels
from engine.storage.ports import FlowRow


class Verdict(Protocol):
    """What the gate says of a text. `flow` is None when a finding blocks."""

    @property
    def flow(self) -> Flow | None:
        """The flow, typed."""

    @property
    def findings(self) -> Sequence[Finding]:
        """All problems, in the order of the text."""


class Flows(Protocol):
    """Checks, saves, finds, starts and deletes flows; the engine is one."""

    def check(self, source: str) -> Verdict:
        """Check the text of a flow; never raises for what an author may write, saves nothing."""

    def save(self, source: str) -> FlowRow:
        """Save a flow as its next revision; raises FlowInvalid."""

    def delete_flow(self, namespace: str, flow_id: str) -> None:
        """Delete a flow; raises NotFound."""

    def flow(self, namespace: str, flow_id: str, revision: int | None = None) -> Flow:
        """Return a flow, typed; raises NotFound."""

    def start(
        self,
        namespace: str,
        flow_id: str,
        *,
        inputs: Mapping[str, Json] | None = None,
        labels: Labels | None = None,
        revision: int | None = None,
        schedule_date: datetime | None = None,
        trigger: ExecutionTrigger | None = None,
    ) -> Execution:
        """Start an execution and return it as it was stored; raises NotFound, FlowDisabled, InputInvalid."""
