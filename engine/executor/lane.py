"""Lanes: which children of one list may start now. Pure, and constant work per child.

A lane is told what was created and what has ended; it answers what may start. Being told the same facts
again after a crash, it stands where it stood.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Protocol

from engine.model.branches import Branches


@dataclass(frozen=True, slots=True)
class Slot:
    """A child to create: its task and, under a loop, its value and the index of the value."""

    task_id: str
    value: str | None = None
    iteration: int | None = None


class Lane(Protocol):
    """The plan of one list of tasks."""

    def take(self) -> list[Slot]:
        """Return the children that may start now; each is returned once."""

    def seen(self, slot: Slot) -> None:
        """Note a child that was created before (recovery)."""

    def ended(self, slot: Slot) -> None:
        """Note that a child has ended without stopping the lane."""

    @property
    def done(self) -> bool:
        """Whether every child has ended."""


class _Sequence:
    def __init__(self, tasks: tuple[str, ...]) -> None:
        self._tasks = tasks
        self._started = 0
        self._ended = 0

    def take(self) -> list[Slot]:
        if self._started > self._ended or self._started == len(self._tasks):
            return []
        self._started += 1
        return [Slot(self._tasks[self._started - 1])]

    def seen(self, slot: Slot) -> None:
        self._started = max(self._started, self._tasks.index(slot.task_id) + 1)

    def ended(self, slot: Slot) -> None:
        self._ended += 1

    @property
    def done(self) -> bool:
        return self._ended == len(self._tasks)


class _Pairs:
    """Independent slots with a limit: Parallel, and the flat form of a loop."""

    def __init__(self, slots: list[Slot], limit: int) -> None:
        self._waiting = deque(slots)
        self._limit = limit or len(slots)
        self._running = 0
        self._seen: set[tuple[str, str | None]] = set()

    def take(self) -> list[Slot]:
        taken: list[Slot] = []
        while self._waiting and self._running < self._limit:
            slot = self._waiting.popleft()
            if (slot.task_id, slot.value) not in self._seen:
                self._running += 1
                taken.append(slot)
        return taken

    def seen(self, slot: Slot) -> None:
        self._seen.add((slot.task_id, slot.value))
        self._running += 1

    def ended(self, slot: Slot) -> None:
        self._running -= 1

    @property
    def done(self) -> bool:
        return not self._waiting and self._running == 0


class _Dag:
    def __init__(self, branches: Branches) -> None:
        self._missing = {task: set(branches.after.get(task, ())) for task in branches.tasks}
        self._dependants: dict[str, list[str]] = {}
        for task, needed in branches.after.items():
            for one in needed:
                self._dependants.setdefault(one, []).append(task)
        self._ready = deque(task for task in branches.tasks if not self._missing[task])
        self._limit = branches.limit or len(branches.tasks)
        self._running = 0
        self._left = len(branches.tasks)
        self._seen: set[str] = set()

    def take(self) -> list[Slot]:
        taken: list[Slot] = []
        while self._ready and self._running < self._limit:
            task = self._ready.popleft()
            if task not in self._seen:
                self._seen.add(task)
                self._running += 1
                taken.append(Slot(task))
        return taken

    def seen(self, slot: Slot) -> None:
        self._seen.add(slot.task_id)
        self._running += 1

    def ended(self, slot: Slot) -> None:
        self._running -= 1
        self._left -= 1
        for task in self._dependants.get(slot.task_id, ()):
            self._missing[task].discard(slot.task_id)
            if not self._missing[task]:
                self._ready.append(task)

    @property
    def done(self) -> bool:
        return self._left == 0


class _Each:
    """The sequence of tasks once for every value, at most `limit` values in flight."""

    def __init__(self, branches: Branches) -> None:
        self._tasks = branches.tasks
        self._values = branches.values
        self._limit = branches.limit or len(branches.values)
        self._next = 0
        self._in_flight = 0
        self._continue: deque[tuple[int, int]] = deque()
        self._position = {task: index for index, task in enumerate(branches.tasks)}

    def take(self) -> list[Slot]:
        taken: list[Slot] = []
        while self._continue:
            value, task = self._continue.popleft()
            taken.append(Slot(self._tasks[task], self._values[value], value))
        while self._tasks and self._next < len(self._values) and self._in_flight < self._limit:
            taken.append(Slot(self._tasks[0], self._values[self._next], self._next))
            self._next += 1
            self._in_flight += 1
        return taken

    def seen(self, slot: Slot) -> None:
        iteration = slot.iteration or 0
        if self._position[slot.task_id] == 0:
            self._next = max(self._next, iteration + 1)
            self._in_flight += 1
        else:
            self._continue.remove((iteration, self._position[slot.task_id]))

    def ended(self, slot: Slot) -> None:
        following = self._position[slot.task_id] + 1
        if following < len(self._tasks):
            self._continue.append((slot.iteration or 0, following))
        else:
            self._in_flight -= 1

    @property
    def done(self) -> bool:
        nothing_left = self._next == len(self._values) or not self._tasks
        return nothing_left and self._in_flight == 0 and not self._continue


def lane_of(branches: Branches) -> Lane:
    """Return a fresh lane for the branches."""
    if branches.kind == "sequence":
        return _Sequence(branches.tasks)
    if branches.kind == "parallel":
        return _Pairs([Slot(task) for task in branches.tasks], branches.limit)
    if branches.kind == "dag":
        return _Dag(branches)
    if branches.flat:
        values = enumerate(branches.values)
        slots = [Slot(task, value, index) for index, value in values for task in branches.tasks]
        return _Pairs(slots, branches.limit)
    return _Each(branches)


def sequence_lane(tasks: tuple[str, ...]) -> Lane:
    """Return the lane of a plain list."""
    return _Sequence(tasks)
