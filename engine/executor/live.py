"""A live execution: the recorded facts of one execution plus what planning needs, in memory.

Owned by the loop thread. Workers read `outputs` and `task_states`, which only ever grow.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from engine.executor.compiled import CompiledFlow, enabled
from engine.executor.frame import Frame
from engine.executor.lane import Slot
from engine.model.branches import Branches
from engine.model.execution import Attempt, Execution, TaskRun
from engine.model.flow import TaskSpec
from engine.model.id import new_id
from engine.model.json import Json
from engine.model.state import History, State
from engine.storage.cipher import is_encrypted

if TYPE_CHECKING:
    from engine.executor.job import Kind
    from engine.executor.work import Work

ROOT = ""
"""Key of the frame of the flow's own lists."""
AFTER = "after"
"""Key of the frame of the tasks that run after the end."""


@dataclass(slots=True)
class Room:
    """The outputs of the tasks inside one iteration of a loop that isolates; `outer` is the room around."""

    run_id: str
    outer: Room | None
    outputs: dict[str, Json] = field(default_factory=dict)


@dataclass(slots=True)
class LiveExecution:
    """Everything the loop knows of one execution."""

    execution: Execution
    flow: CompiledFlow
    runs: dict[str, TaskRun] = field(default_factory=dict)
    frames: dict[str, Frame] = field(default_factory=dict)
    outputs: dict[str, Json] = field(default_factory=dict)
    task_states: dict[str, Json] = field(default_factory=dict)
    paths: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The values above and of each task run, outermost first: its address under `outputs.<task>`."""
    rooms: dict[str, Room] = field(default_factory=dict)
    """Where the outputs of what is inside a task run that isolates are kept, by its id."""
    around: dict[str, Room] = field(default_factory=dict)
    """The room each task run stands in; those in none are missing."""
    below: dict[str, list[str]] = field(default_factory=dict)
    """The children of each task run, in order of creation."""
    jobs: dict[str, Work] = field(default_factory=dict)
    """What workers do right now, by task run."""
    masks: set[str] = field(default_factory=set)
    inputs: Mapping[str, Json] | None = None
    """Inputs as templates see them: secrets decrypted."""
    sealed: list[tuple[dict[str, Json], str]] = field(default_factory=list)
    """Places of outputs that hold encrypted texts, not read yet: the map and the key in it."""
    next_index: int = 0
    held: bool = False
    """Paused by hand: nothing new starts."""
    parked: list[tuple[str, Kind, Mapping[str, Json]]] = field(default_factory=list)
    """Task runs that would have got a worker while held."""
    stale: set[str] = field(default_factory=set)
    """Frames to plan when no longer held."""
    killing: bool = False
    leaving: bool = False
    """Nothing new starts for good: killed, or left by Exit."""
    kill_state: State = State.KILLED
    """How a stopped execution and what still ran in it end: KILLED, or as a broken promise says."""
    violated: set[str] = field(default_factory=set)
    """Promises (SLA) found broken."""
    paused: set[str] = field(default_factory=set)
    """Task runs that are PAUSED now, `retrying` those that are RETRYING, `stopped` those at a breakpoint."""
    retrying: set[str] = field(default_factory=set)
    stopped: set[str] = field(default_factory=set)
    endings: dict[str, State] = field(default_factory=dict)
    """How flowable task runs end whatever their children say: an Exit below them decided."""
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    """Ends of the executions a task run waits for, by state."""
    asserting: bool = False
    """Whether assertions are being evaluated, and `stale_assertion`: whether something changed meanwhile."""
    stale_assertion: bool = False
    exit_state: State | None = None
    finished: bool = False
    """Ended, afterExecution included."""

    @property
    def id(self) -> str:
        """The execution's id."""
        return self.execution.id

    # -- recording

    def create(self, spec: TaskSpec, slot: Slot, section: str, parent: str | None, now: datetime) -> TaskRun:
        """Record a new task run in state CREATED."""
        run = TaskRun(
            id=new_id(),
            execution_id=self.execution.id,
            task_id=spec.id,
            history=History.begin(State.CREATED, now),
            index=self.next_index,
            parent_id=parent,
            section=section,  # type: ignore[arg-type]
            value=slot.value,
            iteration=slot.iteration,
        )
        self.next_index += 1
        self.add(run)
        return run

    def add(self, run: TaskRun) -> None:
        """Take in a task run, new or loaded."""
        above: tuple[str, ...] = ()
        if run.parent_id:
            room = self.rooms.get(run.parent_id)
            above = () if room else self.paths[run.parent_id]
            self.below.setdefault(run.parent_id, []).append(run.id)
            room = room or self.around.get(run.parent_id)
            if room is not None:
                self.around[run.id] = room
        if self.flow.isolates(run.task_id):
            self.rooms[run.id] = Room(run.id, self.around.get(run.id))
        self.paths[run.id] = above if run.value is None else (*above, run.value)
        self.runs[run.id] = run
        self.next_index = max(self.next_index, run.index + 1)
        self._note_state(run)
        if run.outputs is not None:
            self.publish_outputs(run)

    def update(self, run: TaskRun) -> None:
        """Take in a changed task run."""
        self.runs[run.id] = run
        self._note_state(run)

    def publish_outputs(self, run: TaskRun) -> None:
        """Make the outputs of a task run visible to templates; what isolates tells only its loop."""
        if run.id in self.rooms:
            return
        room = self.around.get(run.id)
        level = room.outputs if room else self.outputs
        keys = (run.task_id, *self.paths[run.id])
        for key in keys[:-1]:
            below = level.get(key)
            if not isinstance(below, dict):
                below = level[key] = {}
            level = below
        level[keys[-1]] = run.outputs
        if run.outputs and any(is_encrypted(value) for value in run.outputs.values()):
            self.sealed.append((level, keys[-1]))

    def outputs_for(self, run: TaskRun) -> dict[str, Json]:
        """Return the outputs a task run sees: those of the rooms around it hide those further out."""
        room = self.rooms.get(run.id) or self.around.get(run.id)
        if room is None:
            return self.outputs
        rooms = [room]
        while rooms[-1].outer is not None:
            rooms.append(rooms[-1].outer)
        seen = dict(self.outputs)
        for one in reversed(rooms):
            seen.update(one.outputs)
        return seen

    def items(self, run: TaskRun) -> list[TaskRun]:
        """Return the iterations of isolating loops a task run stands in, nearest first."""
        room = self.rooms.get(run.id) or self.around.get(run.id)
        found = []
        while room is not None:
            found.append(self.runs[room.run_id])
            room = room.outer
        return found

    def children(self, run: TaskRun) -> list[TaskRun]:
        """Return the direct children of a task run, in order of creation."""
        return [self.runs[one] for one in self.below.get(run.id, ()) if one in self.runs]

    def _note_state(self, run: TaskRun) -> None:
        for waiting, state in (
            (self.paused, State.PAUSED),
            (self.retrying, State.RETRYING),
            (self.stopped, State.BREAKPOINT),
        ):
            (waiting.add if run.state is state else waiting.discard)(run.id)
        self._publish_state(run)

    def result(self, key: str) -> State:
        """Return the state the children of a flowable task run give it."""
        return self.endings.get(key) or self.frames[key].result

    def _publish_state(self, run: TaskRun) -> None:
        state = {"state": str(run.state)}
        if run.value is None:
            self.task_states[run.task_id] = state
        else:
            by_value = self.task_states.setdefault(run.task_id, {})
            by_value[run.value] = state

    def drop_below(self, run_id: str) -> list[str]:
        """Forget every task run below a flowable (loops); returns their ids."""
        dropped = self.below.pop(run_id, [])
        for child in list(dropped):
            dropped += self.drop_below(child)
        for child in dropped:
            for kept in (self.runs, self.frames, self.paths, self.rooms, self.around):
                kept.pop(child, None)
        room = self.rooms.get(run_id)
        if room is not None:
            room.outputs.clear()
        return dropped

    # -- frames

    def open_root(self) -> Frame:
        """Return the frame of the flow's tasks."""
        flow = self.flow.flow
        frame = Frame(Branches.sequence(flow.tasks), enabled(flow.errors), enabled(flow.finally_))
        self.frames[ROOT] = frame
        return frame

    def open_after(self, tasks: tuple[str, ...]) -> Frame:
        """Return the frame of what runs after the end; a failing task does not stop the others' planning."""
        frame = Frame(Branches("sequence", tasks))
        self.frames[AFTER] = frame
        return frame

    def open_frame(self, run: TaskRun, branches: Branches) -> Frame:
        """Return the frame of a flowable task run."""
        spec = self.flow.tasks[run.task_id]
        inner = run.inner or {}
        if waits_with_tasks(run):
            frame = Frame(Branches("sequence", branches.tasks[: inner["during"]]))
        else:
            frame = Frame(branches, enabled(spec.errors), enabled(spec.finally_))
        if "over" in inner:
            frame.begin_as(State(inner["over"]))
        self.frames[run.id] = frame
        return frame

    def frame_key(self, run: TaskRun) -> str:
        """Return the key of the frame the task run is a child of."""
        if run.parent_id is not None:
            return run.parent_id
        return AFTER if run.section == "after" else ROOT

    def ancestors(self, run: TaskRun) -> Iterator[TaskRun]:
        """Yield the parents, nearest first."""
        parent = run.parent_id
        while parent is not None:
            found = self.runs[parent]
            yield found
            parent = found.parent_id


def waits_with_tasks(run: TaskRun) -> bool:
    """Whether the task run waits, with tasks that run meanwhile or afterwards."""
    inner = run.inner or {}
    return "during" in inner and "over" not in inner


def with_state(run: TaskRun, state: State, now: datetime) -> TaskRun:
    """Return the task run in its next state."""
    return replace(run, history=run.history.then(state, now))


def with_attempt(run: TaskRun, now: datetime) -> TaskRun:
    """Return the task run RUNNING, with a new attempt."""
    attempt = Attempt(History.begin(State.CREATED, now).then(State.RUNNING, now))
    return replace(run, history=run.history.then(State.RUNNING, now), attempts=(*run.attempts, attempt))


def with_attempt_ended(run: TaskRun, state: State, now: datetime) -> TaskRun:
    """Return the task run with the raw state of its last attempt."""
    if not run.attempts or run.attempts[-1].state.ended:
        return run
    last = replace(run.attempts[-1], history=run.attempts[-1].history.then(state, now))
    return replace(run, attempts=(*run.attempts[:-1], last))
