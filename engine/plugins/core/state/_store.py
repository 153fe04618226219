"""Where states are kept: maps in the key-value store, apart from the users' own entries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from engine.plugin import STATIC, Task, Text

if TYPE_CHECKING:
    from engine.plugin import RunContext

NAMESPACE = "_states"
"""The namespace of the entries; no flow can have one that begins with `_`."""


class StateTask(Task):
    """Properties that all state tasks have."""

    abstract: ClassVar[bool] = True

    name: Text = "default"
    """Name of the state."""

    namespace: Annotated[bool, STATIC] = False
    """Whether all flows of the namespace share the state."""

    taskrun_value: Annotated[bool, STATIC] = True
    """Whether there is a state of its own for every `taskrun.value`."""

    def key(self, ctx: RunContext) -> str:
        """Return the key of the state."""
        parts = [ctx.where.namespace, "" if self.namespace else ctx.where.flow_id, self.name]
        if self.taskrun_value and ctx.where.value is not None:
            parts.append(ctx.where.value)
        return "/".join(parts)

    def stored(self, ctx: RunContext) -> dict[str, Any] | None:
        """Return the state, None when there is none."""
        entry = ctx.world.store.kv.get(NAMESPACE, self.key(ctx))
        return None if entry is None or not isinstance(entry.value, dict) else entry.value

    def missing(self) -> str:
        """Return the sentence for a state that should exist."""
        return f"The state '{self.name}' does not exist and `errorOnMissing` is true"
