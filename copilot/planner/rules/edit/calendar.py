# ruff: noqa: E501 - one pattern, one line: cut in pieces it is harder to read
"""Several schedules in one sentence, each with a value of an input: `monthly: green on the first at 9 and yellow at 10`."""

from __future__ import annotations

import re

from copilot.planner.rules import start as starts
from copilot.planner.rules.edit.state import Changing, note
from copilot.planner.rules.schedule import find_schedules
from copilot.planner.rules.zone import ZONE

_PERIOD = re.compile(
    r"\b(?:(?P<monthly>monthly|every month|each month|once a month|per month)|(?P<daily>daily|every day|each day|nightly|every night)"
    r"|(?P<weekly>weekly|every week|each week|once a week))\b",
    re.IGNORECASE,
)
_DAY = re.compile(
    r"\bon\s+(?:the\s+)?(?:(?P<n>\d{1,2})(?:st|nd|rd|th)?|(?P<first>first)|(?P<week>(?:mon|tues|wednes|thurs|fri|satur|sun)days?))\b",
    re.IGNORECASE,
)
_AT = re.compile(r"\bat\s+(?P<clock>(?:noon|midnight|\d{1,2}(?::\d\d)?\s*(?:am|pm)?))\b", re.IGNORECASE)
_REST = re.compile(
    r"\b(?:run|it|the|flow|for|with|and|then|of|month|schedule|do|load|at|on|start|please|one|day|taxi|taxis|input|as|is|to|set|make|want|we|i|trigger|triggers)\b|[\s,:;.–—-]",
    re.IGNORECASE,
)


def calendar(clause: str, state: Changing) -> bool:
    """Add a schedule for each value that is named with a time; a part that says no day has that of the part before."""
    period = _PERIOD.search(clause)
    found = _values(clause, state)
    if period is None or len(found) < 2:
        return False
    name = found[0][0]
    if any(item[0] != name for item in found) or any(
        item.get("type") == starts.SCHEDULE for item in state.data.get("triggers") or ()
    ):
        return False
    day, rest, made = "", f"{clause[: period.start()]} {clause[period.end() :]}", []
    zone = ZONE.search(clause)
    for number, (_, value, begin, _) in enumerate(found):
        part = clause[begin : found[number + 1][2] if number + 1 < len(found) else len(clause)]
        at, on = _AT.search(part), _DAY.search(part)
        day = on[0] if on else day
        said = f"every {'month' if period['monthly'] else 'week' if period['weekly'] else 'day'}"
        if at is None or (not day and not period["daily"]):
            return False
        if period["monthly"]:
            said = f"{re.sub(r'the first', 'the 1st', day, flags=re.IGNORECASE)} of every month"
            said = said if re.search(r"\d", said) else re.sub(r"first", "the 1st", said, flags=re.IGNORECASE)
        elif period["weekly"]:
            said = f"every {re.sub(r'^on (?:the )?', '', day)}"
        schedules = find_schedules(f"{said} at {at['clock']}{' ' + zone[0] if zone else ''}")
        start = starts.Start()
        if not schedules:
            return False
        starts.read_schedule(schedules[0], number, state.types, start, False)
        if start.open or len(start.triggers) != 1:
            return False
        trigger = start.triggers[0]
        trigger.id, trigger.values["inputs"] = f"{value}_schedule".replace("-", "_"), {name: value}
        made.append(trigger)
        rest = rest.replace(value, " ", 1)
    unread = _REST.sub(" ", ZONE.sub(" ", _DAY.sub(" ", _AT.sub(" ", rest)))).split()
    if {word.lower() for word in unread} - {name}:
        return False
    return all(note(state, clause, op="add", trigger=trigger) for trigger in made)


def _values(clause: str, state: Changing) -> list[tuple[str, str, int, int]]:
    """Return the values of inputs a clause names, in order: the input, the value, where it stands."""
    found = [
        (str(item.get("id")), str(value), match.start(), match.end())
        for item in state.data.get("inputs") or ()
        for value in item.get("values") or ()
        for match in re.finditer(rf"(?<![\w-]){re.escape(str(value))}(?![\w-])", clause)
    ]
    return sorted(found, key=lambda item: item[2])
