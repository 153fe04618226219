# ruff: noqa: E501 - one pattern, one line: cut in pieces it is harder to read
"""What a clause names must be in what was done about it: a value that got lost leaves the clause open."""

from __future__ import annotations

import re
from collections.abc import Sequence

from copilot.plan import target
from copilot.plan.operation import Operation
from copilot.planner.rules.coverage import is_plain, stem
from copilot.planner.rules.edit.chore import tables_of
from copilot.planner.rules.edit.state import Changing
from copilot.planner.rules.edit.talk import BY_PATH, BY_TYPE, SCHEDULED, TALK, TALK_STEMS
from copilot.planner.rules.literal import MARK
from copilot.planner.rules.word import find_duration

_KINDS = frozenset(("url", "bucket", "text", "email", "file", "path", "jdbc", "uri", "type", "address"))
_OLD = re.compile(
    r"\b(?:instead of|rather than|in place of|not|from|than)\s+(?:the\s+)?(?:⟦\d+⟧"
    r"|[\w.:/-]+(?:\s+(?!to\b)[\w-]+)?)(?=\s+to\b|\s*$|\s*,)",
    re.I,
)


def lost(clause: str, operations: Sequence[Operation], state: Changing) -> list[str]:
    """Return the literals and numbers of a clause that none of its operations holds."""
    made = "\n".join(
        operation.model_dump_json(exclude={"because"}, exclude_defaults=True) for operation in operations
    )
    plain = made.replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\")
    said = _OLD.sub(" ", clause)
    found = [
        literal.words
        for literal in state.masked.inside(said)
        if literal.kind in _KINDS and literal.value not in plain and literal.value not in state.text
    ]
    found += [number for number in _numbers(said) if not _is_there(number, said, plain)]
    found += _misplaced(said, operations)
    if any(operation.op == "add" and operation.step is not None for operation in operations):
        words = set(re.findall(r"[\w.]*\w", said))
        found += sorted(
            name for name in tables_of(state) & words if not re.search(rf"\b{re.escape(name)}\b", plain)
        )
    return found + _untold(said, operations, plain, state)


_PLACES = re.compile(
    r"\b(?:between|inside|within|in parallel with|before|after|in front of|in the else|in every|in each)\b",
    re.IGNORECASE,
)


def _misplaced(said: str, operations: Sequence[Operation]) -> list[str]:
    """Return the place that is said where a new step only went to the end of the flow."""
    steps = [operation for operation in operations if operation.op == "add" and operation.step is not None]
    if not steps or any(
        o.anchor or o.inside or o.where == "first" or o.section not in ("", "tasks") for o in steps
    ):
        return []
    places = _PLACES.search(said)
    nested = any(
        step.nested for operation in steps if operation.step is not None for step in operation.step.walk()
    )
    return [places[0]] if places is not None and not nested else []


_WORD = re.compile(r"[A-Za-zÀ-ɏ][A-Za-zÀ-ɏ'’]+")


def _untold(said: str, operations: Sequence[Operation], made: str, state: Changing) -> list[str]:
    """Return the telling words that neither the operations, nor the flow, nor the talk of changes answers to."""
    known = {stem(word) for word in re.findall(r"[A-Za-zÀ-ɏ]+", _apart(f"{made}\n{state.text}"))}
    for operation in operations:
        for text in _types_of(operation, state):
            known |= {stem(word) for part, words in BY_TYPE if part in text for word in words.split()}
        if "://" in str(operation.value):
            known |= {stem(word) for word in f"{BY_PATH['url']} {BY_PATH['uri']}".split()}
        if operation.path:
            last = operation.path.rpartition(".")[2]
            known |= {stem(word) for word in BY_PATH.get(last, "").split()}
            known |= {stem(word) for word in BY_PATH.get(operation.path.partition(".")[0], "").split()}
        if operation.trigger is not None or operation.kind == "trigger":
            known |= {stem(word) for word in SCHEDULED.split()}
    left = []
    for word in _WORD.findall(MARK.sub(" ", said).replace("-", " ").replace("_", " ")):
        low = re.sub(r"['’](?:s|re|ve|d|ll)?$", "", word.lower())
        if len(low) > 2 and not is_plain(low) and low not in TALK and stem(low) not in known | TALK_STEMS:
            left.append(word)
    return list(dict.fromkeys(left))


def _types_of(operation: Operation, state: Changing) -> list[str]:
    """Return the type ids an operation is about."""
    found = [step.type for step in operation.step.walk()] if operation.step is not None else []
    if operation.target and operation.kind in ("task", ""):
        found += [
            str(task["type"]) for _, task in target.tasks_of(state.data) if task["id"] == operation.target
        ]
    return found


def _apart(text: str) -> str:
    """Write `messageText` and `total_amount` as words."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", text)


def _numbers(said: str) -> list[str]:
    return re.findall(r"(?<![\w.⟦/:-])\d{1,6}(?![\w⟧/-]|\.\d)", MARK.sub(" ", said))


def _is_there(number: str, said: str, made: str) -> bool:
    value = int(number)
    forms = {str(value), f"{value:02d}", str(value + 12), number}
    if any(re.search(rf"(?<!\d){form}(?!\d)", made) for form in forms):
        return True
    at = 0
    shifted = re.search(r"\b(?:earlier|later|sooner)\b", said, re.IGNORECASE)
    while (duration := find_duration(said, at)) is not None:
        inside = re.search(rf"(?<!\d){number}(?!\d)", said[duration.start : duration.end])
        if inside and (duration.iso in made or shifted):
            return True
        at = duration.end
    return bool(
        re.search(
            rf"\b{number}\s+(?:to|through|until|-|\.\.)\s+\d+|\d+\s+(?:to|through|until|-)\s+{number}\b", said
        )
    ) or (bool(re.search(rf"\b(?:{number})(?:st|nd|rd|th)\b", said)))
