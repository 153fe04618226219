# ruff: noqa: E501 - one pattern, one line: cut in pieces it is harder to read
"""How a loop goes: how many values at once, and what happens to the others when one fails."""

from __future__ import annotations

import re

from copilot.plan import target
from copilot.plan.render import snake
from copilot.planner.rules.coverage import stem
from copilot.planner.rules.edit.state import LOOPS, Changing, set_on
from copilot.planner.rules.word import whole
from engine.source.document import Path

_N = r"(?P<n>\d+|one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|all)"
_TIME = r"(?:at (?:a|the same|one|any) time|at once|in parallel|concurrently|simultaneously|side by side|together|in one go)"
_NOUN = r"(?:(?:of\s+)?(?:the\s+)?(?P<noun>[a-z][\w-]*)\s+)?"
_PACE = (
    re.compile(rf"\b{_N}\s+{_NOUN}{_TIME}\b", re.IGNORECASE),
    re.compile(rf"\b(?:the\s+)?(?P<noun>[a-z][\w-]*)\s+{_N}\s+{_TIME}\b", re.IGNORECASE),
)
_END = re.compile(
    r"[\s,]*(?:only|please|now|at most|max(?:imum)?|will do|(?:would be|is|are|will be)\s+(?:ok|okay|fine|enough|great|good|better|nice)(?:\s+for\s+[\w ]+)?)?[\s.]*",
    re.IGNORECASE,
)
_ONE_BY_ONE = re.compile(
    r"^(?:do|run|process|handle|take|load|fetch|work through|go through|let)?\s*(?:all\s+)?(?:the\s+)?(?P<noun>[a-z][\w-]*)\s+"
    r"(?:should\s+(?:go|run|be done|be handled)\s+|run\s+|go\s+)?(?:strictly\s+|nicely\s+)?"
    r"(?:one after (?:the other|another)|one by one|sequentially|in (?:a )?(?:row|sequence)|not in parallel)$",
    re.IGNORECASE,
)
_WHOLE_RUNS = re.compile(
    r"\b(?:runs?|executions?|flows?|instances?|pipelines?)\s+(?:at|in|con|sim)", re.IGNORECASE
)
_GOES_ON = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        (
            r"^(?:an?|one|any|every|each)\s+(?:single\s+|bad\s+|broken\s+|failing\s+|failed\s+)*(?P<noun>[a-z][\w-]*?)\s+(?:that|which|when it|if it)?\s*"
            r"(?:(?:fails?|breaks?|crashes|goes wrong|does not work|is broken)\s+)?(?:must|should|may|can|shall|has to)\s*(?:not|n't|never)\s+"
            r"(?:stop|block|break|kill|harm|affect|abort|end|interrupt|disturb|hold up|take down|hurt)\b.*$"
        ),
        (
            r"^(?:an?|one|any)\s+(?:single\s+|bad\s+|broken\s+|failing\s+|failed\s+)*(?P<noun>[a-z][\w-]*?)\s+(?:shouldn't|mustn't|can't)\s+"
            r"(?:stop|block|break|kill|harm|affect|abort|end|interrupt|hold up|take down|hurt)\b.*$"
        ),
        (
            r"^(?:if|when|whenever|should)\s+(?:an?|one|any|some|a single)\s+(?:of the\s+)?(?P<noun>[a-z][\w-]*)\s+(?:fails?|breaks?|crashes|goes wrong|is broken)\s*,?"
            r"\s*(?:then\s+|please\s+|just\s+|simply\s+)*(?:go on|carry on|continue|keep going|do|proceed|skip it|the (?:others?|rest)|move on|the loop)\b.*$"
        ),
        (
            r"^(?:keep going|go on|carry on|continue|do not stop|don't stop|never stop|proceed)\s*(?:with the (?:others?|rest|next one)\s+)?"
            r"(?:when|if|even if|even when)\s+(?:an?|one|any|some)\s+(?:of the\s+)?(?P<noun>[a-z][\w-]*)\s+(?:fails?|breaks?|crashes|goes wrong).*$"
        ),
        (
            r"^(?:do not|don't|never)\s+let\s+(?:an?|one|any|a single)\s+(?:single\s+|bad\s+|broken\s+|failing\s+|failed\s+)*(?P<noun>[a-z][\w-]*)\s+"
            r"(?:that fails\s+)?(?:stop|block|break|kill|abort|end|spoil|hold up|take down)\b.*$"
        ),
        (
            r"^(?:the\s+)?(?:other|remaining)\s+(?P<noun>[a-z][\w-]*)\s+(?:should|must|have to|need to)\s+(?:still\s+|also\s+)?(?:run|go on|continue|be (?:done|loaded|processed))"
            r"\s+(?:even\s+)?(?:when|if)\s+(?:one|any|some)\b.*$"
        ),
    )
)
_ANY = frozenset(
    ("iteration", "value", "item", "element", "one", "round", "pass", "entry", "loop", "thing", "of")
)


def loop_over(noun: str, state: Changing) -> tuple[str, Path] | None:
    """Return the loop that goes over such things: by its id, by what it goes over, or the only one there is."""
    loops = [
        (task["id"], path, task)
        for path, task in target.tasks_of(state.data)
        if task["type"].rpartition(".")[2] in LOOPS
    ]
    word = stem(noun)
    named = [
        loop
        for loop in loops
        if word
        in {
            stem(part)
            for part in re.findall(
                r"[a-z]+", f"{snake(loop[0])} {loop[2].get('values', '')}".replace("_", " ").lower()
            )
        }
    ]
    found = named or (
        loops if not noun or noun.lower() in _ANY or word in {stem(one) for one in _ANY} else []
    )
    if len(found) > 1:
        state.vague[noun or "the loop"] = [name for name, _, _ in found]
    return (found[0][0], found[0][1]) if len(found) == 1 else None


def pace(clause: str, state: Changing) -> bool:
    """Read `do four cities at a time`, `one region at a time`, `the cities one by one`."""
    if _WHOLE_RUNS.search(clause) or not re.match(
        r"(?:do|run|process|handle|take|load|fetch|go|work|let|make|allow|only|just|never|no|at|up|use|not|have|ask|get|call|set|limit"
        r"|the|all|\d|one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty)\b",
        clause,
        re.IGNORECASE,
    ):
        return False
    if (row := _ONE_BY_ONE.match(clause)) is not None:
        owner = loop_over(row["noun"], state)
        return owner is not None and set_on(state, clause, owner[0], "concurrencyLimit", 1)
    for pattern in _PACE:
        match = pattern.search(clause)
        if match is None or not _END.fullmatch(clause[match.end() :]):
            continue
        owner = loop_over(match["noun"] or "", state)
        limit = 0 if match["n"].lower() == "all" else whole(match["n"])
        if owner is not None and limit is not None:
            return set_on(state, clause, owner[0], "concurrencyLimit", limit)
    return False


def goes_on(clause: str, state: Changing) -> bool:
    """Read `a city that fails must not stop the others`: each task inside the loop may fail."""
    match = next((found for pattern in _GOES_ON if (found := pattern.match(clause))), None)
    owner = loop_over(match["noun"], state) if match else None
    if owner is None:
        return False
    task = target.get(state.data, owner[1]) or {}
    if task["type"].endswith(".ForEachItem"):
        return set_on(state, clause, owner[0], "transmitFailed", False)
    inside = [item for item in task.get("tasks") or () if isinstance(item, dict) and "id" in item]
    return bool(inside) and all(set_on(state, clause, item["id"], "allowFailure", True) for item in inside)
