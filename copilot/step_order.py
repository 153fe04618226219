"""The order in which the tasks of a flow run, as numbered lines: 1, 2, 2.1, 2.2, 3 …"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from engine.model.flow import Flow, TaskSpec
from engine.model.json import Json

_LOOPS: Final = (".ForEach", ".EachSequential", ".EachParallel", ".LoopUntil", ".ForEachItem", ".Loop")
_PARALLEL: Final = ".Parallel"
_SECTIONS: Final = (("errors", "ERROR"), ("finally_", "FINALLY"), ("after_execution", "AFTER"))


def order_of(flow: Flow) -> list[dict[str, Json]]:
    """Return every task with its number, the task it stands in and how it is chosen there.

    `how` is SEQUENTIAL, PARALLEL, LOOP, CHOICE, DEPENDENT (`after` names what it waits for), ERROR, FINALLY
    or AFTER; `branch` names the case of a choice.
    """
    lines = list(_lines(flow.tasks, "", "", "SEQUENTIAL"))
    count = len(flow.tasks)
    for name, how in _SECTIONS:
        tasks: Sequence[TaskSpec] = getattr(flow, name)
        lines += _lines(tasks, "", "", how, first=count + 1)
        count += len(tasks)
    return lines


def _lines(
    tasks: Sequence[TaskSpec],
    prefix: str,
    inside: str,
    how: str,
    *,
    first: int = 1,
    branch: str = "",
    after: Mapping[str, Sequence[str]] | None = None,
) -> Iterator[dict[str, Json]]:
    for number, task in enumerate(tasks, first):
        at = f"{prefix}{number}"
        line: dict[str, Json] = {"number": at, "id": task.id, "type": task.type, "how": how}
        line |= {name: value for name, value in (("inside", inside), ("branch", branch)) if value}
        if after is not None:
            line["after"] = list(after.get(task.id, ()))
        if task.disabled:
            line["disabled"] = True
        if task.run_if is not None:
            line["runIf"] = task.run_if
        yield line
        yield from _below(task, f"{at}.")


def _below(task: TaskSpec, prefix: str) -> Iterator[dict[str, Json]]:
    """Yield the tasks inside a task, branch after branch, numbered through."""
    count = 0
    for how, branch, tasks, after in _branches(task):
        yield from _lines(tasks, prefix, task.id, how, first=count + 1, branch=branch, after=after)
        count += len(tasks)


_Branch = tuple[str, str, Sequence[TaskSpec], Mapping[str, Sequence[str]] | None]


def _branches(task: TaskSpec) -> Iterator[_Branch]:
    for name, value in task.properties.items():
        if isinstance(value, TaskSpec):
            yield "CHOICE", name, [value], None
        elif isinstance(value, Mapping):
            for key, tasks in value.items():
                if _are_tasks(tasks):
                    yield "CHOICE", str(key), tasks, None
        elif _are_tasks(value):
            yield _how(task, name), "" if name == "tasks" else name, value, None
        elif isinstance(value, list | tuple) and value and all(map(_waits, value)):
            after = {one["task"].id: tuple(one.get("dependsOn") or ()) for one in value}
            yield "DEPENDENT", "", [one["task"] for one in value], after
    if task.errors:
        yield "ERROR", "", task.errors, None
    if task.finally_:
        yield "FINALLY", "", task.finally_, None


def _how(task: TaskSpec, name: str) -> str:
    if name != "tasks":
        return "CHOICE"
    if task.type.endswith(_PARALLEL):
        return "PARALLEL"
    return "LOOP" if task.type.endswith(_LOOPS) else "SEQUENTIAL"


def _are_tasks(value: Json) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(one, TaskSpec) for one in value)


def _waits(value: Json) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("task"), TaskSpec)
