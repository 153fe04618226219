"""What people do with triggers: switch, unlock, backfill, forget, look ahead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from itertools import islice

from engine.errors import Conflict, NotFound
from engine.executor.inputs import seal
from engine.storage.ports import TriggerState
from engine.triggers import backfill as backfills
from engine.triggers.backfill import Backfill
from engine.triggers.claim import with_facts
from engine.triggers.dates import Dates
from engine.triggers.entry import LOCKING, Entry, Key
from engine.triggers.scheduler import Scheduler

Change = Callable[[TriggerState], TriggerState]


class States:
    """Changes stored states and tells the scheduler of this process; others notice within a minute, and
    before they fire. Every method raises NotFound for a trigger that no flow has.
    """

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._store = scheduler.contexts.world.store
        self._clock = scheduler.contexts.clock
        self._cipher = scheduler.contexts.world.cipher

    def all(self) -> list[TriggerState]:
        """Return every state, by namespace, flow and trigger."""
        return self._store.triggers.all()

    def get(self, key: Key) -> TriggerState:
        """Return the state of a trigger."""
        state = self._store.triggers.get(*key)
        if state is None:
            entry = self._entry(key)
            self._scheduler.flow_saved(entry.flow.flow)
            state = self._store.triggers.get(*key)
        if state is None:
            raise NotFound(f"Trigger {'.'.join(key)} does not exist")
        return state

    def set_disabled(self, key: Key, disabled: bool) -> TriggerState:
        """Switch a trigger off or on; dates that pass while it is off are not made up for."""

        def change(state: TriggerState) -> TriggerState:
            if state.disabled is disabled:
                return state
            return replace(state, disabled=disabled, next_date=None)

        state = self._change(key, change)
        if disabled or state.next_date is not None:
            return state
        return self._with_next(key, state)

    def _with_next(self, key: Key, state: TriggerState) -> TriggerState:
        """Show at once when a trigger that was switched on is due, as the scheduler will find it."""
        entry = self._entry(key)
        if entry.dates is None or not entry.active:
            return state
        following = entry.dates.following(self._clock())
        return self._change(
            key, lambda known: known if known.next_date is not None else replace(known, next_date=following)
        )

    def unlock(self, key: Key) -> TriggerState:
        """Let a trigger fire again though an execution it started has not ended; raises Conflict."""

        def change(state: TriggerState) -> TriggerState:
            if state.kind not in LOCKING or state.execution_id is None:
                raise Conflict(f"Trigger {'.'.join(key)} is not locked: no execution it started is running")
            return with_facts(replace(state, execution_id=None), claims=None)

        return self._change(key, change)

    def forget(self, key: Key, *, declared: bool = False) -> None:
        """Delete the state of a trigger; raises Conflict while its flow has it, unless `declared`."""
        row = self._store.flows.get(*key[:2])
        if row is not None and not row.deleted and not declared:
            flow = self._scheduler.contexts.starter.find(key[0], key[1], None).flow
            if any(spec.id == key[2] for spec in flow.triggers):
                raise Conflict(f"Trigger {'.'.join(key)} is part of its flow; take it out of the flow first")
        if not self._store.triggers.delete(*key):
            raise NotFound(f"Trigger {'.'.join(key)} does not exist")
        self._scheduler.changed(*key)

    def upcoming(self, key: Key, count: int) -> list[datetime]:
        """Return the next dates of a schedule, earliest first."""
        dates = self._dates(self._entry(key))
        return list(islice(dates.all_after(self._clock()), count))

    # -- backfills

    def backfill(self, key: Key, wanted: Backfill) -> TriggerState:
        """Start a backfill; raises Conflict or InputInvalid with the reason when that cannot be."""
        entry = self._entry(key)
        dates = self._dates(entry)
        if not entry.active:
            raise Conflict(f"Trigger {'.'.join(key)} or its flow is disabled; enable it before a backfill")
        state = self.get(key)
        wanted = replace(wanted, inputs=seal(wanted.inputs, entry.flow.flow.inputs, self._cipher))
        running = backfills.begin(wanted, dates, state.next_date, self._clock())

        def change(state: TriggerState) -> TriggerState:
            if state.disabled:
                raise Conflict(f"Trigger {'.'.join(key)} is switched off; switch it on before a backfill")
            if state.backfill is not None:
                raise Conflict(f"Trigger {'.'.join(key)} has a backfill already; cancel that one first")
            return replace(state, backfill=running)

        return self._change(key, change)

    def pause_backfill(self, key: Key, paused: bool) -> TriggerState:
        """Hold a backfill, or let it go on; raises Conflict when there is none."""
        return self._change(
            key, lambda state: replace(state, backfill={**_backfill(key, state), "paused": paused})
        )

    def cancel_backfill(self, key: Key) -> TriggerState:
        """End a backfill; an execution that runs goes on. Raises Conflict when there is none."""

        def change(state: TriggerState) -> TriggerState:
            _backfill(key, state)
            return replace(state, backfill=None)

        return self._change(key, change)

    def progress(self, state: TriggerState) -> backfills.Progress | None:
        """Tell how far the backfill of a trigger is."""
        return None if state.backfill is None else backfills.progress(state.backfill, self._clock())

    # -- parts

    def _change(self, key: Key, change: Change) -> TriggerState:
        self.get(key)
        now = self._clock()

        def apply(state: TriggerState | None) -> TriggerState:
            if state is None:
                raise NotFound(f"Trigger {'.'.join(key)} does not exist")
            return replace(change(state), updated=now)

        state = self._store.triggers.update(*key, apply)
        self._scheduler.changed(*key)
        if state is None:
            raise NotFound(f"Trigger {'.'.join(key)} does not exist")
        return state

    def _entry(self, key: Key) -> Entry:
        entry = self._scheduler.watch.entry(key)
        if entry is None:
            raise NotFound(f"Trigger {'.'.join(key)} does not exist; check namespace, flow and trigger id")
        return entry

    def _dates(self, entry: Entry) -> Dates:
        if entry.kind != "SCHEDULE":
            raise Conflict(f"Trigger {'.'.join(entry.key)} is no schedule, it is a {entry.spec.type}")
        if entry.dates is None:
            raise Conflict(f"Trigger {'.'.join(entry.key)} has no possible dates; its log tells why")
        return entry.dates


def _backfill(key: Key, state: TriggerState) -> dict[str, object]:
    if state.backfill is None:
        raise Conflict(f"Trigger {'.'.join(key)} has no backfill")
    return state.backfill
