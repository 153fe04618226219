"""Filters on numbers."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Final

from engine.errors import ExpressionError
from engine.expression import expect
from engine.expression.decimal_format import decimal_format
from engine.expression.limits import INT_MAX, LONG_MAX
from engine.expression.text import printed
from engine.expression.value import Long, kind, long
from engine.model.json import Json

_MAX_DIGITS: Final = 1_000


def abs_(value: Json) -> Json:
    """Return a number without its sign.

    `{{ -3 | abs }}` -> `3`
    """
    if value is None:
        return None
    number = expect.number(value, "abs")
    return long(abs(number)) if isinstance(number, Long) else abs(number)


def number(value: Json, type_: Json = "") -> Json:
    """Read a number from a text.

    type: INT, LONG, FLOAT, DOUBLE, BIGINTEGER or BIGDECIMAL; by the text itself when left out

    `{{ '12' | number }}` -> `12`
    `{{ '1.5' | number + 1 }}` -> `2.5`
    `{{ '7' | number('INT') + 1 }}` -> `8`
    `{{ '0.10' | number('BIGDECIMAL') }}` -> `0.10`
    `{{ 5 | number }}` -> error
    `{{ 'x' | number }}` -> error
    """
    if value is None:
        return None
    if not isinstance(value, str):
        raise ExpressionError(
            f"`number` reads texts, but this is {kind(value)} already; leave the filter out"
        )
    wanted = type_.upper() if isinstance(type_, str) else type_
    read = _READERS.get(wanted) if isinstance(wanted, str) else None
    if read is None:
        raise ExpressionError(
            f"`number` knows the types {', '.join(name for name in _READERS if name)}, not {printed(type_)!r}"
        )
    try:
        return read(value) if len(value) <= _MAX_DIGITS else _too_long()
    except (ValueError, ArithmeticError) as error:
        raise ExpressionError(
            f"'{value[:80]}' is not a number{f' of type {wanted}' if wanted else ''}"
        ) from error


def number_format(value: Json, format_: Json = None) -> Json:
    """Write a number by a Java DecimalFormat pattern.

    format: the pattern, like `#,##0.00`

    `{{ 2.5 | numberFormat('#.00') }}` -> `2.50`
    `{{ 1234567 | numberFormat('#,##0') }}` -> `1,234,567`
    `{{ 1234.5 | numberFormat('#,##0.00') }}` -> `1,234.50`
    `{{ 0.256 | numberFormat('0.0%') }}` -> `25.6%`
    """
    if value is None:
        return None
    pattern = "#,##0.###" if format_ is None else expect.text(format_, "numberFormat")
    return decimal_format(expect.number(value, "numberFormat"), pattern)


def _too_long() -> Json:
    raise ValueError(f"longer than {_MAX_DIGITS} characters")


def _integer(text: str) -> int:
    """Read what Java reads: ASCII digits and a sign, nothing else."""
    digits = text[1:] if text[:1] in ("-", "+") else text
    if not (digits.isascii() and digits.isdecimal()):
        raise ValueError(text)
    return int(text)


def _int(text: str) -> int:
    value = _integer(text)
    if not -INT_MAX - 1 <= value <= INT_MAX:
        raise ValueError(f"{value} is outside of 32 bits")
    return value


def _long(text: str) -> Long:
    value = _integer(text)
    if not -LONG_MAX - 1 <= value <= LONG_MAX:
        raise ValueError(f"{value} is outside of 64 bits")
    return Long(value)


def _float(text: str) -> float:
    if "_" in text or not text.isascii():
        raise ValueError(text)
    return float(text.rstrip("fFdD") if text[-1:] in "fFdD" and text[:-1] else text)


def _decimal(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(text) from error
    if "_" in text or not text.isascii() or not value.is_finite() or abs(value.adjusted()) > _MAX_DIGITS:
        raise ValueError(text)
    return value


def _any(text: str) -> Json:
    """Read an integer when it is one, else a fraction."""
    try:
        return _integer(text)
    except ValueError:
        if not text[-1:].isdigit() and text[-1:] not in ("f", "F", "d", "D", "."):
            raise
        return _float(text)


_READERS: Final[dict[str, Callable[[str], Json]]] = {
    "": _any,
    "INT": _int,
    "LONG": _long,
    "FLOAT": _float,
    "DOUBLE": _float,
    "BIGINTEGER": _integer,
    "BIGDECIMAL": _decimal,
}

FILTERS: Final[dict[str, Callable[..., Json]]] = {
    "abs": abs_,
    "number": number,
    "numberFormat": number_format,
}
