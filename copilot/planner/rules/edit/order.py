"""Rename, remove and move."""

from __future__ import annotations

import re

from copilot.errors import PatchError
from copilot.plan import target
from copilot.plan.render import snake
from copilot.planner.rules.edit.state import ID, THE, Changing, note, plain
from copilot.planner.rules.edit.value import property_path
from copilot.planner.rules.word import singular

# --- rename, remove, move ----------------------------------------------------------------------------------


def _rename_label(match: re.Match[str], clause: str, state: Changing) -> bool:
    labels = state.data.get("labels") or {}
    old, new = (plain(match[name], state.masked) for name in ("old", "new"))
    if not isinstance(labels, dict) or old not in labels or new in labels:
        return False
    note(state, clause, op="set", path=f"labels.{new}", value=labels[old])
    return note(state, clause, op="unset", path=f"labels.{old}")


def rename(clause: str, state: Changing) -> bool:
    """Read `rename x to y`, `call the flow y`, `x should be called y`; references follow."""
    label = re.match(
        rf"rename\s+(?:the\s+)?label\s+(?P<old>{ID})\s+(?:to|as)\s+(?P<new>{ID})$", clause, re.IGNORECASE
    )
    if label is not None:
        return _rename_label(label, clause, state)
    match = re.match(
        rf"(?:rename|call)\s+(?P<what>.+?)\s+(?:to|as|into)\s+(?:be\s+)?(?P<new>{ID})$",
        clause,
        re.IGNORECASE,
    ) or re.match(
        rf"(?:change|set)\s+the\s+(?:id|name)\s+of\s+(?P<what>.+?)\s+to\s+(?P<new>{ID})$"
        rf"|(?:call|name)\s+(?P<what2>(?:the\s+|this\s+)?(?:flow|workflow|pipeline|(?:task|step"
        rf"|input|variable|trigger)\s+{ID}"
        rf"|{ID}))\s+(?P<new2>{ID})$"
        rf"|(?P<what3>.+?)\s+(?:should|must)\s+be\s+(?:called|named|renamed(?:\s+to)?)\s+(?P<new3>{ID})$",
        clause,
        re.IGNORECASE,
    )
    if match is None:
        return False
    parts = match.groupdict()
    said = next(parts[name] for name in ("new", "new2", "new3") if parts.get(name))
    new, what = (
        plain(said, state.masked),
        next(parts[name] for name in ("what", "what2", "what3") if parts.get(name)),
    )
    whole = r"(?:the\s+|this\s+)?(?:whole\s+)?(?:flow|workflow|pipeline)(?:\s+\S+)?"
    if re.fullmatch(whole, what, re.IGNORECASE):
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
    if re.match(r"(?:call|name)\s", clause, re.IGNORECASE) and not re.search(r"\b(?:to|as|into)\b", clause):
        exact = plain(re.sub(rf"^{THE}", "", what, flags=re.IGNORECASE), state.masked)
        if all(task["id"] != exact for _, task in target.tasks_of(state.data)):
            return False  # `call the api …` is something to do
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
    tasks = state.tasks(what)
    if not tasks or _EVERYTHING.fullmatch(what.strip()):
        return False
    for name, path in sorted(tasks, key=lambda task: task[1]):
        if not any(path[: len(outer)] == outer and path != outer for _, outer in tasks):
            note(state, clause, op="remove", kind="task", target=name)
    return True


_EVERYTHING = re.compile(
    r"(?:everything|(?:all|every)(?: (?:of )?(?:the |them|it))?\s*(?:tasks?|steps?)?)", re.IGNORECASE
)


_SECTIONS = {
    "input": "inputs",
    "output": "outputs",
    "variable": "variables",
    "label": "labels",
    "trigger": "triggers",
}


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
    plural = re.search(rf"\b{kind.removesuffix('s')}s\b", what, re.IGNORECASE)
    if not name and plural and (all_of := _SECTIONS.get(kind)) and state.data.get(all_of):
        return note(state, clause, op="unset", path=all_of)
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
        before = re.findall(r"[\w-]+", what[: about.start()])
        name = name if name in items else before[-1] if before else name
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
    if not name and len(wanted) > 1 and not plural:
        before = re.findall(r"⟦\d+⟧|[\w-]+", what[: about.start()])
        named = [
            item
            for item in wanted
            if before and item.get("id") in (before[-1], snake(plain(before[-1], state.masked)))
        ]
        if len(named) != 1:
            state.vague[f"the {kind}"] = [str(item.get("id")) for item in wanted]
            return False
        wanted = named
    for item in wanted:
        note(state, clause, op="remove", kind=singular(section), target=item["id"])
    return bool(wanted)


_MOVE = re.compile(
    r"(?:move|put|run|make|let|have|place|shift)\s+(?P<what>.+?)\s+(?:run\s+|come\s+|go\s+|happen\s+|be\s+)?"
    r"(?:right\s+|directly\s+|just\s+)?(?P<where>before|after|behind|in front of|ahead of"
    r"|(?:to|at) the (?:very\s+)?(?:start|beginning|top|end|bottom)|(?:very\s+)?first"
    r"|(?:very\s+)?last|inside|into)"
    r"(?:\s+(?P<anchor>.+))?$"
    r"|(?P<what2>.+?)\s+(?:should|must|has to|have to|needs? to)\s+(?:run|come|go|happen"
    r"|be)\s+(?:right\s+|directly\s+|just\s+)?(?P<where2>before|after|first|last)"
    r"(?:\s+(?P<anchor2>.+))?$",
    re.IGNORECASE,
)


def move(clause: str, state: Changing) -> bool:
    """Read `move a after b`, `make a and b run before c`, `run a last`, `move a into the branch b`."""
    match = _MOVE.match(clause)
    if match is None or re.match(r"(?:put|run|make|have)\s+(?:an?|one)\s", clause, re.IGNORECASE):
        return False
    tasks = state.tasks(match["what"] or match["what2"])
    if not tasks:
        return False
    where = (match["where"] or match["where2"]).lower()
    said = match["anchor"] or match["anchor2"] or ""
    where = {"behind": "after", "in front of": "before", "ahead of": "before"}.get(where, where)
    names = [name for name, _ in sorted(tasks, key=lambda task: task[1])]
    if where in ("before", "after"):
        return _beside(clause, names, where, said, state)
    if where in ("inside", "into"):
        holder = state.task(re.sub(r"\s+(?:block|group|loop|branch|task|step)$", "", said))
        holding = (target.get(state.data, holder[1]) or {}) if holder else {}
        section = next((name for name in ("tasks", "then") if isinstance(holding.get(name), list)), None)
        if holder is None or section is None or holder[0] in names:
            return False
        for name in names:
            note(state, clause, op="move", kind="task", target=name, inside=holder[0], section=section)
        return True
    if said:
        return False
    first = any(word in where for word in ("start", "beginning", "top", "first"))
    for name in reversed(names) if first else names:
        note(
            state,
            clause,
            op="move",
            kind="task",
            target=name,
            section="tasks",
            where="first" if first else "last",
        )
    return True


def _beside(clause: str, names: list[str], where: str, said: str, state: Changing) -> bool:
    anchor = state.task(said)
    if anchor is None or anchor[0] in names:
        return False
    near = anchor[0]
    for name in names:
        note(state, clause, op="move", kind="task", target=name, where=where, anchor=near)
        near, where = (name, "after") if where == "after" else (near, where)
    return True
