"""Ion text: the format of row files, one value a line. Written fast, read fast, nothing but text Ion.

Dates follow Kestra's encoding: a date is a day, a moment of UTC a timestamp; all other dates and times are
annotated texts, like `LocalDateTime::"2024-01-31T10:00:00"`.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from json.encoder import encode_basestring as quoted
from typing import IO, Final

from engine.errors import ExpressionError
from engine.expression.ion_reader import IonReader, RowShapes
from engine.expression.text import clock_text, float_text, instant_text, java_text, offset_text, zone_name
from engine.expression.value import Long, is_list, is_map
from engine.model.duration import duration_text
from engine.model.json import Json

_BINARY: Final = b"\xe0\x01\x00\xea"
_SYMBOL: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_RESERVED: Final = frozenset({"null", "true", "false", "nan"})


def write_ion_row(value: Json) -> str:
    """Write one value as Ion text on one line, without the line end.

    Texts, numbers, booleans, maps, lists, dates, decimals and bytes have their own form; anything else is
    written as its text.
    """
    write = _WRITERS.get(type(value))
    return write(value) if write is not None else _other(value)


def write_ion_rows(rows: Iterable[Json], stream: IO[bytes]) -> int:
    """Write rows, one a line; null rows are left out. Return how many were written."""
    count = 0
    lines: list[str] = []
    for row in rows:
        if row is None:
            continue
        lines.append(write_ion_row(row))
        count += 1
        if len(lines) >= 1000:
            stream.write(("\n".join(lines) + "\n").encode("utf-8", "surrogatepass"))
            lines.clear()
    if lines:
        stream.write(("\n".join(lines) + "\n").encode("utf-8", "surrogatepass"))
    return count


def read_ion_rows(stream: IO[bytes] | IO[str]) -> Iterator[Json]:
    """Read the values of a stream, binary or text, one after the other, without loading it whole.

    Decimals come as `Decimal`, floats as `float`, days as `date`, timestamps as `datetime`. Raises
    ExpressionError, with the line, for what is not Ion text.
    """
    shapes = RowShapes()
    pending: list[str] = []
    began = attempt = 1
    chunks: Iterable[bytes | str] = stream
    for number, chunk in enumerate(chunks, start=1):
        if number == 1 and isinstance(chunk, bytes) and chunk.startswith(_BINARY):
            raise ExpressionError("The file is binary Ion; only Ion text can be read")
        try:
            line = chunk.decode("utf-8", "surrogatepass") if isinstance(chunk, bytes) else chunk
        except UnicodeDecodeError as error:
            raise ExpressionError(
                f"Line {number} is not text; a file of rows holds Ion text, as tasks store it: convert other "
                f"files first, CSV for example by io.kestra.plugin.serdes.csv.CsvToIon"
            ) from error
        if not pending:
            row = shapes.read(line)
            if row is not None:
                yield row
                continue
            began = number
        pending.append(line)
        if len(pending) < attempt:
            continue
        reader = IonReader("".join(pending), began)
        values = reader.complete_values()
        attempt = len(pending) * 3 // 2 + 1
        if values is not None:
            attempt = 1
            pending.clear()
            if len(values) == 1 and isinstance(values[0], dict):
                shapes.learn(line, values[0])
            yield from values
    if pending:
        yield from IonReader("".join(pending), began).values()


def read_ion(text: str) -> list[Json]:
    """Read all values of a text. Raises ExpressionError."""
    return IonReader(text).values()


def _field(name: str) -> str:
    return name if _SYMBOL.fullmatch(name) and name not in _RESERVED else _symbol_text(name)


def _symbol_text(name: str) -> str:
    return "'" + quoted(name)[1:-1].replace('\\"', '"').replace("'", "\\'") + "'"


@lru_cache(maxsize=1000)
def _prefixes(keys: tuple[str, ...]) -> tuple[str, ...]:
    """Return the written field names of a row with these keys: the rows of a file share their keys."""
    names = [_field(key if isinstance(key, str) else java_text(key)) for key in keys]
    return tuple(f"{',' if at else '{'}{name}:" for at, name in enumerate(names))


def _map(value: dict[str, Json]) -> str:
    value = value.copy()
    if not value:
        return "{}"
    parts: list[str] = []
    add = parts.append
    writers = _WRITERS
    for prefix, (_, item) in zip(_prefixes(tuple(value)), value.items(), strict=True):
        add(prefix)
        kind = type(item)
        if kind is str:
            add(quoted(item))
        elif kind is int:
            add(int.__repr__(item))
        else:
            write = writers.get(kind)
            add(write(item) if write is not None else _other(item))
    add("}")
    return "".join(parts)


def _list(value: list[Json]) -> str:
    return "[" + ",".join([write_ion_row(item) for item in list(value)]) + "]"


def _null(value: Json) -> str:
    return "null"


def _boolean(value: Json) -> str:
    return "true" if value else "false"


def _float(value: float) -> str:
    if value != value:
        return "nan"
    if value in (float("inf"), float("-inf")):
        return "+inf" if value > 0 else "-inf"
    text = float_text(value)
    return (text[:-2] if text.endswith(".0") else text) + ("" if "E" in text else "e0")


def _decimal(value: Decimal) -> str:
    if not value.is_finite():
        return _float(float(value))
    text = str(value).replace("E", "d")
    return text if "." in text or "d" in text else text + "."


def _moment(value: datetime) -> str:
    if value.tzinfo is UTC:
        return instant_text(value)
    if value.tzinfo is None:
        return f'LocalDateTime::"{value.isoformat()}"'
    text = value.replace(tzinfo=None).isoformat() + offset_text(value.utcoffset())
    region = zone_name(value.tzinfo)
    return f'ZonedDateTime::"{text}[{region}]"' if region else f'OffsetDateTime::"{text}"'


def _time(value: time) -> str:
    if value.tzinfo is None:
        return f'LocalTime::"{clock_text(value)}"'
    return f'OffsetTime::"{clock_text(value)}{offset_text(value.utcoffset())}"'


def _bytes(value: bytes) -> str:
    return "{{" + base64.b64encode(value).decode() + "}}"


def _duration(value: timedelta) -> str:
    return f'"{duration_text(value)}"'


def _other(value: Json) -> str:
    if isinstance(value, bool | int | float | str | datetime | date | time):
        for kind in (bool, int, float, str, datetime, date, time):
            if isinstance(value, kind):
                return _WRITERS[kind](value)
    if is_map(value):
        return _map(dict(value))
    if is_list(value):
        return _list(list(value))
    return quoted(java_text(value))


_WRITERS: Final[dict[type, Callable[[Json], str]]] = {
    str: quoted,
    int: int.__repr__,
    Long: int.__repr__,
    float: _float,
    bool: _boolean,
    type(None): _null,
    dict: _map,
    list: _list,
    Decimal: _decimal,
    datetime: _moment,
    date: date.isoformat,
    time: _time,
    timedelta: _duration,
    bytes: _bytes,
    bytearray: _bytes,
    memoryview: _bytes,
}
