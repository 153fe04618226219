"""Delete a key-value entry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from engine.plugin import Example, Output, Task, Text
from engine.plugins.core.kv._entry import missing, place

if TYPE_CHECKING:
    from engine.plugin import RunContext


class DeleteOutput(Output):
    """Outputs of `Delete`."""

    deleted: bool
    """Whether the key existed."""


class Delete(Task):
    """Delete a key-value entry. A missing key is fine unless `errorOnMissing` is true; then it fails."""

    gives: ClassVar[type[Output]] = DeleteOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Forget a value",
            """\
id: forget
namespace: company.team
tasks:
  - id: forget
    type: io.kestra.plugin.core.kv.Delete
    key: taxi
""",
            runnable=True,
        ),
    )

    key: Text
    """Name of the entry."""

    namespace: Text | None = None
    """The namespace; by default the flow's own."""

    error_on_missing: bool = False
    """Fail when the key does not exist."""

    def run(self, ctx: RunContext) -> DeleteOutput:
        """Remove the entry."""
        namespace, key = place(ctx, self.namespace, self.key)
        deleted = ctx.world.store.kv.delete(namespace, key)
        if not deleted and self.error_on_missing:
            raise missing(namespace, key)
        return DeleteOutput(deleted=deleted)
