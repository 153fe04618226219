"""The executor: the loop thread, its timers, the group commit, and the worker threads."""

from __future__ import annotations

import heapq
import itertools
import logging
import queue
import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from engine.errors import Conflict, FlowsmithError
from engine.executor import recovery, waking
from engine.executor.after import Listened, Listening
from engine.executor.compiled import FlowCache
from engine.executor.conclude import Concluded, Conclusion
from engine.executor.conductor import Conductor
from engine.executor.contexts import Contexts, shared_folder
from engine.executor.job import Job, Outcome
from engine.executor.live import LiveExecution
from engine.executor.logbook import Logbook
from engine.executor.pending import Pending
from engine.executor.promise import Asserted, Assertion
from engine.executor.start import Birth, Starter
from engine.executor.step import Step
from engine.executor.work import Work
from engine.feed import Feed
from engine.model.duration import duration_text, parse_duration
from engine.model.execution import Execution, TaskRun
from engine.model.flow import TaskSpec
from engine.model.state import State
from engine.plugin.context import World
from engine.storage.cipher import Cipher
from engine.storage.ports import ExecutionTransaction

logger = logging.getLogger(__name__)

Event: TypeAlias = Callable[[Step], None]
T = TypeVar("T")
_LARGEST_STEP = 500


class Executor:
    """Runs executions. One loop thread owns all state; `threads` workers run plugin code."""

    def __init__(
        self,
        *,
        world: World,
        flows: FlowCache,
        starter: Starter,
        feed: Feed,
        cipher: Cipher | None,
        owner: str,
        threads: int,
        clock: Callable[[], datetime],
    ) -> None:
        self._world = world
        self._flows = flows
        self._starter = starter
        self._feed = feed
        self._clock = clock
        self._events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._work: queue.SimpleQueue[Work | Path | None] = queue.SimpleQueue()
        self._logbook = Logbook(clock, lambda: self._events.put(_nothing))
        self._contexts = Contexts(world, cipher, self._logbook, clock)
        self._timers: list[tuple[datetime, int, Event]] = []
        self._order = itertools.count()
        self._closing = False
        self._asking = threading.Lock()
        self._asked: set[Future[Any]] = set()
        self._over = False
        self._conductor = Conductor(
            owner=owner,
            threads=threads,
            make_job=self._make_job,
            make_conclusion=self._make_conclusion,
            make_assertion=lambda live: Assertion(live, self._contexts.of_execution(live)),
            make_listening=lambda live: Listening(live, self._contexts.of_execution(live)),
            at=self._at,
            find=lambda id_: world.store.executions.get(id_, task_runs=False),
        )
        self._loop = threading.Thread(target=self._run, name="executor", daemon=True)
        self._workers = [
            threading.Thread(target=self._run_worker, name=f"worker-{number}", daemon=True)
            for number in range(threads)
        ]

    # -- life

    def start(self, take_over: list[str]) -> None:
        """Take up executions nobody owned any more, then serve."""
        self.take_up(take_over)
        self._loop.start()
        for worker in self._workers:
            worker.start()

    def take_up(self, executions: list[str]) -> None:
        """Go on with executions this process has become the owner of."""
        for execution_id in executions:
            self._events.put(lambda step, id_=execution_id: self._take_up(id_, step))  # type: ignore[misc]

    def close(self, timeout: float = 5.0) -> None:
        """Stop. Running tasks are interrupted and will be taken up by the next start."""
        self._closing = True
        self._events.put(None)
        self._loop.join(timeout)
        for live in list(self._conductor.live.values()):
            for job in list(live.jobs.values()):
                job.detached = True
                job.ctx.cancel()
        for _ in self._workers:
            self._work.put(None)
        deadline = time.monotonic() + timeout
        for worker in self._workers:
            worker.join(max(0.0, deadline - time.monotonic()))

    def abandon(self) -> None:
        """Stop at once without storing anything more, as a crash would; for tests of recovery."""
        self._closing = True
        self._events.put(None)
        for _ in self._workers:
            self._work.put(None)
        self._loop.join()
        for worker in self._workers:
            worker.join()

    # -- from other threads

    def submit(self, birth: Birth) -> Execution:
        """Store a new execution; returns when it is stored."""
        self.ask(lambda step: self._conductor.born(birth, step))
        return birth.execution

    def ask(self, change: Callable[[Step], T]) -> T:
        """Do something on the loop thread; returns its result once its changes are stored."""
        answer: Future[T] = Future()
        with self._asking:
            if self._closing or self._over:
                raise Conflict("The service is stopping")
            self._asked.add(answer)
        answer.add_done_callback(self._asked.discard)

        def event(step: Step) -> None:
            try:
                result = change(step)
            except Exception as error:
                answer.set_exception(error)
            else:
                step.after.append(lambda: answer.set_result(result))

        self._events.put(event)
        return answer.result()

    def live(self, execution_id: str) -> LiveExecution | None:
        """Return the live execution; only to be read, and from `ask`."""
        return self._conductor.live.get(execution_id)

    @property
    def conductor(self) -> Conductor:
        """The conductor; only to be used inside `ask`."""
        return self._conductor

    # -- the loop

    def _run(self) -> None:
        try:
            self._serve()
        finally:
            with self._asking:
                self._over = True
                unanswered = list(self._asked)
            for answer in unanswered:
                if not answer.done():
                    answer.set_exception(Conflict("The service is stopping"))

    def _serve(self) -> None:
        while not self._closing or not self._events.empty():
            events = self._wait()
            if events is None:
                return
            step = Step(self._clock())
            for event in events:
                self._apply(event, step)
            self._conductor.fill(step)
            self._store(step)
            self._act(step)

    def _wait(self) -> list[Event] | None:
        """Return what happened; empty when a timer is due. None ends the loop."""
        events: list[Event] = []
        try:
            event = self._events.get(timeout=self._until_next_timer())
            while True:
                if event is None:
                    return events or None
                events.append(event)
                if len(events) >= _LARGEST_STEP:
                    break
                event = self._events.get_nowait()
        except queue.Empty:
            pass
        now = self._clock()
        while self._timers and self._timers[0][0] <= now:
            events.append(heapq.heappop(self._timers)[2])
        return events

    def _until_next_timer(self) -> float | None:
        if not self._timers:
            return None
        return min(max(0.0, (self._timers[0][0] - self._clock()).total_seconds()), 3600.0)

    def _at(self, due: datetime, event: Event) -> None:
        heapq.heappush(self._timers, (due, next(self._order), event))

    def _apply(self, event: Event, step: Step) -> None:
        try:
            event(step)
        except Exception:
            logger.exception("an event could not be applied")

    def _store(self, step: Step) -> None:
        """Write the step; a database that cannot be written now is tried again, nothing is lost."""
        self._logbook.take(step)
        pause = 0.05
        while step.changes or step.admissions or step.released:
            try:
                with self._world.store.executions.transaction() as transaction:
                    transaction.write(step.changes)
                    self._admit(transaction, step)
                return
            except Exception:
                logger.exception("the step could not be stored; trying again in %.2f s", pause)
                time.sleep(pause)
                pause = min(pause * 2, 5.0)
                if self._closing:
                    raise

    def _admit(self, transaction: ExecutionTransaction, step: Step) -> None:
        """Apply concurrency limits inside the transaction that counts."""
        if not step.admissions and not step.released:
            return
        while step.admissions or step.released:
            while step.admissions:
                self._admit_one(transaction, step.admissions.pop(0), step)
            while step.released:
                self._pop_queued(transaction, *step.released.pop(), step)
            self._conductor.fill(step)
            transaction.write(step.changes)

    def _admit_one(self, transaction: ExecutionTransaction, live: LiveExecution, step: Step) -> None:
        limit = live.flow.flow.concurrency
        execution = live.execution
        if limit is None or transaction.active(execution.namespace, execution.flow_id) < limit.limit:
            self._conductor.begin(live, step)
        elif limit.behavior == "QUEUE":
            self._conductor.queue(live, step)
        else:
            state = State.CANCELLED if limit.behavior == "CANCEL" else State.FAILED
            self._conductor.refuse(live, state, f"Flow is {state} due to concurrency limit exceeded", step)
        transaction.write(step.changes)

    def _pop_queued(
        self, transaction: ExecutionTransaction, namespace: str, flow_id: str, step: Step
    ) -> None:
        queued = transaction.queued(namespace, flow_id)
        for execution in queued:
            live = self._conductor.live.get(execution.id) or self._load(execution)
            limit = live.flow.flow.concurrency
            if limit is not None and transaction.active(namespace, flow_id) >= limit.limit:
                return
            self._conductor.live[live.id] = live
            # Another process may have put it in line; from now on it is this one that runs it.
            step.execution(live, replace(live.execution, owner=self._conductor.owner))
            self._conductor.begin(live, step)
            transaction.write(step.changes)

    def _act(self, step: Step) -> None:
        changes = step.changes
        for entry in changes.logs:
            self._feed.publish(entry)
        for run in changes.task_runs.values():
            self._feed.publish(run)
        for execution in changes.executions.values():
            if execution.id not in step.quiet:
                self._feed.publish(execution)
        for job in step.jobs:
            self._work.put(job)
        for run in step.abandoned:
            self._work.put(shared_folder(self._world, run))
        for act in step.after:
            try:
                act()
            except Exception:
                logger.exception("an act after storing failed")

    # -- loading

    def _load(self, execution: Execution) -> LiveExecution:
        flow = self._flows.get(execution.namespace, execution.flow_id, execution.flow_revision)
        live = LiveExecution(execution, flow)
        for run in sorted(execution.task_runs, key=lambda run: run.index):
            live.add(run)
        return live

    def _take_up(self, execution_id: str, step: Step) -> None:
        execution = self._world.store.executions.get(execution_id)
        if execution is None or execution_id in self._conductor.live:
            return
        try:
            live = self._load(execution)
        except FlowsmithError:
            logger.exception("execution %s cannot be taken up", execution_id)
            return
        recovery.take_up(self._conductor, live, step)

    # -- jobs

    def _make_job(self, pending: Pending, run: TaskRun, spec: TaskSpec) -> Job:
        log_file = self._contexts.log_file(pending.live, spec) if pending.kind == "start" else None
        job = Job(
            live=pending.live,
            run=run,
            spec=spec,
            kind=pending.kind,
            ctx=self._contexts.of_run(pending.live, run, spec, log_file),
            starter=self._starter,
            detail=pending.detail,
            log_file=log_file,
        )
        if spec.timeout is not None and pending.kind == "start":
            job.arm = self._arm
        return job

    def _arm(self, job: Job, limit: str) -> None:
        """Set the time limit of an attempt; called by its worker before the plugin runs."""
        duration = parse_duration(limit)
        job.ctx.time_limit = duration
        due = self._clock() + duration
        text = duration_text(duration)
        self._events.put(
            lambda _: self._at(due, lambda later: waking.timed_out(self._conductor, job, text, later))
        )

    def _make_conclusion(self, live: LiveExecution, state: State) -> Work:
        return Conclusion(live, self._contexts.of_execution(live), state)

    # -- the workers

    def _run_worker(self) -> None:
        while (job := self._work.get()) is not None:
            if isinstance(job, Path):
                shutil.rmtree(job, ignore_errors=True)
                continue
            outcome = job.perform()
            job.ctx.close()
            if not self._closing:
                self._events.put(_job_ended(self._conductor, job, outcome))


def _job_ended(conductor: Conductor, job: Work, outcome: Outcome | Concluded | Asserted | Listened) -> Event:
    return lambda step: conductor.job_ended(job, outcome, step)


def _nothing(step: Step) -> None:
    """Wake the loop, so that logs are stored."""
