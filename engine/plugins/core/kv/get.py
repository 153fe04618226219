"""Get a key-value entry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from engine.plugin import Example, Output, Task, Text
from engine.plugins.core.kv._entry import find, missing, place

if TYPE_CHECKING:
    from engine.plugin import RunContext


class GetOutput(Output):
    """Outputs of `Get`."""

    value: Any = None
    """The value with its type; null when there is none."""


class Get(Task):
    """Get the value of a key-value entry.

    A missing key gives null, or fails when `errorOnMissing` is true. A key that has expired fails.
    """

    gives: ClassVar[type[Output]] = GetOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Use a stored value",
            """\
id: read-a-value
namespace: company.team
tasks:
  - id: remember
    type: io.kestra.plugin.core.kv.Set
    key: bucket
    value: my-bucket
  - id: bucket
    type: io.kestra.plugin.core.kv.Get
    key: bucket
    errorOnMissing: true
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "gs://{{ outputs.bucket.value }}"
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

    def run(self, ctx: RunContext) -> GetOutput:
        """Return the value."""
        namespace, key = place(ctx, self.namespace, self.key)
        entry = find(ctx, namespace, key)
        if entry is None and self.error_on_missing:
            raise missing(namespace, key)
        return GetOutput(value=None if entry is None else entry.value)
