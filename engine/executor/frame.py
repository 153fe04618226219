"""A frame: the children of one parent (a flowable task run, or the flow itself) through all sections.

tasks → (errors, as soon as a child has failed) → finally → closed. Errors and finally are sequences.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.executor.lane import Lane, Slot, lane_of, sequence_lane
from engine.model.branches import Branches
from engine.model.execution import Section
from engine.model.state import State

_WORST = (State.KILLED, State.CANCELLED, State.FAILED, State.WARNING)


@dataclass(frozen=True, slots=True)
class Start:
    """A child to create, with the section it belongs to."""

    section: Section
    slot: Slot


class Frame:
    """Plans one scope. Every call is constant work, whatever the size of the execution."""

    def __init__(
        self, branches: Branches, errors: tuple[str, ...] = (), finally_: tuple[str, ...] = ()
    ) -> None:
        self.section: Section = "tasks"
        self.closed = False
        self.open = 0
        """Children created and not ended."""
        self._branches = branches
        self._errors = errors
        self._finally = finally_
        self._lane: Lane = lane_of(branches)
        self._main = self._lane
        self._states: set[State] = set()
        self._stopped = False
        self._finally_failed = False

    def advance(self) -> list[Start]:
        """Return the children to create now; sets `closed` when there is nothing more to come."""
        while not self.closed:
            starts = [] if self._stopped else self._lane.take()
            if starts:
                self.open += len(starts)
                return [Start(self.section, slot) for slot in starts]
            if self.section == "tasks" and self._failed and self._errors:
                self._enter("errors", self._errors)
            elif self.open or not (self._stopped or self._lane.done):
                return []
            elif self.section != "finally" and self._finally and not self._killed:
                self._enter("finally", self._finally)
            else:
                self.closed = True
        return []

    def seen(self, section: Section, slot: Slot) -> None:
        """Note a child that was created before; children come in order of creation."""
        if section != self.section:
            self._enter(section, self._errors if section == "errors" else self._finally)
        self._lane.seen(slot)
        self.open += 1

    def ended(self, section: Section, slot: Slot, state: State) -> None:
        """Note the final state of a child."""
        self.open -= 1
        if section == "tasks" and self._branches.tolerant:
            state = State.SUCCESS
        stops = state in (State.FAILED, State.KILLED, State.CANCELLED)
        if section == "tasks":
            self._states.add(state)
        elif section == "finally" and state is State.FAILED:
            self._finally_failed = True
        if section == self.section:
            self._stopped = self._stopped or stops
        lane = self._main if section == "tasks" else self._lane
        if not stops:
            lane.ended(slot)

    def begin_as(self, state: State) -> None:
        """Note what was decided before the first child: after a failure only errors and finally run."""
        self._states.add(state)
        self._stopped = state is State.FAILED

    def cut(self) -> None:
        """Start nothing more of the tasks; what runs goes on, and the frame ends as if that were all."""
        self._stopped = True

    def stop(self) -> None:
        """Start nothing more, in no section: the execution is being killed or left by Exit."""
        self._stopped = True
        self._errors = ()
        self._finally = ()

    def restart(self) -> None:
        """Begin again with the same branches (loops)."""
        self.section = "tasks"
        self.closed = False
        self.open = 0
        self._lane = self._main = lane_of(self._branches)
        self._states = set()
        self._stopped = False

    @property
    def result(self) -> State:
        """The state the children give their parent."""
        for state in _WORST:
            if state in self._states:
                return state
        return State.FAILED if self._finally_failed else State.SUCCESS

    @property
    def _failed(self) -> bool:
        return State.FAILED in self._states

    @property
    def _killed(self) -> bool:
        return State.KILLED in self._states or State.CANCELLED in self._states

    def _enter(self, section: Section, tasks: tuple[str, ...]) -> None:
        self.section = section
        self._lane = sequence_lane(tasks)
        self._stopped = False
