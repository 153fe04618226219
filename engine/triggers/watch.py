"""The watch: which triggers there are, their stored states, and their entries, read when first needed."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from engine.errors import FlowsmithError
from engine.executor.compiled import CompiledFlow
from engine.model.flow import Flow
from engine.model.moment import to_text
from engine.storage.ports import TriggerState
from engine.triggers.claim import fact, with_facts
from engine.triggers.context import Contexts
from engine.triggers.entry import Entry, Key, read_entry

logger = logging.getLogger(__name__)


class Watch:
    """Triggers of all flows. A state tells the revision it was recorded from, so that a start need not read
    flows that have not changed.
    """

    def __init__(self, contexts: Contexts) -> None:
        self._contexts = contexts
        self._store = contexts.world.store
        self.kinds: dict[Key, str] = {}
        self._entries: dict[Key, Entry] = {}

    def record(self, flow: Flow) -> tuple[list[TriggerState], set[Key]]:
        """Bring the stored states in line with a flow that was saved; returns them, and what is gone."""
        if not flow.triggers and not self._known(flow):
            return [], set()
        return self._record(self._contexts.starter.find(flow.namespace, flow.id, flow.revision))

    def _record(self, flow: CompiledFlow) -> tuple[list[TriggerState], set[Key]]:
        entries = [
            entry
            for spec in flow.flow.triggers
            if (entry := read_entry(flow, spec, self._contexts)) is not None
        ]
        keys = {entry.key for entry in entries}
        gone = self._known(flow.flow) - keys
        for key in gone:
            self._store.triggers.delete(*key)
            self.drop(key)
        return [state for entry in entries if (state := self._record_one(entry)) is not None], gone

    def _known(self, flow: Flow) -> set[Key]:
        """Return the triggers earlier revisions of a flow have left."""
        if flow.revision == 1:
            return set()
        return {state.key for state in self._store.triggers.of_flow(flow.namespace, flow.id)}

    def _record_one(self, entry: Entry) -> TriggerState | None:
        now = self._contexts.clock()
        first = _first(entry, now)

        def apply(state: TriggerState | None) -> TriggerState:
            if state is None:
                state = with_facts(TriggerState(*entry.key, entry.kind, now), since=to_text(now))
                same = False
            else:
                off = bool(fact(state, "off"))
                same = fact(state, "mark") == entry.mark and off is not entry.active
            if not same:
                state = replace(state, kind=entry.kind, next_date=first, updated=now)
            off_now = None if entry.active else True
            return with_facts(state, mark=entry.mark, revision=entry.revision, off=off_now)

        state = self._store.triggers.update(*entry.key, apply)
        self.kinds[entry.key] = entry.kind
        self._entries[entry.key] = entry
        return state

    def take_in(self) -> list[TriggerState]:
        """Take in the triggers of all flows at a start; returns their states."""
        by_flow: dict[tuple[str, str], list[TriggerState]] = {}
        for state in self._store.triggers.all():
            by_flow.setdefault((state.namespace, state.flow_id), []).append(state)
        found: list[TriggerState] = []
        for row in self._store.flows.latest():
            states = by_flow.get((row.namespace, row.id), [])
            if not states and "triggers" not in row.source:
                continue
            if not states or any(fact(state, "revision") != row.revision for state in states):
                states = self._reread(row.namespace, row.id)
            self.kinds.update((state.key, state.kind) for state in states)
            found += states
        return found

    def changed(self) -> tuple[list[TriggerState], list[Key]]:
        """Return states other processes have changed flows of, and triggers that are gone."""
        states = {state.key: state for state in self._store.triggers.all()}
        gone = [key for key in self.kinds if key not in states]
        fresh: list[TriggerState] = []
        for key, state in states.items():
            entry = self._entries.get(key)
            if key in self.kinds and (entry is None or entry.revision == fact(state, "revision")):
                continue
            self._entries.pop(key, None)
            self.kinds[key] = state.kind
            fresh.append(state)
        return fresh, gone

    def entry(self, key: Key) -> Entry | None:
        """Return the trigger as it is written in the latest revision, None when it is gone."""
        namespace, flow_id, trigger_id = key
        row = self._store.flows.get(namespace, flow_id)
        if row is None or row.deleted:
            return None
        entry = self._entries.get(key)
        if entry is not None and entry.revision == row.revision:
            return entry
        flow = self._contexts.starter.find(namespace, flow_id, row.revision)
        spec = next((spec for spec in flow.flow.triggers if spec.id == trigger_id), None)
        entry = read_entry(flow, spec, self._contexts) if spec is not None else None
        if entry is not None:
            self._entries[key] = entry
        return entry

    def _reread(self, namespace: str, flow_id: str) -> list[TriggerState]:
        try:
            states, _ = self._record(self._contexts.starter.find(namespace, flow_id, None))
            return states
        except FlowsmithError:
            logger.exception("the triggers of flow %s.%s cannot be read", namespace, flow_id)
            return []

    def drop(self, key: Key) -> None:
        """Forget a trigger in this process."""
        self.kinds.pop(key, None)
        self._entries.pop(key, None)

    def forget(self, namespace: str, flow_id: str) -> list[Key]:
        """Forget the triggers of a flow that was deleted, and their states; returns them."""
        keys = [state.key for state in self._store.triggers.of_flow(namespace, flow_id)]
        for key in keys:
            self._store.triggers.delete(*key)
            self.drop(key)
        return keys

    def keys(self, kinds: Iterable[str]) -> list[Key]:
        """Return the triggers of some kinds."""
        wanted = frozenset(kinds)
        return [key for key, kind in list(self.kinds.items()) if kind in wanted]


def _first(entry: Entry, now: datetime) -> datetime | None:
    """Return when a new trigger is evaluated first: a schedule at its next date, a poll at once."""
    if not entry.active:
        return None
    if entry.kind == "POLLING":
        return now
    return entry.dates.following(now) if entry.dates is not None else None
