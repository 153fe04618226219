"""Cron expressions: their rules, and the dates before and after a date, right across daylight saving."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo

from cronsim import CronSim, CronSimError

NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_FIELDS = ("second", "minute", "hour", "day of month", "month", "day of week")
_UNSUPPORTED = re.compile(r"[?#]|\bL\b|\d[LW]\b|\bLW\b|\bW\b", re.IGNORECASE)
_MARGIN = timedelta(hours=3)
"""More than any clock is ever put forward or back."""
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_TICK = timedelta(microseconds=1)


def check_cron(cron: str, *, with_seconds: bool) -> str:
    """Return the expression with a nickname resolved; raises ValueError with a sentence for the author."""
    text = " ".join(cron.split())
    if text.startswith("@"):
        return _nickname(text, with_seconds=with_seconds)
    parts = text.split(" ") if text else []
    names = _FIELDS if with_seconds else _FIELDS[1:]
    if len(parts) != len(names):
        hint = ""
        if len(parts) == 6 and not with_seconds:
            hint = "; for a field of seconds set `withSeconds: true`"
        elif len(parts) == 5 and with_seconds:
            hint = "; with `withSeconds: true` the first field are the seconds"
        raise ValueError(f"'{cron}' has {len(parts)} fields; it needs {len(names)}: {', '.join(names)}{hint}")
    for name, part in zip(names, parts, strict=True):
        if _UNSUPPORTED.search(part):
            raise ValueError(
                f"'{part}' in the {name} of '{cron}' is not supported; use numbers, names, lists `1,2`, "
                f"ranges `1-5`, steps `*/2` and `*`"
            )
    try:
        found = next(CronSim(text, datetime(2024, 1, 1)), None)
    except CronSimError as error:
        if str(error) != "Bad day-of-month" or not _fits_another_month(text):
            raise ValueError(_explained(cron, str(error))) from None
        found = None
    if found is None:
        raise ValueError(
            f"'{cron}' never happens: none of its months has such a day; take an earlier day or other months"
        )
    return text


def _fits_another_month(text: str) -> bool:
    """Tell whether all that is wrong is a day the given months do not have, like 31 February."""
    *before, _, week = text.split(" ")
    try:
        return next(CronSim(" ".join([*before, "*", week]), datetime(2024, 1, 1)), None) is not None
    except CronSimError:
        return False


def _nickname(text: str, *, with_seconds: bool) -> str:
    found = NICKNAMES.get(text.lower())
    if found is None:
        raise ValueError(f"'{text}' is not a cron expression; the names are {', '.join(NICKNAMES)}")
    return f"0 {found}" if with_seconds else found


def _explained(cron: str, reason: str) -> str:
    field = reason.removeprefix("Bad ").replace("-", " ")
    limits = {
        "second": "0-59",
        "minute": "0-59",
        "hour": "0-23",
        "day of month": "1-31",
        "month": "1-12 or JAN-DEC",
        "day of week": "0-7 (0 and 7 are Sunday) or SUN-SAT",
    }
    allowed = limits.get(field)
    if allowed is None:
        return f"'{cron}' is not a cron expression: {reason}"
    return f"the {field} of '{cron}' is not possible; it may be {allowed}, and ranges go upwards"


def dates_after(cron: str, moment: datetime, zone: tzinfo) -> Iterator[datetime]:
    """Yield the dates strictly after a moment, earliest first, in UTC."""
    last = moment.astimezone(UTC)
    for date in (_on_the_clock if _by_the_clock(cron) else _on_and_on)(cron, last, zone, reverse=False):
        if date > last:
            last = date
            yield date


def dates_before(cron: str, moment: datetime, zone: tzinfo) -> Iterator[datetime]:
    """Yield the dates strictly before a moment, latest first, in UTC."""
    last = moment.astimezone(UTC)
    for date in (_on_the_clock if _by_the_clock(cron) else _on_and_on)(cron, last, zone, reverse=True):
        if date < last:
            last = date
            yield date


def _by_the_clock(cron: str) -> bool:
    """Tell fixed times of day from "every ten minutes"."""
    minute, hour = cron.split(" ")[-5:-3]
    return not minute.startswith("*") and not hour.startswith("*")


def _on_the_clock(cron: str, moment: datetime, zone: tzinfo, *, reverse: bool) -> Iterator[datetime]:
    """Look for dates on the wall clock: one that happens twice in a night counts the first time, one that is
    left out counts as much later as the clock was put forward.
    """
    wall = moment.astimezone(zone).replace(tzinfo=None) + (_MARGIN if reverse else -_MARGIN)
    for date in CronSim(cron, wall, reverse=reverse):
        yield date.replace(tzinfo=zone, fold=0).astimezone(UTC)


def _on_and_on(cron: str, moment: datetime, zone: tzinfo, *, reverse: bool) -> Iterator[datetime]:
    """Look for dates in one stretch of time with the same offset after the other, so that they go on through
    an hour that happens twice.
    """
    begin: timedelta | None = timedelta(0)
    while begin is not None:
        offset = _offset(moment - _TICK if reverse else moment, zone)
        wall = (moment + offset).replace(tzinfo=None) - begin
        begin = None
        for date in CronSim(cron, wall, reverse=reverse):
            found = date.replace(tzinfo=UTC) - offset
            search = _change_before if reverse else _change_after
            change = search(moment, found, zone, offset)
            if change is not None:
                # The stretch is over; the next one may begin with a date, the one before cannot end with it.
                moment, begin = change, timedelta(0) if reverse else _SECOND
                break
            moment = found
            yield found


def _offset(moment: datetime, zone: tzinfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta(0)


def _change_after(begin: datetime, end: datetime, zone: tzinfo, offset: timedelta) -> datetime | None:
    """Return the first moment after `begin`, up to `end`, from which another offset holds."""
    while begin < end:
        step = min(begin + _DAY, end)
        if _offset(step, zone) != offset:
            return _narrowed(begin, step, zone)
        begin = step
    return None


def _change_before(end: datetime, begin: datetime, zone: tzinfo, offset: timedelta) -> datetime | None:
    """Return the last moment after `begin`, up to `end`, from which `offset` holds."""
    if _offset(end - _TICK, zone) != offset:
        return end
    while begin < end:
        step = max(end - _DAY, begin)
        if _offset(step, zone) != offset:
            return _narrowed(step, end - _TICK, zone)
        end = step
    return None


def _narrowed(low: datetime, high: datetime, zone: tzinfo) -> datetime:
    """Return the second from which the offset at `high` holds."""
    wanted = _offset(high, zone)
    first, last = int(low.timestamp()), int(high.timestamp()) + 1
    while last - first > 1:
        middle = (first + last) // 2
        if _offset(datetime.fromtimestamp(middle, UTC), zone) == wanted:
            last = middle
        else:
            first = middle
    return datetime.fromtimestamp(last, UTC)
