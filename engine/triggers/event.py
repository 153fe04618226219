"""The doer for Flow triggers: hears of executions that ended or paused, and starts what waits for them.

An event is evaluated on a staged state; what is remembered, the mark that the event was handled and the claim
on the new execution are stored in one transaction. How far this process has come is stored now and then; the
next process reads from there what one that died left behind.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from engine.errors import FlowsmithError
from engine.executor.owner import Owner
from engine.feed import Event
from engine.model.execution import Execution
from engine.model.id import new_id
from engine.model.json import Json
from engine.model.label import CORRELATION_ID
from engine.model.moment import from_text, to_text
from engine.model.state import TERMINAL, State
from engine.plugin import EventTrigger
from engine.plugin.build import build
from engine.plugin.condition import execution_event
from engine.storage.ports import ExecutionQuery, TriggerState
from engine.triggers.claim import Claim, fact, with_claim, with_facts
from engine.triggers.claims import Claims
from engine.triggers.condition import all_hold
from engine.triggers.context import Contexts
from engine.triggers.entry import Entry, Key
from engine.triggers.staged import staged

logger = logging.getLogger(__name__)

PLACE = "_triggers"
"""Where the key-value store keeps how far each process has come; no flow can have this namespace."""

STALE = timedelta(minutes=10)
"""Changes of an execution this long after it ended (of its labels, say) are no event."""

_EVERY = timedelta(seconds=10)
_REMEMBERED = timedelta(hours=1)
_SEEN = 10_000
_PAGE = 200


class FlowEvents:
    """Evaluates Flow triggers, one event after the other. `later` does work on the thread for events."""

    def __init__(
        self,
        contexts: Contexts,
        claims: Claims,
        owner: Owner,
        later: Callable[[Callable[[], None]], None],
    ) -> None:
        self._contexts = contexts
        self._claims = claims
        self._owner = owner
        self._later = later
        self._store = contexts.world.store
        self._clock = contexts.clock
        self.entries: dict[Key, Entry] = {}
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._written = contexts.clock()
        self._handled: datetime | None = None

    # -- hearing

    def receive(self, event: Event) -> None:
        """Take notice of an execution that ended or paused; called by the feed."""
        if not self.entries or not isinstance(event, Execution):
            return
        if not (event.state.ended or event.state is State.PAUSED):
            return
        if self._clock() - event.history.passages[-1].date > STALE:
            return
        stamp = _stamp(event)
        if stamp in self._seen:
            return
        self._seen[stamp] = None
        if len(self._seen) > _SEEN:
            self._seen.popitem(last=False)
        self._later(lambda: self.handle(event))

    def handle(self, execution: Execution, *, missed: bool = False) -> None:
        """Offer an execution to every Flow trigger."""
        entries = [entry for entry in list(self.entries.values()) if _may_mean(entry, execution)]
        if entries:
            full = self._store.executions.get(execution.id)
            runs = full.task_runs if full is not None else ()
            event = execution_event(replace(execution, task_runs=runs))
            for entry in entries:
                try:
                    self._offer(entry, event, execution, missed=missed)
                except Exception:
                    logger.exception("trigger %s.%s.%s could not be evaluated", *entry.key)
        self._handled = execution.history.passages[-1].date
        if self._clock() - self._written >= _EVERY:
            self.remember()

    # -- one trigger, one event

    def _offer(self, entry: Entry, event: dict[str, Json], execution: Execution, *, missed: bool) -> None:
        stamp = _stamp(execution)
        while True:
            before = self._store.triggers.get(*entry.key)
            if before is None or before.disabled or stamp in (fact(before, "handled") or {}):
                return
            if missed and (self._too_old(before, execution) or self._started(entry, execution)):
                return
            variables, after = self._asked(entry, event, before)
            if variables is None and after == before:
                return
            claim: dict[str, Json] = {"variables": variables, "owner": self._owner.id}
            claim["correlation"] = execution.labels.get(CORRELATION_ID)
            execution_id = new_id()
            stored = self._commit(entry, before, self._marked(after, stamp), execution_id, claim)
            if stored:
                break
        if variables is not None:
            self._claims.launch(entry, execution_id, claim)

    def _commit(
        self,
        entry: Entry,
        before: TriggerState,
        after: TriggerState,
        execution_id: str,
        claim: Claim,
    ) -> bool:
        now = self._clock()
        if claim["variables"] is not None:
            after = with_claim(after, execution_id, claim, now, locks=False)
        done = False

        def apply(state: TriggerState | None) -> TriggerState | None:
            nonlocal done
            done = state == before
            return after if done else None

        self._store.triggers.update(*entry.key, apply)
        return done

    def _asked(
        self, entry: Entry, event: dict[str, Json], before: TriggerState
    ) -> tuple[dict[str, Json] | None, TriggerState]:
        """Return the variables of a start, if the execution is meant, and what is to be remembered."""
        world, triggers = staged(self._contexts.world, before)
        with self._contexts.open(entry.flow, entry.spec, event, world=world) as ctx:
            try:
                if not all_hold(entry.spec, ctx):
                    return None, triggers.state
                ctx.scope = self._contexts.starter.scope(entry.flow, entry.flow.flow.labels, set())
                plugin = build(entry.plugin, entry.spec.properties, ctx, world.resolver)
                fired = plugin.matches(ctx, event) if isinstance(plugin, EventTrigger) else None
            except FlowsmithError as error:
                ctx.warn(f"The conditions count as false: {error.message}")
                return None, triggers.state
        return (None if fired is None else dict(fired.variables)), triggers.state

    def _marked(self, state: TriggerState, stamp: str) -> TriggerState:
        now = self._clock()
        oldest = to_text((self._handled or now) - _REMEMBERED)
        known = {key: date for key, date in (fact(state, "handled") or {}).items() if date >= oldest}
        return with_facts(state, handled={**known, stamp: to_text(now)})

    # -- what a process that died left behind

    def remember(self) -> None:
        """Store how far this process has come."""
        self._written = self._clock()
        seen = to_text(self._handled or self._written)
        self._store.kv.put(PLACE, f"seen/{self._owner.id}", seen, "STRING", self._written)

    def catch_up(self) -> None:
        """Handle the events that processes which are gone did not."""
        gone = {
            key: str(value)
            for key, value in self._store.kv.items(PLACE, "seen/")
            if not self._owner.alive(key.removeprefix("seen/"))
        }
        if gone and self.entries:
            for execution in reversed(list(self._since(from_text(min(gone.values()))))):
                self.handle(execution, missed=True)
        for key in gone:
            self._store.kv.delete(PLACE, key)

    def _since(self, moment: datetime) -> Iterator[Execution]:
        """Yield executions that ended since a moment, last ones first, and those that are paused."""
        paused = ExecutionQuery(states=frozenset({State.PAUSED}), limit=_PAGE)
        yield from (
            one
            for one in self._store.executions.search(paused).results
            if one.history.passages[-1].date >= moment
        )
        offset = 0
        while True:
            query = ExecutionQuery(states=TERMINAL, sort=(("ended", True),), offset=offset, limit=_PAGE)
            page = self._store.executions.search(query).results
            for one in page:
                if one.history.passages[-1].date < moment:
                    return
                yield one
            if len(page) < _PAGE:
                return
            offset += _PAGE

    def _too_old(self, state: TriggerState, execution: Execution) -> bool:
        since = fact(state, "since")
        return since is not None and execution.history.passages[-1].date < from_text(since)

    def _started(self, entry: Entry, execution: Execution) -> bool:
        """Tell whether the trigger has started an execution because of this one already."""
        namespace, flow_id, trigger_id = entry.key
        query = ExecutionQuery(
            namespace=namespace, flow_id=flow_id, trigger_execution_id=execution.id, limit=_PAGE
        )
        return any(
            one.trigger is not None
            and one.trigger.id == trigger_id
            and one.trigger.variables.get("state") == str(execution.state)
            for one in self._store.executions.search(query).results
        )


def _stamp(execution: Execution) -> str:
    last = execution.history.passages[-1]
    return f"{execution.id}/{last.state}/{to_text(last.date)}"


def _may_mean(entry: Entry, execution: Execution) -> bool:
    """Leave out quickly what cannot be meant: a flow's own executions, and states nobody waits for."""
    if not entry.active or (execution.namespace, execution.flow_id) == entry.key[:2]:
        return False
    states = entry.spec.properties.get("states")
    wanted = entry.spec.properties.get("preconditions")
    if wanted is not None or not isinstance(states, list) or any("{" in str(one) for one in states):
        return True
    return str(execution.state) in states
