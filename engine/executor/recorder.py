"""The recorder: writes a step in one transaction, and decides in it what only the database can tell."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace

from engine.errors import OwnerLost
from engine.executor.conductor import Conductor
from engine.executor.live import LiveExecution
from engine.executor.meter import Meter
from engine.executor.step import Step
from engine.model.execution import Execution
from engine.model.state import State
from engine.storage.ports import ExecutionStore, ExecutionTransaction

logger = logging.getLogger(__name__)

_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.05, 5.0


class Recorder:
    """Writes what the conductor has changed. Used on the loop thread only."""

    def __init__(
        self,
        executions: ExecutionStore,
        conductor: Conductor,
        *,
        load: Callable[[Execution], LiveExecution],
        take_up: Callable[[str, Step, Execution | None], None],
        draining: Callable[[], bool],
        closing: Callable[[], bool],
        meter: Meter | None = None,
    ) -> None:
        self._executions = executions
        self._conductor = conductor
        self._load = load
        self._take_up = take_up
        self._draining = draining
        self._closing = closing
        self._meter = meter or Meter()

    def store(self, step: Step) -> bool:
        """Write the step; a database that cannot be written now is tried again, nothing is lost.

        False when others have taken over what this process ran: then nothing of it is written.
        """
        pause = 0.0
        while not step.lost and (
            step.changes or step.admissions or step.released or step.taking or step.rewrites
        ):
            try:
                if pause:
                    self._forget_stored(step)
                self._write(step)
                if not step.admissions and not step.released:
                    return True
            except OwnerLost:
                return False
            except Exception:
                self._meter.failures += 1
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS) or _FIRST_PAUSE_SECONDS
                logger.exception("the step could not be stored; trying again in %.2f s", pause)
                time.sleep(pause)
                if self._closing():
                    raise
        return not step.lost

    def _write(self, step: Step) -> None:
        admits = bool(step.admissions or step.released)
        began = time.monotonic()
        with self._executions.transaction(self._conductor.owner, admits=admits) as transaction:
            self._take_all(transaction, step)
            self._rewrite_all(transaction, step)
            transaction.write(step.changes)
            if admits:
                self._admit(transaction, step)
        step.stored = True
        self._count(step, time.monotonic() - began)

    def _count(self, step: Step, seconds: float) -> None:
        meter, changes = self._meter, step.changes
        meter.transaction_seconds.observe(seconds)
        meter.together.observe(step.events)
        meter.taken += len(step.taken)
        tables = (changes.executions, changes.task_runs, changes.logs, changes.metrics)
        meter.rows += sum(len(table) for table in tables)

    def _forget_stored(self, step: Step) -> None:
        """Leave out what was handed out after all, when the answer to a commit was lost.

        Another process may run it already, so that writing it once more would undo what that one has done.
        """
        changes = step.changes
        for handed in list(changes.handed):
            known = self._executions.get(handed.execution_id, task_runs=False)
            mine = changes.executions.get(handed.execution_id)
            if known is None or mine is None or len(known.history.passages) < len(mine.history.passages):
                continue
            changes.handed.remove(handed)
            del changes.executions[handed.execution_id]
            for run in list(changes.task_runs.values()):
                if run.execution_id == handed.execution_id:
                    del changes.task_runs[run.id]

    def _take_all(self, transaction: ExecutionTransaction, step: Step) -> None:
        """Become the owner of executions that nobody has, inside the transaction that sees that."""
        me = self._conductor.owner
        if step.taken and not step.stored:
            still = {execution.id for execution in transaction.take(list(step.taken), me)}
            if still != step.taken:
                raise OwnerLost("somebody else took an execution while it could not be stored")
        if step.taking:
            got = transaction.take(step.taking, me)
            step.taking.clear()
            for execution in got:
                step.taken.add(execution.id)
                self._take_up(execution.id, step, execution if execution.state is State.CREATED else None)
            if not self._draining():
                self._conductor.fill(step)

    def _rewrite_all(self, transaction: ExecutionTransaction, step: Step) -> None:
        """Change executions nobody runs, inside the transaction that sees that they are as they were read."""
        changed = step.changes.executions
        for before in () if step.stored else step.rewritten:  # it is tried again
            mine = changed.get(before.known.id)
            if mine and not (transaction.unchanged(before.known) or transaction.unchanged(mine)):
                raise OwnerLost("somebody else changed an execution while it could not be stored")
        if not step.rewrites:
            return
        for rewrite in sorted(step.rewrites, key=lambda one: one.known.id):
            id_ = rewrite.known.id
            runs_here = id_ in self._conductor.live or id_ in changed
            if not runs_here and transaction.unchanged(rewrite.known):
                rewrite.made = True
                step.rewritten.append(rewrite)
                rewrite.make(step)
        step.rewrites.clear()
        if not self._draining():
            self._conductor.fill(step)

    def _admit(self, transaction: ExecutionTransaction, step: Step) -> None:
        """Apply concurrency limits inside the transaction that counts."""
        if not step.admissions and not step.released:
            return
        while step.admissions or step.released:
            while step.admissions:
                self._admit_one(transaction, step.admissions.pop(0), step)
            while step.released:
                self._pop_queued(transaction, *step.released.pop(), step)
            if not self._draining():
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
