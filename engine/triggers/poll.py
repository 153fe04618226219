"""The doer for polling triggers: looks every interval, not while an execution it started runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from engine.errors import FlowsmithError
from engine.model.duration import parse_duration
from engine.model.id import new_id
from engine.model.json import Json
from engine.model.log import Level
from engine.plugin import Fired, PollingTrigger
from engine.plugin.build import build
from engine.plugin.context import RunContext
from engine.storage.ports import TriggerState
from engine.triggers.claims import Claims
from engine.triggers.condition import all_hold
from engine.triggers.context import Contexts
from engine.triggers.entry import Entry, Key, locked

_DEFAULT = timedelta(seconds=60)
_SHORTEST = timedelta(seconds=1)


class Polls:
    """Evaluates polling triggers; `close` interrupts the looks that are under way."""

    def __init__(self, contexts: Contexts, claims: Claims, wake: Callable[[Key, datetime], None]) -> None:
        self._contexts = contexts
        self._claims = claims
        self._wake = wake
        self._clock = contexts.clock
        self._under_way: set[RunContext] = set()

    def evaluate(self, entry: Entry, state: TriggerState) -> None:
        """Look if it is time, and see to it that it is looked at again."""
        if state.disabled or not entry.active or locked(entry, state):
            return
        now = self._clock()
        if state.next_date is not None and state.next_date > now:
            self._wake(entry.key, state.next_date)
            return
        following = now + self._interval(entry)
        planned = state.next_date

        def take(state: TriggerState | None) -> TriggerState | None:
            if state is None or state.next_date != planned or locked(entry, state) or state.disabled:
                return None
            return replace(state, next_date=following, last_date=now, updated=now)

        taken = self._contexts.world.store.triggers.update(*entry.key, take)
        if taken is not None and taken.next_date == following and taken.last_date == now:
            self._look(entry, now)
        self._wake(entry.key, now)

    def close(self) -> None:
        """Ask what is under way to stop."""
        for ctx in list(self._under_way):
            ctx.cancel()

    def _interval(self, entry: Entry) -> timedelta:
        written = entry.spec.properties.get("interval")
        if written is None:
            field = entry.plugin.model_fields.get("interval")
            default = field.default if field is not None else None
            return default if isinstance(default, timedelta) else _DEFAULT
        try:
            with self._contexts.open(entry.flow, entry.spec) as ctx:
                return max(parse_duration(ctx.render(written)), _SHORTEST)
        except (FlowsmithError, ValueError):
            return _DEFAULT

    def _look(self, entry: Entry, now: datetime) -> None:
        claim: dict[str, Json] = {}

        def unlocked(state: TriggerState) -> TriggerState | None:
            return None if locked(entry, state) else state

        try:
            with self._contexts.open(entry.flow, entry.spec, {"date": now.isoformat()}) as ctx:
                wanted = all_hold(entry.spec, ctx)
        except FlowsmithError as error:
            reason = f"Conditions of trigger '{entry.spec.id}' cannot be told: {error.message}"
            self._claims.make(entry, new_id(), {"failure": reason, "variables": {}}, unlocked)
            return
        fired = self._polled(entry) if wanted else None
        if fired is not None:
            claim = {"variables": dict(fired.variables), "given": dict(fired.inputs)}
            self._claims.make(entry, new_id(), claim, unlocked)

    def _polled(self, entry: Entry) -> Fired | None:
        with self._contexts.open(entry.flow, entry.spec) as ctx:
            self._under_way.add(ctx)
            try:
                plugin = build(entry.plugin, entry.spec.properties, ctx, ctx.world.resolver)
                return plugin.poll(ctx) if isinstance(plugin, PollingTrigger) else None
            except Exception as error:
                message = error.message if isinstance(error, FlowsmithError) else repr(error)
                ctx.log(Level.ERROR, f"The trigger could not look: {message}")
                return None
            finally:
                self._under_way.discard(ctx)
