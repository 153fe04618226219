"""Small words: numbers, durations, names."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = dict(
    zip(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"],
        range(20, 100, 10),
        strict=True,
    )
)
NUMBERS: dict[str, int] = {
    **{word: n for n, word in enumerate(_ONES)},
    **_TENS,
    "a": 1,
    "an": 1,
    "once": 1,
    "twice": 2,
    "dozen": 12,
}
NUMBER = (
    r"(?:\d+(?:\.\d+)?|(?:"
    + "|".join(_TENS)
    + r")(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?|"
    + "|".join(sorted(_ONES, key=len, reverse=True))
    + ")"
)
_UNITS = {
    "s": "S",
    "sec": "S",
    "second": "S",
    "m": "M",
    "min": "M",
    "minute": "M",
    "h": "H",
    "hr": "H",
    "hour": "H",
    "d": "D",
    "day": "D",
    "w": "W",
    "week": "W",
    "ms": "MS",
    "millisecond": "MS",
}
_UNIT = r"(milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|w)\b"
_ISO = r"\bP(?:\d+D)?(?:T(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?(?<=\d[DHMS])\b"
_COUNTED = re.compile(
    rf"(?P<iso>{_ISO})|(?P<bare>(?<=every )(?:second|minute|hour|day)\b)|"
    rf"(?P<half>\bhalf an? (?P<half_unit>minute|hour|day))|"
    rf"(?P<n>\b(?:{NUMBER}|an?))(?:(?<=\d)[ -]?|[ -]){_UNIT}(?P<more>\s+and\s+a\s+half)?(?:\s*(?:and\s+)?(?"
    rf"P<n2>\d+)\s*{_UNIT})?",
    re.IGNORECASE,
)


def number_of(text: str) -> float | None:
    """Read `12`, `2.5`, `ten`, `twenty-five`, `a`; None when it is no number."""
    text = text.strip().lower().replace(",", "")
    if re.fullmatch(r"\d+(?:\.\d+)?", text):
        return float(text)
    if text in NUMBERS:
        return NUMBERS[text]
    parts = re.split(r"[- ]", text)
    if len(parts) == 2 and parts[0] in _TENS and parts[1] in NUMBERS:
        return _TENS[parts[0]] + NUMBERS[parts[1]]
    return None


def whole(text: str) -> int | None:
    """Read a whole number."""
    value = number_of(text)
    return int(value) if value is not None and value == int(value) else None


@dataclass(frozen=True, slots=True)
class FoundDuration:
    """A length of time in a text, and where it stands."""

    iso: str
    start: int
    end: int


def find_duration(text: str, start: int = 0) -> FoundDuration | None:
    """Find the first length of time: `5 seconds`, `two and a half`, `1h 30m`, `half an hour`, `PT5M`."""
    for match in _COUNTED.finditer(text, start):
        iso = _iso_of(match)
        if iso:
            return FoundDuration(iso, match.start(), match.end())
    return None


def _iso_of(match: re.Match[str]) -> str | None:
    if match["iso"]:
        return match["iso"].upper()
    if match["bare"]:
        return {"second": "PT1S", "minute": "PT1M", "hour": "PT1H", "day": "P1D"}[match["bare"].lower()]
    if match["half"]:
        return {"minute": "PT30S", "hour": "PT30M", "day": "PT12H"}[match["half_unit"].lower()]
    number = number_of(match["n"])
    if number is None:
        return None
    groups = [group for group in match.groups() if group is not None]
    unit = _unit_of(match, groups)
    seconds = number * _SECONDS[unit]
    if match["more"]:
        seconds += _SECONDS[unit] / 2
    if match["n2"]:
        seconds += float(match["n2"]) * _SECONDS[_UNITS[groups[-1].lower().rstrip("s") or "s"]]
    return seconds_iso(seconds)


_SECONDS = {"MS": 0.001, "S": 1.0, "M": 60.0, "H": 3600.0, "D": 86400.0, "W": 604800.0}


def _unit_of(match: re.Match[str], groups: list[str]) -> str:
    word = groups[1].lower()
    return _UNITS.get(word) or _UNITS[word.rstrip("s") or "s"]


def seconds_iso(seconds: float) -> str:
    """Write seconds as an ISO-8601 duration."""
    if seconds >= 86400 and seconds % 86400 == 0:
        return f"P{int(seconds // 86400)}D"
    whole_seconds, rest = int(seconds), seconds - int(seconds)
    hours, left = divmod(whole_seconds, 3600)
    minutes, left = divmod(left, 60)
    text = "PT"
    text += f"{hours}H" if hours else ""
    text += f"{minutes}M" if minutes else ""
    if left or rest or text == "PT":
        text += f"{left + rest:.3f}".rstrip("0").rstrip(".") + "S"
    return text


STOP_WORDS = frozenset(
    [
        "a",
        "an",
        "the",
        "this",
        "that",
        "these",
        "those",
        "it",
        "its",
        "of",
        "to",
        "in",
        "on",
        "at",
        "by",
        "for",
        "from",
        "with",
        "and",
        "or",
        "then",
        "into",
        "as",
        "is",
        "are",
        "be",
        "i",
        "me",
        "my",
        "we",
        "our",
        "you",
        "your",
        "please",
        "can",
        "could",
        "would",
        "should",
        "will",
        "want",
        "need",
        "like",
        "some",
        "any",
        "all",
        "each",
        "every",
        "so",
        "also",
        "just",
        "which",
        "who",
        "whose",
        "whom",
        "using",
        "use",
        "via",
        "make",
        "create",
        "build",
        "write",
        "draft",
        "new",
        "flow",
        "workflow",
        "pipeline",
        "task",
        "step",
    ]
)


def name_of(text: str, *, limit: int = 3) -> str:
    """Make a snake_case name from the telling words of a text."""
    words = [word for word in re.findall(r"[a-z0-9]+", text.lower()) if word not in STOP_WORDS]
    return "_".join(words[:limit])


def singular(word: str) -> str:
    """`months` is `month`, `cities` is `city`, `boxes` is `box`."""
    low = word.lower()
    if low.endswith("ies") and len(low) > 4:
        return word[:-3] + "y"
    if low.endswith(("ses", "xes", "ches", "shes")) and not low.endswith(("bases", "uses")):
        return word[:-2]
    if low.endswith("s") and not low.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
