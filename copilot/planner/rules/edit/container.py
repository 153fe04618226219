"""Loops, groups and runners: what a loop goes over, how much at once, tasks inside, where a script runs."""

from __future__ import annotations

import re

from copilot.plan import target
from copilot.planner.rules.edit.enclosure import values_of
from copilot.planner.rules.edit.state import LOOPS, Changing, note, plain, set_on
from copilot.planner.rules.word import whole
from engine.model.json import Json
from engine.source.document import Path

DOCKER = "io.kestra.plugin.scripts.runner.docker.Docker"


def _of_kinds(state: Changing, *kinds: str) -> list[tuple[str, Path]]:
    return [
        (task["id"], path)
        for path, task in target.tasks_of(state.data)
        if task["type"].rpartition(".")[2] in kinds
    ]


def _loop(said: str, state: Changing) -> tuple[str, Path] | None:
    """Return the loop some words mean: by its id, or the only one there is."""
    loops = _of_kinds(state, *LOOPS)
    named = [loop for loop in loops if re.search(rf"\b{re.escape(loop[0])}\b", said)]
    found = named or loops
    return found[0] if len(found) == 1 else None


def loop(clause: str, state: Changing) -> bool:
    """Read `the loop should run over x and y` and `at most 2 iterations at the same time`."""
    more = re.match(
        r"(?:add|append|include)\s+(?P<value>⟦\d+⟧|[\w.-]+)\s+to\s+(?:the\s+)?(?:values?|list)"
        r"(?:\s+of\s+(?P<loop>.+))?$",
        clause,
        re.IGNORECASE,
    )
    if more and (found := _loop(more["loop"] or "", state)):
        old = target.get(state.data, (*found[1], "values"))
        wanted = [*old, _value(plain(more["value"], state.masked))] if isinstance(old, list) else None
        return wanted is not None and note(
            state, clause, op="set", kind="task", target=found[0], path="values", value=wanted
        )
    less = re.match(
        r"(?:remove|drop|delete|take|skip)\s+(?P<value>⟦\d+⟧|[\w.-]+)\s+(?:out\s+)?(?:from|of"
        r"|in)\s+(?:the\s+)?(?:values?\s+of\s+)?"
        r"(?P<loop>.+)$",
        clause,
        re.IGNORECASE,
    )
    if less and (found := _loop(less["loop"], state)):
        old = target.get(state.data, (*found[1], "values"))
        gone = plain(less["value"], state.masked)
        kept = [item for item in old if str(item) != gone] if isinstance(old, list) else []
        if kept and isinstance(old, list) and len(kept) < len(old):
            return set_on(state, clause, found[0], "values", kept)
    over = re.search(
        r"\b(?:run|go|loop|iterate|runs|goes|loops|iterates)\s+(?:over|through)\s+"
        r"(?:the\s+values?\s+)?(?P<values>.+?)(?:\s+instead.*)?$|"
        r"\b(?:values?)\s+(?:of\s+(?:the\s+)?[\w-]+\s+)?to\s+(?P<values2>.+,.+|.+\band\b.+)$",
        clause,
        re.IGNORECASE,
    )
    found = (
        _loop(clause, state)
        if over or re.search(r"\b(?:loop|iterations?|values?|items?)\b", clause, re.I)
        else None
    )
    if found is None:
        return False
    if over:
        said = over["values"] or over["values2"]
        values = values_of(said, found[0], state)
        return values is not None and set_on(state, clause, found[0], "values", values)
    at_once = re.search(
        r"\b(?P<n>\d+|one|two|three|four|five|six|ten)\s+(?:\w+\s+)?(?:iterations?|values?|items?"
        r"|runs?)?\b.*\b(?:at (?:the same|a) time|at once|in parallel|concurrently)",
        clause,
        re.IGNORECASE,
    )
    limit = whole(at_once["n"]) if at_once else None
    if limit is None or re.search(r"\bexecutions?\b", clause, re.IGNORECASE):
        return False
    return note(state, clause, op="set", kind="task", target=found[0], path="concurrencyLimit", value=limit)


def _value(text: str) -> Json:
    return int(text) if re.fullmatch(r"-?(?:0|[1-9]\d*)", text) else text


def runner(clause: str, state: Changing) -> bool:
    """Read `run the compute step in Docker with the image python:3.12`."""
    match = re.match(
        r"(?:run|execute|start|put|move)\s+(?P<task>.+?)\s+(?:in|inside|with|on)\s+(?:an?\s+"
        r"|the\s+)?(?:docker|container)(?:\s+container)?"
        r"(?:\s+(?:with|using|from)\s+(?:the\s+|an?\s+)?(?:image\s+)?(?P<image>⟦\d+⟧|[\w./-]+"
        r"(?::[\w.-]+)?)(?:\s+image)?)?$",
        clause,
        re.IGNORECASE,
    )
    owner = state.task(match["task"]) if match else None
    if match is None or owner is None:
        return False
    task = target.get(state.data, owner[1])
    if not str(task.get("type", "")).startswith("io.kestra.plugin.scripts."):
        return False
    if isinstance(task.get("taskRunner"), dict):
        note(state, clause, op="set", kind="task", target=owner[0], path="taskRunner.type", value=DOCKER)
    else:
        note(state, clause, op="set", kind="task", target=owner[0], path="taskRunner", value={"type": DOCKER})
    if match["image"]:
        note(
            state,
            clause,
            op="set",
            kind="task",
            target=owner[0],
            path="containerImage",
            value=plain(match["image"], state.masked),
        )
    return True


_VERSION = re.compile(
    r"^(?:use|take)\s+(?P<lang>python|node|ruby|julia|r)\s+(?P<version>\d+(?:\.\d+)*)\s+(?:for"
    r"|in)\s+(?P<a>.+)$"
    r"|^(?:run|execute)\s+(?P<b>.+?)\s+(?:with|in|on|under)\s+(?P<lang2>python|node|ruby|julia"
    r"|r)\s+(?P<version2>\d+(?:\.\d+)*)$"
    r"|^(?:upgrade|update|switch|move)\s+(?P<c>.+?)\s+to\s+(?P<lang3>python|node|ruby|julia"
    r"|r)\s+(?P<version3>\d+(?:\.\d+)*)$",
    re.IGNORECASE,
)
_IMAGES = {
    "python": "python:{}-slim",
    "node": "node:{}",
    "ruby": "ruby:{}",
    "julia": "julia:{}",
    "r": "r-base:{}",
}


def version(clause: str, state: Changing) -> bool:
    """Read `use python 3.12 for clean`: the image a script runs in."""
    match = _VERSION.match(clause)
    owner = state.task(match["a"] or match["b"] or match["c"]) if match else None
    if match is None or owner is None:
        return False
    language = (match["lang"] or match["lang2"] or match["lang3"]).lower()
    number = match["version"] or match["version2"] or match["version3"]
    if not str((target.get(state.data, owner[1]) or {}).get("type", "")).startswith(
        "io.kestra.plugin.scripts."
    ):
        return False
    return set_on(state, clause, owner[0], "containerImage", _IMAGES[language].format(number))


def holder(clause: str, state: Changing) -> tuple[str, str, str] | None:
    """Return the flowable a new task goes into, the list inside it, and the clause without those words."""
    match = re.search(
        r"[\s,]*\b(?:in|inside|into|to|within)\s+(?:the\s+)?(?P<name>[\w-]+)(?:\s+(?P<kind>block"
        r"|group|loop|branch|task|step|section|part|case|side|path))?\b,?",
        clause,
        re.IGNORECASE,
    )
    if match is None:
        return None
    said = match["name"].lower()
    if said in ("else", "otherwise", "then"):
        branches = _of_kinds(state, "If")
        branch = "then" if said == "then" else "else"
        rest = f"{clause[: match.start()]} {clause[match.end() :]}"
        return (branches[0][0], branch, " ".join(rest.split()).strip(" ,")) if len(branches) == 1 else None
    for path, task in target.tasks_of(state.data):
        section = next((name for name in ("tasks", "then") if isinstance(task.get(name), list)), None)
        kind = task["type"].rpartition(".")[2].lower()
        is_loop = said in ("loop", "foreach") and kind in ("foreach", "eachsequential", "eachparallel")
        if section and (task["id"].lower() == said or kind == said or is_loop) and path:
            rest = f"{clause[: match.start()]} {clause[match.end() :]}"
            return task["id"], section, " ".join(rest.split())
    return None
