"""A filter, function or test as the compiler and the reference see it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from engine.model.json import Json

Kind = Literal["filter", "function", "test"]
ENV: Final = "env"
"""A function with a parameter of this name is given the running environment."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument: its name in templates, and its default when it has one."""

    name: str
    required: bool
    default: Json = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A name of the language and the Python function behind it."""

    kind: Kind
    name: str
    function: Callable[..., Json]
    parameters: tuple[Parameter, ...]
    variadic: bool
    wants_env: bool


def entries(kind: Kind, table: dict[str, Callable[..., Json]]) -> dict[str, Entry]:
    """Read the arguments of every function of a table; the first one of a filter or test is its input."""
    return {name: _entry(kind, name, function) for name, function in table.items()}


def _entry(kind: Kind, name: str, function: Callable[..., Json]) -> Entry:
    parameters: list[Parameter] = []
    variadic = wants_env = False
    given = list(inspect.signature(function).parameters.values())
    for parameter in given[0 if kind == "function" else 1 :]:
        if parameter.name == ENV:
            wants_env = True
        elif parameter.kind is parameter.VAR_POSITIONAL:
            variadic = True
        else:
            required = parameter.default is parameter.empty
            default = None if required else parameter.default
            parameters.append(Parameter(_camel(parameter.name), required, default))
    return Entry(kind, name, function, tuple(parameters), variadic, wants_env)


def _camel(name: str) -> str:
    """`time_zone` is `timeZone`; names that stay as they are carry a trailing underscore."""
    if name in _SNAKE:
        return name
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name.rstrip("_"))


_SNAKE: Final = frozenset({"replace_pairs"})
