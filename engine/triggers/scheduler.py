"""The scheduler: sleeps until the next due date, fires it once, and sleeps again.

A date is claimed in the trigger's stored state before its execution is created, together with the id the
execution will have. After a crash between the two, the claim tells which execution is still to be made.
"""

from __future__ import annotations

import heapq
import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from engine.errors import FlowsmithError
from engine.executor.build import instance
from engine.executor.executor import Executor
from engine.executor.start import Starter
from engine.expression.template import render
from engine.feed import Event, Feed
from engine.model.execution import Execution, ExecutionTrigger
from engine.model.flow import Flow, TriggerSpec
from engine.model.id import new_id
from engine.model.json import Json, dumps
from engine.model.state import State
from engine.plugin import ScheduleTrigger
from engine.plugin.context import World
from engine.storage.ports import TriggerState

logger = logging.getLogger(__name__)
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A schedule this process watches."""

    spec: TriggerSpec
    revision: int
    plugin: ScheduleTrigger


class Scheduler:
    """Fires schedules. Any number of processes may run one on the same database."""

    def __init__(
        self,
        world: World,
        starter: Starter,
        executor: Executor,
        feed: Feed,
        clock: Callable[[], datetime],
    ) -> None:
        self._world = world
        self._starter = starter
        self._executor = executor
        self._feed = feed
        self._clock = clock
        self._changed = threading.Condition()
        self._closing = False
        self._entries: dict[Key, _Entry] = {}
        self._due: list[tuple[datetime, Key]] = []
        self._running: dict[str, Key] = {}
        """Execution id → the schedule that waits for its end."""
        self._ended: deque[tuple[Key, str, State]] = deque()
        self._thread = threading.Thread(target=self._run, name="scheduler", daemon=True)
        self._started = False
        self._unsubscribe: Callable[[], None] = lambda: None

    # -- life

    def start(self) -> None:
        """Take in the schedules of all flows and begin to fire."""
        self._started = True
        self._unsubscribe = self._feed.subscribe(self._receive)
        for row in self._world.store.flows.latest():
            try:
                self.flow_saved(self._starter.find(row.namespace, row.id, row.revision).flow)
            except FlowsmithError:
                logger.exception("flow %s.%s cannot be scheduled", row.namespace, row.id)
        self._thread.start()

    def close(self) -> None:
        """Stop firing."""
        self._unsubscribe()
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._started:
            self._thread.join(5.0)

    # -- flows come and go

    def flow_saved(self, flow: Flow) -> None:
        """Watch the schedules of a flow's latest revision, and no others of it."""
        if not self._started:
            return
        self._forget(flow.namespace, flow.id)
        if flow.disabled:
            return
        for spec in flow.triggers:
            plugin = self._world.resolver.resolve(spec.type)
            if issubclass(plugin, ScheduleTrigger) and not spec.disabled:
                self._watch(flow, spec, plugin)

    def flow_deleted(self, namespace: str, flow_id: str) -> None:
        """Watch nothing of the flow any more."""
        self._forget(namespace, flow_id)
        for state in self._world.store.triggers.all():
            if state.key[:2] == (namespace, flow_id):
                self._world.store.triggers.delete(*state.key)

    def _forget(self, namespace: str, flow_id: str) -> None:
        with self._changed:
            for key in [key for key in self._entries if key[:2] == (namespace, flow_id)]:
                del self._entries[key]

    def _watch(self, flow: Flow, spec: TriggerSpec, plugin: type[ScheduleTrigger]) -> None:
        key = (flow.namespace, flow.id, spec.id)
        try:
            schedule = instance(plugin, spec.properties, self._world.resolver)
        except FlowsmithError:
            logger.exception("trigger %s.%s.%s cannot be scheduled", *key)
            return
        entry = _Entry(spec, flow.revision, schedule)
        now = self._clock()

        def prepare(state: TriggerState | None) -> TriggerState:
            mark = _mark(spec)
            if state is not None and (state.facts or {}).get("mark") == mark:
                return state
            first = schedule.next_fire(now)
            known = state or TriggerState(*key, "SCHEDULE", now)
            return replace(known, next_date=first, updated=now, facts={"mark": mark})

        state = self._world.store.triggers.update(*key, prepare)
        with self._changed:
            self._entries[key] = entry
        if state is not None:
            self._resume_claim(key, entry, state)
            self._plan(key, state)

    def _resume_claim(self, key: Key, entry: _Entry, state: TriggerState) -> None:
        """Make the execution a crash kept from being made, or wait for the end of the running one."""
        if state.execution_id is None:
            return
        known = self._world.store.executions.get(state.execution_id, task_runs=False)
        if known is None and state.last_date is not None:
            self._launch(key, entry, state.last_date, state.execution_id)
        elif known is None or known.state.ended:
            self._release(key, state.execution_id)
        else:
            self._running[state.execution_id] = key

    # -- the clock

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._closing:
                    return
                ended = self._ended.popleft() if self._ended else None
                now = self._clock()
                if ended is not None:
                    pass
                elif not self._due or self._due[0][0] > now:
                    wait = (self._due[0][0] - now).total_seconds() if self._due else None
                    self._changed.wait(None if wait is None else min(wait, 3600.0))
                    continue
                else:
                    date, key = heapq.heappop(self._due)
            try:
                if ended is not None:
                    self._release(*ended)
                elif (entry := self._entries.get(key)) is not None:
                    self._fire(key, entry, date)
            except Exception:
                logger.exception("a trigger could not be evaluated")

    def _plan(self, key: Key, state: TriggerState) -> None:
        if state.next_date is None or state.disabled or state.execution_id is not None:
            return
        with self._changed:
            if (state.next_date, key) not in self._due:
                heapq.heappush(self._due, (state.next_date, key))
            self._changed.notify()

    def _fire(self, key: Key, entry: _Entry, date: datetime) -> None:
        execution_id = new_id()
        now = self._clock()

        def claim(state: TriggerState | None) -> TriggerState | None:
            if state is None or state.next_date != date or state.disabled or state.execution_id:
                return None
            return replace(
                state,
                next_date=entry.plugin.next_fire(date),
                last_date=date,
                last_triggered=now,
                execution_id=execution_id,
                updated=now,
            )

        state = self._world.store.triggers.update(*key, claim)
        if state is not None and state.execution_id == execution_id:
            self._launch(key, entry, date, execution_id)

    def _launch(self, key: Key, entry: _Entry, date: datetime, execution_id: str) -> None:
        namespace, flow_id, trigger_id = key
        values = entry.plugin.variables(date)
        self._running[execution_id] = key
        try:
            flow = self._starter.find(namespace, flow_id, entry.revision)
            scope = self._starter.scope(flow, flow.flow.labels, set(), {"trigger": values})
            inputs: Mapping[str, Json] = render(dict(entry.spec.inputs), scope)
            birth = self._starter.prepare(
                namespace,
                flow_id,
                inputs=inputs,
                labels=render(dict(entry.spec.labels), scope),
                trigger=ExecutionTrigger(trigger_id, entry.spec.type, values),
                execution_id=execution_id,
            )
            self._executor.submit(birth)
        except FlowsmithError:
            logger.exception("the execution of trigger %s.%s.%s could not be created", *key)
            self._release(key, execution_id)

    # -- the end of what was started

    def _receive(self, event: Event) -> None:
        if isinstance(event, Execution) and event.state.ended and event.id in self._running:
            with self._changed:
                self._ended.append((self._running.pop(event.id), event.id, event.state))
                self._changed.notify()

    def _release(self, key: Key, execution_id: str, ended: State | None = None) -> None:
        entry = self._entries.get(key)
        now = self._clock()

        def free(state: TriggerState | None) -> TriggerState | None:
            if state is None or state.execution_id != execution_id:
                return None
            stop = entry is not None and ended in entry.spec.stop_after
            return replace(state, execution_id=None, updated=now, disabled=state.disabled or stop)

        state = self._world.store.triggers.update(*key, free)
        if state is not None and entry is not None:
            self._plan(key, state)


def _mark(spec: TriggerSpec) -> str:
    """A text that changes when the schedule's dates may."""
    return dumps([spec.type, dict(spec.properties)]).decode()
