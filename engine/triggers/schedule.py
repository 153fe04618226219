"""The doer for schedules: starts what is due, dates of a backfill before those of the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from engine.errors import FlowsmithError
from engine.model.id import new_id
from engine.model.json import Json
from engine.storage.ports import TriggerState, TriggerStore
from engine.triggers import backfill as backfills
from engine.triggers.claim import claims_of
from engine.triggers.claims import Claims
from engine.triggers.condition import all_hold
from engine.triggers.context import Contexts
from engine.triggers.dates import Dates
from engine.triggers.entry import Entry, Key, locked

_TICK = timedelta(microseconds=1)


class Schedules:
    """Evaluates schedules. `wake` asks for another evaluation at a date, now without one."""

    def __init__(self, contexts: Contexts, claims: Claims, wake: Callable[[Key, datetime], None]) -> None:
        self._contexts = contexts
        self._claims = claims
        self._wake = wake
        self._clock = contexts.clock
        self._states: TriggerStore = contexts.world.store.triggers
        self._began = contexts.clock()
        self._seen: set[Key] = set()

    def evaluate(self, entry: Entry, state: TriggerState) -> None:
        """Start what is due of one schedule, and see to it that it is looked at again."""
        if state.disabled or not entry.active or entry.dates is None:
            return
        if state.backfill is not None:
            self._backfill(entry, entry.dates, state)
        elif not locked(entry, state):
            self._regular(entry, entry.dates, state)

    # -- dates of the clock

    def _regular(self, entry: Entry, dates: Dates, state: TriggerState) -> None:
        now = self._clock()
        date = self._next(entry, dates, state, now)
        if date is None:
            return
        if date > now:
            self._wake(entry.key, date)
            return
        answer = self._asked(entry, dates, date)
        if answer is False:
            self._move(entry.key, date, dates.following(date))
            self._wake(entry.key, now)
            return
        following = dates.following(date)

        def take(state: TriggerState) -> TriggerState | None:
            if state.next_date != date or locked(entry, state) or state.backfill is not None:
                return None
            return replace(state, next_date=following, last_date=date)

        claim: dict[str, Json] = {"date": date.isoformat()}
        if isinstance(answer, str):
            claim["failure"] = answer
        self._claims.make(entry, new_id(), claim, take)
        self._wake(entry.key, now)

    def _next(self, entry: Entry, dates: Dates, state: TriggerState, now: datetime) -> datetime | None:
        """Return the next date, after those that are not made up for were left out."""
        date = state.next_date
        wanted = date
        if date is None:
            wanted = dates.following(now)
        elif date <= now:
            wanted = self._recovered(entry, dates, date, now)
            late = getattr(dates.schedule, "late_maximum_delay", None)
            if late is not None and wanted is not None:
                oldest = now - late
                wanted = dates.following(oldest - _TICK) if wanted < oldest else wanted
        self._seen.add(entry.key)
        if wanted != date and not self._move(entry.key, date, wanted):
            self._wake(entry.key, now)
            return None
        return wanted

    def _recovered(self, entry: Entry, dates: Dates, date: datetime, now: datetime) -> datetime | None:
        """Apply `recoverMissedSchedules` to dates that passed before this process began."""
        if entry.key in self._seen or date >= self._began:
            return date
        match getattr(dates.schedule, "recover_missed_schedules", None) or self._default(entry):
            case "NONE":
                return dates.following(now)
            case "LAST":
                last = dates.preceding(now + _TICK)
                return last if last is not None and last > date else date
        return date

    def _default(self, entry: Entry) -> str:
        settings = self._contexts.world.settings.get(entry.spec.type)
        return str(settings.get("recoverMissedSchedules", "ALL")) if isinstance(settings, dict) else "ALL"

    def _move(self, key: Key, date: datetime | None, following: datetime | None) -> bool:
        """Store another next date, unless somebody else was faster."""
        now = self._clock()

        def apply(state: TriggerState | None) -> TriggerState | None:
            if state is None or state.next_date != date:
                return None
            return replace(state, next_date=following, updated=now)

        state = self._states.update(*key, apply)
        return state is not None and state.next_date == following

    def _asked(self, entry: Entry, dates: Dates, date: datetime) -> bool | str:
        """Ask the conditions for a date that is due; a text says why that was not possible."""
        if not entry.reach.any:
            return True
        variables = dates.schedule.variables(date)
        try:
            with self._contexts.open(entry.flow, entry.spec, variables) as ctx:
                ctx.scope = ctx.scope.with_variables({"schedule": variables})
                return all_hold(entry.spec, ctx)
        except FlowsmithError as error:
            return f"Conditions of trigger '{entry.spec.id}' cannot be told: {error.message}"

    # -- dates of a backfill

    def _backfill(self, entry: Entry, dates: Dates, state: TriggerState) -> None:
        running = state.backfill or {}
        now = self._clock()
        date = backfills.current(running)
        if date is None:
            if not claims_of(state):
                self._finish(entry.key)
                self._wake(entry.key, now)
            return
        if running.get("paused") or len(claims_of(state)) >= int(running.get("parallel") or 1):
            return
        answer = self._asked(entry, dates, date)
        following = dates.following(date)

        def take(state: TriggerState) -> TriggerState | None:
            known = state.backfill
            if known is None or known.get("paused") or backfills.current(known) != date:
                return None
            if len(claims_of(state)) >= int(known.get("parallel") or 1):
                return None
            after = backfills.advanced(known, following, begun=answer is not False)
            return replace(state, backfill=after, last_date=date if answer is not False else state.last_date)

        if answer is False:
            self._states.update(*entry.key, lambda state: state and take(state))
        else:
            claim: dict[str, Json] = {"date": date.isoformat(), "backfill": True}
            claim |= {name: running[name] for name in ("inputs", "labels") if running.get(name)}
            if isinstance(answer, str):
                claim["failure"] = answer
            self._claims.make(entry, new_id(), claim, take)
        self._wake(entry.key, now)

    def _finish(self, key: Key) -> None:
        now = self._clock()

        def apply(state: TriggerState | None) -> TriggerState | None:
            if state is None or state.backfill is None or claims_of(state):
                return None
            if backfills.current(state.backfill) is not None:
                return None
            return replace(state, backfill=None, updated=now)

        self._states.update(*key, apply)
