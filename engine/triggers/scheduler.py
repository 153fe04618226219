"""The scheduler: sleeps until something is due, hands it to its workers, and sleeps again.

The thread of the clock only tells the time. Workers evaluate: one trigger is evaluated by one of them at a
time, by reading its stored state and doing what it says. Whatever is taken — a date, an event — is taken in
one transaction with a claim (see `claim`), so that neither a crash nor a second process fires it twice.
"""

from __future__ import annotations

import heapq
import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from engine.executor.executor import Executor
from engine.executor.orphan import adopt
from engine.executor.owner import Owner
from engine.executor.start import Starter
from engine.feed import Feed
from engine.model.flow import Flow
from engine.plugin.context import World
from engine.storage.ports import TriggerState
from engine.triggers.claim import claims_of
from engine.triggers.claims import Claims
from engine.triggers.context import Contexts
from engine.triggers.entry import Key
from engine.triggers.event import FlowEvents
from engine.triggers.launch import Launcher
from engine.triggers.poll import Polls
from engine.triggers.pool import Pool
from engine.triggers.schedule import Schedules
from engine.triggers.watch import Watch
from engine.triggers.webhook import Webhooks

logger = logging.getLogger(__name__)

SYNC = timedelta(seconds=60)
"""How often flows saved and triggers changed by other processes are looked for, and executions of processes
that died."""

AGAIN = timedelta(seconds=2)
"""How soon a trigger is looked at again whose execution another process runs."""

FIRING, LOOKING = 4, 4
"""Threads that fire schedules, and threads that look for polling triggers."""

_LONGEST_SLEEP = 1.0
"""Seconds; the clock may be set, or have stood still while the machine slept, and nobody tells."""
_SYNC_KEY: Key = ("", "", "")


class Scheduler:
    """Fires triggers. Any number of processes may run one on the same database."""

    def __init__(
        self,
        world: World,
        starter: Starter,
        executor: Executor,
        feed: Feed,
        clock: Callable[[], datetime],
        owner: Owner,
    ) -> None:
        self._feed = feed
        self._clock = clock
        self._executor = executor
        self._owner = owner
        self._store = world.store
        self._changed = threading.Condition()
        self._due: list[tuple[datetime, Key]] = []
        self._wakes: dict[Key, datetime] = {}
        self._busy: dict[Key, bool] = {}
        """Triggers that are evaluated or wait for it, and whether they must be evaluated once more."""
        self._life = threading.Lock()
        """Held by a start until it is whole: another thread may start what this one closes."""
        self._closing = False
        self._started = False
        self._ends: list[Callable[[], None]] = []
        self.resting = False
        self.elsewhere: Callable[[Key | None], None] = lambda key: None
        """Told of a trigger (or, None, of flows) that was changed here while another process fires."""
        self._firing = Pool("trigger", FIRING, self._tell)
        self._looking = Pool("poll", LOOKING, self._tell)
        self._hearing = Pool("flow-trigger", 1, self._tell)
        self.contexts = Contexts(world, starter, feed, clock)
        self.watch = Watch(self.contexts)
        launcher = Launcher(self.contexts, executor)
        self._claims = Claims(world.store, launcher, owner, clock, self.ask, self._take_up)
        self._schedules = Schedules(self.contexts, self._claims, self._wake)
        self._polls = Polls(self.contexts, self._claims, self._wake)
        self._events = FlowEvents(self.contexts, self._claims, owner, self._hearing.submit)
        self.webhooks = Webhooks(self.contexts, self._claims)
        self._thread = threading.Thread(target=self._run, name="scheduler", daemon=True)

    # -- life

    def start(self) -> None:
        """Take in the triggers of all flows and begin to fire; once closed, do nothing."""
        with self._life:
            if not self._closing:
                self._start()

    def _start(self) -> None:
        self._started = True
        self._ends = [
            self._feed.subscribe(self._claims.receive),
            self._feed.subscribe(self._events.receive),
        ]
        for state in self.watch.take_in():
            self._take_in(state)
        self._hearing.submit(self._events.catch_up)
        self._hearing.submit(self._events.remember)
        self._wake(_SYNC_KEY, self._clock() + SYNC)
        with self._changed:
            if not self._closing:  # taking the triggers in takes a while, and another thread may close
                self._thread.start()

    @property
    def started(self) -> bool:
        """Whether this process fires."""
        return self._started

    def rest(self, resting: bool) -> None:
        """Evaluate nothing for the time being, because another process does; or do so again."""
        self.resting = resting
        if not resting:
            self.look_again()

    def look_again(self) -> None:
        """Notice soon what other processes did."""
        if self._started:
            self.ask(_SYNC_KEY)

    def close(self, timeout: float = 5.0) -> None:
        """Stop firing; what was claimed is made by the next start."""
        with self._life, self._changed:
            self._closing = True
            self._changed.notify_all()
        for end in self._ends:
            end()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        self._polls.close()
        for pool in (self._firing, self._hearing, self._looking):
            pool.close(timeout)

    def poke(self) -> None:
        """Read the clock anew: it was set, not waited for."""
        with self._changed:
            self._changed.notify_all()

    def quiet(self, timeout: float | None = None) -> bool:
        """Wait until nothing is due and nothing is being evaluated; False when the time is over."""
        with self._changed:
            return self._changed.wait_for(self._is_quiet, timeout)

    def _is_quiet(self) -> bool:
        if self._due and self._due[0][0] <= self._clock():
            return False
        return not self._busy and all(one.quiet for one in (self._firing, self._looking, self._hearing))

    def _tell(self) -> None:
        with self._changed:
            self._changed.notify_all()

    # -- flows come and go

    def flow_saved(self, flow: Flow) -> None:
        """Record the triggers of a flow's latest revision, and watch them."""
        if not flow.triggers and flow.revision == 1:
            return
        states, gone = self.watch.record(flow)
        for key in gone:
            self._drop(key)
        if not self._started:
            self.elsewhere(None)
        else:
            for state in states:
                self._take_in(state)

    def flow_deleted(self, namespace: str, flow_id: str) -> None:
        """Watch nothing of the flow any more."""
        for key in self.watch.forget(namespace, flow_id):
            self._drop(key)
        if not self._started:
            self.elsewhere(None)

    def changed(self, namespace: str, flow_id: str, trigger_id: str) -> None:
        """Look at a trigger whose stored state was changed."""
        if self._started:
            self.ask((namespace, flow_id, trigger_id))
        else:
            self.elsewhere((namespace, flow_id, trigger_id))

    def _take_in(self, state: TriggerState) -> None:
        key = state.key
        if state.kind == "FLOW":
            entry = self.watch.entry(key)
            if entry is not None:
                self._events.entries[key] = entry
        now = self._clock()
        if claims_of(state) or state.backfill is not None:
            self._wake(key, now)
        elif state.kind in ("SCHEDULE", "POLLING") and not state.disabled:
            self._wake(key, state.next_date or now)

    def _drop(self, key: Key) -> None:
        self.watch.drop(key)
        self._events.entries.pop(key, None)
        with self._changed:
            self._wakes.pop(key, None)

    # -- the clock

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._closing:
                    return
                now = self._clock()
                while self._due and self._due[0][0] <= now:
                    date, key = heapq.heappop(self._due)
                    if self._wakes.get(key) == date:
                        del self._wakes[key]
                        self.ask(key)
                    else:
                        self._changed.notify_all()
                self._changed.wait(self._until_next(now))

    def _until_next(self, now: datetime) -> float | None:
        if not self._due:
            return None
        return min((self._due[0][0] - now).total_seconds(), _LONGEST_SLEEP)

    def _wake(self, key: Key, date: datetime) -> None:
        """Evaluate a trigger at a date; only the earliest wish of each counts."""
        with self._changed:
            known = self._wakes.get(key)
            if known is not None and known <= date:
                return
            self._wakes[key] = date
            heapq.heappush(self._due, (date, key))
            if self._due[0][1] == key:
                self._changed.notify_all()

    # -- the workers

    def ask(self, key: Key) -> None:
        """Evaluate a trigger soon; once more if that is being done."""
        with self._changed:
            if key in self._busy:
                self._busy[key] = True
                return
            self._busy[key] = False
        self._hand_out(key)

    def _hand_out(self, key: Key) -> None:
        pool = self._looking if self.watch.kinds.get(key) == "POLLING" else self._firing
        pool.submit(lambda: self._work(key))

    def _work(self, key: Key) -> None:
        try:
            if key == _SYNC_KEY:
                self._sync()
            elif self.resting:
                self._wake(key, self._clock() + AGAIN)
            else:
                self._evaluate(key)
        except Exception:
            logger.exception("trigger %s.%s.%s could not be evaluated", *key)
            self._wake(key, self._clock() + AGAIN)
        finally:
            with self._changed:
                again = self._busy.pop(key, False)
            if again:
                self.ask(key)

    def _evaluate(self, key: Key) -> None:
        entry = self.watch.entry(key)
        state = self._store.triggers.get(*key)
        if entry is None or state is None:
            self._drop(key)
            return
        if claims_of(state):
            state, again = self._claims.settle(entry, state)
            if again:
                self._wake(key, self._clock() + AGAIN)
        if state is None:
            return
        if entry.kind == "SCHEDULE":
            self._schedules.evaluate(entry, state)
        elif entry.kind == "POLLING":
            self._polls.evaluate(entry, state)

    def _sync(self) -> None:
        """Notice what other processes did, and go on with what those that died have left."""
        self._take_up()
        self._hearing.submit(self._events.catch_up)
        fresh, gone = self.watch.changed()
        for state in fresh:
            self._take_in(state)
        for key in gone:
            self._drop(key)
        self._wake(_SYNC_KEY, self._clock() + SYNC)

    def _take_up(self) -> None:
        self._executor.take_up(adopt(self._store.executions, self._owner))
