"""Time zones in words."""

from __future__ import annotations

import re
from typing import Final
from zoneinfo import available_timezones

_ZONE_WORDS: Final[dict[str, str]] = {
    "utc": "UTC",
    "gmt": "UTC",
    "zulu": "UTC",
    "cet": "Europe/Paris",
    "cest": "Europe/Paris",
    "central european": "Europe/Paris",
    "bst": "Europe/London",
    "uk": "Europe/London",
    "british": "Europe/London",
    "eet": "Europe/Helsinki",
    "est": "America/New_York",
    "edt": "America/New_York",
    "eastern": "America/New_York",
    "us eastern": "America/New_York",
    "cst": "America/Chicago",
    "us central": "America/Chicago",
    "central": "America/Chicago",
    "mst": "America/Denver",
    "us mountain": "America/Denver",
    "mountain": "America/Denver",
    "pst": "America/Los_Angeles",
    "pdt": "America/Los_Angeles",
    "pacific": "America/Los_Angeles",
    "us pacific": "America/Los_Angeles",
    "san francisco": "America/Los_Angeles",
    "seattle": "America/Los_Angeles",
    "california": "America/Los_Angeles",
    "boston": "America/New_York",
    "washington": "America/New_York",
    "ist": "Asia/Kolkata",
    "india": "Asia/Kolkata",
    "mumbai": "Asia/Kolkata",
    "delhi": "Asia/Kolkata",
    "jst": "Asia/Tokyo",
    "japan": "Asia/Tokyo",
    "beijing": "Asia/Shanghai",
    "china": "Asia/Shanghai",
    "german": "Europe/Berlin",
    "germany": "Europe/Berlin",
    "munich": "Europe/Berlin",
    "hamburg": "Europe/Berlin",
    "french": "Europe/Paris",
    "france": "Europe/Paris",
    "lyon": "Europe/Paris",
    "spain": "Europe/Madrid",
    "barcelona": "Europe/Madrid",
    "italy": "Europe/Rome",
    "milan": "Europe/Rome",
    "geneva": "Europe/Zurich",
    "swiss": "Europe/Zurich",
    "poland": "Europe/Warsaw",
    "kyiv": "Europe/Kyiv",
    "brazil": "America/Sao_Paulo",
    "australia": "Australia/Sydney",
    "korea": "Asia/Seoul",
}
_CITY_AREAS = ("Europe/", "America/", "Asia/", "Africa/", "Australia/", "Pacific/", "Atlantic/")


def _zone_table() -> dict[str, str]:
    table = {zone.lower(): zone for zone in sorted(available_timezones())}
    for zone in sorted(available_timezones()):
        if zone.startswith(_CITY_AREAS):
            table.setdefault(zone.rpartition("/")[2].replace("_", " ").lower(), zone)
    return {**table, **_ZONE_WORDS}


ZONES: Final = _zone_table()
_ZONE_NAMES = "|".join(re.escape(name) for name in sorted(sorted(ZONES), key=len, reverse=True))
ZONE = re.compile(
    rf"[\s,]*\(?(?:(?:in|using)\s+(?:the\s+)?)?(?:(?P<iana>[A-Z][A-Za-z]+/[A-Za-z_]+(?:/[A-Za-z_]+)?)|"
    rf"(?P<abbr>UTC|GMT|CET|CEST|EST|EDT|CST|PST|PDT|MST|BST|IST|JST|EET)\b|"
    rf"(?P<city>(?i:{_ZONE_NAMES}))(?:['’]s)?\s+(?i:standard\s+)?(?i:local\s+)?(?i:time(?:\s?zone)?))"
    rf"(?:\s+(?i:time(?:\s?zone)?))?\)?",
)
ZONE_LATER = re.compile(
    rf"\b(?:time ?zone(?:\s+is)?:?\s+(?P<tz>[\w/+-]+)|in\s+(?P<in>{_ZONE_NAMES})(?:\s+time)?(?=[\s,.;]|$))",
    re.IGNORECASE,
)
