"""The syntax tree of a template; every node knows where it stands (offsets into the text, from 0)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from engine.model.json import Json


@dataclass(slots=True)
class Literal:
    """A number, a text without interpolation, a boolean or null."""

    value: Json
    start: int
    end: int


@dataclass(slots=True)
class Interpolated:
    """A double-quoted text with `#{…}` in it; parts are texts and expressions in turn."""

    parts: tuple[str | Expression, ...]
    start: int


@dataclass(slots=True)
class ListOf:
    """`[a, b]`"""

    items: tuple[Expression, ...]
    start: int


@dataclass(slots=True)
class MapOf:
    """`{key: value}`; keys are expressions."""

    pairs: tuple[tuple[Expression, Expression], ...]
    start: int


@dataclass(slots=True)
class Name:
    """A variable."""

    name: str
    start: int
    end: int


@dataclass(slots=True)
class Attribute:
    """`base.name`; `start` and `end` enclose the name."""

    base: Expression
    name: str
    start: int
    end: int


@dataclass(slots=True)
class Subscript:
    """`base[key]`; `start` and `end` enclose the key."""

    base: Expression
    key: Expression
    start: int
    end: int


@dataclass(slots=True)
class Arguments:
    """Arguments in order, then named ones with the place of the name."""

    positional: tuple[Expression, ...] = ()
    named: tuple[tuple[str, Expression, int], ...] = ()


@dataclass(slots=True)
class Method:
    """`base.name(…)`"""

    base: Expression
    name: str
    arguments: Arguments
    start: int


@dataclass(slots=True)
class Call:
    """`name(…)`: a function or a macro."""

    name: str
    arguments: Arguments
    start: int


@dataclass(slots=True)
class Filter:
    """`base | name(…)`; the base is None for the head of a `{% filter %}` tag."""

    base: Expression | None
    name: str
    arguments: Arguments
    start: int


@dataclass(slots=True)
class Test:
    """`base is name`, `base is not name`."""

    base: Expression
    name: str
    negated: bool
    arguments: Arguments
    start: int


@dataclass(slots=True)
class Unary:
    """`not x`, `-x`, `+x`"""

    operator: str
    operand: Expression
    start: int


@dataclass(slots=True)
class Binary:
    """`left operator right`; `start` is the place of the operator."""

    operator: str
    left: Expression
    right: Expression
    start: int


@dataclass(slots=True)
class Conditional:
    """`test ? then : otherwise`; `start` is the place of the question mark."""

    test: Expression
    then: Expression
    otherwise: Expression
    start: int


Expression: TypeAlias = (
    Literal
    | Interpolated
    | ListOf
    | MapOf
    | Name
    | Attribute
    | Subscript
    | Method
    | Call
    | Filter
    | Test
    | Unary
    | Binary
    | Conditional
)


@dataclass(slots=True)
class Text:
    """Text that is printed as it stands."""

    text: str
    start: int


@dataclass(slots=True)
class Print:
    """`{{ expression }}`; `start` and `end` enclose the braces."""

    expression: Expression
    start: int
    end: int


@dataclass(slots=True)
class If:
    """`{% if %} … {% elseif %} … {% else %} … {% endif %}`; each branch keeps the offsets of its tag."""

    branches: tuple[tuple[Expression, Body, tuple[int, int]], ...]
    otherwise: Body
    start: int
    end: int


@dataclass(slots=True)
class For:
    """`{% for name in items %} … {% else %} … {% endfor %}`"""

    name: str
    items: Expression
    body: Body
    otherwise: Body
    start: int
    end: int


@dataclass(slots=True)
class Set:
    """`{% set name = value %}`"""

    name: str
    value: Expression
    start: int
    end: int


@dataclass(slots=True)
class Macro:
    """`{% macro name(parameter, other="default") %} … {% endmacro %}`"""

    name: str
    parameters: tuple[tuple[str, Expression | None], ...]
    body: Body
    start: int
    end: int


@dataclass(slots=True)
class Block:
    """`{% block "name" %} … {% endblock %}`"""

    name: str
    body: Body
    start: int
    end: int


@dataclass(slots=True)
class FilterBody:
    """`{% filter upper | trim %} … {% endfilter %}`"""

    filters: tuple[Filter, ...]
    body: Body
    start: int
    end: int


Node: TypeAlias = Text | Print | If | For | Set | Macro | Block | FilterBody
Body: TypeAlias = tuple[Node, ...]
