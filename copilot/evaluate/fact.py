"""Facts about a flow: types in order, values, schedule, inputs, names; each one holds or is a problem.

A type is named by the end of its id (`http.Download`, `Log`), alternatives with `|`. A value that begins
with `~` is a pattern that has to be found; anything else has to be equal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from copilot.plan import target
from engine.model.json import Json

Flow = dict[str, Json]


def broken(facts: Mapping[str, Json], flow: Flow, text: str) -> list[str]:
    """Return the facts that do not hold, in words."""
    problems: list[str] = []
    for name, wanted in facts.items():
        check = _CHECKS.get(name)
        if check is not None:
            problems += check(wanted, flow, text)
        elif name not in ELSEWHERE:
            raise KeyError(f"'{name}' is no fact; use {', '.join(_CHECKS)}")
    return problems


ELSEWHERE = frozenset(
    [
        "open",
        "expect",
        "changes",
        "cites",
        "abstain",
        "same",
        "note",
        "reason",
        "advice",
        "replies",
        "calls",
        "told",
        "unsent",
        "expected",
        "verdict",
        "outcome",
        "turn",
    ]
)
"""Keys of a case that its lane reads itself."""


def is_type(type_id: Json, pattern: str) -> bool:
    """Tell whether a type id ends with one of the alternatives."""
    return any(f".{type_id}".endswith(f".{name.strip()}") for name in pattern.split("|"))


def same(value: Json, wanted: Json) -> bool:
    """Compare a value with what a case wants."""
    if isinstance(wanted, str) and wanted.startswith("~"):
        return re.search(wanted[1:], str(value), re.IGNORECASE | re.DOTALL) is not None
    if isinstance(wanted, str) and isinstance(value, str):
        return value.strip() == wanted.strip()
    return bool(value == wanted)


def _tasks(flow: Flow) -> list[Flow]:
    return [task for _, task in target.tasks_of(flow)]


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def _has(wanted: Json, flow: Flow, text: str) -> Iterator[str]:
    types = [task["type"] for task in _tasks(flow)]
    at = 0
    for pattern in _list(wanted):
        while at < len(types) and not is_type(types[at], pattern):
            at += 1
        if at == len(types):
            found = ", ".join(str(item).rpartition("plugin.")[2] for item in types)
            yield f"no {pattern} where it belongs; the flow has {found or 'nothing'}"
            return
        at += 1


def _uses(wanted: Json, flow: Flow, text: str) -> Iterator[str]:
    types = [task["type"] for task in _tasks(flow)]
    for pattern in _list(wanted):
        if not any(is_type(item, pattern) for item in types):
            yield f"no {pattern}"


def _lacks(wanted: Json, flow: Flow, text: str) -> Iterator[str]:
    for pattern in _list(wanted):
        if any(is_type(task["type"], pattern) for task in _tasks(flow)):
            yield f"{pattern} does not belong here"


def _count(wanted: Json, flow: Flow, text: str) -> Iterator[str]:
    for pattern, number in wanted.items():
        found = sum(1 for task in _tasks(flow) if is_type(task["type"], pattern))
        if found != number:
            yield f"{found} times {pattern}, not {number}"


def _inside(wanted: Json, flow: Flow, text: str) -> Iterator[str]:
    for outer, inner in wanted.items():
        outers = [task for task in _tasks(flow) if is_type(task["type"], outer)]
        for pattern in _list(inner):
            if not any(_holds(task, pattern) for task in outers):
                yield f"no {pattern} inside {outer}"


def _holds(task: Flow, pattern: str) -> bool:
    below: Flow = {"tasks": [value for value in task.values() if isinstance(value, list | dict)]}
    return any(is_type(inner["type"], pattern) for inner in _tasks(below))


def _with(wanted: Json, flow: Flow, text: str) -> Iterator[str]:
    for pattern, values in wanted.items():
        tasks = [task for task in _tasks(flow) if is_type(task["type"], pattern)]
        if not any(_agrees(task, values) for task in tasks):
            shown = [{key: target.get(task, target.steps_of(key)) for key in values} for task in tasks]
            yield f"no {pattern} with {values}; there is {shown or 'none'}"


def _agrees(part: Flow, values: Mapping[str, Json]) -> bool:
    return all(same(target.get(part, target.steps_of(key)), value) for key, value in values.items())


def _section(name: str) -> Callable[[Json, Flow, str], Iterator[str]]:
    def check(wanted: Json, flow: Flow, text: str) -> Iterator[str]:
        if not _list(wanted) and flow.get(name):
            yield f"there is a section {name}"
        for problem in _uses(wanted, {"tasks": flow.get(name) or []}, text):
            yield f"{name}: {problem}"

    return check


def _starts(wanted: Json, flow: Flow, text: str) -> Iterator[str]:
    types = [trigger.get("type") for trigger in flow.get("triggers") or ()]
    if len(types) != len(_list(wanted)):
        yield f"{len(types)} triggers, not {len(_list(wanted))}"
    for pattern in _list(wanted):
        if not any(is_type(item, pattern) for item in types):
            yield f"no trigger {pattern}"


def _trigger(wanted: Json, flow: Flow, text: str) -> Iterator[str]:
    triggers = flow.get("triggers") or []
    if not any(_agrees(trigger, wanted) for trigger in triggers):
        shown = [{key: target.get(item, target.steps_of(key)) for key in wanted} for item in triggers]
        yield f"no trigger with {wanted}; there is {shown or 'none'}"


def _cron(wanted: Json, flow: Flow, text: str) -> Iterator[str]:
    found = [str(trigger.get("cron")) for trigger in flow.get("triggers") or () if "cron" in trigger]
    if sorted(map(_plain_cron, found)) != sorted(_plain_cron(item) for item in _list(wanted)):
        yield f"cron {found or 'missing'}, not {wanted}"


def _plain_cron(cron: str) -> str:
    names = {"SUN": "0", "MON": "1", "TUE": "2", "WED": "3", "THU": "4", "FRI": "5", "SAT": "6", "7": "0"}
    *head, days = {
        "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *", "@weekly": "0 0 * * 0",
        "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
    }.get(cron, cron).split()  # fmt: skip
    days = re.sub(r"[A-Za-z]+|\b7\b", lambda match: names.get(match[0].upper(), match[0]), days)
    days = re.sub(r"(\d)-(\d)", lambda m: ",".join(str(n) for n in range(int(m[1]), int(m[2]) + 1)), days)
    return " ".join([*head, ",".join(sorted(days.split(",")))])


def _inputs(wanted: Json, flow: Flow, text: str) -> Iterator[str]:
    declared = {item.get("id"): item for item in flow.get("inputs") or ()}
    if len(declared) != len(wanted):
        yield f"inputs {sorted(map(str, declared))}, not {sorted(wanted)}"
    for name, facts in wanted.items():
        values = facts if isinstance(facts, dict) else {"type": facts}
        found = next((declared[one] for one in str(name).split("|") if one in declared), None)
        if found is None:
            yield f"no input {name}"
        elif not _agrees(found, values):
            yield f"input {name} is { ({key: found.get(key) for key in values}) }, not {values}"


def _at(wanted: Json, flow: Flow, text: str) -> Iterator[str]:
    for path, value in wanted.items():
        found = _reach(flow, path)
        if not same(found, value):
            yield f"{path} is {found!r}, not {value!r}"


def _reach(flow: Flow, path: str) -> Json:
    """Read `id:say.message` (a task, trigger or input by id) or a plain path."""
    if not path.startswith("id:"):
        return target.get(flow, target.steps_of(path))
    name, _, rest = path[3:].partition(".")
    parts = [*_tasks(flow), *(flow.get("triggers") or []), *(flow.get("inputs") or [])]
    part = next((item for item in parts if item.get("id") == name), None)
    return part if part is None or not rest else target.get(part, target.steps_of(rest))


def _says(wanted: Json, flow: Flow, text: str) -> Iterator[str]:
    for piece in _list(wanted):
        if not (same(text, piece) if piece.startswith("~") else piece in text):
            yield f"{piece!r} is not there"


def _never(wanted: Json, flow: Flow, text: str) -> Iterator[str]:
    for piece in _list(wanted):
        if same(text, piece) if piece.startswith("~") else piece in text:
            yield f"{piece!r} must not be there"


def _order(wanted: Json, flow: Flow, text: str) -> Iterator[str]:
    names = [task["id"] for task in _tasks(flow)]
    if names != wanted:
        yield f"tasks {names}, not {wanted}"


def _named(key: str) -> Callable[[Json, Flow, str], Iterator[str]]:
    def check(wanted: Json, flow: Flow, text: str) -> Iterator[str]:
        if not same(flow.get(key), wanted):
            yield f"{key} is {flow.get(key)!r}, not {wanted!r}"

    return check


_CHECKS: dict[str, Callable[[Json, Flow, str], Iterator[str]]] = {
    "has": _has,
    "uses": _uses,
    "lacks": _lacks,
    "count": _count,
    "inside": _inside,
    "with": _with,
    "errors": _section("errors"),
    "finally": _section("finally"),
    "starts": _starts,
    "trigger": _trigger,
    "cron": _cron,
    "inputs": _inputs,
    "at": _at,
    "says": _says,
    "never": _never,
    "order": _order,
    "ns": _named("namespace"),
    "id": _named("id"),
    "labels": _named("labels"),
    "concurrency": _named("concurrency"),
}


def lacking(pieces: Json, texts: Sequence[str]) -> list[str]:
    """Return the pieces none of the texts holds (`~` for a pattern)."""
    return [
        str(piece)
        for piece in _list(pieces)
        if not any(same(text, piece) if str(piece).startswith("~") else str(piece) in text for text in texts)
    ]
