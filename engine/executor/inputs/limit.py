"""What a value of an input must keep to besides its type: bounds, patterns, choices."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from engine.errors import ExpressionError
from engine.executor.inputs.value import (
    Unfit,
    read_date,
    read_datetime,
    read_duration,
    read_time,
    text_of,
)
from engine.expression.pattern import java_sub
from engine.model.flow import InputSpec
from engine.model.json import Json
from engine.storage.cipher import is_encrypted

_URI = re.compile(
    r"[a-z]+:\/\/(?:www\.)?[-a-zA-Z0-9@:%._\+~#=]{1,256}\.[a-zA-Z0-9()]{1,6}\b(?:[-a-zA-Z0-9()@:%_\+.~#?&\/=]*)"
)
_EMAIL = re.compile(r"(?:[a-zA-Z0-9_!#$%&’*+/=?`{|}~^.-]+@[a-zA-Z0-9.-]+)?")

Check = Callable[[InputSpec, Json, Json], None]


def check(spec: InputSpec, given: Json, value: Json, choices: Sequence[str] | None) -> None:
    """Raise Unfit when the value breaks a rule of the input; `given` is the value before it was read."""
    rule = _CHECKS.get(spec.type)
    if rule is not None and (spec.options or spec.type in ("URI", "EMAIL")):
        rule(spec, given, value)
    if choices is not None:
        _check_choice(spec, value, choices)


def _received(rule: str, value: Json) -> Unfit:
    return Unfit(f"{rule}, but received `{text_of(value)}`")


def _validator(spec: InputSpec, given: Json, value: Json) -> None:
    pattern = spec.options.get("validator")
    if not pattern or is_encrypted(given):
        return
    secret = spec.type == "SECRET"
    text = text_of(given) if secret else value
    try:
        _, matches = java_sub(rf"\A(?:{pattern})\z", "", text, count=1)
    except ExpressionError as error:
        raise Unfit(f"its validator cannot be used: {error}") from error
    if not matches:
        rule = f"it must match the pattern `{pattern}`"
        raise Unfit(rule) if secret else _received(rule, value)


def _bounds(read: Callable[[Json], Any], low: str, high: str, words: tuple[str, str]) -> Check:
    def bounded(spec: InputSpec, given: Json, value: Json) -> None:
        least, greatest = spec.options.get(low), spec.options.get(high)
        if least is None and greatest is None:
            return
        measured = read(value)
        if least is not None and measured < _bound(read, least, low):
            raise _received(f"it must be {words[0]} `{text_of(least)}`", value)
        if greatest is not None and measured > _bound(read, greatest, high):
            raise _received(f"it must be {words[1]} `{text_of(greatest)}`", value)

    return bounded


def _bound(read: Callable[[Json], Any], bound: Json, name: str) -> Any:
    try:
        return read(bound)
    except ValueError as error:
        raise Unfit(f"its `{name}` is `{text_of(bound)}`, and {error}") from error


def _uri(spec: InputSpec, given: Json, value: Json) -> None:
    if not _URI.fullmatch(value):
        raise _received("Invalid URI format.", value)


def _email(spec: InputSpec, given: Json, value: Json) -> None:
    if not _EMAIL.fullmatch(value):
        raise _received("The input must be a valid email", value)


_MORE_LESS = ("more than", "less than")
_AFTER_BEFORE = ("after", "before")

_CHECKS: dict[str, Check] = {
    "STRING": _validator,
    "SECRET": _validator,
    "INT": _bounds(float, "min", "max", _MORE_LESS),
    "FLOAT": _bounds(float, "min", "max", _MORE_LESS),
    "DURATION": _bounds(read_duration, "min", "max", _MORE_LESS),
    "DATETIME": _bounds(read_datetime, "after", "before", _AFTER_BEFORE),
    "DATE": _bounds(read_date, "after", "before", _AFTER_BEFORE),
    "TIME": _bounds(read_time, "after", "before", _AFTER_BEFORE),
    "URI": _uri,
    "EMAIL": _email,
}


def _check_choice(spec: InputSpec, value: Json, choices: Sequence[str]) -> None:
    if spec.options.get("allowCustomValue"):
        return
    chosen = value if isinstance(value, list) else [value]
    if any(text_of(one) not in choices for one in chosen):
        raise _received(f"it must match the values `[{', '.join(choices)}]`", value)
