"""A world in which changes to one trigger's state wait to be stored together with their consequence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from engine.plugin.context import World
from engine.storage.ports import (
    ExecutionStore,
    FlowStore,
    KeyValueStore,
    Members,
    Store,
    TriggerState,
    TriggerStore,
)


class StagedTriggers:
    """The trigger states, with changes to one of them kept in memory."""

    def __init__(self, real: TriggerStore, state: TriggerState) -> None:
        self._real = real
        self.state = state

    def get(self, namespace: str, flow_id: str, trigger_id: str) -> TriggerState | None:
        """Return the state, the staged one of this trigger."""
        if self.state.key == (namespace, flow_id, trigger_id):
            return self.state
        return self._real.get(namespace, flow_id, trigger_id)

    def save(self, state: TriggerState) -> None:
        """Stage or save the state."""
        if state.key == self.state.key:
            self.state = state
        else:
            self._real.save(state)

    def update(
        self,
        namespace: str,
        flow_id: str,
        trigger_id: str,
        change: Callable[[TriggerState | None], TriggerState | None],
    ) -> TriggerState | None:
        """Change the staged state, or another trigger's own."""
        if self.state.key != (namespace, flow_id, trigger_id):
            return self._real.update(namespace, flow_id, trigger_id, change)
        self.state = change(self.state) or self.state
        return self.state

    def delete(self, namespace: str, flow_id: str, trigger_id: str) -> bool:
        """Forget a trigger."""
        return self._real.delete(namespace, flow_id, trigger_id)

    def of_flow(self, namespace: str, flow_id: str) -> list[TriggerState]:
        """Return the states of one flow's triggers, by trigger, as they are stored."""
        return self._real.of_flow(namespace, flow_id)

    def all(self) -> list[TriggerState]:
        """Return every state as it is stored."""
        return self._real.all()


@dataclass(frozen=True, slots=True)
class StagedStore:
    """A store whose trigger states are staged."""

    real: Store
    triggers: StagedTriggers

    @property
    def flows(self) -> FlowStore:
        """Flows and revisions."""
        return self.real.flows

    @property
    def executions(self) -> ExecutionStore:
        """Executions, task runs, logs, metrics."""
        return self.real.executions

    @property
    def kv(self) -> KeyValueStore:
        """Key-value entries."""
        return self.real.kv

    @property
    def members(self) -> Members | None:
        """The processes on this database."""
        return self.real.members

    def close(self) -> None:
        """Nothing is owned here."""


def staged(world: World, state: TriggerState) -> tuple[World, StagedTriggers]:
    """Return the world with staged changes, and what was staged."""
    triggers = StagedTriggers(world.store.triggers, state)
    return replace(world, store=StagedStore(world.store, triggers)), triggers
