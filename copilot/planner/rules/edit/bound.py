"""Retries, timeouts, schedules, concurrency, labels, switching on and off."""

from __future__ import annotations

import re

from copilot.plan import target
from copilot.planner.rules import start as starts
from copilot.planner.rules.edit.state import Changing, note, plain
from copilot.planner.rules.literal import MARK, Masked
from copilot.planner.rules.schedule import find_schedules
from copilot.planner.rules.word import whole
from engine.model.json import Json

# --- retries, timeouts, schedules, concurrency --------------------------------------------------------------


def modifiers(clause: str, state: Changing) -> bool:
    """`add a retry of 3 times to the download`, `retry load 5 times every minute`, `give it a timeout`."""
    literals = [
        literal for literal in state.masked.inside(clause) if literal.kind in ("retry", "timeout", "lenient")
    ]
    if not literals:
        return False
    rest = re.sub(
        (
            r"\b(?:add|set|give|make|let|put|use|with|to|for|on|the|a|an|it|and|of|in|when|if"
            r"|fails?|should|be|task|step|policy|up|retry|retries|timeout|at|most|please|change"
            r"|from)\b"
        ),
        " ",
        MARK.sub(" ", clause),
        flags=re.IGNORECASE,
    ).strip(" ,")
    flow_wide = any(literal.facts.get("flow") for literal in literals) or re.search(
        r"\b(?:flow|everything|(?:all|every|each)(?: of)?(?: the)? (?:tasks?|steps?)|whole)\b",
        MARK.sub(lambda m: state.masked.literals[int(m[1])].words, clause),
        re.IGNORECASE,
    )
    words = rest or _inside_words(literals[0].words)
    found = state.task(words) if words else None
    if found is None and not flow_wide:
        tasks = [task for path, task in target.tasks_of(state.data) if len(path) == 2 and path[0] == "tasks"]
        if words or len(tasks) != 1:
            if words:
                return False
            flow_wide = True
        else:
            found = (tasks[0]["id"], ())
    if flow_wide and (timeout := next((item for item in literals if item.kind == "timeout"), None)):
        for path, task in target.tasks_of(state.data):
            if len(path) == 2 and path[0] == "tasks":
                note(
                    state,
                    clause,
                    op="set",
                    kind="task",
                    target=task["id"],
                    path="timeout",
                    value=timeout.value,
                )
        literals = [item for item in literals if item.kind != "timeout"]
    for literal in literals:
        if literal.kind == "retry":
            note(
                state,
                clause,
                op="set",
                target="" if flow_wide or found is None else found[0],
                kind="" if flow_wide or found is None else "task",
                path="retry",
                value=literal.facts["retry"],
            )
        elif found is not None:
            value: Json = literal.value if literal.kind == "timeout" else True
            note(
                state,
                clause,
                op="set",
                target=found[0],
                kind="task",
                path="timeout" if literal.kind == "timeout" else "allowFailure",
                value=value,
            )
        else:
            return False
    return True


def _inside_words(words: str) -> str:
    match = re.search(r"\b(?:retry|try)\s+(?:the\s+)?(?P<what>\w+)", words, re.IGNORECASE)
    return (
        match["what"]
        if match
        and match["what"].lower() not in ("it", "again", "up", "at", "on")
        and whole(match["what"]) is None
        else ""
    )


def schedule(clause: str, state: Changing) -> bool:
    code = re.sub(
        MARK,
        lambda m: (
            state.masked.literals[int(m[1])].value
            if re.fullmatch(r"(?:[\d*/,-]+\s+){4}\S+", state.masked.literals[int(m[1])].value)
            else m[0]
        ),
        clause,
    )
    found = find_schedules(code)
    timezone = re.search(
        r"\btime ?zone\b.*?\b(?:to|of|is)\s+(?P<zone>⟦\d+⟧|[A-Za-z_]+/[A-Za-z_/]+|UTC)", clause, re.IGNORECASE
    )
    schedules = [item for item in state.data.get("triggers") or () if item.get("type") == starts.SCHEDULE]
    if timezone and schedules and not found:
        return note(
            state,
            clause,
            op="set",
            kind="trigger",
            target=schedules[0]["id"],
            path="timezone",
            value=plain(timezone["zone"], state.masked),
        )
    if not found or not re.match(
        (
            r"(?:run|schedule|change|make|set|add|execute|trigger|update|start|put|move|let"
            r"|use)\b|(?:every|each|daily|hourly|weekly|monthly|at|on)\b"
        ),
        clause,
        re.IGNORECASE,
    ):
        return False
    start = starts.Start()
    starts.read_schedule(found[0], len(schedules), state.types, start, False)
    if start.open:
        state.edit.open.append(": ".join(start.open[0]))
        return True
    trigger = start.triggers[0]
    if not schedules or (
        re.match(r"add\b.*\b(?:another|second|schedule|trigger)\b", clause, re.IGNORECASE)
        and not re.match(r"(?:change|set)", clause, re.I)
    ):
        trigger.id = trigger.id if not schedules else f"schedule_{len(schedules) + 1}"
        return note(state, clause, op="add", trigger=trigger)
    for key, value in trigger.values.items():
        note(state, clause, op="set", kind="trigger", target=schedules[0]["id"], path=key, value=value)
    return True


def bounds(clause: str, state: Changing) -> bool:
    """Concurrency, labels, webhooks: what bounds a flow."""
    masked = Masked(clause, state.masked.literals)
    start = starts.take_start(masked, state.types, str(state.data.get("namespace", "")))
    if start.concurrency:
        return note(state, clause, op="set", path="concurrency", value=start.concurrency)
    if start.triggers and re.search(r"\bwebhook|flow\b", clause, re.IGNORECASE):
        return all(note(state, clause, op="add", trigger=trigger) for trigger in start.triggers)
    label = re.match(
        (
            r"(?:add|set|put)\s+(?:the\s+|an?\s+)?labels?\s+(?P<key>⟦\d+⟧|[\w.-]+)\s*(?:=|:|to"
            r"|with(?: the)? value|of)?\s*(?P<value>⟦\d+⟧|[\w.-]+)$"
        ),
        clause,
        re.IGNORECASE,
    )
    if label:
        return note(
            state,
            clause,
            op="set",
            path=f"labels.{plain(label['key'], state.masked)}",
            value=plain(label["value"], state.masked),
        )
    for key, value in start.labels.items():
        note(state, clause, op="set", path=f"labels.{key}", value=value)
    return bool(start.labels)


def switch(clause: str, state: Changing) -> bool:
    match = re.match(
        (
            r"(?P<verb>disable|enable|turn off|turn on|switch off|switch on|pause|skip|activate"
            r"|deactivate)\s+(?P<what>.+)$"
        ),
        clause,
        re.IGNORECASE,
    )
    if match is None:
        return False
    off = match["verb"].lower() in ("disable", "turn off", "switch off", "pause", "skip", "deactivate")
    if re.fullmatch(r"(?:the\s+|this\s+)?(?:flow|workflow)", match["what"], re.IGNORECASE):
        return note(state, clause, op="set", path="disabled", value=off)
    if re.search(r"\b(?:schedule|trigger|webhook)\b", match["what"], re.IGNORECASE):
        triggers = state.data.get("triggers") or ()
        named = [
            item for item in triggers if str(item.get("id")) in plain(match["what"], state.masked).split()
        ] or list(triggers)
        return bool(named) and all(
            note(state, clause, op="set", kind="trigger", target=item["id"], path="disabled", value=off)
            for item in named
        )
    found = state.task(match["what"])
    return found is not None and note(
        state, clause, op="set", kind="task", target=found[0], path="disabled", value=off
    )
