# ruff: noqa: E501 - one pattern, one line: cut in pieces it is harder to read
"""New names said in other ways than `rename x to y`: `call the input places instead of cities`."""

from __future__ import annotations

import re

from copilot.plan import target
from copilot.planner.rules.edit.state import ID, Changing, note, plain

_KIND = r"(?:(?P<kind>input|parameter|variable|trigger|schedule|output|task|step)\s+)?"
_ORDERS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^(?:call|name|rename)\s+(?:the\s+)?{_KIND}(?P<new>{ID})\s*,?\s+(?:instead of|rather than|not|in place of)\s+(?P<old>{ID})$",
        rf"^(?:call|name)\s+(?:the\s+)?{_KIND}(?P<old>{ID})\s+(?P<new>{ID})\s+(?:instead|from now on|now|please)$",
        rf"^(?:call|name)\s+(?:the\s+)?(?P<kind>input|parameter|variable|trigger|schedule|output|task|step)\s+(?P<old>{ID})\s+(?P<new>{ID})$",
        rf"^(?:rename|call|name)\s+(?:the\s+)?{_KIND}(?P<old>{ID})\s+(?:to|as|into)\s+(?P<new>{ID})$",
        rf"^instead of\s+(?P<old>{ID})\s*,?\s+(?:call|name)\s+(?:the\s+)?{_KIND}(?P<new>{ID})$",
        (
            rf"^(?:the\s+)?(?P<new>{ID})\s+(?:is|would be|sounds like)\s+(?:an?\s+|the\s+)?(?:better|nicer|clearer|right|new|good)\s+name"
            rf"\s+(?:for|of)\s+(?:the\s+)?{_KIND}(?P<old>{ID})$"
        ),
        (
            rf"^(?:i'd|i would|we'd|we would)\s+(?:rather|prefer to|like to)\s+(?:have\s+|call\s+|see\s+)?(?:the\s+)?{_KIND}(?P<old>{ID})"
            rf"\s+(?:called\s+|named\s+)?(?P<new>{ID})$"
        ),
        (
            rf"^(?:the\s+)?{_KIND}(?P<old>{ID})\s+(?:is|gets|becomes)\s+(?:now\s+|from now on\s+)?(?:called|named|renamed to)\s+"
            rf"(?P<new>{ID})(?:\s+(?:now|from now on))?$"
        ),
        rf"^(?:use|take)\s+(?P<new>{ID})\s+as\s+(?:the\s+)?(?:new\s+)?(?:name|id)\s+(?:of|for)\s+(?:the\s+)?{_KIND}(?P<old>{ID})$",
    )
)


def naming(clause: str, state: Changing) -> bool:
    """Read such orders; the old name has to be one of the flow, references follow."""
    for pattern in _ORDERS:
        match = pattern.match(clause)
        if match is None:
            continue
        old, new = plain(match["old"], state.masked), plain(match["new"], state.masked)
        kind = (match.groupdict().get("kind") or "").lower()
        kind = {"parameter": "input", "step": "task", "schedule": "trigger"}.get(kind, kind)
        found = [one for one in _kinds(old, state) if kind in ("", one)]
        if len(found) > 1:
            state.vague[old] = [f"the {one} {old}" for one in found]
        if len(found) == 1 and re.fullmatch(r"[A-Za-z][\w-]*", new):
            return note(state, clause, op="rename", kind=found[0], target=old, to=new)
    return False


def _kinds(name: str, state: Changing) -> list[str]:
    """Return what in the flow has an id."""
    found = ["task"] if any(task["id"] == name for _, task in target.tasks_of(state.data)) else []
    for kind, section in target.SECTIONS.items():
        if any(item.get("id") == name for item in state.data.get(section) or () if isinstance(item, dict)):
            found.append(kind)
    return [*found, "variable"] if name in (state.data.get("variables") or {}) else found
