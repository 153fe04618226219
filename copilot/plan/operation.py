"""An edit: operations on a flow that exists, addressed by ids, applied as text splices."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from copilot.plan.plan import Part, Step, TriggerPlan, Words, sequence_of
from engine.model.json import Json

Op = Literal["add", "remove", "set", "unset", "move", "rename", "wrap", "unwrap"]
Where = Literal["before", "after", "first", "last"]
Kind = Literal["", "task", "trigger", "input", "output", "variable"]


class Operation(Part):
    """One change. Which fields count depends on `op`:

    `add`: `step` (or `trigger`, or `value` with an `id`) into `section` of `inside`, at `where` of `anchor`.
    `remove`: `target`. `set`, `unset`: `path` inside `target` (the flow itself when empty). `move`: `target`
    to `where` of `anchor`, or into `section` of `inside`. `rename`: `target` to `to`, references included.
    `wrap`: the neighbouring tasks `targets` become the `section` of `step`. `unwrap`: the tasks in the
    `section` of the flowable `target` take its place.
    """

    op: Op
    """What to do."""

    target: Words = ""
    """Id of the task, trigger, input or output; empty for the flow."""

    kind: Kind = ""
    """What `target` is, where several things share the id."""

    inside: Words = ""
    """Id of the task to add into; empty for the flow."""

    section: Words = ""
    """List to add into: `tasks`, `then`, `else`, `errors`, `finally`, `triggers`, `inputs`, `outputs` …"""

    where: Where = "last"
    """Place in the list; `before` and `after` need `anchor`."""

    anchor: Words = ""
    """Id of the neighbour."""

    path: Words = ""
    """Property inside the target, with dots: `retry.maxAttempts`, `commands.0`."""

    value: Json = None
    """New value, or the item to add."""

    step: Step | None = None
    """Task to add, or the flowable to wrap with."""

    trigger: TriggerPlan | None = None
    """Trigger to add."""

    to: Words = ""
    """New id."""

    targets: Annotated[list[str], BeforeValidator(sequence_of)] = Field(default_factory=list)
    """Ids of neighbouring tasks to wrap."""

    because: Words = ""
    """The user's words that caused it."""


class Edit(Part):
    """All changes of one request, in order."""

    operations: Annotated[list[Operation], BeforeValidator(sequence_of)] = Field(default_factory=list)
    """The changes."""

    notes: Annotated[list[str], BeforeValidator(sequence_of)] = Field(default_factory=list)
    """What the user should know."""

    open: Annotated[list[str], BeforeValidator(sequence_of)] = Field(default_factory=list)
    """Words nothing was done about; they block acceptance."""
