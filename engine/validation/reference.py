"""Resolves the variables that templates refer to against what the flow declares."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from engine.expression.template import Reference
from engine.model.finding import Fix, Severity
from engine.model.flow import Flow
from engine.model.json import Json
from engine.model.label import SYSTEM_PREFIX
from engine.model.near import did_you_mean, nearest
from engine.source import document
from engine.source.document import Path
from engine.validation.order import Node, Order
from engine.validation.outputs import output_names
from engine.validation.problem import Problem, access, member_of, uncertain, wrong_member
from engine.validation.raw import listed
from engine.validation.report import Report
from engine.validation.task import TaskReader
from engine.validation.task_reference import TASKRUN, TaskReferences

_FLOW: Final = ("id", "namespace", "revision", "tenantId")
_EXECUTION: Final = ("id", "startDate", "originalId", "state", "outputs", "endDate")
_SUBFLOW_TRIGGER: Final = ("executionId", "namespace", "flowId", "flowRevision", "taskRunId")
_SET_VARIABLES: Final = "io.kestra.plugin.core.execution.SetVariables"

_ALWAYS: Final = ("flow", "vars", "labels", "envs", "globals", "kestra", "namespace", "files")
_RUNNING: Final = (*_ALWAYS, "inputs", "outputs", "trigger", "execution", "tasks", "schedule")
_IN_TASK: Final = (*_RUNNING, "task", "taskrun", "parent", "parents", "item")
_ITEM: Final = ("value", "index", "key", "parent", "parents")
ROOTS: Final[Mapping[str, tuple[str, ...]]] = {
    "task": _IN_TASK,
    "output": _RUNNING,
    "trigger": (*_ALWAYS, "inputs", "trigger", "schedule", "execution", "outputs", "response"),
    "input": (*_ALWAYS, "inputs", "execution", "trigger"),
}
"""Variables that exist, by where the template stands."""
MEMBERS: Final[Mapping[str, tuple[str, ...]]] = {
    "flow": _FLOW,
    "execution": _EXECUTION,
    "task": ("id", "type"),
    "taskrun": TASKRUN,
    "item": _ITEM,
}
"""What these variables hold."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a template stands: in a task, a trigger, an input (`own` is its id) or an output of the flow."""

    kind: Literal["task", "trigger", "output", "input"]
    node: Node | None = None
    extra: frozenset[str] = field(default_factory=frozenset)
    own: str = ""
    at_end: bool = False
    """Rendered when the tasks inside `node` have ended."""


class Resolver:
    """Answers for one flow; what cannot be resolved goes to the report."""

    def __init__(self, flow: Flow, order: Order, tasks: TaskReader, report: Report) -> None:
        self._flow = flow
        self._report = report
        self._inputs = [spec.id for spec in flow.inputs]
        self._variables = _variables(flow)
        self._labels = sorted(set(_labels(flow)))
        self._given = _trigger_names(flow, tasks)
        self._nodes = order.nodes
        lenient = any(tasks.plugin(spec) is None for spec in flow.walk())
        of_tasks = TaskReferences(order, lenient=lenient)
        self._members: dict[str, Callable[[tuple[str, ...], Place], Problem | None]] = {
            "inputs": self._input,
            "vars": self._variable,
            "labels": self._label,
            "trigger": self._trigger,
            "outputs": lambda path, place: (
                _not_in_trigger(place) or of_tasks.outputs(path, place.node, at_end=place.at_end)
            ),
            "item": _item,
            "tasks": lambda path, _: of_tasks.states(path),
            "taskrun": lambda path, place: of_tasks.taskrun(path, place.node),
            "parent": lambda _, place: of_tasks.parent(place.node),
            "envs": lambda path, _: _env(path),
            "flow": lambda path, _: member_of("flow", path, _FLOW),
            "execution": lambda path, _: member_of("execution", path, _EXECUTION),
            "task": lambda path, _: member_of("task", path, ("id", "type")),
        }

    def resolve(self, references: Iterable[Reference], path: Path, place: Place) -> None:
        """Report every reference without a guard (`??`, `default`, `is defined`) that has no meaning."""
        for reference in references:
            if reference.guarded or not reference.path:
                continue
            problem = self._problem(reference.path, place)
            if problem is None:
                continue
            written = self._report.written_path(path)
            at = self._report.document.place_in(written, reference.line, reference.column)
            self._report.add(
                "undefined-variable" if problem.severity is Severity.ERROR else "uncertain-variable",
                problem.message,
                path,
                severity=problem.severity,
                suggestion=problem.suggestion,
                fix=self._fix(problem, at),
                place=at,
            )

    def _problem(self, path: tuple[str, ...], place: Place) -> Problem | None:
        root = path[0]
        if root in place.extra:
            return None
        if root not in ROOTS[place.kind]:
            return self._unknown(root, place)
        member = self._members.get(root)
        return member(path, place) if member else None

    def _fix(self, problem: Problem, at: document.Place) -> Fix | None:
        """Return the replacement, if the text there is what it replaces."""
        if not problem.old or not problem.new:
            return None
        start = self._report.document.offset(at)
        end = start + len(problem.old)
        after = self._report.document.text[end : end + 1]
        if self._report.document.text[start:end] != problem.old or after.isalnum() or after == "_":
            return None
        return Fix(f"replace by {problem.new}", start, end, problem.new)

    def _unknown(self, root: str, place: Place) -> Problem:
        if root in _IN_TASK:
            return Problem(f"`{root}` does not exist here, only in tasks")
        message = f"`{root}` is not a variable"
        for owner, known in (("inputs", self._inputs), ("outputs", self._nodes), ("vars", self._variables)):
            if known and root in known:
                new = f"{owner}{access(root)}"
                return Problem(message, f"write {new}", old=root, new=new)
        names = (*ROOTS[place.kind], *place.extra)
        near = nearest(root, names, cutoff=0.7)
        if near:
            return Problem(message, did_you_mean(near), old=root, new=near)
        return Problem(message, f"variables are {listed(sorted(names))}")

    def _input(self, path: tuple[str, ...], place: Place) -> Problem | None:
        if len(path) < 2:
            return None
        wanted = ".".join(path[1:])
        if place.own and wanted == place.own:
            return Problem(f"the input '{place.own}' cannot refer to itself")
        if any(_begins(wanted, known) or _begins(known, wanted) for known in self._inputs):
            return None
        message = f"there is no input '{path[1]}'"
        if not self._inputs:
            return Problem(f"{message}; the flow declares none", "add it under `inputs`")
        return wrong_member(message, "inputs", wanted, self._inputs)

    def _variable(self, path: tuple[str, ...], place: Place) -> Problem | None:
        if len(path) < 2 or self._variables is None or path[1] in self._variables:
            return None
        message = f"there is no variable '{path[1]}'"
        if not self._variables:
            return Problem(f"{message}; the flow has none", "add it under `variables`")
        return wrong_member(message, "vars", path[1], self._variables)

    def _label(self, path: tuple[str, ...], place: Place) -> Problem | None:
        wanted = ".".join(path[1:])
        if not wanted or f"{wanted}.".startswith(SYSTEM_PREFIX):
            return None
        if any(_begins(known, wanted) for known in self._labels):
            return None
        near = nearest(wanted, self._labels, cutoff=0.8)
        return uncertain(
            f"the flow has no label '{wanted}'; it only exists when the execution is started with it",
            did_you_mean(near),
        )

    def _trigger(self, path: tuple[str, ...], place: Place) -> Problem | None:
        if place.kind == "trigger":
            return None
        if not self._flow.triggers:
            if len(path) > 1 and path[1] in _SUBFLOW_TRIGGER:
                return None
            return uncertain(
                "the flow has no trigger, so `trigger` is undefined", "add one, or guard with ??"
            )
        if len(path) > 1 and self._given is not None and path[1] not in self._given:
            near = did_you_mean(nearest(path[1], self._given))
            return uncertain(
                f"no trigger of this flow gives '{path[1]}'", near or f"they give {listed(self._given)}"
            )
        return uncertain(
            "`trigger` is undefined when the flow is started by hand", "guard it, for example with ??"
        )


def _begins(name: str, start: str) -> bool:
    return name == start or name.startswith(f"{start}.")


def _not_in_trigger(place: Place) -> Problem | None:
    if place.kind != "trigger":
        return None
    return Problem("a trigger sees no outputs of tasks; it starts the execution they belong to")


def _item(path: tuple[str, ...], place: Place) -> Problem | None:
    node = place.node
    if node is not None and (node.in_loop or (place.at_end and node.isolates)):
        return member_of("item", path, _ITEM)
    return Problem("`item` only exists inside a Loop", "move the task into the loop")


def _env(path: tuple[str, ...]) -> Problem | None:
    if len(path) < 2 or path[1] == path[1].lower():
        return None
    new = f"envs.{path[1].lower()}"
    message = f"names of `envs` are in lower case, not '{path[1]}'"
    return Problem(message, f"write {new}", old=f"envs.{path[1]}", new=new)


def _variables(flow: Flow) -> dict[str, Json] | None:
    """Return the known variables; None when a task sets others that are only known at run time."""
    known = dict(flow.variables)
    for spec in flow.walk():
        if spec.type == _SET_VARIABLES:
            added = spec.properties.get("variables")
            if not isinstance(added, Mapping) or any("{{" in key for key in added):
                return None
            known.update(added)
    return known


def _labels(flow: Flow) -> Iterator[str]:
    yield from flow.labels
    for spec in flow.walk():
        labels = spec.properties.get("labels")
        if isinstance(labels, Mapping):
            yield from labels
    for trigger in flow.triggers:
        yield from trigger.labels


def _trigger_names(flow: Flow, tasks: TaskReader) -> tuple[str, ...] | None:
    """Return what the triggers of the flow give; None when that is only known at run time."""
    names = list(_SUBFLOW_TRIGGER)
    for trigger in flow.triggers:
        plugin = tasks.plugin(trigger)
        given = output_names(plugin) if plugin else None
        if not given:
            return None
        names += given
    return tuple(dict.fromkeys(names))
