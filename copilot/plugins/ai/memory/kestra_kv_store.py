"""A chat memory in the key-value store."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from copilot.plugins.ai._memory import ChatMemory
from engine.errors import TaskFailure
from engine.model.json import Json, loads
from engine.plugin import RunContext


class KestraKVStore(ChatMemory):
    """Remember a chat in an entry of the key-value store, in the flow's namespace.

    The key is `memoryId`; the value is a list of messages.
    """

    aliases: ClassVar[tuple[str, ...]] = (
        "io.kestra.plugin.ai.memory.KestraKVMemory",
        "io.kestra.plugin.langchain4j.memory.KestraKVMemory",
        "io.kestra.plugin.langchain4j.memory.KestraKVStore",
    )

    def load(self, ctx: RunContext, key: str) -> list[Json]:
        """Return the entry's messages."""
        entry = ctx.world.store.kv.get(ctx.where.namespace, key)
        if entry is None or (entry.expires is not None and entry.expires <= ctx.clock()):
            return []
        try:
            value = loads(entry.value) if isinstance(entry.value, str) else entry.value
        except ValueError:
            value = None
        if not isinstance(value, list):
            raise TaskFailure(f"memory: the entry '{key}' is no chat memory; choose another `memoryId`")
        return value

    def save(self, ctx: RunContext, key: str, messages: list[Json], expires: datetime) -> None:
        """Write the entry."""
        ctx.world.store.kv.put(ctx.where.namespace, key, messages, "JSON", ctx.clock(), expires=expires)

    def forget(self, ctx: RunContext, key: str) -> None:
        """Delete the entry."""
        ctx.world.store.kv.delete(ctx.where.namespace, key)
