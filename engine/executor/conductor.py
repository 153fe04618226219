"""The conductor: what happens to executions when something happens. Runs on the loop thread only.

Every method takes the current `Step` and records in it; nothing here writes or runs plugin code.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from engine.executor import after, calls, effect, halting, promise
from engine.executor.after import Listened
from engine.executor.conclude import Concluded
from engine.executor.frame import Frame, Start
from engine.executor.job import Ended, Job, Outcome
from engine.executor.lane import Slot
from engine.executor.live import (
    AFTER,
    ROOT,
    LiveExecution,
    waits_with_tasks,
    with_attempt,
    with_attempt_ended,
    with_state,
)
from engine.executor.pending import Pending
from engine.executor.promise import Asserted
from engine.executor.queues import Queues
from engine.executor.start import Birth
from engine.executor.step import Step
from engine.executor.work import Work
from engine.model.execution import Execution, TaskRun
from engine.model.flow import Flow, TaskSpec
from engine.model.json import Json
from engine.model.log import Level
from engine.model.state import State
from engine.model.truth import is_truthy
from engine.plugin import FlowableTask
from engine.storage.ports import Handed


class Conductor:
    """Owns every live execution of this process.

    `at(due, callback)` sets a timer; `make_job` builds what a worker does; `owner` is this process's id. With
    `hands_out` new executions are stored for any process to take up, instead of being run here.
    """

    def __init__(
        self,
        *,
        owner: str,
        threads: int,
        make_job: Callable[[Pending, TaskRun, TaskSpec], Job],
        make_conclusion: Callable[[LiveExecution, State], Work],
        make_assertion: Callable[[LiveExecution], Work],
        make_listening: Callable[[LiveExecution], Work],
        at: Callable[[datetime, Callable[[Step], None]], None],
        find: Callable[[str], Execution | None],
        kill_elsewhere: Callable[[str], None],
        resume_elsewhere: Callable[[str, Mapping[str, Json]], bool],
        hands_out: bool = False,
        queue_of: Callable[[Flow], str] = Queues().of,
    ) -> None:
        self.live: dict[str, LiveExecution] = {}
        self.free = threads
        self.owner = owner
        self.make_job = make_job
        self.make_conclusion = make_conclusion
        self.make_assertion = make_assertion
        self.make_listening = make_listening
        self.at = at
        self.find = find
        self.kill_elsewhere = kill_elsewhere
        self.resume_elsewhere = resume_elsewhere
        self.hands_out = hands_out
        self.queue_of = queue_of
        self.pending: deque[Pending | Callable[[], Work]] = deque()
        self.callers: dict[str, tuple[str, str]] = {}
        """Execution id → (execution, task run) that waits for its end."""

    def forget(self) -> None:
        """Let go of every execution: others run them now."""
        self.live.clear()
        self.callers.clear()
        self.pending.clear()

    def born(self, birth: Birth, step: Step) -> LiveExecution:
        """Take in a new execution; it begins now, at its date, or when it is admitted."""
        live = LiveExecution(birth.execution, birth.flow)
        if self.hands_out and birth.refusal is None:
            self.hand_out(live, step)
            return live
        self.live[live.id] = live
        step.execution(live, replace(birth.execution, owner=self.owner))
        if birth.refusal is not None:
            self.refuse(live, State.FAILED, birth.refusal, step)
        else:
            self.enter(live, step)
        return live

    def hand_out(self, live: LiveExecution, step: Step) -> None:
        """Store an execution for any process to take up; children go first, somebody waits for them."""
        execution = live.execution
        step.execution(live, replace(execution, owner=None))
        child = execution.parent_id is not None or "executionId" in _starter(execution)
        queue = self.queue_of(live.flow.flow)
        step.changes.handed.append(Handed(execution.id, queue, priority=1 if child else 0))

    def enter(self, live: LiveExecution, step: Step) -> None:
        """Let a CREATED execution wait for its date, for admission, or begin."""
        due = live.execution.schedule_date
        if due is not None and due > step.now:
            self.at(due, lambda later: self._scheduled(live.id, later))
        elif live.flow.flow.concurrency is not None:
            step.admissions.append(live)
        else:
            self.begin(live, step)

    def _scheduled(self, execution_id: str, step: Step) -> None:
        live = self.live.get(execution_id)
        if live is not None and live.execution.state is State.CREATED:
            self.enter(live, step)

    def begin(self, live: LiveExecution, step: Step) -> None:
        """Start the flow's tasks."""
        self.set_state(live, State.RUNNING, step)
        promise.watch(self, live)
        live.open_root()
        self.advance(live, ROOT, step)

    def refuse(self, live: LiveExecution, state: State, message: str, step: Step) -> None:
        """End an execution before any task: the concurrency limit says no."""
        step.log(live, None, Level.ERROR if state is State.FAILED else Level.WARN, message)
        self.set_final(live, state, None, step)

    def queue(self, live: LiveExecution, step: Step) -> None:
        """Let an execution wait for a free slot; it is forgotten here until it is popped."""
        self.set_state(live, State.QUEUED, step)

    def advance(self, live: LiveExecution, key: str, step: Step) -> None:
        """Create the children of a frame that may start; close it when it is through."""
        frame = live.frames[key]
        if live.held and key != AFTER:
            live.stale.add(key)
            return
        for start in frame.advance():
            self._create(live, key, start, step)
        if frame.closed:
            self._close(live, key, frame, step)

    def _create(self, live: LiveExecution, key: str, start: Start, step: Step) -> None:
        spec = live.flow.tasks[start.slot.task_id]
        section = "after" if key == AFTER else start.section
        parent = None if key in (ROOT, AFTER) else key
        run = live.create(spec, start.slot, section, parent, step.now)
        step.changes.task_runs[run.id] = run
        self.pending.append(Pending(live, run.id, "start"))

    def _close(self, live: LiveExecution, key: str, frame: Frame, step: Step) -> None:
        if key == AFTER:
            self._finish(live, step)
        elif key == ROOT and live.asserting:
            return  # the promises are checked once more before the end; `promise.asserted` goes on
        elif key == ROOT:
            self._conclude(live, live.exit_state or frame.result, step)
        else:
            run = live.runs[key]
            if waits_with_tasks(run) and not live.leaving:
                return  # its tasks are through, its wait is not
            state = live.kill_state if live.killing else live.result(key)
            if waits_with_tasks(run) and not live.killing:
                state = live.endings.get(key, State.KILLED)
            if self.repeats(live, run) and state.good and not live.leaving:
                effect.ask_again(self, live, run, step)
            elif self._closes(live, run) and not live.killing:
                detail = {"state": str(state), "children": live.children(run)}
                self.pending.append(Pending(live, run.id, "close", detail))
            else:
                self.end_run(live, run, state, step)

    def _closes(self, live: LiveExecution, run: TaskRun) -> bool:
        plugin = live.flow.classes[run.task_id]
        return issubclass(plugin, FlowableTask) and plugin.closes

    def repeats(self, live: LiveExecution, run: TaskRun) -> bool:
        plugin = live.flow.classes[run.task_id]
        return issubclass(plugin, FlowableTask) and plugin.repeats

    def fill(self, step: Step) -> None:
        """Give free workers what is pending, oldest first."""
        while self.free > 0 and self.pending:
            pending = self.pending.popleft()
            if not isinstance(pending, Pending):
                self.free -= 1
                step.jobs.append(pending())
                continue
            job = self._job_for(pending, step)
            if job is not None:
                self.free -= 1
                pending.live.jobs[pending.run_id] = job
                step.jobs.append(job)

    def _job_for(self, pending: Pending, step: Step) -> Job | None:
        live = pending.live
        run = live.runs.get(pending.run_id)
        if run is None or run.state.ended or live.finished:
            return None
        if pending.kind == "start" and not live.held and halting.stops(live, run):
            halting.stop(self, live, run, step)
            return None
        if (live.held or live.stopped) and run.section != "after":
            live.parked.append((pending.run_id, pending.kind, pending.detail))
            return None
        spec = live.flow.tasks[run.task_id]
        if pending.kind == "start" and not pending.detail.get("gated") and spec.run_if is not None:
            if "{" in spec.run_if:
                return self.make_job(replace(pending, kind="gate"), run, spec)
            if not is_truthy(spec.run_if):
                self.end_run(live, run, State.SKIPPED, step)
                return None
        if pending.kind == "start":
            self._begin_run(live, run, step)
            run = live.runs[run.id]
        return self.make_job(pending, run, spec)

    def _begin_run(self, live: LiveExecution, run: TaskRun, step: Step) -> None:
        """Record an attempt: stored before it is made, unless it is light and has never been tried."""
        first = len(run.history.passages) == 1
        run = with_attempt(run, step.now)
        if first and live.flow.is_light(run.task_id):
            live.update(run)
            step.changes.task_runs.pop(run.id, None)
        else:
            step.run(live, run)

    def job_ended(self, job: Work, outcome: Outcome | Concluded | Asserted | Listened, step: Step) -> None:
        """Apply what a worker answered."""
        self.free += 1
        live = job.live
        if job.detached or live.finished:
            return
        if isinstance(outcome, Concluded):
            self._concluded(live, outcome, step)
            return
        if isinstance(outcome, Asserted):
            promise.asserted(self, live, outcome, step)
            return
        if isinstance(outcome, Listened):
            after.listened(self, live, outcome, step)
            return
        assert isinstance(job, Job)  # only a conclusion is no task's job
        live.jobs.pop(job.run.id, None)
        run = live.runs.get(job.run.id)
        if run is None or run.state.ended:
            return
        if live.killing and run.section != "after":
            outputs = outcome.outputs if isinstance(outcome, Ended) else None
            self.kill_run(live, run, step, outputs)
            return
        effect.apply(self, live, run, outcome, step)

    def end_run(self, live: LiveExecution, run: TaskRun, state: State, step: Step) -> None:
        """Give a task run its final state and go on with its siblings."""
        spec = live.flow.tasks[run.task_id]
        plugin = live.flow.classes[run.task_id]
        run = with_attempt_ended(run, state, step.now)
        if state is State.FAILED and (spec.allow_failure or getattr(plugin, "forgives", False)):
            state = State.WARNING
        if state is State.WARNING and spec.allow_warning:
            state = State.SUCCESS
        run = replace(with_state(run, state, step.now), due=None)
        step.run(live, run)
        promise.changed(self, live)
        if getattr(plugin, "shares_folder", False):
            step.abandoned.append(run)
        key = live.frame_key(run)
        frame = live.frames[key]
        section = "tasks" if key == AFTER else run.section
        frame.ended(section, Slot(run.task_id, run.value, run.iteration), state)
        self.advance(live, key, step)

    def kill_run(
        self, live: LiveExecution, run: TaskRun, step: Step, outputs: dict[str, Json] | None
    ) -> None:
        if outputs:
            run = replace(run, outputs=outputs)
            live.publish_outputs(run)
        self.end_run(live, run, live.kill_state if live.killing else State.KILLED, step)

    def _conclude(self, live: LiveExecution, state: State, step: Step) -> None:
        if live.killing:
            state = live.kill_state
        if live.flow.flow.outputs and not live.killing:
            self.pending.append(lambda: self.make_conclusion(live, state))
        else:
            self.set_final(live, state, None, step)

    def _concluded(self, live: LiveExecution, outcome: Concluded, step: Step) -> None:
        for message in outcome.problems:
            step.log(live, None, Level.ERROR, message)
        state = State.FAILED if outcome.problems and outcome.state is not State.KILLED else outcome.state
        self.set_final(live, live.kill_state if live.killing else state, outcome.outputs, step)

    def set_final(
        self, live: LiveExecution, state: State, outputs: dict[str, Json] | None, step: Step
    ) -> None:
        execution = live.execution
        history = execution.history.then(state, step.now)
        step.execution(live, replace(execution, history=history, outputs=outputs, owner=None))
        if live.flow.flow.concurrency is not None:
            step.released.add((execution.namespace, execution.flow_id))
        if after.exists(live.flow.flow) and live.frames.get(ROOT) is not None and state is not State.RETRIED:
            step.execution(live, replace(live.execution, owner=self.owner))
            after.begin(self, live, step)
        else:
            self._finish(live, step)

    def _finish(self, live: LiveExecution, step: Step) -> None:
        live.finished = True
        self.live.pop(live.id, None)
        step.quiet.discard(live.id)
        step.execution(live, replace(live.execution, owner=None))
        calls.ended(self, live.execution, step)

    def settle(self, live: LiveExecution, step: Step) -> None:
        """Let the state of an execution say what it waits for: a person, a retry, or nothing."""
        state = live.execution.state
        if state not in (State.RUNNING, State.PAUSED, State.RETRYING, State.BREAKPOINT):
            return
        waits = State.RETRYING if live.retrying else State.RUNNING
        waits = State.BREAKPOINT if live.stopped else waits
        wanted = State.PAUSED if live.held or live.paused else waits
        if wanted is state:
            return
        if state is State.PAUSED:
            self.set_state(live, State.RESTARTED, step)
        self.set_state(live, wanted, step)

    def set_state(self, live: LiveExecution, state: State, step: Step) -> None:
        history = live.execution.history.then(state, step.now)
        step.execution(live, replace(live.execution, history=history))


def _starter(execution: Execution) -> Mapping[str, Json]:
    return execution.trigger.variables if execution.trigger is not None else {}
