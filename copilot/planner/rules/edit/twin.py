"""Do what a task does a second time, with another target: `upload it to gs://b/x.csv as well`."""

from __future__ import annotations

import re

from copilot.plan import target
from copilot.plan.plan import Step
from copilot.planner.rules.edit.state import Changing, free_id, note
from copilot.planner.rules.edit.value import fitting, property_path
from engine.model.json import Json
from engine.source.document import Path

ALSO = re.compile(
    r"\b(?:also|as well|too|additionally|in addition|another|a second|one more|again)\b", re.IGNORECASE
)
_VERB = re.compile(
    r"^(?:also\s+)?(?P<verb>upload|load|copy|write|save|store|download|send|insert|export|log"
    r"|post|run|query|fetch)\s+(?P<rest>.+)$",
    re.IGNORECASE,
)
_PAIR = re.compile(
    r"\b(?:an?|the)?\s*(?:other|another|second|new)?\s*(?P<prop>table|bucket|schema|channel"
    r"|file|folder|topic|key|url|database)\s+"
    r"(?:called\s+|named\s+)?(?P<value>⟦\d+⟧|(?!(?:into|to|from|in|as|the|of|for|at|on|and|with)\b)[\w.-]+)",
    re.IGNORECASE,
)


def twin(clause: str, state: Changing) -> bool:
    """Add a copy of a task behind it, with the one value the words name in the place of its own."""
    match = _VERB.match(clause) if state.also else None
    owner = state.task(match["verb"]) if match else None
    if match is None or owner is None or not owner[0].lower().startswith(match["verb"].lower()[:4]):
        return False
    task = target.get(state.data, owner[1]) or {}
    changed = _changes(match["rest"], owner, task, state)
    if not changed:
        return False
    values: dict[str, Json] = {
        key: value for key, value in task.items() if key not in ("id", "type")
    } | changed
    step = Step(
        id=free_id(owner[0], state),
        type=str(task["type"]),
        values=values,
        because=state.masked.unmask(clause),
    )
    return note(state, clause, op="add", step=step, where="after", anchor=owner[0])


def _changes(rest: str, owner: tuple[str, Path], task: dict[str, Json], state: Changing) -> dict[str, Json]:
    changed: dict[str, Json] = {}
    for literal in state.masked.inside(rest):
        head = re.match(r"[a-z0-9]+://", literal.value)
        for key, value in task.items():
            if head and isinstance(value, str) and value.startswith(head[0]) and key not in changed:
                changed[key] = literal.value
    for pair in _PAIR.finditer(rest):
        inner = property_path(pair["prop"], owner[1], state)
        if len(inner) == 1 and inner[0] in task:
            changed[str(inner[0])] = fitting(pair["value"], task[str(inner[0])], inner, state)
    if not changed:
        return {}
    for literal in state.masked.inside(rest):
        if literal.kind == "file":
            changed |= _other_file(literal.value, task)
    return changed


def _other_file(name: str, task: dict[str, Json]) -> dict[str, Json]:
    """Read `upload prices.csv too`: the file of that name of the same outputs."""
    ending = re.escape(name.rpartition(".")[2])
    for key, value in task.items():
        found = re.findall(rf"\['([\w.-]+\.{ending})'\]", value) if isinstance(value, str) else []
        if len(found) == 1:
            return {key: value.replace(found[0], name)}
    return {}
