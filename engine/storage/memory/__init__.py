"""The store in plain dicts: for tests and runs that leave nothing behind."""

from __future__ import annotations

from engine.storage.memory.executions import MemoryExecutions
from engine.storage.memory.flows import MemoryFlows
from engine.storage.memory.kv import MemoryKeyValues
from engine.storage.memory.triggers import MemoryTriggers
from engine.storage.ports import ExecutionStore, FlowStore, KeyValueStore, Members, TriggerStore

__all__ = ["MemoryStore"]


class MemoryStore:
    """Everything is lost when the process ends. Values are kept as they are given, not copied."""

    def __init__(self) -> None:
        self.flows: FlowStore = MemoryFlows()
        self.executions: ExecutionStore = MemoryExecutions()
        self.kv: KeyValueStore = MemoryKeyValues()
        self.triggers: TriggerStore = MemoryTriggers()
        self.members: Members | None = None

    def close(self) -> None:
        """Nothing to release."""
