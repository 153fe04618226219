"""Java's DecimalFormat patterns: `#,##0.00`, `0.0%`, `0.###E0`, `'literal' 0;(0)`."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache
from typing import Final

from engine.errors import ExpressionError
from engine.model.json import Json

_MAX_PATTERN: Final = 200
_CONTEXT: Final = Context(prec=1_500, rounding=ROUND_HALF_EVEN)
_SPECIAL: Final = frozenset("#0,.E;%‰¤'")


@dataclass(frozen=True, slots=True)
class _Pattern:
    prefix: str
    suffix: str
    negative_prefix: str
    negative_suffix: str
    integer_min: int
    integer_max: int
    fraction_min: int
    fraction_max: int
    grouping: int
    exponent: int
    shift: int
    has_point: bool


def decimal_format(value: Json, pattern: str) -> str:
    """Write a number by a pattern, rounding half to even, with `,` and `.` as in English.

    Raises ExpressionError for a pattern that is not well formed.
    """
    parsed = _parsed(pattern)
    number = Decimal(value)
    if number.is_nan():
        return "NaN"
    number = number.scaleb(parsed.shift, _CONTEXT) if number.is_finite() else number
    negative = number.is_signed()
    size = number.copy_abs()
    if not size.is_finite():
        digits = "∞"
    elif parsed.exponent:
        digits = _scientific(size, parsed)
    else:
        rounded = size.quantize(Decimal(1).scaleb(-parsed.fraction_max), context=_CONTEXT)
        negative = negative and (rounded != 0 or isinstance(value, float))
        digits = _plain(rounded, parsed)
    if negative:
        return parsed.negative_prefix + digits + parsed.negative_suffix
    return parsed.prefix + digits + parsed.suffix


def _plain(size: Decimal, pattern: _Pattern) -> str:
    whole, _, fraction = f"{size:f}".partition(".")
    fraction = fraction.rstrip("0").ljust(pattern.fraction_min, "0")
    whole = whole.lstrip("0").rjust(pattern.integer_min, "0")
    if not whole and not fraction:
        whole = "0"
    if pattern.grouping:
        whole = _grouped(whole, pattern.grouping)
    return f"{whole}.{fraction}" if fraction or (pattern.has_point and not pattern.fraction_max) else whole


def _grouped(whole: str, size: int) -> str:
    head = len(whole) % size
    parts = [whole[:head]] if head else []
    parts += [whole[at : at + size] for at in range(head, len(whole), size)]
    return ",".join(parts)


def _scientific(size: Decimal, pattern: _Pattern) -> str:
    adjusted = size.adjusted() if size else 0
    if pattern.integer_max > pattern.integer_min and pattern.integer_max > 1:
        exponent = adjusted - adjusted % pattern.integer_max
        significant = pattern.integer_min + pattern.fraction_max
        places = max(significant - (adjusted - exponent) - 1, 0)
    else:
        exponent = adjusted - max(pattern.integer_min, 1) + 1 if pattern.integer_min else adjusted + 1
        places = pattern.fraction_max
    if not size:
        exponent = 0
    mantissa = size.scaleb(-exponent, _CONTEXT).quantize(Decimal(1).scaleb(-places), context=_CONTEXT)
    whole, _, fraction = f"{mantissa:f}".partition(".")
    fraction = fraction.rstrip("0").ljust(pattern.fraction_min, "0")
    whole = (
        whole.lstrip("0").rjust(min(pattern.integer_min, 1), "0")
        if pattern.integer_min
        else whole.lstrip("0")
    )
    sign = "-" if exponent < 0 else ""
    point = "." if fraction else ""
    return f"{whole}{point}{fraction}E{sign}{abs(exponent):0{pattern.exponent}d}"


@lru_cache(maxsize=256)
def _parsed(pattern: str) -> _Pattern:
    if len(pattern) > _MAX_PATTERN:
        raise ExpressionError(f"A number pattern has at most {_MAX_PATTERN} characters")
    prefix, body, suffix, rest = _pieces(pattern, pattern)
    negative_prefix, negative_suffix = "-" + prefix, suffix
    if rest is not None:
        negative_prefix, _, negative_suffix, _ = _pieces(rest, pattern)
        if (negative_prefix, negative_suffix) == (prefix, suffix):
            negative_prefix = "-" + prefix
    mantissa, mark, exponent = body.partition("E")
    if mark and (not exponent or exponent.strip("0") or "," in mantissa):
        raise _malformed(pattern)
    whole, point, fraction = mantissa.partition(".")
    groups = whole.split(",")
    digits = "".join(groups)
    places = fraction.replace(",", "")
    if "." in fraction or "#" in digits.lstrip("#") or "0" in places.lstrip("0").lstrip("#"):
        raise _malformed(pattern)
    if not digits and not places:
        raise _malformed(pattern)
    affixes = prefix + suffix
    return _Pattern(
        prefix=prefix,
        suffix=suffix,
        negative_prefix=negative_prefix,
        negative_suffix=negative_suffix,
        integer_min=digits.count("0"),
        integer_max=len(digits),
        fraction_min=places.count("0"),
        fraction_max=len(places),
        grouping=len(groups[-1]) if len(groups) > 1 else 0,
        exponent=len(exponent),
        shift=2 if "%" in affixes else 3 if "‰" in affixes else 0,
        has_point=bool(point),
    )


def _pieces(text: str, pattern: str) -> tuple[str, str, str, str | None]:
    """Split into prefix, digits, suffix and what follows `;`."""
    prefix, at = _affix(text, 0)
    start = at
    while at < len(text) and text[at] in "#0,.E":
        at += 1
    suffix, end = _affix(text, at)
    if end < len(text) and text[end] != ";":
        raise _malformed(pattern)
    return prefix, text[start:at], suffix, text[end + 1 :] if end < len(text) else None


def _affix(text: str, at: int) -> tuple[str, int]:
    """Read literal text up to the digits, the separator or the end."""
    parts: list[str] = []
    while at < len(text):
        mark = text[at]
        if mark == "'":
            end = text.find("'", at + 1)
            if end < 0:
                end = len(text)
            parts.append(text[at + 1 : end] or "'")
            at = end + 1
            continue
        if mark in _SPECIAL and mark not in "%‰¤":
            break
        parts.append("$" if mark == "¤" else mark)
        at += 1
    return "".join(parts), min(at, len(text))


def _malformed(pattern: str) -> ExpressionError:
    return ExpressionError(f"'{pattern}' is not a number pattern; write one like '#,##0.00'")
