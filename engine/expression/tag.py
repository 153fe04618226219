"""The tags: each is a function that reads its expression and its body, and a line in the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from engine.expression.place import failure
from engine.expression.precedence import WORDS
from engine.expression.scanner import Piece
from engine.expression.syntax import (
    Block,
    Body,
    Expression,
    FilterBody,
    For,
    If,
    Macro,
    Node,
    Set,
)

if TYPE_CHECKING:
    from engine.expression.parser import ExpressionParser, TemplateParser


def read_if(parser: TemplateParser, piece: Piece) -> If:
    """Print the body whose condition is true.

    `{% if 2 > 1 %}yes{% else %}no{% endif %}` -> `yes`
    `{% if false %}a{% elseif true %}b{% else %}c{% endif %}` -> `b`
    """
    branches: list[tuple[Expression, Body, tuple[int, int]]] = []
    otherwise: Body = ()
    opened: Piece | None = piece
    while opened is not None:
        condition = parser.expression_after_name(opened).whole()
        body, end = parser.body_until(("elseif", "else", "endif"), piece)
        branches.append((condition, body, (opened.start, opened.end)))
        opened = end if end and end.tokens[0].value == "elseif" else None
        if end and end.tokens[0].value == "else":
            parser.expression_after_name(end).finish()
            otherwise, _ = parser.body_until(("endif",), piece)
    return If(tuple(branches), otherwise, piece.start, piece.end)


def read_for(parser: TemplateParser, piece: Piece) -> For:
    """Print the body once for every item; a map gives entries with `.key` and `.value`.

    Inside, `loop` has `index` (from 0), `length`, `first`, `last` and `revindex`. The part after
    `{% else %}` is printed when there are no items; null counts as no items.

    `{% for i in 1..3 %}{{ i }}{% endfor %}` -> `123`
    `{% for e in {'a': 1} %}{{ e.key }}={{ e.value }}{% endfor %}` -> `a=1`
    `{% for x in [] %}{{ x }}{% else %}none{% endfor %}` -> `none`
    `{% for x in ['a','b'] %}{{ loop.index }}{{ x }}{% if not loop.last %},{% endif %}{% endfor %}` -> `0a,1b`
    """
    rest = parser.expression_after_name(piece)
    name = _variable(rest)
    if not rest.take("in", "name"):
        rest.refuse("`in` is expected: a loop is written `{% for item in items %}`")
    items = rest.whole()
    body, end = parser.body_until(("else", "endfor"), piece)
    otherwise: Body = ()
    if end and end.tokens[0].value == "else":
        parser.expression_after_name(end).finish()
        otherwise, _ = parser.body_until(("endfor",), piece)
    return For(name, items, body, otherwise, piece.start, piece.end)


def read_set(parser: TemplateParser, piece: Piece) -> Set:
    """Give a variable a value: the one that exists further out, or a new one here.

    `{% set a = 2 %}{{ a * 3 }}` -> `6`
    `{% set m = {'a': 1} %}{{ m.a }}` -> `1`
    """
    rest = parser.expression_after_name(piece)
    name = _variable(rest)
    rest.expect("=", "a variable is set with `{% set name = value %}`")
    return Set(name, rest.whole(), piece.start, piece.end)


def read_macro(parser: TemplateParser, piece: Piece) -> Macro:
    """Define a piece of template to call like a function; it sees its arguments only.

    `{% macro hi(n, p='Mr') %}{{ p }} {{ n }}{% endmacro %}{{ hi('Bo') }}` -> `Mr Bo`
    """
    rest = parser.expression_after_name(piece)
    name = _variable(rest)
    rest.expect("(", "the parameters of a macro stand in brackets")
    parameters: list[tuple[str, Expression | None]] = []
    while not rest.take(")"):
        if parameters:
            rest.expect(",", "parameters are separated by `,` and end with `)`")
        parameter = _variable(rest)
        parameters.append((parameter, rest.expression() if rest.take("=") else None))
    rest.finish()
    body, _ = parser.body_until(("endmacro",), piece)
    return Macro(name, tuple(parameters), body, piece.start, piece.end)


def read_block(parser: TemplateParser, piece: Piece) -> Block:
    """Print a body and keep it to print again with `block("name")`.

    `{% block "b" %}x{% endblock %}{{ block("b") }}` -> `xx`
    """
    rest = parser.expression_after_name(piece)
    name = rest.text_or_name('a block is written `{% block "name" %}`')
    rest.finish()
    body, _ = parser.body_until(("endblock",), piece)
    return Block(name, body, piece.start, piece.end)


def read_filter(parser: TemplateParser, piece: Piece) -> FilterBody:
    """Put the printed body through filters.

    `{% filter upper %}ab{% endfilter %}` -> `AB`
    `{% filter upper | abbreviate(5) %}abcdefgh{% endfilter %}` -> `AB...`
    """
    rest = parser.expression_after_name(piece)
    filters = [rest.filter(None)]
    while rest.take("|"):
        filters.append(rest.filter(None))
    rest.finish()
    body, _ = parser.body_until(("endfilter",), piece)
    return FilterBody(tuple(filters), body, piece.start, piece.end)


def _variable(rest: ExpressionParser) -> str:
    token = rest.name("the name of a variable is expected")
    if token.value in WORDS:
        raise failure(
            rest.text, token.start, f"`{token.value}` is an operator and cannot be the name of a variable"
        )
    return str(token.value)


TAGS: Final[dict[str, Callable[[TemplateParser, Piece], Node]]] = {
    "if": read_if,
    "for": read_for,
    "set": read_set,
    "macro": read_macro,
    "block": read_block,
    "filter": read_filter,
}

ENDS: Final = {
    "elseif": "if",
    "else": "if",
    "endif": "if",
    "endfor": "for",
    "endmacro": "macro",
    "endblock": "block",
    "endfilter": "filter",
    "endverbatim": "verbatim",
}

REMOVED: Final = frozenset(
    {"extends", "embed", "include", "import", "from", "flush", "parallel", "cache", "autoescape"}
)
