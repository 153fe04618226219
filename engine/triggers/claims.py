"""The doer for claims: makes them, launches what they speak of, gives them up when it has ended."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from engine.errors import FlowsmithError
from engine.executor.owner import Owner
from engine.feed import Event
from engine.model.execution import Execution
from engine.model.state import State
from engine.storage.ports import Store, TriggerState
from engine.triggers.claim import Claim, claims_of, with_claim, with_facts, without_claim
from engine.triggers.entry import Entry, Key
from engine.triggers.launch import Launcher

logger = logging.getLogger(__name__)

Change = Callable[[TriggerState], TriggerState | None]
"""The state with a date or an event taken; None when somebody else was faster."""


class Claims:
    """Claims of this process, and those left by processes that are gone.

    `ended` is told that an execution a trigger waits for has ended; `adopt` goes on with executions whose
    process is gone.
    """

    def __init__(
        self,
        store: Store,
        launcher: Launcher,
        owner: Owner,
        clock: Callable[[], datetime],
        ended: Callable[[Key], None],
        adopt: Callable[[], None],
    ) -> None:
        self._store = store
        self._launcher = launcher
        self._owner = owner
        self._clock = clock
        self._ended = ended
        self._adopt = adopt
        self._running: dict[str, Key] = {}
        """Executions that are stored and whose end a trigger waits for."""

    def receive(self, event: Event) -> None:
        """Take notice of the end of an execution; called by the feed."""
        if isinstance(event, Execution) and event.state.ended:
            key = self._running.get(event.id)
            if key is not None:
                self._ended(key)

    def make(self, entry: Entry, execution_id: str, claim: Claim, change: Change) -> bool:
        """Store the claim and, in the same transaction, what it takes; then make the execution."""
        claim = {**claim, "owner": self._owner.id}
        now = self._clock()
        locks = entry.locks or bool(claim.get("backfill"))

        def apply(state: TriggerState | None) -> TriggerState | None:
            changed = change(state) if state is not None and not state.disabled else None
            return None if changed is None else with_claim(changed, execution_id, claim, now, locks=locks)

        state = self._store.triggers.update(*entry.key, apply)
        if state is None or execution_id not in claims_of(state):
            return False
        self.launch(entry, execution_id, claim)
        return True

    def launch(self, entry: Entry, execution_id: str, claim: Claim) -> Execution | None:
        """Make the execution of a claim that is stored."""
        keeps = entry.locks or bool(entry.spec.stop_after or claim.get("backfill"))
        if keeps:
            self._running[execution_id] = entry.key
        try:
            execution = self._launcher.launch(entry, execution_id, claim)
        except Exception:
            self._running.pop(execution_id, None)
            if claim.get("refuse") and keeps:
                self.give_up(entry, execution_id, None)
            raise
        if execution is None or (not keeps and not claim.get("refuse")):
            self.give_up(entry, execution_id, None)
        return execution

    def settle(self, entry: Entry, state: TriggerState) -> tuple[TriggerState | None, bool]:
        """Look at all claims of a trigger: make what is missing, give up what has ended.

        Returns the state as it is then, and whether it must be looked at again later, because another process
        is at work.
        """
        again = False
        for execution_id, claim in claims_of(state).items():
            again = self._settle(entry, execution_id, claim) or again
        return self._store.triggers.get(*entry.key), again

    def _settle(self, entry: Entry, execution_id: str, claim: Claim) -> bool:
        known = execution_id in self._running
        self._running.setdefault(execution_id, entry.key)
        execution = self._store.executions.get(execution_id, task_runs=False)
        if execution is not None:
            if execution.state.ended:
                self.give_up(entry, execution_id, execution.state)
                return False
            if not self._owner.alive(execution.owner):
                self._adopt()
            return execution.owner != self._owner.id or execution.state is State.QUEUED
        if known:
            # It was stored, so it was deleted meanwhile.
            self.give_up(entry, execution_id, None)
            return False
        del self._running[execution_id]
        owner = claim.get("owner")
        if owner != self._owner.id:
            if self._owner.alive(owner):
                return True
            if not self._take_over(entry.key, execution_id, owner):
                return True
        try:
            self.launch(entry, execution_id, claim)
        except FlowsmithError:
            logger.exception("the execution of trigger %s.%s.%s could not be stored", *entry.key)
            return True
        return False

    def _take_over(self, key: Key, execution_id: str, owner: str | None) -> bool:
        """Become the one who makes the execution; False when another process was faster."""

        def apply(state: TriggerState | None) -> TriggerState | None:
            claims = claims_of(state) if state is not None else {}
            claim = claims.get(execution_id)
            if state is None or claim is None or claim.get("owner") != owner:
                return None
            return with_facts(state, claims={**claims, execution_id: {**claim, "owner": self._owner.id}})

        state = self._store.triggers.update(*key, apply)
        claim = claims_of(state).get(execution_id, {}) if state is not None else {}
        return claim.get("owner") == self._owner.id

    def give_up(self, entry: Entry, execution_id: str, ended: State | None) -> None:
        """Forget a claim whose execution has ended or will not be."""
        now = self._clock()

        def apply(state: TriggerState | None) -> TriggerState | None:
            claim = claims_of(state).get(execution_id) if state is not None else None
            if state is None or claim is None:
                return None
            if claim.get("backfill") and state.backfill is not None:
                done = {**state.backfill, "ended": state.backfill.get("ended", 0) + 1}
                state = replace(state, backfill=done)
            stops = ended in entry.spec.stop_after
            return replace(without_claim(state, execution_id, now), disabled=state.disabled or stops)

        self._store.triggers.update(*entry.key, apply)
        self._running.pop(execution_id, None)
