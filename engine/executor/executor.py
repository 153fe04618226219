"""The executor: the loop thread, its timers, the group commit, and the worker threads."""

from __future__ import annotations

import heapq
import itertools
import logging
import queue
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from engine.errors import Conflict, FlowsmithError, OwnerLost
from engine.executor import calls, recovery, waking
from engine.executor.after import Listened, Listening
from engine.executor.compiled import FlowCache
from engine.executor.conclude import Concluded, Conclusion
from engine.executor.conductor import Conductor
from engine.executor.contexts import Contexts, shared_folder
from engine.executor.job import Job, Outcome
from engine.executor.live import LiveExecution
from engine.executor.logbook import Logbook
from engine.executor.meter import Meter
from engine.executor.owner import Owner
from engine.executor.pending import Pending
from engine.executor.promise import Asserted, Assertion
from engine.executor.queues import Queues
from engine.executor.recorder import Recorder
from engine.executor.start import Birth, Starter
from engine.executor.step import Step
from engine.executor.work import Work
from engine.feed import Feed
from engine.model.duration import duration_text, parse_duration
from engine.model.execution import Execution, TaskRun
from engine.model.flow import TaskSpec
from engine.model.json import Json
from engine.model.state import State
from engine.plugin.context import World
from engine.storage.cipher import Cipher

logger = logging.getLogger(__name__)

Event: TypeAlias = Callable[[Step], None]
T = TypeVar("T")
_LARGEST_STEP = 500
_HELD = timedelta(seconds=1)
_LONGEST_SLEEP_SECONDS = 1.0
"""The clock may be set, or have stood still while the machine slept, and nobody tells."""


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
        owner: Owner,
        threads: int,
        hands_out: bool = False,
        queues: Queues | None = None,
        kill_elsewhere: Callable[[str], None] = lambda execution_id: None,
        resume_elsewhere: Callable[[str, Mapping[str, Json]], bool] = lambda execution_id, values: False,
        clock: Callable[[], datetime],
    ) -> None:
        self._world = world
        self._flows = flows
        self._starter = starter
        self._owner = owner
        self._feed = feed
        self._clock = clock
        self._events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._work: queue.SimpleQueue[Work | Path | None] = queue.SimpleQueue()
        self._logbook = Logbook(clock, lambda: self._events.put(_nothing))
        self._contexts = Contexts(world, cipher, self._logbook, clock)
        self._timers: list[tuple[datetime, int, Event]] = []
        self._order = itertools.count()
        self._closing = False
        self._threads = threads
        self._draining = False
        self._drained = threading.Event()
        self._asking = threading.Lock()
        self._asked: set[Future[Any]] = set()
        self._over = False
        self.meter = Meter()
        self._conductor = Conductor(
            owner=owner.id,
            threads=threads,
            make_job=self._make_job,
            make_conclusion=self._make_conclusion,
            make_assertion=lambda live: Assertion(live, self._contexts.of_execution(live)),
            make_listening=lambda live: Listening(live, self._contexts.of_execution(live)),
            at=self._at,
            kill_elsewhere=kill_elsewhere,
            resume_elsewhere=resume_elsewhere,
            hands_out=hands_out,
            queue_of=(queues or Queues()).of,
            find=lambda id_: world.store.executions.get(id_, task_runs=False),
        )
        self._recorder = Recorder(
            world.store.executions,
            self._conductor,
            load=self._load,
            take_up=self._take_up,
            draining=lambda: self._draining,
            closing=lambda: self._closing,
            meter=self.meter,
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

    def drain(self, seconds: float) -> bool:
        """Give workers nothing new, and let them finish what they do; tells whether they have in that time.

        What comes after it is stored, and waits for the next start.
        """
        self._draining = True
        self._events.put(_nothing)
        return self._drained.wait(seconds)

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
                step.answers.append(answer)
                step.after.append(lambda: answer.set_result(result))

        self._events.put(event)
        return answer.result()

    def take(self, execution_id: str) -> bool:
        """Run an execution that has no owner; tells, once it is stored, whether this process got it."""
        step_of: list[Step] = []

        def change(step: Step) -> None:
            step.taking.append(execution_id)
            step_of.append(step)

        self.ask(change)
        return execution_id in step_of[0].taken

    @property
    def waiting(self) -> int:
        """How many task runs wait for a worker; may be read from any thread."""
        return len(self._conductor.pending)

    @property
    def running(self) -> int:
        """How many executions this process runs; may be read from any thread."""
        return len(self._conductor.live)

    @property
    def busy(self) -> int:
        """How many workers have something to do; may be read from any thread."""
        return self._threads - self._conductor.free

    @property
    def oldest_seconds(self) -> float:
        """For how long the first of the waiting task runs has waited; may be read from any thread."""
        try:
            first = self._conductor.pending[0]
        except IndexError:
            return 0.0
        run = first.live.runs.get(first.run_id) if isinstance(first, Pending) else None
        since = run.history.passages[-1].date if run is not None else None
        return 0.0 if since is None else max(0.0, (self._clock() - since).total_seconds())

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
        except Exception:
            logger.critical("the executor has ended by an error: restart this process", exc_info=True)
        finally:
            with self._asking:
                self._over = True
                unanswered = list(self._asked)
            for answer in unanswered:
                if not answer.done():
                    answer.set_exception(Conflict("The service is stopping"))
        if self.broken:
            self._break_down()

    @property
    def broken(self) -> bool:
        """Whether the loop has ended by an error: nothing is run here any more."""
        return self._over and not self._closing

    def _break_down(self) -> None:
        """Stop what works, and let others go on with it."""
        for live in self._conductor.live.values():
            for job in live.jobs.values():
                job.detached = True
                job.ctx.cancel()
        self._owner.close()

    def _serve(self) -> None:
        while not self._closing or not self._events.empty():
            events = self._wait()
            if events is None:
                return
            step = Step(self._clock(), events=len(events))
            for event in events:
                self._apply(event, step)
            if not self._draining:
                self._conductor.fill(step)
            self._logbook.take(step)
            if self._recorder.store(step):
                self._act(step)
            else:
                self._give_up(step)
            if self._draining and self._conductor.free >= self._threads:
                self._drained.set()

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
        left = (self._timers[0][0] - self._clock()).total_seconds()
        return min(max(0.0, left), _LONGEST_SLEEP_SECONDS)

    def _at(self, due: datetime, event: Event) -> None:
        heapq.heappush(self._timers, (due, next(self._order), event))

    def _apply(self, event: Event, step: Step) -> None:
        try:
            event(step)
        except Exception:
            logger.exception("an event could not be applied")

    # -- other processes

    @property
    def has_room(self) -> bool:
        """Whether a worker is free and nothing waits for one; may be read from any thread."""
        return self._conductor.free > 0 and not self._conductor.pending and not self._draining

    def awaits(self, execution_id: str) -> bool:
        """Tell whether a task run here waits for the end of an execution; may be asked from any thread."""
        return execution_id in self._conductor.callers

    def heard(self, execution: Execution) -> None:
        """Take notice of the end of an execution that another process ran."""
        if self.awaits(execution.id):
            self._events.put(lambda step: calls.ended(self._conductor, execution, step))

    def recheck(self) -> None:
        """Look for ends of executions that this process should have heard of."""
        for execution_id in list(self._conductor.callers):
            found = self._world.store.executions.get(execution_id, task_runs=False)
            if found is not None and found.state.ended and found.owner is None:
                self.heard(found)

    def hold(self, execution_id: str) -> None:
        """Load an execution this process has become the owner of, so that it can be told what to do.

        One that has not begun waits a moment for that: it may be told to end.
        """

        def event(step: Step) -> None:
            execution = self._world.store.executions.get(execution_id)
            if execution is None or execution_id in self._conductor.live:
                return
            if execution.state not in (State.CREATED, State.QUEUED):
                self._take_up(execution_id, step)
                return
            live = self._load(execution)
            self._conductor.live[execution_id] = live
            self._at(step.now + _HELD, lambda later: self._go_on(live, later))

        self.ask(event)

    def _go_on(self, live: LiveExecution, step: Step) -> None:
        if self._conductor.live.get(live.id) is live and not live.finished and not live.frames:
            recovery.take_up(self._conductor, live, step)

    def lost(self) -> None:
        """Give up everything: this process was declared dead, others go on with what it ran."""

        def event(step: Step) -> None:
            step.lost = True

        self._events.put(event)

    def _give_up(self, step: Step) -> None:
        """Forget what others run now, stop what works for it, and come back as another owner."""
        logger.warning("this process was taken for dead; others go on with what it ran")
        self.meter.lost += 1
        conductor = self._conductor
        for live in conductor.live.values():
            live.finished = True
            for job in live.jobs.values():
                job.detached = True
                job.ctx.cancel()
        conductor.forget()
        conductor.free += len(step.jobs)
        self._timers.clear()
        for answer in step.answers:
            answer.set_exception(OwnerLost("This process was taken for dead for a moment; try again"))
        pause = 0.05
        while not self._closing:
            try:
                self._owner.renew()
                conductor.owner = self._owner.id
                return
            except FlowsmithError as error:
                logger.warning("this process cannot come back yet: %s", error.message)
                time.sleep(pause)
                pause = min(pause * 2, 5.0)

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

    def _take_up(self, execution_id: str, step: Step, known: Execution | None = None) -> None:
        """Go on with an execution; `known` is one that has no task runs yet."""
        execution = known or self._world.store.executions.get(execution_id)
        if execution is None or execution_id in self._conductor.live:
            return
        try:
            live = self._load(execution)
        except FlowsmithError:
            logger.exception("execution %s cannot be taken up", execution_id)
            # It is kept: others could not either, and would hand it round and round.
            step.changes.executions[execution_id] = replace(execution, owner=self._conductor.owner)
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
