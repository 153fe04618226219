"""Put another task in the place of one: `replace x with a log`, `x should just log … instead`."""

from __future__ import annotations

import re

from copilot.plan import target
from copilot.planner.rules.clause import VERBS
from copilot.planner.rules.edit.addition import compose_at
from copilot.planner.rules.edit.place import declare
from copilot.planner.rules.edit.state import Changing, note

_VERB = "|".join(sorted(VERBS, key=len, reverse=True))
_ORDERS = (
    re.compile(
        r"^(?:replace|swap|exchange|substitute)\s+(?P<task>(?:the\s+)?[\w-]+(?:\s+(?:task"
        r"|step))?)\s+(?:with|by|for)\s+"
        rf"(?:an?\s+|the\s+)?(?:new\s+)?(?:(?:task|step|one)\s+(?:that|to"
        rf"|which)\s+)?(?P<do>(?:{_VERB})\b.+|\w+\s+(?:task|step)\b.+)$",
        re.IGNORECASE,
    ),
    re.compile(
        rf"^(?:turn|change|make|convert)\s+(?P<task>(?:the\s+)?[\w-]+(?:\s+(?:task"
        rf"|step))?)\s+into\s+(?:an?\s+)?(?:(?:task|step"
        rf"|one)\s+(?:that|to|which)\s+)(?P<do>(?:{_VERB})\b.+)$",
        re.IGNORECASE,
    ),
    re.compile(
        rf"^(?:instead\s+of\s+[\w ]+?,\s*)(?P<task>(?:the\s+)?[\w-]+(?:\s+(?:task"
        rf"|step))?)\s+(?:should|must)\s+(?:just\s+|only\s+|now\s+)?"
        rf"(?P<do>(?:{_VERB})\b.+)$",
        re.IGNORECASE,
    ),
    re.compile(
        rf"^(?P<task>(?:the\s+)?[\w-]+(?:\s+(?:task|step))?)\s+(?:should|must)\s+(?:just\s+|only\s+"
        rf"|now\s+)?(?P<do>(?:{_VERB})\b.+?)\s+"
        rf"instead(?:\s+of\s+[\w ]+)?$",
        re.IGNORECASE,
    ),
)


def exchange(clause: str, state: Changing) -> bool:
    """Read such orders; the new task keeps the id, so that references to it stay."""
    for pattern in _ORDERS:
        match = pattern.match(clause)
        owner = state.task(match["task"]) if match else None
        if match is None or owner is None:
            continue
        task = target.get(state.data, owner[1]) or {}
        if any(isinstance(value, list) and value and isinstance(value[0], dict) for value in task.values()):
            continue  # what holds tasks would take them along
        steps, scene = compose_at(match["do"], state, "before", owner[0])
        if len(steps) != 1 or steps[0].placeholder or steps[0].type == task.get("type"):
            continue
        declare(scene, state, clause)
        step = steps[0]
        note(state, clause, op="add", step=step, where="after", anchor=owner[0])
        note(state, clause, op="remove", kind="task", target=owner[0])
        return note(state, clause, op="rename", kind="task", target=step.id, to=owner[0])
    return False
