"""Which task may have run before which, read from where they stand in the flow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from itertools import pairwise

from engine.model.flow import Flow, TaskSpec
from engine.model.json import Json
from engine.plugin import FlowableTask, Plugin
from engine.validation.task import TaskReader

_FLOW = "io.kestra.plugin.core.flow."
_UNORDERED = frozenset({f"{_FLOW}Parallel", f"{_FLOW}EachParallel"})
_VALUED = frozenset({f"{_FLOW}ForEach", f"{_FLOW}EachSequential", f"{_FLOW}EachParallel"})
_CHOOSING = frozenset({f"{_FLOW}If", f"{_FLOW}Switch"})
_DAG = f"{_FLOW}Dag"
LOOP = f"{_FLOW}Loop"
_RANKS = {"errors": 1, "finally": 2, "afterExecution": 3, "listeners": 3}


@dataclass(slots=True)
class Node:
    """A task in its list. `slot` names the list in its parent (`then`, `cases.a`, `errors`)."""

    spec: TaskSpec
    plugin: type[Plugin] | None
    parent: Node | None
    slot: str
    index: int
    after: frozenset[str] = field(default_factory=frozenset)
    """In a Dag: everything it waits for, directly or not."""

    @property
    def trail(self) -> list[Node]:
        """The nodes from the top of the flow down to this one."""
        found = [self]
        while found[-1].parent is not None:
            found.append(found[-1].parent)
        return found[::-1]

    @property
    def valued(self) -> bool:
        """Whether its tasks run once per value."""
        return self.spec.type in _VALUED

    @property
    def repeats(self) -> bool:
        """Whether its tasks run several times in the same execution."""
        again = self.plugin is not None and issubclass(self.plugin, FlowableTask) and self.plugin.repeats
        return self.valued or again

    @property
    def isolates(self) -> bool:
        """Whether outputs of its tasks are seen inside only."""
        return self.spec.type == LOOP

    @property
    def in_loop(self) -> bool:
        """Whether it stands inside a task that isolates, and so knows `item`."""
        return any(node.isolates for node in self.trail[:-1])

    @property
    def loops(self) -> int:
        """How many values lead to one run of this task: one for each loop around it."""
        return sum(node.valued and below.slot not in _RANKS for node, below in self.steps())

    def steps(self) -> Iterator[tuple[Node, Node]]:
        """Yield every ancestor with the node below it, outermost first."""
        yield from pairwise(self.trail)


class Answer(Enum):
    """Whether something can be relied on."""

    YES = "yes"
    MAYBE = "maybe"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Verdict:
    """An answer and, unless it is yes, the reason in words."""

    answer: Answer
    reason: str = ""


_YES = Verdict(Answer.YES)


class Order:
    """All tasks of a flow by id (the first of duplicates), with their places."""

    def __init__(self, flow: Flow, tasks: TaskReader) -> None:
        self._tasks = tasks
        self.nodes: dict[str, Node] = {}
        self._nodes: dict[int, Node] = {}
        sections = {
            "tasks": flow.tasks,
            "errors": flow.errors,
            "finally": flow.finally_,
            "afterExecution": flow.after_execution,
            "listeners": tuple(task for listener in flow.listeners for task in listener.tasks),
        }
        for slot, specs in sections.items():
            for index, spec in enumerate(specs):
                self._add(spec, None, slot, index)

    def node(self, spec: TaskSpec) -> Node:
        """Return the place of a task."""
        return self._nodes[id(spec)]

    def before(self, later: Node | None, earlier: Node, *, at_end: bool = False) -> Verdict:
        """Tell whether the outputs of `earlier` exist when `later` is rendered; None is the flow's end.

        `at_end`: what is rendered of `later` is rendered when the tasks inside it have ended.
        """
        hidden = _hidden(earlier, later, at_end=at_end)
        if hidden is not None:
            return Verdict(
                Answer.NEVER,
                f"what '{earlier.spec.id}' gives stays inside the loop '{hidden.spec.id}'; declare it under "
                f"the loop's `outputs`",
            )
        if later is None:
            return self._certain(earlier.trail, None)
        if later is earlier:
            return Verdict(Answer.NEVER, "a task does not see its own outputs")
        above, below = later.trail, earlier.trail
        depth = 0
        while depth < min(len(above), len(below)) and above[depth] is below[depth]:
            depth += 1
        if depth == len(below):
            return _YES
        if depth == len(above):
            if at_end or (later.repeats and not later.valued):
                return self._certain(below[depth:], later)
            return Verdict(Answer.NEVER, f"'{earlier.spec.id}' runs inside this task, after it was rendered")
        verdict = self._siblings(above[depth], below[depth])
        if verdict.answer is Answer.YES:
            return self._certain(below[depth:], later)
        if verdict.answer is Answer.NEVER and any(node.repeats for node in above[:depth]):
            return Verdict(Answer.MAYBE, f"{verdict.reason}, so only an earlier round has given something")
        return verdict

    def _siblings(self, later: Node, earlier: Node) -> Verdict:
        name = f"'{earlier.spec.id}'"
        if later.slot != earlier.slot:
            ranks = _RANKS.get(later.slot, 0), _RANKS.get(earlier.slot, 0)
            if ranks[1] < ranks[0]:
                return _YES
            if ranks == (0, 0):
                return Verdict(Answer.NEVER, f"{name} stands in another branch ({earlier.slot})")
            return Verdict(Answer.NEVER, f"{name} runs later ({earlier.slot})")
        kind = later.parent.spec.type if later.parent and later.slot not in _RANKS else ""
        if kind == _DAG:
            if earlier.spec.id in later.after:
                return _YES
            if later.spec.id in earlier.after:
                return Verdict(Answer.NEVER, f"{name} waits for this task")
            return Verdict(Answer.MAYBE, f"{name} is not among the tasks it depends on")
        if kind in _UNORDERED:
            return Verdict(Answer.MAYBE, f"{name} runs at the same time")
        return _YES if earlier.index < later.index else Verdict(Answer.NEVER, f"{name} runs later")

    def _certain(self, trail: list[Node], later: Node | None) -> Verdict:
        """Tell whether the last of these nodes has run for sure, given that the list of the first has."""
        conditions = {node.spec.run_if for node in later.trail} if later else set()
        for node in trail:
            name = f"'{node.spec.id}'"
            if node.spec.disabled:
                return Verdict(Answer.MAYBE, f"{name} is disabled")
            if node.spec.run_if and node.spec.run_if not in conditions and node.spec.run_if != "true":
                return Verdict(Answer.MAYBE, f"{name} is skipped when its runIf is false")
            if node.slot == "errors":
                return Verdict(Answer.MAYBE, f"{name} runs only after an error")
            parent = node.parent
            if parent and parent.spec.type in _CHOOSING and node is not trail[0]:
                return Verdict(Answer.MAYBE, f"{name} runs only in one branch of '{parent.spec.id}'")
        return _YES

    def _add(self, spec: TaskSpec, parent: Node | None, slot: str, index: int) -> None:
        node = Node(spec, self._tasks.plugin(spec), parent, slot, index)
        self.nodes.setdefault(spec.id, node)
        self._nodes[id(spec)] = node
        children = [*_children(spec.properties)]
        children += [("errors", number, task) for number, task in enumerate(spec.errors)]
        children += [("finally", number, task) for number, task in enumerate(spec.finally_)]
        for below, number, task in children:
            self._add(task, node, below, number)
        if spec.type == _DAG:
            self._dag(node)

    def _dag(self, node: Node) -> None:
        direct: dict[str, set[str]] = {}
        for item in node.spec.properties.get("tasks") or ():
            if isinstance(item, Mapping) and isinstance(item.get("task"), TaskSpec):
                wanted = item.get("dependsOn") or ()
                direct[item["task"].id] = set(wanted) if isinstance(wanted, list) else set()
        for ident in direct:
            child = self.nodes.get(ident)
            if child is not None and child.parent is node:
                child.after = frozenset(_closure(ident, direct))


def _hidden(earlier: Node, later: Node | None, *, at_end: bool) -> Node | None:
    """Return the loop that keeps the outputs of `earlier` from `later`, if there is one."""
    shared = {id(node) for node in (later.trail if later else ())}
    if later is not None and not at_end:
        shared.discard(id(later))
    for node in earlier.trail[:-1]:
        if node.isolates and id(node) not in shared and node is not later:
            return node
    return None


def _closure(start: str, direct: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(direct.get(start, ()))
    while waiting:
        ident = waiting.pop()
        if isinstance(ident, str) and ident not in found:
            found.add(ident)
            waiting += direct.get(ident, ())
    return found


def _children(properties: Mapping[str, Json]) -> Iterator[tuple[str, int, TaskSpec]]:
    """Yield list name, index and task of everything nested in properties."""
    for name, value in properties.items():
        counts: dict[str, int] = {}
        for slot, task in _tasks_in(value, name):
            number = counts.get(slot, 0)
            counts[slot] = number + 1
            yield slot, number, task


def _tasks_in(value: Json, slot: str) -> Iterator[tuple[str, TaskSpec]]:
    if isinstance(value, TaskSpec):
        yield slot, value
    elif isinstance(value, list | tuple):
        for item in value:
            # A record around a task, as in a Dag, belongs to the same list.
            inner = item.values() if isinstance(item, Mapping) else (item,)
            for part in inner:
                yield from _tasks_in(part, slot)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _tasks_in(item, f"{slot}.{key}")
