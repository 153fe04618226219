"""Schedules in words to cron: `every weekday at 7:30 Paris time`, `first of the month at 9am`."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from copilot.planner.rules.cron import (
    DAY,
    DEFAULT_TIMES,
    FULL_DAY,
    MONTH,
    MONTHS,
    ORDINAL,
    SMALL,
    Tail,
    cron_of,
    day_list,
    part_of,
)
from copilot.planner.rules.word import NUMBER, whole
from copilot.planner.rules.zone import ZONE, ZONE_LATER, ZONES


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule found in a text. `problem` says why it cannot be a cron; then `cron` is empty."""

    cron: str
    start: int
    end: int
    words: str
    timezone: str | None = None
    with_seconds: bool = False
    nth_weekday: tuple[str, str] | None = None
    problem: str | None = None
    more: tuple[str, ...] = ()
    """Further crons of the same words, where one cannot say it all: `at 9:00 and 17:30`."""


_EVERY = r"(?:every|each|all)"
_CLOCK = (
    r"(?:noon|midday|midnight|(?:[01]?\d"
    r"|2[0-4])(?:[:.h][0-5]\d)?\s*(?:o'?clock)?\s*(?:a\.?m\.?|p\.?m\.?)?(?!\w)|"
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)(?:\s+thirty)?"
    r"(?:\s*o'?clock)?(?:\s*(?:a\.?m\.?|p\.?m\.?))?\b)(?!\s*(?:%|percent|seconds?|minutes?|times|rows))"
)
_PART = (
    r"(?:in the (?:early )?(?:morning|afternoon|evening)|at night|(?:morning|afternoon|evening|night)s?\b)"
)

# What repeats. Order matters: the longest phrase first.
_BASES: Final[tuple[tuple[str, str], ...]] = (
    (
        "cron",
        (
            r"(?:\bcron(?:\s+(?:expression|schedule))?\s*:?\s*)?[`\"']?(?P<cron>(?<![\w*/])(?:[\d*"
            r"][\d*/,-]*\s+){4}[\w*][\w*/,-]*)[`\"']?"
        ),
    ),
    (
        "nth",
        (
            rf"(?:on )?(?:the |{_EVERY} )?(?P<nth>first|1st|second|2nd|third|3rd|fourth|4th"
            rf"|last) (?P<nth_day>{FULL_DAY}) of (?:the|each|every|a) month"
        ),
    ),
    (
        "monthend",
        (
            r"(?:on )?(?:(?:the|each|every) )?last day of (?:the|each|every|a) month"
            r"|(?:at )?(?:the )?end of (?:the|each|every) month"
        ),
    ),
    (
        "daymonths",
        (
            rf"(?:on )?(?:the )?(?P<dm>{ORDINAL})(?: day)? (?:of|in) (?P<dms>{MONTH}(?:(?:\s*,\s*(?:and )?"
            rf"|\s+and\s+){MONTH})*)\b"
        ),
    ),
    (
        "monthday",
        (
            rf"(?:(?:on|{_EVERY}) )?(?:the )?(?P<dom>{ORDINAL})(?P<dom2>(?:,? and (?:the )?"
            rf"|, )(?:{ORDINAL}))?(?: day)?(?: of)? (?:the|each|every|a) month"
        ),
    ),
    (
        "yearday",
        (
            rf"(?:(?:yearly|annually|once (?:a|per) year|{_EVERY} year),? )?(?:(?:on"
            rf"|{_EVERY}) )(?:the )?(?:(?P<ym>{MONTH}) (?P<yd>\d{{1,2}})(?:st|nd|rd|th)?"
            rf"|(?P<yd2>\d{{1,2}})(?:st|nd|rd|th)? (?:of )?(?P<ym2>{MONTH}))\b(?: {_EVERY} year)?"
        ),
    ),
    ("inmonths", rf"{_EVERY} (?P<im>{MONTH})\b"),
    (
        "quarter",
        (
            rf"quarterly|once (?:a|per) quarter|{_EVERY} quarter(?! (?:of an )?hour)(?: of (?:the"
            rf"|a) year)?|{_EVERY} (?:three|3) months"
        ),
    ),
    (
        "month",
        (
            rf"(?:\bmonthly|once (?:a|per) month|{_EVERY} month\b(?! (?:of|in|from|between)\b)|per month\b)"
            rf"(?:,? on (?:the )?(?:day )?(?P<dom3>{ORDINAL})(?: day)?\b(?! {FULL_DAY}))?"
        ),
    ),
    ("months", rf"{_EVERY} (?P<months>{NUMBER}) months"),
    (
        "year",
        (
            rf"(?:yearly|annually|once (?:a|per) year|{_EVERY} year\b(?! (?:of|in|from|between)\b))"
            rf"(?!,? on (?:the )?(?:{MONTH}|\d|first|last))"
        ),
    ),
    (
        "weekdays",
        (
            rf"(?:{_EVERY}|on|only on) (?:weekdays?|working days?|work ?days?|business days?)"
            rf"|(?:{_EVERY} )?(?:from |between )?monday (?:to|through|until|-) friday"
            rf"|between monday and friday|(?:{_EVERY} )?mon-fri|weekdays"
        ),
    ),
    ("weekend", rf"(?:{_EVERY}|on|at) (?:the )?weekends?"),
    (
        "days",
        (
            rf"(?:(?:{_EVERY}|on) )(?P<days>{DAY}(?:(?:\s*,\s*(?:and )?|\s+and\s+(?:every |each "
            rf"|on )?|\s*/\s*){DAY})*)\b(?!-)"
        ),
    ),
    ("plurals", rf"\b(?P<plural>{FULL_DAY}s(?:(?:\s*,\s*|\s+and\s+){FULL_DAY}s)*)\b"),
    ("otherday", rf"{_EVERY} (?:other|second|2nd) day|{_EVERY} (?:two|2) days"),
    ("ndays", rf"{_EVERY} (?P<ndays>{NUMBER}) days"),
    ("week", rf"\bweekly|once (?:a|per) week|{_EVERY} week\b"),
    ("nweeks", rf"{_EVERY} (?:other|second|{NUMBER}) weeks?|bi-?weekly|fortnightly"),
    ("halfhour", rf"{_EVERY} half(?: an)?[- ]hour|half-hourly"),
    ("quarterhour", rf"{_EVERY} quarter (?:of an )?hour"),
    ("nminutes", rf"{_EVERY} (?P<minutes>{NUMBER})[ -]?min(?:ute)?s?\b"),
    ("nhours", rf"{_EVERY} (?P<hours>{NUMBER}|other|second)[ -]?(?:hours?|h|hrs?)\b"),
    ("nseconds", rf"{_EVERY} (?P<seconds>{NUMBER})[ -]?sec(?:ond)?s?\b"),
    ("minute", rf"{_EVERY} minute\b|once (?:a|per) minute|minutely"),
    ("hour", rf"\bhourly|once (?:an|per) hour|{_EVERY} hour\b|on the hour"),
    ("second", rf"{_EVERY} second\b(?! day| week| month)"),
    ("twice", r"twice (?:a|per|each|every) day|twice daily"),
    ("part", rf"{_EVERY} (?P<part>morning|afternoon|evening|night|noon|midnight)|nightly"),
    ("day", rf"\bdaily|once (?:a|per) day|{_EVERY} (?:single )?day\b(?! of)"),
)
_BASE_RES = tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in _BASES)
_AT = re.compile(
    rf"[\s,]*(?:\(?\s*(?:starting |always )?(?:at|@)\s+(?P<clock>{_CLOCK})"
    rf"(?P<more>(?:\s*,\s*(?:and\s+)?(?:at\s+)?{_CLOCK}"
    rf"|\s+and\s+(?:at\s+)?{_CLOCK})*)(?:\s+(?P<part>{_PART}))?)|"
    rf"[\s,]*(?P<alone>{_PART})(?:\s+at\s+(?P<clock2>{_CLOCK}))?",
    re.IGNORECASE,
)
_PAST = re.compile(
    (
        r"[\s,]*at\s+(?:minute\s+(?P<at>\d{1,2})|(?P<past>\d{1,2}|quarter"
        r"|half)\s*(?:minutes?\s+)?past(?:\s+the\s+hour)?)"
    ),
    re.I,
)
_WINDOW = re.compile(
    (
        rf"[\s,]*(?:between|from)\s+(?P<from>{_CLOCK})\s*(?:and|to|until|till"
        rf"|-)\s*(?P<to>{_CLOCK})(?:\s*o'?clock)?"
    ),
    re.I,
)
_ON_DAYS = re.compile(
    r"[\s,]*(?:(?:on|only on|but only on) )?(?:(?P<wd>weekdays|working days|business days)|"
    rf"(?:from )?(?P<first>{FULL_DAY}) (?:to|through|until|till|-) (?P<last>{FULL_DAY})|"
    rf"between (?P<first2>{FULL_DAY}) and (?P<last2>{FULL_DAY})|"
    rf"(?P<we>weekends)|on (?P<days>{DAY}(?:(?:\s*,\s*|\s+and\s+){DAY})*)\b)",
    re.I,
)
_IN_MONTHS = re.compile(rf"[\s,]*\b(?:in|during)\s+(?P<m>{MONTH}(?:(?:\s*,\s*|\s+and\s+){MONTH})*)\b", re.I)
_LEAD = re.compile(
    r"(?:\b(?:run|runs|running|schedule|scheduled|execute|executed|repeat|triggered?"
    r"|start(?:ing|ed)?)(?:\s+(?:it|this|the flow|the workflow|everything"
    r"|me))?\s+(?:for\s+)?)?"
    rf"(?:\bat\s+(?P<clock>{_CLOCK})(?P<more>(?:\s+and\s+(?:at\s+)?{_CLOCK})*)[\s,]+(?:on\s+)?)?$",
    re.IGNORECASE,
)


def find_schedules(text: str) -> list[Schedule]:
    """Find every schedule of the text, left to right, none overlapping."""
    found: list[Schedule] = []
    position = 0
    while (schedule := _next(text, position)) is not None:
        found.append(schedule)
        position = schedule.end
    return found


def _next(text: str, position: int) -> Schedule | None:
    hits = [
        (match.start(), order, name, match)
        for order, (name, pattern) in enumerate(_BASE_RES)
        if (match := pattern.search(text, position)) is not None
    ]
    if not hits:
        return None
    _, _, name, match = min(hits, key=lambda hit: (hit[0], hit[1]))
    return _read(text, position, name, match)


def _read(text: str, position: int, name: str, match: re.Match[str]) -> Schedule:
    lead = _LEAD.search(text[position : match.start()])
    start = position + lead.start() if lead else match.start()
    part = (match.groupdict().get("part") or ("night" if name == "part" else "")).lower()
    tail = _tail(text, match.end(), f"in the {part}" if part else None)
    if lead and lead["clock"]:
        tail.times = _clocks(f"{lead['clock']} {lead['more'] or ''}", part) + tail.times
    groups: dict[int, list[tuple[int, int]]] = {}
    for time in tail.times:
        groups.setdefault(time[1], []).append(time)
    if len(groups) > 1 and name not in SMALL and name != "cron":
        crons = [cron_of(name, match, replace(tail, times=times))[0] for times in groups.values()]
        if all(crons):
            more, words = tuple(crons[1:]), text[start : tail.end].strip(" ,")
            return Schedule(crons[0], start, tail.end, words, tail.timezone, more=more)
    cron, extra = cron_of(name, match, tail)
    words = text[start : tail.end].strip(" ,")
    timezone = tail.timezone
    if extra == "seconds":
        return Schedule(cron, start, tail.end, words, timezone, with_seconds=True)
    if extra and extra.startswith("nth:"):
        _, which, day = extra.split(":")
        return Schedule(cron, start, tail.end, words, timezone, nth_weekday=(which, day))
    return Schedule(cron, start, tail.end, words, timezone, problem=extra)


def _tail(text: str, at: int, part: str | None) -> Tail:
    tail = Tail(at, [])
    progress = True
    while progress:
        progress = False
        for take in (_take_window, _take_past, _take_at, _take_days, _take_months, _take_zone):
            if take(text, tail, part):
                progress = True
                break
    if tail.timezone is None:
        later = ZONE_LATER.search(text, at)
        if later and later.start() - tail.end < 3:
            zone = ZONES.get((later["tz"] or later["in"]).lower())
            if zone:
                tail.timezone, tail.end = zone, later.end()
    return tail


def _take_window(text: str, tail: Tail, part: str | None) -> bool:
    match = _WINDOW.match(text, tail.end)
    if match is None or tail.window:
        return False
    first, last = _clock(match["from"], None), _clock(match["to"], None)
    if first and last and last[0] < first[0] <= 12 and last[0] <= 12:
        last = (last[0] + 12, last[1])
    if not first or not last:
        return False
    tail.window, tail.end = (first[0], min(last[0], 23)), match.end()
    return True


def _take_past(text: str, tail: Tail, part: str | None) -> bool:
    match = _PAST.match(text, tail.end)
    if match is None:
        return False
    word = match["at"] or match["past"]
    tail.minute = {"quarter": 15, "half": 30}.get(word.lower()) if not word.isdigit() else int(word)
    tail.end = match.end()
    return True


def _take_at(text: str, tail: Tail, part: str | None) -> bool:
    match = _AT.match(text, tail.end)
    if match is None or match.end() == tail.end:
        return False
    said = match["part"] or match["alone"] or part
    clocks = match["clock"] or match["clock2"]
    tail.times += (
        _clocks(f"{clocks} {match['more'] or ''}", said) if clocks else [DEFAULT_TIMES[part_of(said)]]
    )
    tail.end = match.end()
    return True


def _take_days(text: str, tail: Tail, part: str | None) -> bool:
    match = _ON_DAYS.match(text, tail.end)
    if match is None or tail.days:
        return False
    if match["first"] or match["first2"]:
        tail.days = _day_range(match["first"] or match["first2"], match["last"] or match["last2"])
    else:
        tail.days = "1-5" if match["wd"] else "0,6" if match["we"] else day_list(match["days"])
    tail.end = match.end()
    return True


def _day_range(first: str, last: str) -> str:
    """Write `Monday to Friday` as cron days, `Saturday to Tuesday` as a list, because the week wraps."""
    start, end = int(day_list(first)), int(day_list(last))
    if start < end:
        return f"{start}-{end}"
    return ",".join(str(day) for day in sorted((start + n) % 7 for n in range((end - start) % 7 + 1)))


def _take_months(text: str, tail: Tail, part: str | None) -> bool:
    match = _IN_MONTHS.match(text, tail.end)
    if match is None or tail.months:
        return False
    tail.months = ",".join(str(MONTHS[name[:3].lower()]) for name in re.findall(MONTH, match["m"], re.I))
    tail.end = match.end()
    return True


def _take_zone(text: str, tail: Tail, part: str | None) -> bool:
    match = ZONE.match(text, tail.end)
    if match is None or tail.timezone:
        return False
    name = match["iana"] or match["abbr"] or match["city"]
    zone = ZONES.get(name.lower())
    if zone is None:
        return False
    tail.timezone, tail.end = zone, match.end()
    return True


def _clocks(text: str, part: str | None) -> list[tuple[int, int]]:
    times = [_clock(found, part) for found in re.findall(_CLOCK, text, re.IGNORECASE)]
    said = [time for time in times if time is not None]
    half = re.search(r"([ap])\.?m", text, re.IGNORECASE)
    if half and half[1].lower() == "p":  # "at 1 and 6 pm" means both
        said = [
            (hour + 12, minute)
            if hour < 12 and not re.search(rf"\b{hour}(?::\d\d)?\s*a\.?m", text, re.I)
            else (hour, minute)
            for hour, minute in said
        ]
    return said


def _clock(text: str, part: str | None) -> tuple[int, int] | None:
    low = text.lower().strip()
    if low in ("noon", "midday"):
        return 12, 0
    if low == "midnight":
        return 0, 0
    match = re.match(r"(\d{1,2})(?:[:.h](\d{2}))?|([a-z]+)(\s+thirty)?", low)
    if match is None:
        return None
    hour = int(match[1]) if match[1] else whole(match[3])
    minute = int(match[2]) if match[2] else 30 if match[4] else 0
    if hour is None or hour > 24:
        return None
    half = re.search(r"([ap])\.?m", low)
    if half:
        hour = hour % 12 + (12 if half[1] == "p" else 0)
    elif (part and re.search("afternoon|evening", part, re.I) and hour < 12) or (
        part and "night" in part.lower() and 6 <= hour < 12
    ):
        hour += 12
    return hour % 24, minute
