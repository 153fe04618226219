"""Java's DateTimeFormatter patterns: letters compiled to functions that write and expressions that read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Final

from engine.errors import ExpressionError
from engine.expression.text import offset_text, zone_name

_MAX_PATTERN: Final = 200
_MAX_TEXT: Final = 200
_MAX_OPTIONAL: Final = 4
_MAX_ZONES: Final = 2
MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_TOKEN: Final = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|(\[)|(\])|([^A-Za-z'\[\]]+)|(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Part:
    """A run of one pattern letter; or literal text when the letter is empty; brackets are optional parts."""

    letter: str
    count: int
    text: str = ""


class Pattern:
    """A compiled pattern."""

    def __init__(self, text: str, parts: tuple[Part, ...]) -> None:
        self.text = text
        self._parts = parts
        self._writers = [_writer(part, text) for part in parts if part.letter not in ("[", "]")]
        self._reader: re.Pattern[str] | None = None

    def write(self, moment: datetime) -> str:
        """Write a moment; zone letters raise ExpressionError when it has no zone."""
        return "".join([writer(moment) for writer in self._writers])

    def read(self, text: str) -> dict[str, str]:
        """Split a text into the values of the letters. Raises ExpressionError when it does not fit."""
        if len(text) > _MAX_TEXT:
            raise ExpressionError(f"A date is a text of at most {_MAX_TEXT} characters")
        if self._reader is None:
            self._reader = re.compile(_expression(self._parts, self.text) + r"\Z", re.IGNORECASE | re.ASCII)
        match = self._reader.match(text)
        if match is None:
            raise ExpressionError(f"'{text[:100]}' does not fit the date pattern '{self.text}'")
        return {name: value for name, value in match.groupdict().items() if value is not None}


@lru_cache(maxsize=512)
def date_pattern(text: str) -> Pattern:
    """Compile a pattern. Raises ExpressionError for letters Java does not know."""
    if len(text) > _MAX_PATTERN:
        raise ExpressionError(f"A date pattern has at most {_MAX_PATTERN} characters")
    parts: list[Part] = []
    depth = 0
    for match in _TOKEN.finditer(text):
        if match[2] is not None:
            parts.append(Part(match[2], len(match[0])))
        elif match[1] is not None:
            parts.append(Part("", 0, match[1].replace("''", "'") or "'"))
        elif match[5] is not None:
            parts.append(Part("", 0, match[5]))
        elif match[6] is not None:
            raise ExpressionError(f"The date pattern '{text}' has a quote `'` that is not closed")
        else:
            depth += 1 if match[3] else -1
            parts.append(Part(match[0], 0))
            if depth < 0:
                break
    if depth:
        raise ExpressionError(f"The date pattern '{text}' has a bracket `[` or `]` without its other half")
    letters = [part.letter for part in parts]
    if letters.count("[") > _MAX_OPTIONAL or sum(letters.count(letter) for letter in "zvV") > _MAX_ZONES:
        raise ExpressionError(
            f"The date pattern '{text}' has more than {_MAX_OPTIONAL} optional parts or {_MAX_ZONES} zones"
        )
    return Pattern(text, tuple(parts))


def us_week(day: date) -> tuple[int, int]:
    """Return week-based year and week as in the USA: weeks begin on Sunday, week 1 has January 1st."""
    # In day numbers, of which Sundays divide by seven: the week may begin before year 1 or end after 9999.
    number = day.toordinal()
    sunday = number - number % 7
    year = day.year + (sunday + 6 > date(day.year, 12, 31).toordinal())
    first = date(year - 1, 12, 31).toordinal() + 1 if year > 1 else 1
    return year, (sunday - (first - first % 7)) // 7 + 1


def _writer(part: Part, pattern: str) -> Callable[[datetime], str]:
    letter, count = part.letter, part.count
    if not letter:
        text = part.text
        return lambda moment: text
    if letter in _NUMBERS:
        value, width = _NUMBERS[letter], count
        if letter in "uyY" and count == 2:
            return lambda moment: f"{value(moment) % 100:02d}"
        if letter not in _TEXTS or count < 3:
            return lambda moment: str(value(moment)).rjust(width, "0")
    if letter in _TEXTS:
        names = _TEXTS[letter]
        return lambda moment: names(moment, count)
    raise _unknown(letter, pattern)


_NUMBERS: Final[Mapping[str, Callable[[datetime], int]]] = {
    "u": lambda m: m.year,
    "y": lambda m: m.year,
    "Y": lambda m: us_week(m.date())[0],
    "Q": lambda m: (m.month + 2) // 3,
    "q": lambda m: (m.month + 2) // 3,
    "M": lambda m: m.month,
    "L": lambda m: m.month,
    "w": lambda m: us_week(m.date())[1],
    "W": lambda m: (m.day + (m.replace(day=1).weekday() + 1) % 7 - 1) // 7 + 1,
    "D": lambda m: m.timetuple().tm_yday,
    "d": lambda m: m.day,
    "F": lambda m: (m.day - 1) // 7 + 1,
    "e": lambda m: (m.weekday() + 1) % 7 + 1,
    "c": lambda m: (m.weekday() + 1) % 7 + 1,
    "H": lambda m: m.hour,
    "k": lambda m: m.hour or 24,
    "K": lambda m: m.hour % 12,
    "h": lambda m: m.hour % 12 or 12,
    "m": lambda m: m.minute,
    "s": lambda m: m.second,
    "A": lambda m: ((m.hour * 60 + m.minute) * 60 + m.second) * 1000 + m.microsecond // 1000,
    "n": lambda m: m.microsecond * 1000,
    "N": lambda m: (((m.hour * 60 + m.minute) * 60 + m.second) * 1_000_000 + m.microsecond) * 1000,
}


def _month(moment: datetime, count: int) -> str:
    return _styled(MONTHS[moment.month - 1], count)


def _weekday(moment: datetime, count: int) -> str:
    return _styled(DAYS[moment.weekday()], count)


def _styled(name: str, count: int) -> str:
    return name if count == 4 else name[:1] if count == 5 else name[:3]


def _quarter(moment: datetime, count: int) -> str:
    number = (moment.month + 2) // 3
    if count == 4:
        return f"{number}{('st', 'nd', 'rd', 'th')[number - 1]} quarter"
    return str(number) if count == 5 else f"Q{number}"


def _era(moment: datetime, count: int) -> str:
    return "Anno Domini" if count == 4 else "A" if count == 5 else "AD"


def _half(moment: datetime, count: int) -> str:
    return "AM" if moment.hour < 12 else "PM"


def _fraction(moment: datetime, count: int) -> str:
    return f"{moment.microsecond * 1000:09d}"[:count].ljust(count, "0")


def _seconds_of_offset(moment: datetime) -> int:
    offset = moment.utcoffset()
    if offset is None:
        raise ExpressionError(f"The date {moment.isoformat()} has no time zone to write")
    return round(offset.total_seconds())


def _offset_x(moment: datetime, count: int) -> str:
    return "Z" if _seconds_of_offset(moment) == 0 else _offset_small_x(moment, count)


def _offset_small_x(moment: datetime, count: int) -> str:
    seconds = _seconds_of_offset(moment)
    sign, size = "-" if seconds < 0 else "+", abs(seconds)
    hours, minutes, rest = size // 3600, size // 60 % 60, size % 60
    colon = ":" if count in (3, 5) else ""
    text = f"{sign}{hours:02d}"
    if count > 1 or minutes:
        text += f"{colon}{minutes:02d}"
    return text + (f"{colon}{rest:02d}" if count > 3 and rest else "")


def _offset_z(moment: datetime, count: int) -> str:
    if count == 4:
        return _localized(moment, 4)
    if count == 5:
        return _offset_x(moment, 5)
    return _offset_small_x(moment, 2)


def _localized(moment: datetime, count: int) -> str:
    seconds = _seconds_of_offset(moment)
    if not seconds:
        return "GMT"
    text = offset_text(moment.utcoffset())
    if count == 4:
        return f"GMT{text}"
    hours, minutes = text[1:].split(":")[:2]
    return f"GMT{text[0]}{int(hours)}" + (f":{minutes}" if minutes != "00" else "")


def _zone_id(moment: datetime, count: int) -> str:
    _seconds_of_offset(moment)
    return zone_name(moment.tzinfo) or offset_text(moment.utcoffset())


def _zone_text(moment: datetime, count: int) -> str:
    _seconds_of_offset(moment)
    if not zone_name(moment.tzinfo):
        return offset_text(moment.utcoffset())
    return moment.tzname() or ""


_TEXTS: Final[Mapping[str, Callable[[datetime, int], str]]] = {
    "M": _month,
    "L": _month,
    "E": _weekday,
    "e": _weekday,
    "c": _weekday,
    "Q": _quarter,
    "q": _quarter,
    "G": _era,
    "a": _half,
    "S": _fraction,
    "X": _offset_x,
    "x": _offset_small_x,
    "Z": _offset_z,
    "O": _localized,
    "V": _zone_id,
    "v": _zone_text,
    "z": _zone_text,
}


def _expression(parts: tuple[Part, ...], pattern: str) -> str:
    """Return a regular expression with a named group per letter; adjacent numbers have fixed widths."""
    seen: set[str] = set()
    pieces: list[str] = []
    for index, part in enumerate(parts):
        if part.letter == "[":
            pieces.append("(?:")
        elif part.letter == "]":
            pieces.append(")?")
        elif not part.letter:
            pieces.append(re.escape(part.text))
        else:
            after = parts[index + 1] if index + 1 < len(parts) else None
            body = _group(part, adjacent=after is not None and after.letter in _DIGITS)
            if body is None:
                raise _unknown(part.letter, pattern)
            name = f"{part.letter}{'_text' if part.letter in 'MLEe' and part.count > 2 else ''}"
            pieces.append(body if name in seen else f"(?P<{name}>{body})")
            seen.add(name)
    return "".join(pieces)


_DIGITS: Final = frozenset("uyYMLdDHhKkmsSAnNw")


def _group(part: Part, *, adjacent: bool) -> str | None:
    letter, count = part.letter, part.count
    if letter in "MLEec" and count > 2:
        names = MONTHS if letter in "ML" else DAYS
        return "|".join(name if count == 4 else name[:3] + r"(?:t(?=\b|\W))?" for name in names)
    if letter == "S":
        return rf"\d{{{count}}}"
    if letter in "uyY":
        return r"\d\d" if count == 2 else rf"\d{{{count}}}" if adjacent or count == 4 else r"[-+]?\d{1,9}"
    if letter in _DIGITS:
        if count == 1 and not adjacent:
            return r"\d{1,19}" if letter in "AnN" else r"\d{1,3}"
        return rf"\d{{{count}}}"
    return _ZONES.get(letter)


_ZONES: Final[Mapping[str, str]] = {
    "a": "am|pm",
    "G": "ad|bc|anno domini",
    "Q": r"q?\d(?:(?:st|nd|rd|th) quarter)?",
    "q": r"q?\d(?:(?:st|nd|rd|th) quarter)?",
    "e": r"\d",
    "X": r"Z|[-+]\d\d(?::?\d\d(?::?\d\d)?)?",
    "x": r"[-+]\d\d(?::?\d\d(?::?\d\d)?)?",
    "Z": r"Z|(?:GMT)?[-+]\d\d:?\d\d|GMT",
    "O": r"GMT(?:[-+]\d{1,2}(?::\d\d)?)?",
    "V": r"[A-Za-z][\w+/-]*|[-+]\d\d:\d\d",
    "v": r"[A-Za-z][\w+/-]*",
    "z": r"[A-Za-z][\w+/-]*|[-+]\d\d:\d\d",
}


def _unknown(letter: str, pattern: str) -> ExpressionError:
    return ExpressionError(
        f"The date pattern '{pattern}' has the letter `{letter}`, which means nothing; quote texts: 'T'"
    )
