"""Set a state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from engine.plugin import Example, Output
from engine.plugins.core.state._store import NAMESPACE, StateTask

if TYPE_CHECKING:
    from engine.plugin import RunContext


class SetOutput(Output):
    """Outputs of `Set`."""

    count: int
    """How many names the state has."""

    key: str
    """Key under which it is kept."""


class Set(StateTask):
    """Merge values into a state that lives on after the execution. Fails only if they cannot be rendered."""

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.core.tasks.states.Set",)
    deprecated: ClassVar[str | None] = "io.kestra.plugin.core.kv.Set"
    gives: ClassVar[type[Output]] = SetOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Remember the last month",
            """\
id: set-state
namespace: company.team
tasks:
  - id: set
    type: io.kestra.plugin.core.state.Set
    name: progress
    data:
      month: 2021-01
""",
            runnable=True,
        ),
    )

    data: dict[str, Any] = {}
    """Names to values, merged over those of the state."""

    def run(self, ctx: RunContext) -> SetOutput:
        """Merge and store."""
        merged = {**(self.stored(ctx) or {}), **self.data}
        key = self.key(ctx)
        ctx.world.store.kv.put(NAMESPACE, key, merged, "JSON", ctx.clock())
        return SetOutput(count=len(merged), key=key)
