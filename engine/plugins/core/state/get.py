"""Get a state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from engine.errors import TaskFailure
from engine.plugin import Example, Output
from engine.plugins.core.state._store import StateTask

if TYPE_CHECKING:
    from engine.plugin import RunContext


class GetOutput(Output):
    """Outputs of `Get`."""

    count: int
    """How many names the state has."""

    data: dict[str, Any]
    """Names to values; empty when there is no such state."""


class Get(StateTask):
    """Get a state. A missing one is empty, or fails when `errorOnMissing` is true."""

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.core.tasks.states.Get",)
    deprecated: ClassVar[str | None] = "io.kestra.plugin.core.kv.Get"
    gives: ClassVar[type[Output]] = GetOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Read the last month",
            """\
id: get-state
namespace: company.team
tasks:
  - id: get
    type: io.kestra.plugin.core.state.Get
    name: progress
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.get.data.month ?? 'nothing yet' }}"
""",
            runnable=True,
        ),
    )

    error_on_missing: bool = False
    """Fail when there is no such state."""

    def run(self, ctx: RunContext) -> GetOutput:
        """Return the state."""
        stored = self.stored(ctx)
        if stored is None and self.error_on_missing:
            raise TaskFailure(self.missing())
        return GetOutput(count=len(stored or {}), data=stored or {})
