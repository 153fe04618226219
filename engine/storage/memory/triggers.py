"""States of triggers, in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable

from engine.storage.ports import TriggerState


class MemoryTriggers:
    """States of triggers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._states: dict[tuple[str, str, str], TriggerState] = {}

    def get(self, namespace: str, flow_id: str, trigger_id: str) -> TriggerState | None:
        """Return the state, or None before the first evaluation."""
        with self._lock:
            return self._states.get((namespace, flow_id, trigger_id))

    def save(self, state: TriggerState) -> None:
        """Insert or replace the state."""
        with self._lock:
            self._states[state.key] = state

    def update(
        self,
        namespace: str,
        flow_id: str,
        trigger_id: str,
        change: Callable[[TriggerState | None], TriggerState | None],
    ) -> TriggerState | None:
        """Read, change and write in one step; `change` must not use the store itself."""
        with self._lock:
            before = self._states.get((namespace, flow_id, trigger_id))
            after = change(before)
            if after is None:
                return before
            self._states[after.key] = after
            return after

    def delete(self, namespace: str, flow_id: str, trigger_id: str) -> bool:
        """Forget the trigger; tells whether it was known."""
        with self._lock:
            return self._states.pop((namespace, flow_id, trigger_id), None) is not None

    def of_flow(self, namespace: str, flow_id: str) -> list[TriggerState]:
        """Return the states of one flow's triggers, by trigger."""
        with self._lock:
            found = [state for key, state in self._states.items() if key[:2] == (namespace, flow_id)]
        return sorted(found, key=lambda state: state.key)

    def all(self) -> list[TriggerState]:
        """Return every state, by namespace, flow and trigger."""
        with self._lock:
            return sorted(self._states.values(), key=lambda state: state.key)
