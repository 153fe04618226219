# ruff: noqa: E501 - one pattern, one line: cut in pieces it is harder to read
"""Cases of a Switch: a new one, or a step more in one that is there."""

from __future__ import annotations

import re

from copilot.plan import target
from copilot.planner.rules.clause import VERBS
from copilot.planner.rules.edit.addition import compose_at
from copilot.planner.rules.edit.place import declare
from copilot.planner.rules.edit.state import Changing, dotted, note, plain
from engine.model.json import Json
from engine.source.document import Path

_VERB = "|".join(sorted(VERBS | {"tell", "say"}, key=len, reverse=True))
_VALUE = r"(?P<value>⟦\d+⟧|(?!(?:each|every|all|any|the|a|an|it|this|that|some|which)\b)[\w.-]*\w)"
_NEW = (
    re.compile(
        r"^(?:(?:add|create|insert|put in|include|we need|i need|we want|i want|there should be|there must be|give it|make|with)\s+)?"
        rf"(?:an?\s+|another\s+|one more\s+|the\s+|new\s+|further\s+)+(?:case|branch|option)\s+(?:for\s+|called\s+|named\s+|of\s+)?(?:the\s+)?{_VALUE}\s*"
        r"(?:(?:to|in|on)\s+(?:the\s+)?(?P<switch>[\w-]+)\s*)?(?:\s(?:that|which|where it|where we|to|and|in which (?:we|it))\s|[:,]|\s[–—-]\s)\s*"
        rf"(?:just\s+|only\s+|should\s+|simply\s+|it\s+|we\s+)*(?P<do>(?:{_VERB})\b.+)$",
        re.IGNORECASE,
    ),
    re.compile(
        rf"^(?:for|in case of|on|with)\s+(?:an?\s+|the\s+)?(?:case\s+|kind\s+|value\s+|type\s+)?{_VALUE}(?:\s+(?:case|events?|orders?|ones?))?\s*[,:]?\s+"
        rf"(?P<switch>)(?:just\s+|also\s+|please\s+|we\s+|it\s+should\s+)*(?P<do>(?:{_VERB})\b.+)$",
        re.IGNORECASE,
    ),
    re.compile(
        rf"^(?:if|when|whenever)\s+(?:the\s+)?(?P<switch>[\w-]+)\s+(?:is|equals|=|==)\s+{_VALUE}\s*,?\s*(?:then\s+|just\s+|also\s+|please\s+)*(?P<do>(?:{_VERB})\b.+)$",
        re.IGNORECASE,
    ),
    re.compile(
        rf"^(?:in|inside|to)\s+(?:the\s+)?(?:case\s+{_VALUE}|{_VALUE.replace('?P<value>', '?P<value2>')}\s+(?:case|branch))\s*[,:]?\s+(?P<switch>)"
        rf"(?:just\s+|also\s+|please\s+)*(?P<do>(?:{_VERB})\b.+)$",
        re.IGNORECASE,
    ),
    re.compile(
        rf"^(?:also\s+)?(?P<do>(?:{_VERB})\b.+?)\s+(?:in|inside)\s+(?:the\s+)?(?:case\s+{_VALUE}|{_VALUE.replace('?P<value>', '?P<value2>')}\s+(?:case|branch))(?P<switch>)$",
        re.IGNORECASE,
    ),
)


_GONE = re.compile(
    rf"^(?:remove|delete|drop)\s+(?:the\s+)?(?:(?:case|branch)\s+)?{_VALUE}$"
    rf"|^(?:remove|delete|drop)\s+(?:the\s+)?{_VALUE.replace('?P<value>', '?P<value2>')}\s+(?:case|branch)$",
    re.IGNORECASE,
)
_OTHER = frozenset(
    ("default", "defaults", "other", "others", "else", "otherwise", "unknown", "remaining", "rest")
)
"""Words for the case of every other value."""


def branch(clause: str, state: Changing) -> bool:
    """Read `a case refund that logs "…"`, `for refund log "…"`, `in the sale case also log "…"`."""
    switches = [
        (task["id"], path, task)
        for path, task in target.tasks_of(state.data)
        if task["type"].endswith(".flow.Switch")
    ]
    if (
        switches
        and (gone := _GONE.match(clause))
        and (value := plain(gone["value"] or gone["value2"], state.masked))
    ):
        having = [
            name for name, _, task in switches if len(task.get("cases") or {}) > 1 and value in task["cases"]
        ]
        return len(having) == 1 and note(
            state, clause, op="unset", kind="task", target=having[0], path=dotted(("cases", value))
        )
    for pattern in _NEW if switches else ():
        match = pattern.match(clause)
        if match is None:
            continue
        said = match["value"] or match.groupdict().get("value2") or ""
        value, named = plain(said, state.masked), (match["switch"] or "").lower()
        found = [
            item
            for item in switches
            if not named
            or named == item[0].lower()
            or re.search(rf"\b{re.escape(named)}\b", str(item[2].get("value")).lower())
        ]
        if named and not found:
            continue
        if pattern is not _NEW[0] and len(found) > 1:
            found = [item for item in found if value in (item[2].get("cases") or {})]
        if value.lower() in _OTHER and pattern in _NEW[1:]:
            value = ""
        elif pattern in _NEW[3:] and value not in _cases(found):
            continue
        if (
            pattern is _NEW[1]
            and value
            and value not in _cases(found)
            and not _is_choice(value, found, state)
        ):
            continue
        if len(found) > 1:
            state.vague["the case"] = [name for name, _, _ in found]
        return len(found) == 1 and _write(found[0], value, match["do"], clause, state)
    return False


def _cases(found: list[tuple[str, Path, dict[str, Json]]]) -> set[str]:
    return {str(case) for _, _, task in found for case in task.get("cases") or {}}


def _is_choice(value: str, found: list[tuple[str, Path, dict[str, Json]]], state: Changing) -> bool:
    """Whether a word may be a value of what the only Switch looks at; a name of the flow is something else."""
    ids = {task["id"].lower() for _, task in target.tasks_of(state.data)}
    return (
        len(found) == 1
        and value.lower() not in ids
        and value.lower() not in ("failure", "failures", "errors", "error", "success")
    )


def _write(
    switch: tuple[str, Path, dict[str, Json]], value: str, do: str, clause: str, state: Changing
) -> bool:
    name, _, task = switch
    kept = (task.get("cases") or {}).get(value) or [] if value else task.get("defaults") or []
    anchor = str(kept[-1]["id"]) if kept else name
    steps, scene = compose_at(do, state, "after" if kept else "before", anchor)
    if not steps or any(step.placeholder for outer in steps for step in outer.walk()):
        return False
    declare(scene, state, clause)
    for step in steps:
        note(
            state,
            clause,
            op="add",
            step=step,
            inside=name,
            section=dotted(("cases", value)) if value else "defaults",
        )
    state.edit.notes += scene.notes
    if value:
        _offer(str(task.get("value")), value, clause, state)
    return True


def _offer(looked_at: str, value: str, clause: str, state: Changing) -> None:
    """A new case has to be one of the choices of the input the Switch looks at."""
    for number, item in enumerate(state.data.get("inputs") or ()):
        choices = item.get("values")
        if (
            re.search(rf"\binputs\.{re.escape(str(item.get('id')))}\b", looked_at)
            and isinstance(choices, list)
            and value not in choices
        ):
            note(state, clause, op="set", path=f"inputs.{number}.values", value=[*choices, value])
