"""Rename, remove, move and wrap."""

from __future__ import annotations

import re

from copilot.errors import PatchError
from copilot.plan import target
from copilot.plan.plan import Step
from copilot.plan.render import snake
from copilot.planner.rules.edit.state import ID, THE, Changing, free_id, note, plain
from copilot.planner.rules.edit.value import property_path
from copilot.planner.rules.word import singular

# --- rename, remove, move, wrap ----------------------------------------------------------------------------


def rename(clause: str, state: Changing) -> bool:
    match = re.match(
        rf"(?:rename|call)\s+(?P<what>.+?)\s+(?:to|as|into)\s+(?:be\s+)?(?P<new>{ID})$",
        clause,
        re.IGNORECASE,
    ) or re.match(
        rf"change\s+the\s+(?:id|name)\s+of\s+(?P<what>.+?)\s+to\s+(?P<new>{ID})$", clause, re.IGNORECASE
    )
    if match is None:
        return False
    new, what = plain(match["new"], state.masked), match["what"]
    if re.fullmatch(r"(?:the\s+|this\s+)?(?:flow|workflow|pipeline)(?:\s+\S+)?", what, re.IGNORECASE):
        state.edit.notes.append("A flow saved under another id is a new flow; the old one stays.")
        return note(state, clause, op="set", path="id", value=new)
    for kind in ("input", "variable", "trigger", "output"):
        if match_kind := re.search(
            rf"\b{kind}\s+(?P<name>{ID})$|\b(?P<name2>{ID})\s+{kind}$", what, re.IGNORECASE
        ):
            return note(
                state,
                clause,
                op="rename",
                kind=kind,
                target=plain(match_kind["name"] or match_kind["name2"], state.masked),
                to=new,
            )
    found = state.task(what)
    if found:
        return note(state, clause, op="rename", kind="task", target=found[0], to=new)
    named = plain(re.sub(rf"^{THE}", "", what, flags=re.IGNORECASE), state.masked)
    try:
        target.find(state.data, named)
    except PatchError:
        return False
    return note(state, clause, op="rename", target=named, to=new)


_ABOUT = re.compile(
    (
        r"\b(?P<kind>trigger|schedule|input|output|variable|label|concurrency|retry|retries"
        r"|timeout|description|webhook)s?\b(?:\s+(?:limit|called|named"
        r"|id))*(?:\s+(?P<name>⟦\d+⟧|(?!of\b|from\b|on\b|for\b|in\b|and\b)[\w-]+))?"
    ),
    re.IGNORECASE,
)


def remove(clause: str, state: Changing) -> bool:
    match = re.match(
        r"(?:remove|delete|drop|get rid of|take out|unset)\s+(?P<what>.+)$", clause, re.IGNORECASE
    )
    if match is None:
        return False
    what = match["what"]
    found = state.task(what) if re.search(r"\b(?:task|step)\b", what, re.IGNORECASE) else None
    about = (
        _ABOUT.search(what)
        if found is None
        or re.search(r"\b(?:retry|retries|timeout|description)\b.*\b(?:of|from|on)\b", what, re.I)
        else None
    )
    if about is not None and _remove_part(clause, what, about, state):
        return True
    prop = re.match(
        r"(?:the\s+)?(?:property\s+)?(?P<prop>[\w.⟦⟧]+)\s+(?:property\s+)?(?:of|from|on|in)\s+(?P<task>.+)$",
        what,
        re.IGNORECASE,
    )
    if (
        prop
        and (owner := state.task(prop["task"]))
        and target.get(
            state.data, (*owner[1], *property_path(plain(prop["prop"], state.masked), owner[1], state))
        )
        is not None
    ):
        return note(
            state,
            clause,
            op="unset",
            target=owner[0],
            kind="task",
            path=".".join(map(str, property_path(plain(prop["prop"], state.masked), owner[1], state))),
        )
    names = re.split(r"\s*(?:,\s*(?:and\s+)?|\s+and\s+)\s*", what)
    tasks = [state.task(name) for name in names]
    if not tasks or not all(tasks):
        return False
    for task in tasks:
        if task is not None:
            note(state, clause, op="remove", kind="task", target=task[0])
    return True


def _remove_part(clause: str, what: str, about: re.Match[str], state: Changing) -> bool:
    kind, name = about["kind"].lower(), plain(about["name"] or "", state.masked)
    if kind in ("retry", "retries", "timeout", "description"):
        path = "retry" if kind.startswith("retr") else kind
        owner = (
            state.task(re.split(r"\b(?:of|from|on|for)\b", what)[-1])
            if re.search(r"\b(?:of|from|on|for)\b", what)
            else None
        )
        if owner and path in (target.get(state.data, owner[1]) or {}):
            return note(state, clause, op="unset", target=owner[0], kind="task", path=path)
        return path in state.data and note(state, clause, op="unset", path=path)
    if kind == "concurrency":
        return "concurrency" in state.data and note(state, clause, op="unset", path="concurrency")
    section = {
        "schedule": "triggers",
        "trigger": "triggers",
        "webhook": "triggers",
        "input": "inputs",
        "output": "outputs",
        "variable": "variables",
        "label": "labels",
    }[kind]
    items = state.data.get(section) or ()
    if section in ("variables", "labels"):
        return name in items and note(state, clause, op="unset", path=f"{section}.{name}")
    wanted = [
        item
        for item in items
        if not name or item.get("id") == name or snake(str(item.get("id"))) == snake(name)
    ]
    if kind in ("schedule", "webhook"):
        wanted = [item for item in items if str(item.get("type", "")).lower().endswith(kind)] or wanted
    if not wanted and re.search(r"\b(?:all|the)\s+\w+s\b", what):
        wanted = list(items)
    for item in wanted:
        note(state, clause, op="remove", kind=singular(section), target=item["id"])
    return bool(wanted)


def move(clause: str, state: Changing) -> bool:
    match = re.match(
        (
            r"(?:move|put|run)\s+(?P<what>.+?)\s+(?P<where>before|after|to the (?:start|beginning"
            r"|very beginning"
            r"|top|end|bottom)|first|last|inside|into)(?:\s+(?P<anchor>.+))?$"
        ),
        clause,
        re.IGNORECASE,
    )
    if match is None or re.match(r"(?:put|run)\s+(?:a|an)\b", clause, re.IGNORECASE):
        return False
    found = state.task(match["what"])
    if found is None:
        return False
    where = match["where"].lower()
    if where in ("before", "after"):
        anchor = state.task(match["anchor"] or "")
        return (
            anchor is not None
            and anchor[0] != found[0]
            and note(state, clause, op="move", kind="task", target=found[0], where=where, anchor=anchor[0])
        )
    if where in ("inside", "into"):
        holder = state.task(match["anchor"] or "")
        section = "then" if holder and "then" in (target.get(state.data, holder[1]) or {}) else "tasks"
        return holder is not None and note(
            state, clause, op="move", kind="task", target=found[0], inside=holder[0], section=section
        )
    first = any(word in where for word in ("start", "beginning", "top", "first"))
    return note(
        state,
        clause,
        op="move",
        kind="task",
        target=found[0],
        section="tasks",
        where="first" if first else "last",
    )


def wrap(clause: str, state: Changing) -> bool:
    parallel = re.match(
        (
            r"(?:run|execute|make|do)\s+(?P<what>.+?)\s+(?:run\s+)?(?:in parallel"
            r"|at the same time|concurrently|simultaneously)$"
        ),
        clause,
        re.IGNORECASE,
    )
    other = re.match(
        (
            r"(?:wrap|put|group)\s+(?P<what>.+?)\s+(?:in|into|inside|with)\s+(?:an?\s+"
            r"|the\s+)?(?P<kind>parallel|sequential|working ?directory|allow ?failure)\b.*$"
        ),
        clause,
        re.IGNORECASE,
    )
    match = parallel or other
    if match is None:
        return False
    names = re.split(r"\s*(?:,\s*(?:and\s+)?|\s+and\s+)\s*", match["what"])
    tasks = [state.task(name) for name in names]
    if not all(tasks):
        return False
    kind = "parallel" if parallel else re.sub(r"\s", "", (other["kind"] if other else "")).lower()
    type_name = {
        "parallel": "Parallel",
        "sequential": "Sequential",
        "workingdirectory": "WorkingDirectory",
        "allowfailure": "AllowFailure",
    }[kind]
    step = Step(id=free_id(kind, state), type=f"io.kestra.plugin.core.flow.{type_name}")
    return note(state, clause, op="wrap", targets=[task[0] for task in tasks if task], step=step)
