"""Entries of maps on a task: headers, environment variables, files under a name."""

from __future__ import annotations

import re

from copilot.plan import target
from copilot.planner.rules.edit.state import Changing, dotted, plain, set_on
from copilot.planner.rules.edit.value import property_path
from engine.source.document import Path

_NOUNS = {
    "header": "headers",
    "http header": "headers",
    "environment variable": "env",
    "env variable": "env",
    "env var": "env",
    "env": "env",
    "input file": "inputFiles",
    "option": "options",
    "input": "inputs",
    "parameter": "parameters",
}
_NOUN = "|".join(sorted(_NOUNS, key=len, reverse=True))
_ENTRY = (
    re.compile(
        rf"^(?:add|set|put|send|pass|use|give)\s+(?:an?\s+|the\s+)?(?P<noun>{_NOUN})\s+(?:called\s+"
        rf"|named\s+)?(?P<key>⟦\d+⟧|[\w.-]+)\s*"
        rf"(?:with(?:\s+(?:the\s+)?value)?|=|:|to|set to|of|as)?\s*(?P<value>⟦\d+⟧"
        rf"|[^\s]+)(?:\s+(?:to|on|for|in|with)\s+(?P<task>.+))?$",
        re.IGNORECASE,
    ),
    re.compile(
        rf"^(?:change|update)\s+the\s+(?P<noun>{_NOUN})\s+(?P<key>⟦\d+⟧|[\w.-]+)(?:\s+(?:of|on"
        rf"|in)\s+(?P<task>.+?))?\s+to\s+"
        r"(?P<value>⟦\d+⟧|[^\s]+)$",
        re.IGNORECASE,
    ),
)


def entry(clause: str, state: Changing) -> bool:
    """Read `add a header Accept with application/json to fetch`, `set the env variable DEBUG to 1 in x`."""
    for pattern in _ENTRY:
        match = pattern.match(clause)
        if match is None:
            continue
        prop = _NOUNS[" ".join(match["noun"].lower().split())]
        owner = state.task(match["task"]) if match["task"] else _only(prop, state)
        if owner is None or not property_path(prop, owner[1], state):
            continue
        kept = target.get(state.data, (*owner[1], prop))
        if kept is not None and not isinstance(kept, dict):
            continue
        key, value = plain(match["key"], state.masked), plain(match["value"], state.masked)
        return set_on(state, clause, owner[0], dotted((prop, key)), value)
    return False


def _only(prop: str, state: Changing) -> tuple[str, Path] | None:
    if state.focus:
        return state.focus, target.find(state.data, state.focus, "task")
    having = [
        (task["id"], path) for path, task in target.tasks_of(state.data) if isinstance(task.get(prop), dict)
    ]
    return having[0] if len(having) == 1 else None
