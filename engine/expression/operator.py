"""The operators: each is a function and a line in a table."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Context, Decimal
from typing import Final

from engine.errors import ExpressionError
from engine.expression.limits import checked_items, checked_size
from engine.expression.text import java_text, joined, printed
from engine.expression.value import Long, copied, identity, is_list, is_map, is_number, kind, long, same
from engine.model.json import Json

_DECIMALS: Final = Context(prec=200, Emax=10_000, Emin=-10_000)
_DIVISION: Final = Context(prec=34, Emax=10_000, Emin=-10_000)


def truth(value: Json) -> bool:
    """Tell whether a condition holds: booleans as they are, numbers when not zero, texts when not empty."""
    if value is True or value is False:
        return bool(value)
    if isinstance(value, str):
        return value != ""
    if is_number(value):
        return bool(value != 0)
    if value is None:
        raise ExpressionError(
            "null is neither true nor false; test with `is null`, or give a default: `?? false`"
        )
    raise ExpressionError(f"{kind(value)} is neither true nor false; test with `is empty`")


def equal(left: Json, right: Json) -> bool:
    """Tell whether two values are equal; numbers compare by value, a text never equals a number.

    `{{ 1 == 1.0 }}` -> `true`
    `{{ 1 == '1' }}` -> `false`
    `{{ [1, 2] equals [1, 2] }}` -> `true`
    """
    if type(left) is str and type(right) is str:
        return left == right
    if is_number(left) and is_number(right):
        return bool(left == right)
    return same(left, right)


def unequal(left: Json, right: Json) -> bool:
    """Tell whether two values differ.

    `{{ 'a' != 'b' }}` -> `true`
    """
    return not equal(left, right)


def less(left: Json, right: Json) -> bool:
    """Compare numbers; false when one side is null. Texts and dates have no order: use `| timestamp`.

    `{{ 1 < 1.5 }}` -> `true`
    """
    return _ordered(left, right) and bool(left < right)


def less_or_equal(left: Json, right: Json) -> bool:
    """Compare numbers; false when one side is null.

    `{{ 2 <= 2 }}` -> `true`
    """
    return _ordered(left, right) and bool(left <= right)


def greater(left: Json, right: Json) -> bool:
    """Compare numbers; false when one side is null.

    `{{ 3 > 4 }}` -> `false`
    `{{ 'b' > 'a' }}` -> error
    """
    return _ordered(left, right) and bool(left > right)


def greater_or_equal(left: Json, right: Json) -> bool:
    """Compare numbers; false when one side is null.

    `{{ 3 >= 3.0 }}` -> `true`
    """
    return _ordered(left, right) and bool(left >= right)


def add(left: Json, right: Json) -> Json:
    """Add numbers, join when one side is a text, or append to a list.

    The list itself is not changed (Kestra changes it in place).

    `{{ 1 + 2 }}` -> `3`
    `{{ 3 + '4' }}` -> `34`
    `{{ 'a' + null }}` -> `anull`
    `{{ [1] + [2, 3] }}` -> `[1,2,3]`
    """
    if isinstance(left, str) or isinstance(right, str):
        first, second = java_text(left), java_text(right)
        checked_size(len(first) + len(second))
        return first + second
    if is_list(left):
        more = list(right) if is_list(right) else [right]
        checked_items(len(left) + len(more))
        return [*left, *more]
    return _arithmetic(left, right, "add", lambda a, b: a + b, _DECIMALS.add)


def subtract(left: Json, right: Json) -> Json:
    """Subtract numbers, or remove an item (or the items of a list) from a list.

    `{{ 5 - 7 }}` -> `-2`
    `{{ ['a', 'b'] - 'a' }}` -> `["b"]`
    """
    if is_list(left):
        gone = {identity(other) for other in (list(right) if is_list(right) else [right])}
        return [item for item in list(left) if identity(item) not in gone]
    return _arithmetic(left, right, "subtract", lambda a, b: a - b, _DECIMALS.subtract)


def multiply(left: Json, right: Json) -> Json:
    """Multiply numbers.

    `{{ 2 * 1.5 }}` -> `3.0`
    `{{ '3' * 4 }}` -> error
    """
    return _arithmetic(left, right, "multiply", lambda a, b: a * b, _DECIMALS.multiply)


def divide(left: Json, right: Json) -> Json:
    """Divide numbers; between whole numbers the rest is cut off.

    `{{ 7 / 2 }}` -> `3`
    `{{ -7 / 2 }}` -> `-3`
    `{{ 7 / 2.0 }}` -> `3.5`
    `{{ 1 / 0 }}` -> error
    """
    return _arithmetic(left, right, "divide", _quotient, _DIVISION.divide)


def remainder(left: Json, right: Json) -> Json:
    """Return the rest of a division, with the sign of the left side.

    `{{ 7 % 3 }}` -> `1`
    `{{ -7 % 3 }}` -> `-1`
    """
    return _arithmetic(left, right, "divide", _rest, _DECIMALS.remainder)


def concatenate(left: Json, right: Json) -> str:
    """Join two values as text; null is nothing, maps and lists print in Java's form.

    `{{ 'a' ~ 1 ~ null ~ 'b' }}` -> `a1b`
    `{{ 'x' ~ [1, 2] }}` -> `x[1, 2]`
    """
    first = left if type(left) is str else joined(left)
    second = right if type(right) is str else joined(right)
    checked_size(len(first) + len(second))
    return first + second


def contains(left: Json, right: Json) -> bool:
    """Tell whether a list has an item (or all items of a list), a map a key, a text a part.

    A number read from JSON is not the same item as a number written in the template.

    `{{ [1, 2, 3] contains 2 }}` -> `true`
    `{{ 'abc' contains 'b' }}` -> `true`
    `{{ {'k': 1} contains 'k' }}` -> `true`
    `{{ fromJson('[1,2,3]') contains 2 }}` -> `false`
    """
    if left is None:
        return False
    if isinstance(left, str):
        return java_text(right) in left
    if is_map(left):
        return any(same(key, right) for key in list(left))
    if is_list(left):
        if is_list(right):
            present = {identity(item) for item in list(left)}
            return all(identity(one) in present for one in list(right))
        return any(same(item, right) for item in list(left))
    raise ExpressionError(f"`contains` needs a list, a map or a text on its left, not {kind(left)}")


def within(left: Json, right: Json) -> bool:
    """Tell whether a value is in a list, the keys or values of a map, or a text; compared as text.

    `{{ 1 in [1, 2] }}` -> `true`
    `{{ 'k' in {'k': 1} }}` -> `true`
    `{{ 'x' in null }}` -> `false`
    """
    if left is None or right is None:
        return False
    text = java_text(left)
    if isinstance(right, str):
        return text in right
    if is_map(right):
        return any(java_text(part) == text for entry in copied(right).items() for part in entry)
    if is_list(right):
        return any(java_text(item) == text for item in list(right))
    raise ExpressionError(f"`in` needs a list, a map or a text on its right, not {kind(right)}")


def span(left: Json, right: Json) -> list[Json]:
    """List the numbers or letters from one to the other, both included.

    `{{ 1..3 }}` -> `[1,2,3]`
    `{{ 'a'..'c' }}` -> `["a","b","c"]`
    """
    return steps(left, right, 1)


def steps(start: Json, end: Json, increment: Json) -> list[Json]:
    """Return the items of a range; raises ExpressionError for anything but numbers or single letters."""
    if isinstance(increment, bool) or not isinstance(increment, int) or increment == 0:
        raise ExpressionError(
            f"The step of a range is a whole number other than 0, not {printed(increment)!r}"
        )
    if isinstance(start, str) and isinstance(end, str) and len(start) == len(end) == 1:
        return [chr(code) for code in _codes(ord(start), ord(end), increment)]
    if is_number(start) and is_number(end):
        return [Long(number) for number in _codes(int(start), int(end), increment)]
    raise ExpressionError(
        f"A range goes between two numbers or two single letters, not from {kind(start)} to {kind(end)}"
    )


def negate(value: Json) -> Json:
    """Change the sign of a number.

    `{{ -(1 + 2) }}` -> `-3`
    """
    if isinstance(value, float | Decimal):
        return -value
    if is_number(value):
        return long(-value)
    raise ExpressionError(f"`-` needs a number, not {kind(value)}")


def posit(value: Json) -> Json:
    """Keep a number as it is.

    `{{ +5 }}` -> `5`
    """
    if is_number(value):
        return value
    raise ExpressionError(f"`+` needs a number, not {kind(value)}")


OPERATORS: Final[dict[str, Callable[[Json, Json], Json]]] = {
    "==": equal,
    "equals": equal,
    "!=": unequal,
    "<": less,
    "<=": less_or_equal,
    ">": greater,
    ">=": greater_or_equal,
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "%": remainder,
    "~": concatenate,
    "contains": contains,
    "in": within,
    "..": span,
}
"""Operators that look at both sides; `and or ?? ???` decide whether to, so the compiler knows them."""

SIGNS: Final[dict[str, Callable[[Json], Json]]] = {"-": negate, "+": posit}


def _ordered(left: Json, right: Json) -> bool:
    if is_number(left) and is_number(right):
        return True
    if left is None or right is None:
        return False
    raise ExpressionError(
        f"invalid operands for mathematical comparison [{kind(left)} and {kind(right)}]: "
        "only numbers can be compared; for dates use `| timestamp`"
    )


def _arithmetic(
    left: Json,
    right: Json,
    verb: str,
    compute: Callable[[Json, Json], Json],
    exactly: Callable[[Decimal, Decimal], Decimal],
) -> Json:
    if not (is_number(left) and is_number(right)):
        raise ExpressionError(
            f"Cannot {verb} {kind(left)} and {kind(right)}; make numbers of texts with `| number`"
        )
    if isinstance(left, float) or isinstance(right, float):
        return compute(float(left), float(right))
    try:
        if isinstance(left, Decimal) or isinstance(right, Decimal):
            return exactly(Decimal(left), Decimal(right))
        return long(compute(left, right))
    except ArithmeticError as error:
        raise ExpressionError(f"Cannot {verb} {printed(left)} and {printed(right)}") from error


def _quotient(left: Json, right: Json) -> Json:
    if isinstance(left, float):
        if right:
            return left / right
        return (
            math.nan
            if left == 0 or math.isnan(left)
            else math.copysign(math.inf, left) * math.copysign(1, right)
        )
    if right == 0:
        raise ExpressionError("A whole number cannot be divided by 0")
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def _rest(left: Json, right: Json) -> Json:
    if isinstance(left, float):
        return math.fmod(left, right) if right and math.isfinite(left) else math.nan
    if right == 0:
        raise ExpressionError("A whole number cannot be divided by 0")
    rest = abs(left) % abs(right)
    return -rest if left < 0 else rest


def _codes(start: int, end: int, step: int) -> range:
    codes = range(start, end + (1 if step > 0 else -1), step)
    if start != end and len(codes) == 0:
        return codes
    checked_items((abs(end - start) // abs(step)) + 1, "range")
    return codes
