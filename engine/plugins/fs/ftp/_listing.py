"""Lines of folder listings: those made for machines, and those of servers that only know `ls -l`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from engine.plugins.fs._remote import Entry

_LINE: Final = re.compile(
    r"(?P<kind>[-dlbcps])(?P<mode>[rwxsStT-]{9})[.+@]?\s+\d+\s+\S+\s+\S+\s+(?P<size>\d+)\s+"
    r"(?P<month>[A-Z][a-z]{2})\s+(?P<day>\d{1,2})\s+(?:(?P<year>\d{4})|(?P<hour>\d{1,2}):(?P<minute>\d{2}))"
    r"\s(?P<name>.+)"
)
"""A line of `ls -l`. A name may begin with blanks, so only one stands before it."""
_DOS: Final = re.compile(
    r"(?P<date>\d{2}-\d{2}-\d{2,4}\s+\d{1,2}:\d{2}(?:AM|PM)?)\s+(?:(?P<folder><DIR>)|(?P<size>\d+))\s+(?P<name>.+)"
)
"""A line of servers on Windows."""
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def from_facts(folder: str, name: str, facts: dict[str, str]) -> Entry | None:
    """Return an entry of an MLSD listing (RFC 3659); None for the folder itself and its parent."""
    kind = facts.get("type", "file").lower()
    if kind in ("cdir", "pdir") or name in (".", ".."):
        return None
    mode = facts.get("unix.mode", "")
    return Entry(
        path=f"{folder.rstrip('/')}/{name}",
        folder=kind == "dir",
        size=int(facts.get("size", "0") or 0),
        modified=_fact_moment(facts.get("modify")),
        link=kind.startswith("os.unix=s"),
        permissions=int(mode, 8) if re.fullmatch(r"[0-7]+", mode) else None,
    )


def from_line(folder: str, line: str, now: datetime) -> Entry | None:
    """Return an entry of a LIST listing; None for lines that are none. `now` tells the year of a date."""
    found = _LINE.fullmatch(line.rstrip("\r\n"))
    if found is None:
        return _from_dos(folder, line.rstrip("\r\n"))
    name, link = found["name"], found["kind"] == "l"
    if link:
        name = name.partition(" -> ")[0]
    if name in (".", "..") or found["month"] not in _MONTHS:
        return None
    return Entry(
        path=f"{folder.rstrip('/')}/{name}",
        folder=found["kind"] == "d",
        size=int(found["size"]),
        modified=_line_moment(found, now),
        link=link,
    )


def _from_dos(folder: str, line: str) -> Entry | None:
    found = _DOS.fullmatch(line)
    if found is None or found["name"] in (".", ".."):
        return None
    text = " ".join(found["date"].split())
    modified = None
    for form in ("%m-%d-%y %I:%M%p", "%m-%d-%Y %I:%M%p", "%m-%d-%y %H:%M", "%m-%d-%Y %H:%M"):
        try:
            modified = datetime.strptime(text, form).replace(tzinfo=UTC)
            break
        except ValueError:
            continue
    size = int(found["size"] or 0)
    return Entry(f"{folder.rstrip('/')}/{found['name']}", found["folder"] is not None, size, modified)


def _fact_moment(text: str | None) -> datetime | None:
    digits = re.match(r"\d{14}", text or "")
    try:
        return datetime.strptime(digits[0], "%Y%m%d%H%M%S").replace(tzinfo=UTC) if digits else None
    except ValueError:
        return None


def _line_moment(found: re.Match[str], now: datetime) -> datetime | None:
    """Return the date of a line: those of the last half year have a time instead of a year."""
    month, day = _MONTHS.index(found["month"]) + 1, int(found["day"])
    try:
        if found["year"]:
            return datetime(int(found["year"]), month, day, tzinfo=UTC)
        hour, minute = int(found["hour"]), int(found["minute"])
        for year in (now.year, now.year - 1):
            moment = datetime(year, month, day, hour, minute, tzinfo=UTC)
            if moment <= now + timedelta(days=1):
                return moment
    except ValueError:
        return None
    return None
