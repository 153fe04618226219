"""Reads Ion text: a general reader, and a fast one for rows that look like the row before."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Final
from zoneinfo import ZoneInfo

import orjson

from engine.errors import ExpressionError
from engine.model.json import Json

_MAX_DEPTH: Final = 200
_STRING: Final = r'"[^"\\\n\x00-\x08\x0e-\x1f]*"'
_INTEGER: Final = r"-?(?:0|[1-9]\d{0,17})"
_FLOAT: Final = r"-?\d+(?:\.\d+)?[eE][-+]?\d+"
_DECIMAL: Final = r"-?\d+\.\d*(?:[dD][-+]?\d+)?"
_STAMP: Final = (
    r"\d{4}-\d\d-\d\d(?:T(?:\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[-+]\d\d:\d\d))?)?|\d{4}T|\d{4}-\d\dT"
)
_NOTE: Final = rf"[A-Za-z]+::{_STRING}"
_SIMPLE: Final = rf"{_STRING}|{_STAMP}|{_FLOAT}|{_DECIMAL}|{_INTEGER}|true|false|null|{_NOTE}"

_TOKEN: Final = re.compile(
    r"(?:[ \t\r\n\f\v,]|//[^\n]*|/\*.*?\*/)*"
    r"(?:"
    r"(?P<long>'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*''')"
    r'|(?P<text>"[^"\\]*(?:\\.[^"\\]*)*")'
    r"|(?P<quoted>'[^'\\]*(?:\\.[^'\\]*)*')"
    rf"|(?P<stamp>{_STAMP})"
    r"|(?P<number>[-+]?(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|\d[\d_]*(?:\.[\d_]*)?(?:[eEdD][-+]?\d+)?|inf\b))"
    r"|(?P<note>::)"
    r"|(?P<blob>\{\{[^}]*\}\})"
    r"|(?P<mark>[{}\[\]():])"
    r"|(?P<symbol>[A-Za-z_$][\w$.]*)"
    r")",
    re.DOTALL | re.ASCII,
)
_ESCAPE: Final = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|\r\n|.)", re.DOTALL)
_ESCAPES: Final = {
    "n": "\n", "t": "\t", "r": "\r", "0": "\0", "a": "\a", "b": "\b", "f": "\f", "v": "\v",
    "\n": "", "\r\n": "",
}  # fmt: skip
_SYMBOLS: Final[dict[str, Json]] = {"true": True, "false": False, "null": None, "nan": float("nan")}


class IonReader:
    """Reads the values of one text; `first_line` is where it begins in its file."""

    def __init__(self, text: str, first_line: int = 1) -> None:
        self.text = text
        self.first_line = first_line
        self.at = 0
        self.depth = 0

    def values(self) -> list[Json]:
        """Read all values. Raises ExpressionError with the line."""
        found: list[Json] = []
        while (match := self._next()) is not None:
            found.append(self._value(match))
        return found

    def complete_values(self) -> list[Json] | None:
        """Read all values; None when the text ends inside of one, so that more lines are needed."""
        try:
            return self.values()
        except _Unfinished:
            self.at = self.depth = 0
            return None

    def _next(self) -> re.Match[str] | None:
        match = _TOKEN.match(self.text, self.at)
        if match is None:
            rest = self.text[self.at :]
            stripped = re.sub(r"^(?:[ \t\r\n\f\v,]|//[^\n]*|/\*.*?\*/)*", "", rest, flags=re.DOTALL)
            if not stripped:
                self.at = len(self.text)
                return None
            self.at += len(rest) - len(stripped)
            if stripped[0] in "\"'{" or stripped.startswith("/*"):
                raise _Unfinished(self._message(f"`{stripped[:20]}` is not closed"))
            raise self._failure(f"`{stripped[:20]}` is not Ion text")
        self.at = match.end()
        return match

    def _value(self, match: re.Match[str]) -> Json:
        kind = match.lastgroup or ""
        token = match[kind]
        if kind == "text":
            return _unescaped(token[1:-1])
        if kind == "number":
            return self._number(token)
        if kind == "stamp":
            return self._stamp(token)
        if kind in ("symbol", "quoted"):
            return self._symbol(token, kind)
        if kind == "long":
            return self._long(token)
        if kind == "blob":
            return self._blob(token)
        if token == "{":
            return self._struct()
        if token in ("[", "("):
            return self._sequence("]" if token == "[" else ")")
        raise self._failure(f"`{token}` is not a value")

    def _symbol(self, token: str, kind: str) -> Json:
        name = _unescaped(token[1:-1]) if kind == "quoted" else token
        if self.text.startswith("::", self.at):
            self.at += 2
            return self._annotated(name)
        if kind == "quoted":
            return name
        if name.startswith("null."):
            return None
        return _SYMBOLS.get(name, name)

    def _annotated(self, name: str) -> Json:
        match = self._next()
        if match is None:
            raise _Unfinished(self._message(f"`{name}::` has no value"))
        value = self._value(match)
        read = _ANNOTATED.get(name)
        if read is None or not isinstance(value, str):
            return value
        try:
            return read(value)
        except (ValueError, KeyError, OSError):
            raise self._failure(f"'{value}' is not a {name}") from None

    def _struct(self) -> dict[str, Json]:
        self._enter()
        found: dict[str, Json] = {}
        while True:
            match = self._inside("}")
            if match["mark"] == "}":
                break
            name = self._name(match)
            if self._inside("}")["mark"] != ":":
                raise self._failure(f"the field `{name}` has no `:`")
            found[name] = self._value(self._inside("}"))
        self.depth -= 1
        return found

    def _name(self, match: re.Match[str]) -> str:
        kind = match.lastgroup or ""
        if kind in ("text", "quoted"):
            return _unescaped(match[kind][1:-1])
        if kind == "symbol":
            return match["symbol"]
        if kind == "long":
            return str(self._long(match["long"]))
        raise self._failure(f"`{match[0].strip()}` is not the name of a field")

    def _sequence(self, end: str) -> list[Json]:
        self._enter()
        found: list[Json] = []
        while True:
            match = self._inside(end)
            if match["mark"] == end:
                break
            found.append(self._value(match))
        self.depth -= 1
        return found

    def _inside(self, end: str) -> re.Match[str]:
        match = self._next()
        if match is None:
            raise _Unfinished(self._message(f"`{end}` is missing"))
        return match

    def _long(self, token: str) -> str:
        text = _unescaped(token[3:-3])
        while self.text[self.at :].lstrip().startswith("'''"):
            match = self._next()
            if match is None or match.lastgroup != "long":
                break
            text += _unescaped(match["long"][3:-3])
        return text

    def _blob(self, token: str) -> Json:
        inner = token[2:-2].strip()
        if inner.startswith('"'):
            return _unescaped(inner[1:-1]).encode("latin-1", "replace")
        try:
            return base64.b64decode("".join(inner.split()), validate=True)
        except binascii.Error:
            raise self._failure("a blob is not base64") from None

    def _number(self, token: str) -> Json:
        text = token.replace("_", "")
        try:
            if text.endswith("inf"):
                return float(text)
            if text[-1:] == "." or "." in text or "d" in text.lower():
                if "e" in text.lower():
                    return float(text)
                return Decimal(text.lower().replace("d", "e"))
            if "e" in text.lower() and not text.lower().startswith(("0x", "-0x", "+0x")):
                return float(text)
            return int(text, 0) if "x" in text.lower() or "b" in text.lower() else int(text)
        except (ValueError, InvalidOperation):
            raise self._failure(f"'{token[:40]}' is not a number") from None

    def _stamp(self, token: str) -> Json:
        try:
            return read_stamp(token)
        except ValueError:
            raise self._failure(f"'{token}' is not a date") from None

    def _enter(self) -> None:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise self._failure(f"values are nested deeper than {_MAX_DEPTH}")

    def _message(self, reason: str) -> str:
        line = self.first_line + self.text.count("\n", 0, self.at)
        return f"Line {line} is not Ion text: {reason}"

    def _failure(self, reason: str) -> ExpressionError:
        return ExpressionError(self._message(reason))


class _Unfinished(ExpressionError):
    """The text ends inside of a value."""


class RowShapes:
    """Knows how the last row was written, and reads further rows of the same fields with one pattern.

    Making a pattern takes milliseconds, so it is made when `after` rows have been seen: small files never
    need one. A column that held two kinds of values is read as any value from then on.
    """

    def __init__(self, after: int = 50) -> None:
        self._after = after
        self._match: Callable[[str], re.Match[str] | None] | None = None
        self._kinds: dict[str, str] = {}
        self._converters: tuple[tuple[str, Callable[[str], Json]], ...] = ()
        self._learned = 0

    def read(self, line: str) -> Json:
        """Return the row, or None when it does not look like the one learned."""
        if self._match is None:
            return None
        match = self._match(line)
        if match is None:
            return None
        row: dict[str, Json] = dict(zip(self._kinds, match.groups(), strict=True))
        try:
            for key, convert in self._converters:
                token = row[key]
                if token is not None:
                    row[key] = convert(token)
        except (ValueError, KeyError):
            return None
        return row

    def learn(self, line: str, row: dict[str, Json]) -> None:
        """Take this row as the model; rows of ever new shapes stop being learned."""
        self._after -= 1
        if self._after > 0 or not row or len(row) > 90 or self._learned > 50:
            return
        self._learned += 1
        kinds = {key: _COLUMNS.get(type(value), "any") for key, value in row.items()}
        if tuple(kinds) == tuple(self._kinds):
            kinds = {key: kind if kind == self._kinds[key] else "any" for key, kind in kinds.items()}
        fields = r"[ ]?,[ ]?".join(
            f"{_key_pattern(key)}[ ]?:[ ]?{_PATTERNS[kind]}" for key, kind in kinds.items()
        )
        pattern = re.compile(rf"\{{[ ]?{fields}[ ]?\}}[ \r\n]*\Z")
        if pattern.match(line) is not None:
            self._match, self._kinds = pattern.match, kinds
            self._converters = tuple(
                (key, _CONVERTERS[kind]) for key, kind in kinds.items() if kind != "text"
            )


def _key_pattern(key: str) -> str:
    name = re.escape(key)
    return rf"(?:{name}|\"{name}\"|'{name}')"


def read_stamp(token: str) -> Json:
    """Read an Ion timestamp: a day is a date, more is a moment. An unknown offset (`-00:00`) is UTC."""
    if "T" not in token:
        return date.fromisoformat(token)
    day, _, clock = token.partition("T")
    if not clock:
        parts = [int(part) for part in day.split("-")]
        return date(parts[0], parts[1] if len(parts) > 1 else 1, parts[2] if len(parts) > 2 else 1)
    return datetime.fromisoformat(token)


def _moment(text: str) -> datetime:
    if not text.endswith("]"):
        return datetime.fromisoformat(text)
    text, _, region = text[:-1].partition("[")
    return datetime.fromisoformat(text).astimezone(ZoneInfo(region))


_ANNOTATED: Final[dict[str, Callable[[str], Json]]] = {
    "LocalDateTime": _moment,
    "OffsetDateTime": _moment,
    "ZonedDateTime": _moment,
    "Instant": _moment,
    "LocalTime": time.fromisoformat,
    "OffsetTime": time.fromisoformat,
    "LocalDate": date.fromisoformat,
}


def _read_simple(token: str) -> Json:
    """Read a value without escapes, as the pattern of a row lets through."""
    first = token[0]
    if first == '"':
        return token[1:-1]
    if first in "-0123456789":
        if token.isdigit():
            return int(token)
        if "e" in token or "E" in token:
            return float(token)
        if "-" in token[1:] or "T" in token:
            return _simple_stamp(token)
        return Decimal(token.replace("d", "e").replace("D", "e")) if "." in token else int(token)
    if token in _CONSTANTS:
        return _CONSTANTS[token]
    name, _, text = token.partition("::")
    read = _ANNOTATED.get(name)
    return text[1:-1] if read is None else read(text[1:-1])


def _simple_stamp(token: str) -> Json:
    if ("d" in token or "D" in token) and "T" not in token:
        return Decimal(token.replace("d", "e").replace("D", "e"))
    return read_stamp(token)


_CONSTANTS: Final[dict[str, Json]] = {"true": True, "false": False, "null": None}
_COLUMNS: Final = {str: "text", int: "integer", float: "float"}
_PATTERNS: Final = {
    "text": rf'(?:"({_STRING[1:-1]})"|null)',
    "integer": rf"(?:({_INTEGER})|null)",
    "float": rf"(?:({_FLOAT})|null)",
    "any": rf"({_SIMPLE})",
}
_CONVERTERS: Final[dict[str, Callable[[str], Json]]] = {"integer": int, "float": float, "any": _read_simple}


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    try:
        return str(orjson.loads(f'"{text}"'))
    except ValueError:
        return _ESCAPE.sub(_character, text)


def _character(match: re.Match[str]) -> str:
    code = match[1]
    if len(code) > 1 and code[0] in "xuU":
        number = int(code[1:], 16)
        return chr(number) if number <= 0x10FFFF else "\ufffd"
    return _ESCAPES.get(code, code)
