"""JSON values one after the other, from files of any size, and values as JSON."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Final, NoReturn, TextIO
from zoneinfo import ZoneInfo

import orjson

from engine.errors import TaskFailure
from engine.expression.text import zone_name
from engine.model.json import Json

_BLOCK: Final = 1 << 18
_LONGEST: Final = 1 << 28
"""As many characters a single value in an array may have."""
_SPACE: Final = re.compile(r"[ \t\r\n]*")


def read_lines(text: TextIO, source: str) -> Iterator[Json]:
    """Yield one value per line, blank lines left out. Raises TaskFailure with the line."""
    for number, line in enumerate(text, start=1):
        if line.isspace():
            continue
        try:
            yield orjson.loads(line)
        except ValueError as error:
            raise TaskFailure(
                f"line {number} of {source} is not JSON: {error}; if the file is one JSON array or object, "
                f"not one value per line, set `newLine: false`"
            ) from error


def read_array(text: TextIO, source: str) -> Iterator[Json]:
    """Yield the elements of an array one by one, or the value if it is no array. Raises TaskFailure."""
    return _Elements(text, source).read()


def json_bytes(value: Json) -> bytes:
    """Write a value as compact JSON: decimals with all digits, bytes as base64, dates as ISO text."""
    return orjson.dumps(value, default=_other, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z)


def in_zone(value: Json, zone: ZoneInfo, *, annotate: bool = False) -> Json:
    """Return a value with its dates in a zone; `annotate` puts the kind of the date beside it."""
    if isinstance(value, dict):
        return {key: in_zone(item, zone, annotate=annotate) for key, item in value.items()}
    if isinstance(value, list):
        return [in_zone(item, zone, annotate=annotate) for item in value]
    if not isinstance(value, datetime | time):
        return value
    kind = _kind(value)
    if isinstance(value, datetime) and value.tzinfo not in (None, UTC):
        value = value.astimezone(zone)
    return {"ion_annotations": [kind], "value": value.isoformat()} if annotate and kind else value


def _kind(value: date | time) -> str | None:
    """Return the annotation a row file keeps for such a date."""
    if isinstance(value, time):
        return "OffsetTime" if value.tzinfo else "LocalTime"
    if not isinstance(value, datetime) or value.tzinfo is UTC:
        return None
    if value.tzinfo is None:
        return "LocalDateTime"
    return "ZonedDateTime" if zone_name(value.tzinfo) else "OffsetDateTime"


def _other(value: object) -> object:
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(str(value))
    return value.isoformat() if isinstance(value, time) else str(value)


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


class _Elements:
    """Reads an array of any size: at most one element and one block are in memory."""

    def __init__(self, text: TextIO, source: str) -> None:
        self._text = text
        self._source = source
        self._decoder = json.JSONDecoder(parse_constant=_refuse)
        self._buffer = ""
        self._at = 0
        self._over = False

    def read(self) -> Iterator[Json]:
        first = self._next()
        if not first:
            return
        if first != "[":
            yield self._value()
            self._end()
            return
        self._at += 1
        if self._next() == "]":
            self._at += 1
        else:
            yield self._value()
            while (mark := self._next()) == ",":
                self._at += 1
                self._next()
                yield self._value()
            if mark != "]":
                self._fail(f"`,` or `]` is missing before '{mark}'" if mark else "the array does not end")
            self._at += 1
        self._end()

    def _next(self) -> str:
        """Return the next character that is no space, without passing it; nothing at the end."""
        while True:
            match = _SPACE.match(self._buffer, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._more(_BLOCK):
                return ""

    def _more(self, size: int) -> bool:
        block = "" if self._over else self._text.read(size)
        self._over = not block
        self._buffer = self._buffer[self._at :] + block
        self._at = 0
        return bool(block)

    def _value(self) -> Json:
        while True:
            problem = "the value is too long; write one value per line"
            try:
                value, end = self._decoder.raw_decode(self._buffer, self._at)
                # A number at the end of the block may go on in the next one.
                if end < len(self._buffer) or not self._more(_BLOCK):
                    self._at = min(end, len(self._buffer))
                    return value
                continue
            except RecursionError as error:
                raise TaskFailure(f"{self._source} is nested too deeply") from error
            except ValueError as error:
                problem = str(error)
            if len(self._buffer) > _LONGEST or not self._more(max(_BLOCK, len(self._buffer))):
                self._fail(problem)

    def _end(self) -> None:
        if rest := self._next():
            self._fail(f"there is '{rest}' after its end; for one value per line set `newLine: true`")

    def _fail(self, problem: str) -> NoReturn:
        raise TaskFailure(f"{self._source} is not JSON: {problem}")
