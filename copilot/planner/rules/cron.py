"""What was read of a schedule, written as cron."""

from __future__ import annotations

import re
from dataclasses import dataclass

from copilot.planner.rules.word import whole

DAYS = {"mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6, "sun": 0}
DAY = (
    r"(?:mon(?:days?)?|tues?(?:days?)?|wed(?:nesdays?)?|thu(?:r(?:s(?:days?)?)?)?|fri(?:days?)?|"
    r"sat(?:urdays?)?|sun(?:days?)?)"
)
FULL_DAY = r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
MONTHS = {
    name: n
    for n, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], start=1
    )
}
MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december|"
    r"jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
)
_ORDINALS = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "fifth": 5,
    "tenth": 10,
    "fifteenth": 15,
    "twentieth": 20,
    "twenty-fifth": 25,
    "thirtieth": 30,
}
ORDINAL = r"(?:\d{1,2}(?:st|nd|rd|th)?|" + "|".join(_ORDINALS) + r")"


@dataclass
class Tail:
    """What stands around the repeating words: clocks, window, days, months, zone."""

    end: int
    times: list[tuple[int, int]]
    minute: int | None = None
    window: tuple[int, int] | None = None
    days: str | None = None
    months: str | None = None
    timezone: str | None = None


DEFAULT_TIMES = {
    "morning": (7, 0),
    "afternoon": (14, 0),
    "evening": (18, 0),
    "night": (2, 0),
    "noon": (12, 0),
    "midnight": (0, 0),
}


def part_of(words: str | None) -> str:
    low = (words or "").lower()
    return next((part for part in DEFAULT_TIMES if part in low), "morning")


def day_list(text: str) -> str:
    return ",".join(dict.fromkeys(str(DAYS[day[:3].lower()]) for day in re.findall(DAY, text, re.I)))


def cron_of(name: str, match: re.Match[str], tail: Tail) -> tuple[str, str | None]:
    """Return the cron and, if any, `seconds`, `nth:WHICH:DAY` or why there is none."""
    groups = match.groupdict()
    if name == "cron":
        return " ".join(groups["cron"].split()), None
    months = tail.months or "*"
    days = tail.days or "*"
    hours = f"{tail.window[0]}-{tail.window[1]}" if tail.window else "*"
    if name in SMALL:
        return _small(name, groups, tail, hours, months, days)
    return _large(name, groups, _at_times(name, match, tail), months, days)


SMALL = frozenset({"minute", "nminutes", "halfhour", "quarterhour", "hour", "nhours", "second", "nseconds"})


def _small(
    name: str, groups: dict[str, str | None], tail: Tail, hours: str, months: str, days: str
) -> tuple[str, str | None]:
    minute = tail.minute if tail.minute is not None else tail.times[0][1] if tail.times else 0
    rest = f"* {months} {days}"
    if name in ("second", "nseconds"):
        step = 1 if name == "second" else whole(groups["seconds"] or "") or 0
        if not step or 60 % step:
            return "", f"every {step} seconds does not divide a minute; choose 5, 10, 15, 20 or 30 seconds"
        return f"{'*' if step == 1 else f'*/{step}'} * {hours} {rest}", "seconds"
    if name == "hour":
        return f"{minute} {hours} {rest}", None
    if name == "nhours":
        word = (groups["hours"] or "").lower()
        step = 2 if word in ("other", "second") else whole(word) or 0
        if not step or 24 % step:
            return "", f"every {step} hours does not divide a day; choose 2, 3, 4, 6, 8 or 12 hours"
        return f"{minute} {hours}{'' if step == 1 else f'/{step}'} {rest}", None
    step = {"minute": 1, "halfhour": 30, "quarterhour": 15}.get(name) or whole(groups["minutes"] or "") or 0
    if step and step % 60 == 0 and 24 % (step // 60) == 0:
        return f"0 {hours}/{step // 60} {rest}", None
    if not step or 60 % step:
        return (
            "",
            f"every {step} minutes does not divide an hour; choose 5, 10, 15, 20, 30 minutes or whole hours",
        )
    return f"{'*' if step == 1 else f'*/{step}'} {hours} {rest}", None


def _at_times(name: str, match: re.Match[str], tail: Tail) -> tuple[str, str]:
    """Return the minute and the hours; the times share their minute."""
    times = tail.times
    if not times:
        part = "night" if match[0].lower() == "nightly" else part_of(match[0]) if name == "part" else None
        times = [DEFAULT_TIMES[part]] if part else [(0, 0), (12, 0)] if name == "twice" else [(0, 0)]
    return str(times[0][1]), ",".join(map(str, sorted({hour for hour, _ in times})))


def _large(
    name: str, groups: dict[str, str | None], times: tuple[str, str], months: str, days: str
) -> tuple[str, str | None]:
    head = f"{times[0]} {times[1]}"
    if name in ("day", "part", "twice"):
        return f"{head} * {months} {days}", None
    if name in ("weekdays", "weekend"):
        return f"{head} * {months} {'1-5' if name == 'weekdays' else '0,6'}", None
    if name in ("days", "plurals"):
        return f"{head} * {months} {day_list(groups.get('days') or groups.get('plural') or '')}", None
    if name == "week":
        return f"{head} * {months} {'1' if days == '*' else days}", None
    if name == "nweeks":
        return "", "cron cannot say every other week; choose weekly, or two days of the month"
    if name in ("otherday", "ndays"):
        return f"{head} */{2 if name == 'otherday' else whole(groups['ndays'] or '') or 1} {months} *", None
    if name == "monthend":
        return "", "cron cannot say the last day of the month; choose the first of the month"
    return _by_month(name, groups, head, months)


def _by_month(name: str, groups: dict[str, str | None], head: str, months: str) -> tuple[str, str | None]:
    if name == "month":
        return f"{head} {_ordinal(groups['dom3'] or '1') or 1} {months} *", None
    if name == "monthday":
        both = [_ordinal(groups["dom"] or ""), _ordinal(re.sub(r"[,\s]|and|the", "", groups["dom2"] or ""))]
        return f"{head} {','.join(str(day) for day in both if day)} {months} *", None
    if name == "daymonths":
        said = [MONTHS[month[:3].lower()] for month in re.findall(MONTH, groups["dms"] or "", re.IGNORECASE)]
        return f"{head} {_ordinal(groups['dm'] or '1') or 1} {','.join(map(str, sorted(set(said))))} *", None
    if name == "nth":
        day = (groups["nth_day"] or "").upper()
        which = _NTH[(groups["nth"] or "").lower()]
        return f"{head} * {months} {DAYS[day[:3].lower()]}", f"nth:{which}:{day}"
    if name == "months":
        step = whole(groups["months"] or "") or 0
        return (
            (f"{head} 1 */{step} *", None)
            if step and 12 % step == 0
            else ("", "the months do not divide a year")
        )
    if name == "quarter":
        return f"{head} 1 1,4,7,10 *", None
    if name == "year":
        return f"{head} 1 1 *", None
    if name == "inmonths":
        return f"{head} 1 {MONTHS[(groups['im'] or '')[:3].lower()]} *", None
    month = groups.get("ym") or groups.get("ym2") or ""
    return f"{head} {int(groups.get('yd') or groups.get('yd2') or 1)} {MONTHS[month[:3].lower()]} *", None


_NTH = {
    "first": "FIRST",
    "1st": "FIRST",
    "second": "SECOND",
    "2nd": "SECOND",
    "third": "THIRD",
    "3rd": "THIRD",
    "fourth": "FOURTH",
    "4th": "FOURTH",
    "last": "LAST",
}


def _ordinal(text: str) -> int | None:
    low = text.lower().strip()
    if low in _ORDINALS:
        return _ORDINALS[low]
    digits = re.match(r"\d{1,2}", low)
    day = int(digits[0]) if digits else 0
    return day if 1 <= day <= 31 else None
