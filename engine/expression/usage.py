"""What a template uses: the variables it reads and the filters, functions and tests it calls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from engine.expression import syntax
from engine.expression.body import local_names, walk
from engine.expression.place import place

Span: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Reference:
    """A variable read by a template, with the attributes that follow as far as they are written out.

    `guarded`: it may be missing without an error, because it stands under `??`, `???`, `default` or
    `is defined`, or in a branch whose condition asked for it. `spans` are the offsets of each name of the
    path in the text, quotes left out.
    """

    path: tuple[str, ...]
    line: int
    column: int
    guarded: bool
    spans: tuple[Span, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Use:
    """A filter, function or test used by a template."""

    kind: Literal["filter", "function", "test"]
    name: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class _Found:
    path: tuple[str, ...]
    spans: tuple[Span, ...]
    guarded: bool


def references_of(text: str, body: syntax.Body) -> tuple[Reference, ...]:
    """Return the variables a template reads, without those it makes itself."""
    local = local_names(list(walk(body)))
    found = sorted(_in_body(body, frozenset()), key=lambda one: one.spans[0])
    return tuple(
        Reference(one.path, *place(text, one.spans[0][0]), guarded=one.guarded, spans=one.spans)
        for one in found
        if one.path[0] not in local
    )


def uses_of(text: str, body: syntax.Body) -> tuple[Use, ...]:
    """Return the filters, functions (macros of the template too) and tests a template uses."""
    uses: list[tuple[int, Literal["filter", "function", "test"], str]] = []
    for expression in _every(body):
        if isinstance(expression, syntax.Filter):
            uses.append((expression.start, "filter", expression.name))
        elif isinstance(expression, syntax.Call):
            uses.append((expression.start, "function", expression.name))
        elif isinstance(expression, syntax.Test):
            uses.append((expression.start, "test", expression.name))
    return tuple(Use(kind, name, *place(text, start)) for start, kind, name in sorted(uses))


Asked: TypeAlias = frozenset[tuple[str, ...]]
"""Paths a surrounding condition has tested with `is defined` or tolerates."""


def _in_body(body: syntax.Body, asked: Asked) -> Iterator[_Found]:
    for node in body:
        if isinstance(node, syntax.Print):
            yield from _in_expression(node.expression, False, asked)
        elif isinstance(node, syntax.Set):
            yield from _in_expression(node.value, False, asked)
        elif isinstance(node, syntax.If):
            for test, inner, _ in node.branches:
                found = list(_in_expression(test, False, asked))
                yield from found
                asked |= _paths(found)
                yield from _in_body(inner, asked)
            yield from _in_body(node.otherwise, asked)
        elif isinstance(node, syntax.For):
            yield from _in_expression(node.items, False, asked)
            yield from _in_body(node.body, asked)
            yield from _in_body(node.otherwise, asked)
        elif isinstance(node, syntax.Macro):
            for _, default in node.parameters:
                if default is not None:
                    yield from _in_expression(default, False, asked)
        elif isinstance(node, syntax.FilterBody):
            for part in node.filters:
                yield from _in_arguments(part.arguments, False, asked)
            yield from _in_body(node.body, asked)
        elif isinstance(node, syntax.Block):
            yield from _in_body(node.body, asked)


def _in_expression(node: syntax.Expression, guarded: bool, asked: Asked) -> Iterator[_Found]:
    if isinstance(node, syntax.Name | syntax.Attribute | syntax.Subscript):
        yield from _in_chain(node, guarded, asked)
    elif isinstance(node, syntax.Binary):
        left = list(_in_expression(node.left, guarded or node.operator in ("??", "???"), asked))
        yield from left
        more = asked | _paths(left) if node.operator == "and" else asked
        yield from _in_expression(node.right, guarded, more)
    elif isinstance(node, syntax.Filter):
        if node.base is not None:
            yield from _in_expression(node.base, guarded or node.name == "default", asked)
        yield from _in_arguments(node.arguments, guarded, asked)
    elif isinstance(node, syntax.Test):
        yield from _in_expression(node.base, guarded or node.name == "defined", asked)
        yield from _in_arguments(node.arguments, guarded, asked)
    elif isinstance(node, syntax.Conditional):
        found = list(_in_expression(node.test, guarded, asked))
        yield from found
        yield from _in_expression(node.then, guarded, asked | _paths(found))
        yield from _in_expression(node.otherwise, guarded, asked | _paths(found))
    elif isinstance(node, syntax.Call):
        yield from _in_arguments(node.arguments, guarded, asked)
    elif isinstance(node, syntax.Method):
        yield from _in_expression(node.base, guarded, asked)
        yield from _in_arguments(node.arguments, guarded, asked)
    else:
        for part in parts_of(node):
            yield from _in_expression(part, guarded, asked)


def _in_arguments(arguments: syntax.Arguments, guarded: bool, asked: Asked) -> Iterator[_Found]:
    for part in (*arguments.positional, *(expression for _, expression, _ in arguments.named)):
        yield from _in_expression(part, guarded, asked)


def _in_chain(node: syntax.Expression, guarded: bool, asked: Asked) -> Iterator[_Found]:
    """Follow `a.b['c']` to its root; a computed key ends the path and is looked at on its own."""
    path: list[str] = []
    spans: list[Span] = []
    while True:
        if isinstance(node, syntax.Attribute):
            path.append(node.name)
            spans.append((node.start, node.end))
            node = node.base
        elif isinstance(node, syntax.Subscript):
            key = node.key
            if isinstance(key, syntax.Literal) and isinstance(key.value, str):
                path.append(key.value)
                spans.append((key.start + 1, key.end - 1))
            else:
                path.clear()
                spans.clear()
                yield from _in_expression(key, guarded, asked)
            node = node.base
        elif isinstance(node, syntax.Name):
            full = (node.name, *reversed(path))
            tolerated = guarded or any(full[: len(one)] == one for one in asked)
            yield _Found(full, ((node.start, node.end), *reversed(spans)), tolerated)
            return
        else:
            yield from _in_expression(node, guarded, asked)
            return


def _paths(found: list[_Found]) -> Asked:
    """Return the paths that were looked at without risk."""
    return frozenset(one.path for one in found if one.guarded)


def parts_of(node: syntax.Expression) -> tuple[syntax.Expression, ...]:
    """Return the expressions inside an expression."""
    match node:
        case syntax.Interpolated():
            return tuple(part for part in node.parts if not isinstance(part, str))
        case syntax.ListOf():
            return node.items
        case syntax.MapOf():
            return tuple(part for pair in node.pairs for part in pair)
        case syntax.Attribute():
            return (node.base,)
        case syntax.Subscript():
            return (node.base, node.key)
        case syntax.Method():
            return (node.base, *_given(node.arguments))
        case syntax.Call():
            return _given(node.arguments)
        case syntax.Filter() | syntax.Test():
            return (*(() if node.base is None else (node.base,)), *_given(node.arguments))
        case syntax.Unary():
            return (node.operand,)
        case syntax.Binary():
            return (node.left, node.right)
        case syntax.Conditional():
            return (node.test, node.then, node.otherwise)
        case _:
            return ()


def _given(arguments: syntax.Arguments) -> tuple[syntax.Expression, ...]:
    return (*arguments.positional, *(expression for _, expression, _ in arguments.named))


def _every(body: syntax.Body) -> Iterator[syntax.Expression]:
    """Go through all expressions of a template, nested ones included."""
    todo: list[syntax.Expression] = []
    for node in walk(body):
        if isinstance(node, syntax.Print):
            todo.append(node.expression)
        elif isinstance(node, syntax.Set):
            todo.append(node.value)
        elif isinstance(node, syntax.For):
            todo.append(node.items)
        elif isinstance(node, syntax.If):
            todo.extend(test for test, _, _ in node.branches)
        elif isinstance(node, syntax.Macro):
            todo.extend(default for _, default in node.parameters if default is not None)
        elif isinstance(node, syntax.FilterBody):
            todo.extend(node.filters)
    while todo:
        expression = todo.pop()
        yield expression
        todo.extend(parts_of(expression))
