"""Functions on numbers and lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from engine.errors import ExpressionError
from engine.expression import expect
from engine.expression.operator import steps
from engine.model.json import Json


def max_(*numbers: Json) -> Json:
    """Return the largest number; null is passed over.

    numbers: any number of numbers

    `{{ max(3, 7) }}` -> `7`
    `{{ max(1.5, null, -2) }}` -> `1.5`
    """
    return max(_numbers(numbers, "max"), default=None)


def min_(*numbers: Json) -> Json:
    """Return the smallest number; null is passed over.

    numbers: any number of numbers

    `{{ min(3, 7) }}` -> `3`
    """
    return min(_numbers(numbers, "min"), default=None)


def range_(start: Json, end: Json, increment: Json = 1) -> list[Json]:
    """List numbers or letters from one to another, both included.

    start: the first number or letter
    end: the last one
    increment: the step, negative to count down

    `{{ range(1, 3) }}` -> `[1,2,3]`
    `{{ range(0, 10, 5) }}` -> `[0,5,10]`
    `{{ range(3, 1, -1) }}` -> `[3,2,1]`
    """
    return steps(start, end, increment)


def _numbers(values: tuple[Json, ...], name: str) -> list[Json]:
    if not values:
        raise ExpressionError(f"`{name}` needs at least one number")
    return [expect.number(value, name) for value in values if value is not None]


FUNCTIONS: Final[dict[str, Callable[..., Json]]] = {"max": max_, "min": min_, "range": range_}
