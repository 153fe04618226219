"""Resolves what templates say of tasks: `outputs`, `tasks`, `taskrun`, `parent`."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from engine.model.finding import Severity
from engine.model.near import did_you_mean, nearest
from engine.validation.order import Answer, Node, Order
from engine.validation.outputs import output_names
from engine.validation.problem import Problem, access, member_of, uncertain, wrong_member
from engine.validation.raw import listed

FOR_EACH_ITEM: Final = "io.kestra.plugin.core.flow.ForEachItem"

TASKRUN: Final = ("id", "startDate", "attemptsCount", "parentId", "value", "iteration", "items")
_PARTS: Final = ("split", "items", "merge")


class TaskReferences:
    """Answers for the tasks of one flow; None is "nothing wrong". `here` is the task that refers, None at
    the flow's end. `lenient`: the flow has tasks of unknown type, which may hold tasks of any name.
    """

    def __init__(self, order: Order, *, lenient: bool) -> None:
        self._order = order
        self._lenient = lenient

    def outputs(self, path: tuple[str, ...], here: Node | None, *, at_end: bool = False) -> Problem | None:
        """Check `outputs.<task>.<name>`: the task exists, has run before, and gives that output."""
        if len(path) < 2:
            return None
        node = self._order.nodes.get(path[1])
        if node is None:
            return self._unknown(path, "outputs")
        problem = _output(path, node, here)
        if problem is not None and problem.severity is Severity.ERROR:
            return problem
        verdict = self._order.before(here, node, at_end=at_end)
        if verdict.answer is Answer.NEVER:
            return Problem(
                f"`outputs{access(path[1])}` is not there yet: {verdict.reason}",
                "use a task that runs before",
            )
        if verdict.answer is Answer.MAYBE:
            return uncertain(f"`outputs{access(path[1])}` may be undefined: {verdict.reason}")
        return problem

    def states(self, path: tuple[str, ...]) -> Problem | None:
        """Check `tasks.<task>.state`."""
        if len(path) < 2 or path[1] in self._order.nodes:
            return None
        return self._unknown(path, "tasks")

    def taskrun(self, path: tuple[str, ...], here: Node | None) -> Problem | None:
        """Check `taskrun.<name>`; the value only exists in loops, the items only in ForEachItem."""
        problem = member_of("taskrun", path, TASKRUN)
        if problem or len(path) < 2 or here is None:
            return problem
        if path[1] == "items" and here.spec.type != FOR_EACH_ITEM:
            return Problem("`taskrun.items` only exists in ForEachItem")
        if path[1] != "value":
            return None
        if not here.loops and here.in_loop:
            return Problem(
                "`taskrun.value` does not exist in a Loop",
                "write item.value",
                old="taskrun.value",
                new="item.value",
            )
        if not here.loops:
            return Problem(
                "`taskrun.value` only exists inside a loop such as ForEach", "move the task into the loop"
            )
        if here.parent is not None and not here.parent.valued:
            above = "parent.taskrun.value"
            message = "only direct children of the loop have `taskrun.value`"
            return uncertain(message, f"write {above}", old="taskrun.value", new=above)
        return None

    def parent(self, here: Node | None) -> Problem | None:
        """Check `parent`."""
        if here is None or here.parent is not None:
            return None
        return Problem("`parent` only exists inside a task that runs tasks")

    def _unknown(self, path: tuple[str, ...], root: str) -> Problem | None:
        name = path[1]
        owner, _, part = name.rpartition("_")
        node = self._order.nodes.get(owner)
        if self._lenient or (part in _PARTS and node is not None and node.spec.type == FOR_EACH_ITEM):
            return None
        message = f"there is no task '{name}'"
        dashed = sorted(ident for ident in self._order.nodes if ident.startswith(f"{name}-"))
        if dashed:
            new = f"{root}['{dashed[0]}']"
            suggestion = f"write {new} with brackets"
            return Problem(f"{message}; `-` is read as minus", suggestion, old=f"{root}.{dashed[0]}", new=new)
        return wrong_member(message, root, name, self._order.nodes)


def _output(path: tuple[str, ...], node: Node, here: Node | None) -> Problem | None:
    known = output_names(node.plugin) if node.plugin else None
    if known is None:
        return None
    loops, name = node.loops, node.spec.id
    if loops and len(path) > 2 and path[2] in known and path[2] not in _loop_values(node):
        key = "taskrun.value" if _share_a_loop(here, node) else "'…'"
        return uncertain(
            f"'{name}' runs once per value, so its outputs are kept by value",
            f"write outputs{access(name)}[{key}]{access(path[2])}",
        )
    if len(path) < 3 + loops or path[2 + loops] in known:
        return None
    member = path[2 + loops]
    shown = f"'{name}' ({node.spec.type.rpartition('.')[2]})"
    if not known:
        return Problem(f"{shown} gives no outputs, so there is no '{member}'")
    near = nearest(member, known)
    problem = Problem(
        f"{shown} gives no output '{member}'", did_you_mean(near) or f"it gives {listed(known)}"
    )
    if near is None or loops:
        return problem
    owner = f"outputs{access(name)}"
    return replace(problem, old=f"{owner}.{member}", new=f"{owner}{access(near)}")


def _loop_values(node: Node) -> set[str]:
    """Return the values of the loops around a task, as far as they are written out."""
    found: set[str] = set()
    for above, _ in node.steps():
        values = above.spec.properties.get("values") if above.valued else None
        if isinstance(values, list):
            found |= {str(value) for value in values}
    return found


def _share_a_loop(first: Node | None, second: Node) -> bool:
    if first is None:
        return False
    above = {id(node) for node in first.trail if node.valued}
    return any(id(node) in above for node in second.trail)
