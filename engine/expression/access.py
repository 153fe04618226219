"""Attributes, subscripts and methods of values; data only, nothing of Python is reachable."""

from __future__ import annotations

from engine.errors import ExpressionError
from engine.expression.method import getter, methods_of
from engine.expression.nearest import did_you_mean
from engine.expression.text import java_text
from engine.expression.undefined import Missing
from engine.expression.value import is_list, is_map, kind
from engine.model.json import Json


def attribute(base: Json, name: str, trail: tuple[str, ...] = ()) -> Json:
    """Return `base.name`: the entry of a map, else a method without arguments. Raises UndefinedError."""
    if base is None:
        raise Missing(name, base, trail)
    if is_map(base):
        try:
            return base[name]
        except KeyError:
            raise Missing(name, base, trail) from None
    if is_list(base) and name.isdecimal() and name.isascii() and len(name) < 10:
        return _at(base, int(name), trail)
    method = getter(base, name)
    if method is None:
        raise Missing(name, base, trail)
    return method(base)


def item(base: Json, key: Json) -> Json:
    """Return `base[key]`; a number is an index of a list but a numeric key of a map.

    Raises UndefinedError.
    """
    if is_map(base):
        try:
            return base[key]
        except (KeyError, TypeError):
            raise Missing(java_text(key), base, ()) from None
    if is_list(base) and isinstance(key, int) and not isinstance(key, bool):
        return _at(base, key, ())
    return attribute(base, java_text(key))


def call_method(base: Json, name: str, arguments: list[Json]) -> Json:
    """Return `base.name(…)` for the Java methods that make sense on data."""
    if base is None:
        raise Missing(name, base, ())
    methods = methods_of(base)
    method = methods.get(name)
    if method is None:
        hint = did_you_mean(name, methods)
        raise ExpressionError(f"There is no method `{name}` on {kind(base)}{hint}")
    try:
        return method(base, *arguments)
    except TypeError as error:
        given = ", ".join(kind(argument) for argument in arguments) or "nothing"
        raise ExpressionError(f"The method `{name}` of {kind(base)} cannot take ({given})") from error


def _at(base: Json, index: int, trail: tuple[str, ...]) -> Json:
    if 0 <= index < len(base):
        return base[index]
    raise Missing(str(index), base, trail)
