# ruff: noqa: E501 - one pattern, one line: cut in pieces it is harder to read
"""Move a schedule: only the time, only the days, earlier or later; what is not said stays."""

from __future__ import annotations

import re

from copilot.planner.rules import start as starts
from copilot.planner.rules.edit.state import Changing, note
from copilot.planner.rules.literal import MARK
from copilot.planner.rules.schedule import Schedule, find_schedules
from copilot.planner.rules.word import find_duration
from copilot.planner.rules.zone import ZONE, ZONES
from engine.model.json import Json

_CLOCK = (
    r"(?:noon|midday|midnight|(?:[01]?\d|2[0-4])(?:[:.h][0-5]\d)?\s*(?:o'?clock)?\s*(?:a\.?m"
    r"\.?|p\.?m\.?)?(?![\w:%])"
    r"|(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)(?:\s*(?:o'?clock"
    r"|a\.?m\.?|p\.?m\.?)))"
)
_TO_CLOCK = re.compile(
    rf"\b(?:to|for|from)\s+(?={_CLOCK}(?:\s*(?:$|,|on\b|every\b|in\b|each\b|\w+ time\b)))", re.I
)
_AT = re.compile(
    rf"\bat\s+(?P<clock>{_CLOCK}(?:(?:\s*,\s*(?:and\s+)?"
    rf"|\s+and\s+)(?:at\s+)?{_CLOCK}(?!\s*(?:st|nd|rd|th)))*)",
    re.IGNORECASE,
)
_SPOKEN = frozenset(
    [
        *("one", "two", "three", "four", "five", "six", "ten", "fifteen", "thirty"),
        "run",
        "it",
        "the",
        "flow",
        "this",
        "that",
        "schedule",
        "trigger",
        "start",
        "at",
        "on",
        "in",
        "to",
        "for",
        "a",
        "an",
        "and",
        "of",
        "set",
        "change",
        "move",
        "shift",
        "make",
        "do",
        "execute",
        "let",
        "have",
        "kick",
        "fire",
        "off",
        "time",
        "its",
        "put",
        "run's",
        "daily",
        "every",
        "day",
        "each",
        "be",
        "is",
        "should",
        "must",
        "has",
        "will",
        "only",
        "now",
        "instead",
        "job",
        "pipeline",
        "workflow",
        "everything",
        "cron",
        "hour",
        "hours",
        "minute",
        "minutes",
        "half",
        "later",
        "earlier",
        "sooner",
        "by",
        "again",
        "always",
        "then",
        "local",
        "timezone",
        "zone",
        "o'clock",
        "clock",
        "please",
        "starting",
        "from",
        "with",
        "use",
        *(
            "enough",
            "fine",
            "sufficient",
            "suffices",
            "ok",
            "okay",
            "same",
            "as",
            "before",
            "kept",
            "stay",
            "stays",
            "keep",
        ),
        *(
            "times",
            "follow",
            "will",
            "do",
            "would",
            "could",
            "better",
            "rather",
            "just",
            "thing",
            "runs",
            "not",
            "no",
            "but",
        ),
        *(
            "more",
            "often",
            "needed",
            "less",
            "can",
            "we",
            "i",
            "want",
            "like",
            "need",
            "clocks",
            "early",
            "late",
            "till",
            "until",
        ),
        *(
            "o",
            "it's",
            "its",
            "so",
            "that",
            "works",
            "work",
            "too",
            "only",
            "good",
            "whole",
            "flow's",
            "change",
            "morning",
        ),
    ]
)
"""Words about a schedule that say nothing more than that it is one."""
_LEAD = re.compile(
    r"^(?:(?:run|start|schedule|trigger|execute|do|make|change|move|set|put|shift|let|have|kick|fire)\b"
    r"|(?:it|the (?:flow|schedule|trigger|pipeline|job|times?|clock))\s+(?:should|must|has to|needs to|is|are)\b|at\b|an?\b|\d|in\b|use\b|with\b"
    r"|(?:all|the)\s+times?\b|times?\b|better\b|rather\b|only\b|please\b|every\b|half\b|quarter\b|noon\b|midnight\b)",
    re.IGNORECASE,
)
DAY = re.compile(r"\bon\s+the\s+(?P<day>\d{1,2})(?:st|nd|rd|th)\b(?!\s+of)", re.IGNORECASE)
_OLD = re.compile(
    r"\s*,?\s+(?:instead of|rather than|not)\s+(?:(?:on|at)\s+)?(?:the\s+)?[\w:.]+(?:\s+(?:am"
    r"|pm))?$",
    re.IGNORECASE,
)
_SHIFT = re.compile(r"\b(?P<how>earlier|later|sooner|before that|after that)\b", re.IGNORECASE)


def spoken(clause: str, state: Changing) -> str:
    """Return the clause with quoted crons put back and `to 7:30` as `at 7:30`."""

    def code(match: re.Match[str]) -> str:
        value = state.masked.literals[int(match[1])].value
        return value if re.fullmatch(r"(?:[\d*/,-]+\s+){4}\S+", value) else match[0]

    return _TO_CLOCK.sub("at ", MARK.sub(code, clause))


def schedules_of(state: Changing, clause: str) -> list[dict[str, Json]]:
    """Return the schedules a clause means: the ones it names, else all there are."""
    found = [
        item
        for item in state.data.get("triggers") or ()
        if isinstance(item, dict) and item.get("type") == starts.SCHEDULE
    ]
    named = [item for item in found if re.search(rf"\b{re.escape(str(item.get('id')))}\b", clause)]
    return named or found


def keep_time(found: Schedule, old: str, said: str) -> str:
    """Return the cron of new days with the time of the old one, where the words name no time."""
    new, before = found.cron.split(), old.split()
    silent = not _AT.search(said) and not re.search(
        r"\b(?:noon|midnight|morning|evening|afternoon|night\w*|twice|hour\w*|minute\w*|cron)\b",
        said,
        re.IGNORECASE,
    )
    midnight = len(new) == len(before) == 5 and new[:2] == ["0", "0"]
    if silent and midnight and all(re.fullmatch(r"\d+(?:,\d+)*", part) for part in before[:2]):
        return " ".join([*before[:2], *new[2:]])
    return found.cron


def retime(clause: str, state: Changing) -> bool:
    """Read `run it at 6`, `an hour later`, `in Paris time`: what is not said of the schedule stays."""
    said = spoken(clause, state)
    if not _LEAD.match(said) or find_schedules(said) or re.search(r"\b(?:before|after)\b(?! that)", said):
        return False
    said = _OLD.sub("", said)
    clock, shift, day = _AT.search(said), _shift(said), DAY.search(said)
    zone = _zone(said)
    if clock is None and shift is None and zone is None and day is None:
        return False
    rest = DAY.sub(" ", _AT.sub(" ", said))
    if unheard(ZONE.sub(" ", rest), state):
        return False
    if clock is not None and re.search(r"\b(?:at a time|at once|in parallel)\b", rest, re.IGNORECASE):
        return False
    schedules = schedules_of(state, clause)
    if not schedules:
        return clock is not None and _first_schedule(clause, clock["clock"], zone, state)
    if len(schedules) > 1:
        state.vague["the schedule"] = [str(item.get("id")) for item in schedules]
        return False
    trigger = schedules[0]
    if clock is not None or shift is not None or day is not None:
        cron: str | None = str(trigger.get("cron", ""))
        if clock is not None or shift is not None:
            cron = _moved(str(cron), clock["clock"] if clock else None, shift)
        if cron is not None and day is not None:
            cron = _on_day(cron, int(day["day"]))
        if cron is None:
            return False
        note(state, clause, op="set", kind="trigger", target=trigger["id"], path="cron", value=cron)
    if zone is not None:
        note(state, clause, op="set", kind="trigger", target=trigger["id"], path="timezone", value=zone)
    return True


_DAY_WORDS = {
    "weekday": "1-5", "weekdays": "1-5", "workday": "1-5", "workdays": "1-5", "working days": "1-5", "business days": "1-5",
    "working day": "1-5", "business day": "1-5", "weekend": "6,0", "weekends": "6,0", "the weekend": "6,0", "every day": "*",
    "all days": "*", "daily": "*", "seven days a week": "*", "7 days a week": "*", "each day": "*",
}  # fmt: skip
_NAMES = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_DAY_NAME = r"(?:sun|mon|tues|wednes|thurs|fri|satur)days?"
_DAYS = re.compile(
    rf"\b(?P<not>(?:must|should|may|can|does|do|shall|will)\s*(?:not|n't)\s+(?:be\s+)?(?:run|start|go|fire|happen)\s+(?:on|at|over)\s+(?:the\s+)?|never\s+(?:run|start|fire)\s+(?:it\s+)?(?:on|at|over)\s+(?:the\s+)?|(?:don't|do not)\s+(?:run|start|fire)\s+(?:it|this|the flow)\s+(?:on|at|over)\s+(?:the\s+)?|not\s+(?:on|at|during|over)\s+(?:the\s+)?|no(?:t|\s+runs?)\s+(?:on\s+|at\s+)?(?:the\s+)?|skip(?:ping)?\s+(?:the\s+)?|never\s+on\s+(?:the\s+)?"
    rf"|except\s+(?:on\s+|at\s+)?(?:the\s+)?|without\s+(?:the\s+)?|leave out\s+(?:the\s+)?|but not (?:on |at )?(?:the )?)?"
    rf"(?P<days>{'|'.join(sorted(_DAY_WORDS, key=len, reverse=True))}|{_DAY_NAME}\s*(?:to|through|until|till|-|–)\s*{_DAY_NAME}"
    rf"|{_DAY_NAME}(?:(?:\s*,\s*(?:and\s+)?|\s+and\s+){_DAY_NAME})*)\b",
    re.IGNORECASE,
)


def redays(clause: str, state: Changing) -> bool:
    """Read `only on weekdays, same time`, `not on Sundays`: the days of a schedule, its time stays."""
    said = spoken(clause, state)
    found = list(_DAYS.finditer(said))
    if (
        len(found) != 1
        or _AT.search(said)
        or _ANOTHER.search(said)
        or re.search(r"\b(?:hour|minute|every \d|noon|midnight|morning|evening|night)", said, re.I)
    ):
        return False
    match = found[0]
    rest = f"{said[: match.start()]} {said[match.end() :]}"
    zone = _zone(rest)
    if unheard(ZONE.sub(" ", rest) if zone else rest, state) or re.search(r"\d", rest):
        return False
    schedules = schedules_of(state, clause)
    if len(schedules) != 1:
        if len(schedules) > 1:
            state.vague["the schedule"] = [str(item.get("id")) for item in schedules]
        return False
    trigger = schedules[0]
    fields = str(trigger.get("cron", "")).split()
    days = _dow(match["days"].lower(), bool(match["not"]))
    if len(fields) != 5 or days is None or (fields[2] != "*" and days != "*"):
        return False
    note(
        state,
        clause,
        op="set",
        kind="trigger",
        target=trigger["id"],
        path="cron",
        value=" ".join([*fields[:2], "*", fields[3], days]),
    )
    return zone is None or note(
        state, clause, op="set", kind="trigger", target=trigger["id"], path="timezone", value=zone
    )


_ANOTHER = re.compile(r"^(?:add|create)\b|\b(?:also|too|as well|another|additional)\b", re.IGNORECASE)


def _dow(said: str, without: bool) -> str | None:
    """Return the days of the week as cron writes them; `without` asks for all the others."""
    if (known := _DAY_WORDS.get(said)) is not None:
        return {"1-5": "6,0", "6,0": "1-5"}.get(known) if without else known
    named = [_NAMES.index(day if day.endswith("day") else day[:-1]) for day in re.findall(_DAY_NAME, said)]
    if len(named) == 2 and re.search(r"\b(?:to|through|until|till)\b|-|–", said):
        first, last = named
        if without or last == 0:
            last = 7
        return None if without or first > last else f"{first}-{last}"
    if without:
        named = [day for day in range(7) if day not in named]
        return "1-6" if named == list(range(1, 7)) else ",".join(map(str, named))
    return ",".join(str(day) for day in dict.fromkeys(named))


def unheard(rest: str, state: Changing) -> list[str]:
    """Return the words of a clause about a schedule that say something nothing here reads."""
    names = {str(item.get("id")).lower() for item in state.data.get("triggers") or ()}
    return [
        word
        for word in re.findall(r"[a-z][\w'-]*", MARK.sub(" ", rest).lower())
        if word not in _SPOKEN and word not in names
    ]


def _on_day(cron: str, day: int) -> str | None:
    """Return the cron with another day of the month, where it goes by the days of the month."""
    fields = cron.split()
    if len(fields) != 5 or not fields[2].isdigit() or not 1 <= day <= 31:
        return None
    return " ".join([*fields[:2], str(day), *fields[3:]])


def _shift(said: str) -> int | None:
    """Return the minutes a schedule moves."""
    how = _SHIFT.search(said)
    duration = find_duration(said) if how else None
    if how is None or duration is None:
        return None
    match = re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?", duration.iso)
    if match is None:
        return None
    minutes = int(match[1] or 0) * 60 + int(match[2] or 0)
    return -minutes if how["how"].lower() in ("earlier", "sooner", "before that") else minutes


def _zone(said: str) -> str | None:
    match = ZONE.search(said)
    if match is None:
        return None
    return ZONES.get((match["iana"] or match["abbr"] or match["city"]).lower())


def _moved(cron: str, clock: str | None, shift: int | None) -> str | None:
    fields = cron.split()
    if len(fields) != 5:
        return None
    if clock is not None:
        found = find_schedules(f"every day at {clock}")
        return " ".join([*found[0].cron.split()[:2], *fields[2:]]) if found and found[0].cron else None
    if not all(part.isdigit() for part in fields[:2]):
        return None
    minutes = int(fields[1]) * 60 + int(fields[0]) + (shift or 0)
    if not 0 <= minutes < 24 * 60:  # another day: the days would have to move as well
        return None
    return " ".join([str(minutes % 60), str(minutes // 60), *fields[2:]])


def _first_schedule(clause: str, clock: str, zone: str | None, state: Changing) -> bool:
    start = starts.Start()
    starts.read_schedule(find_schedules(f"every day at {clock}")[0], 0, state.types, start, False)
    if not start.triggers:
        return False
    trigger = start.triggers[0]
    if zone:
        trigger.values["timezone"] = zone
    state.edit.notes.append("It runs every day at that time, as no day was named.")
    return note(state, clause, op="add", trigger=trigger)
