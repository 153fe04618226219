"""Delete a state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from engine.errors import TaskFailure
from engine.plugin import Example, Output
from engine.plugins.core.state._store import NAMESPACE, StateTask

if TYPE_CHECKING:
    from engine.plugin import RunContext


class DeleteOutput(Output):
    """Outputs of `Delete`."""

    deleted: bool
    """Whether there was such a state."""


class Delete(StateTask):
    """Delete a state. A missing one is fine, unless `errorOnMissing` is true; then it fails."""

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.core.tasks.states.Delete",)
    deprecated: ClassVar[str | None] = "io.kestra.plugin.core.kv.Delete"
    gives: ClassVar[type[Output]] = DeleteOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Forget the progress",
            """\
id: delete-state
namespace: company.team
tasks:
  - id: delete
    type: io.kestra.plugin.core.state.Delete
    name: progress
""",
            runnable=True,
        ),
    )

    error_on_missing: bool = False
    """Fail when there is no such state."""

    def run(self, ctx: RunContext) -> DeleteOutput:
        """Remove the state."""
        deleted = ctx.world.store.kv.delete(NAMESPACE, self.key(ctx))
        if not deleted and self.error_on_missing:
            raise TaskFailure(self.missing())
        return DeleteOutput(deleted=deleted)
