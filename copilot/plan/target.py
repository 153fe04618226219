"""Where things stand in the data of a flow: tasks, triggers and inputs by id, properties by dotted path."""

from __future__ import annotations

from collections.abc import Iterator

from copilot.errors import PatchError
from engine.model.json import Json
from engine.model.near import nearest
from engine.source.document import Path

SECTIONS = {"trigger": "triggers", "input": "inputs", "output": "outputs"}
TASK_LISTS = ("tasks", "errors", "finally", "afterExecution")


def tasks_of(data: Json) -> Iterator[tuple[Path, dict[str, Json]]]:
    """Yield every task with its path, nested ones included, in the order of the text."""
    if isinstance(data, dict):
        for name in TASK_LISTS:
            yield from _tasks_in(data.get(name), (name,))


def _tasks_in(value: Json, path: Path) -> Iterator[tuple[Path, dict[str, Json]]]:
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from _tasks_in(item, (*path, number))
    elif isinstance(value, dict):
        if isinstance(value.get("id"), str) and isinstance(value.get("type"), str):
            yield path, value
        for name, item in value.items():
            if isinstance(item, list | dict):
                yield from _tasks_in(item, (*path, name))


def find(data: Json, target: str, kind: str = "") -> Path:
    """Return the path of a thing by its id. Raises PatchError naming the nearest id."""
    if not target:
        return ()
    known: list[str] = []
    if kind in ("", "task"):
        for path, task in tasks_of(data):
            known.append(task["id"])
            if task["id"] == target:
                return path
    if kind == "variable" and isinstance(data, dict) and target in (data.get("variables") or {}):
        return ("variables", target)
    for name, section in SECTIONS.items():
        if kind not in ("", name) or not isinstance(data, dict):
            continue
        for number, item in enumerate(data.get(section) or ()):
            if isinstance(item, dict) and isinstance(item.get("id"), str):
                known.append(item["id"])
                if item["id"] == target:
                    return (section, number)
    near = nearest(target, known)
    hint = f"; did you mean '{near}'?" if near else f"; there are {', '.join(known)}" if known else ""
    raise PatchError(f"'{target}' is no {kind or 'task, trigger, input or output'} of this flow{hint}")


def steps_of(path: str) -> Path:
    """Read `retry.maxAttempts`, `commands.0`, `inputFiles['data.json']` as path parts."""
    parts: list[str | int] = []
    rest = path
    while rest:
        if rest.startswith("["):
            inner, _, rest = rest[1:].partition("]")
            inner = inner.strip()
            parts.append(
                inner[1:-1] if inner[:1] in "'\"" and inner[:1] else int(inner) if inner.isdigit() else inner
            )
            rest = rest.removeprefix(".")
            continue
        cut = min((at for at in (rest.find("."), rest.find("[")) if at >= 0), default=len(rest))
        parts.append(int(rest[:cut]) if rest[:cut].isdigit() else rest[:cut])
        rest = rest[cut:].removeprefix(".")
    return tuple(parts)


def get(data: Json, path: Path) -> Json:
    """Return the value at a path, None when there is none."""
    for step in path:
        if isinstance(data, dict):
            data = data.get(str(step))
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            return None
    return data
