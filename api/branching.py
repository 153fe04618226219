"""What stands inside a task: lists of tasks, and how they are chosen and ordered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from engine.model.flow import TaskSpec
from engine.model.json import Json
from engine.source.document import read_document

Relation = Literal["SEQUENTIAL", "CHOICE", "ERROR", "FINALLY", "AFTER_EXECUTION", "PARALLEL", "DYNAMIC"]

_PARALLEL = ".Parallel"
_LOOPS = (".ForEach", ".EachSequential", ".EachParallel", ".LoopUntil", ".ForEachItem")


@dataclass(frozen=True, slots=True)
class Branch:
    """Tasks of a flowable that belong together; `after` only where they name what they wait for."""

    tasks: Sequence[TaskSpec]
    relation: Relation
    value: str | None = None
    after: Mapping[str, Sequence[str]] | None = None


def branches(task: TaskSpec) -> Iterator[Branch]:
    """Yield the branches of a task, in the order of its properties."""
    for name, value in task.properties.items():
        if isinstance(value, TaskSpec):
            yield Branch([value], "CHOICE", name)
        elif isinstance(value, Mapping):
            for key, tasks in value.items():
                if _are_tasks(tasks):
                    yield Branch(tasks, "CHOICE", str(key))
        elif _are_tasks(value):
            yield Branch(value, _relation(task, name), None if name == "tasks" else name)
        elif _are_waiting(value):
            after = {one["task"].id: list(one.get("dependsOn") or ()) for one in value}
            yield Branch([one["task"] for one in value], "SEQUENTIAL", None, after)


def _relation(task: TaskSpec, name: str) -> Relation:
    if name != "tasks":
        return "CHOICE"
    if task.type.endswith(_PARALLEL):
        return "PARALLEL"
    return "DYNAMIC" if task.type.endswith(_LOOPS) else "SEQUENTIAL"


def may_skip(task: TaskSpec) -> bool:
    """Tell whether a choice may choose nothing."""
    choices = [branch for branch in branches(task) if branch.relation == "CHOICE"]
    names = {branch.value for branch in choices}
    return bool(choices) and not names & {"else", "defaults", "onPause"}


def _are_tasks(value: Json) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(one, TaskSpec) for one in value)


def _are_waiting(value: Json) -> bool:
    return (
        isinstance(value, list | tuple)
        and bool(value)
        and all(isinstance(one, Mapping) and isinstance(one.get("task"), TaskSpec) for one in value)
    )


def written_tasks(source: str) -> dict[str, Json]:
    """Return every task of the text by its id, as written, nested ones included."""
    data = read_document(source).data
    found: dict[str, Json] = {}
    sections = ("tasks", "errors", "finally", "afterExecution")
    waiting = [data.get(name) for name in sections] if isinstance(data, dict) else []
    while waiting:
        value = waiting.pop(0)
        if isinstance(value, dict):
            if isinstance(value.get("id"), str) and isinstance(value.get("type"), str):
                found.setdefault(value["id"], value)
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return found


def written_triggers(source: str) -> dict[str, Json]:
    """Return every trigger of the text by its id, as written."""
    data = read_document(source).data
    declared = data.get("triggers") if isinstance(data, dict) else None
    return {str(one["id"]): one for one in declared or () if isinstance(one, dict) and "id" in one}
