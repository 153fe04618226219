"""From the syntax tree to closures: one small Python function per node, no interpreter loop, no exec."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol, TypeAlias

from engine.errors import UndefinedError
from engine.expression import syntax
from engine.expression.access import attribute, call_method, item
from engine.expression.entry import Entry
from engine.expression.environment import MISSING, Env
from engine.expression.library import FILTERS, FUNCTIONS, TESTS
from engine.expression.nearest import did_you_mean
from engine.expression.operator import OPERATORS, SIGNS, concatenate, equal, truth
from engine.expression.order import hash_ordered
from engine.expression.place import failure
from engine.expression.text import joined
from engine.expression.undefined import Missing
from engine.model.json import Json

Run: TypeAlias = Callable[[Env], Json]


class Callee(Protocol):
    """Something the template itself makes callable: a macro, or the blocks."""

    def bind(self, compiler: Compiler, node: syntax.Call) -> Run:
        """Return what the call computes."""


class Compiler:
    """Compiles the expressions of one template.

    `local` are the names some tag of this template gives a value to; all others are read straight from the
    scope. `macros` are the callables defined in the template, by name.
    """

    def __init__(self, text: str, local: frozenset[str], macros: dict[str, Callee]) -> None:
        self.text = text
        self.local = local
        self.macros = macros

    def compile(self, node: syntax.Expression) -> Run:
        """Return a function that computes the node. Unknown names raise ExpressionSyntaxError here."""
        return _COMPILE[type(node)](self, node)

    def literal(self, node: syntax.Literal) -> Run:
        value = node.value
        return lambda env: value

    def interpolated(self, node: syntax.Interpolated) -> Run:
        parts = [self._constant(part) if isinstance(part, str) else self.compile(part) for part in node.parts]
        return lambda env: "".join([joined(part(env)) for part in parts])

    def list_of(self, node: syntax.ListOf) -> Run:
        items = [self.compile(part) for part in node.items]
        return lambda env: [part(env) for part in items]

    def map_of(self, node: syntax.MapOf) -> Run:
        pairs = [(self.compile(key), self.compile(value)) for key, value in node.pairs]
        return lambda env: hash_ordered({_key(key(env)): value(env) for key, value in pairs})

    def name(self, node: syntax.Name) -> Run:
        name = node.name
        if name in self.local:

            def run_local(env: Env) -> Json:
                value = env.local(name)
                if value is MISSING:
                    raise Missing(name, env.variables, ())
                return value

            return run_local

        def run(env: Env) -> Json:
            try:
                return env.variables[name]
            except KeyError:
                raise Missing(name, env.variables, ()) from None

        return run

    def attribute(self, node: syntax.Attribute | syntax.Subscript) -> Run:
        """Compile a chain of names at once: maps are the usual case, everything else takes the slow way."""
        base, keys = _chain(node)
        if not keys:
            return self.subscript(node)
        start = self.compile(base)
        trail = (base.name,) if isinstance(base, syntax.Name) else ()
        if len(keys) == 1:
            (only,) = keys

            def run_one(env: Env) -> Json:
                value = start(env)
                return value[only] if type(value) is dict and only in value else attribute(value, only, trail)

            return run_one

        def run(env: Env) -> Json:
            value = start(env)
            try:
                for key in keys:
                    value = value[key]
                return value
            except (KeyError, TypeError, IndexError):
                return follow(env)

        def follow(env: Env) -> Json:
            value = start(env)
            for number, key in enumerate(keys):
                value = attribute(value, key, (*trail, *keys[:number]))
            return value

        return run

    def subscript(self, node: syntax.Expression) -> Run:
        if not isinstance(node, syntax.Subscript):
            raise TypeError(f"not a subscript: {node}")
        base, key = self.compile(node.base), self.compile(node.key)
        return lambda env: item(base(env), key(env))

    def method(self, node: syntax.Method) -> Run:
        if node.arguments.named:
            raise failure(self.text, node.start, f"The method `{node.name}` takes no named arguments")
        base, name = self.compile(node.base), node.name
        arguments = [self.compile(part) for part in node.arguments.positional]
        return lambda env: call_method(base(env), name, [part(env) for part in arguments])

    def call(self, node: syntax.Call) -> Run:
        macro = self.macros.get(node.name)
        if macro is not None:
            return macro.bind(self, node)
        entry = FUNCTIONS.get(node.name)
        if entry is None:
            names = (*FUNCTIONS, *self.macros)
            hint = did_you_mean(node.name, names)
            if not hint and node.name in FILTERS:
                hint = f"; it is a filter: `… | {node.name}`"
            raise failure(self.text, node.start, f"Unknown function `{node.name}`{hint}")
        return self._apply(entry, None, node.arguments, node.start)

    def filter(self, node: syntax.Filter) -> Run:
        if node.base is None:
            raise TypeError("the filter of a tag is compiled with its input")
        return self.filter_of(node, self.compile(node.base))

    def filter_of(self, node: syntax.Filter, base: Run) -> Run:
        """Compile a filter whose input is computed by `base`."""
        entry = FILTERS.get(node.name)
        if entry is None:
            hint = did_you_mean(node.name, FILTERS)
            if not hint and node.name in FUNCTIONS:
                hint = f"; it is a function: `{node.name}(…)`"
            raise failure(self.text, node.start, f"Unknown filter `{node.name}`{hint}")
        if node.name == "default":
            base = _or_null(base)
        return self._apply(entry, base, node.arguments, node.start)

    def test(self, node: syntax.Test) -> Run:
        entry = TESTS.get(node.name)
        if entry is None:
            raise failure(
                self.text, node.start, f"Unknown test `{node.name}`{did_you_mean(node.name, TESTS)}"
            )
        base = self.compile(node.base)
        if node.name == "defined":
            base = _or_null(base)
        check = self._apply(entry, base, node.arguments, node.start)
        return (lambda env: not check(env)) if node.negated else check

    def unary(self, node: syntax.Unary) -> Run:
        operand = self.compile(node.operand)
        if node.operator == "not":
            return lambda env: not truth(operand(env))
        sign = SIGNS[node.operator]
        if isinstance(node.operand, syntax.Literal) and isinstance(node.operand.value, int | float):
            return self._constant(sign(node.operand.value)) if node.operand.value is not True else operand
        return lambda env: sign(operand(env))

    def binary(self, node: syntax.Binary) -> Run:
        left, right = self.compile(node.left), self.compile(node.right)
        special = _LAZY.get(node.operator)
        if special is not None:
            return special(left, right)
        compute = OPERATORS[node.operator]
        return lambda env: compute(left(env), right(env))

    def conditional(self, node: syntax.Conditional) -> Run:
        test, then, otherwise = (
            self.compile(node.test),
            self.compile(node.then),
            self.compile(node.otherwise),
        )

        def run(env: Env) -> Json:
            value = test(env)
            return then(env) if value is not None and truth(value) else otherwise(env)

        return run

    def _constant(self, value: Json) -> Run:
        return lambda env: value

    def _apply(self, entry: Entry, base: Run | None, arguments: syntax.Arguments, start: int) -> Run:
        """Bind arguments to parameters by order and name; what is missing gets its default."""
        bound = self._bound(entry, arguments, start)
        function = entry.function
        if entry.wants_env:
            given = bound if base is None else [base, *bound]
            return lambda env: function(*[part(env) for part in given], env=env)
        if base is None:
            return lambda env: function(*[part(env) for part in bound])
        if not bound:
            return lambda env: function(base(env))
        if len(bound) == 1:
            (first,) = bound
            return lambda env: function(base(env), first(env))
        return lambda env: function(base(env), *[part(env) for part in bound])

    def _bound(self, entry: Entry, arguments: syntax.Arguments, start: int) -> list[Run]:
        what = f"{entry.kind} `{entry.name}`"
        positional = [self.compile(part) for part in arguments.positional]
        if entry.variadic:
            if arguments.named:
                raise failure(self.text, arguments.named[0][2], f"The {what} takes no named arguments")
            return positional
        names = [parameter.name for parameter in entry.parameters]
        if len(positional) > len(names):
            takes = f"takes {len(names)}: {', '.join(names)}" if names else "takes none"
            raise failure(self.text, start, f"The {what} is given {len(positional)} arguments, but {takes}")
        bound = dict(zip(names, positional, strict=False))
        for name, node, place in arguments.named:
            if name not in names:
                hint = did_you_mean(name, names) or f"; it has: {', '.join(names) or 'none'}"
                raise failure(self.text, place, f"The {what} has no argument `{name}`{hint}")
            if name in bound:
                raise failure(self.text, place, f"The {what} is given the argument `{name}` twice")
            bound[name] = self.compile(node)
        for parameter in entry.parameters:
            if parameter.name not in bound:
                if parameter.required:
                    raise failure(self.text, start, f"The {what} needs the argument `{parameter.name}`")
                bound[parameter.name] = self._constant(parameter.default)
        return [bound[name] for name in names]


def _chain(node: syntax.Expression) -> tuple[syntax.Expression, tuple[str, ...]]:
    """Split `a.b['c']` into `a` and its keys; stops at the first subscript that is not a text."""
    keys: list[str] = []
    while True:
        if isinstance(node, syntax.Attribute):
            keys.append(node.name)
            node = node.base
        elif (
            isinstance(node, syntax.Subscript)
            and isinstance(node.key, syntax.Literal)
            and isinstance(node.key.value, str)
        ):
            keys.append(node.key.value)
            node = node.base
        else:
            return node, tuple(reversed(keys))


def _key(value: Json) -> Json:
    """Return a key of a map; maps and lists cannot be one, their text is."""
    return joined(value) if isinstance(value, dict | list | set) else value


def _or_null(run: Run) -> Run:
    def tolerant(env: Env) -> Json:
        try:
            return run(env)
        except UndefinedError:
            return None

    return tolerant


def _coalesce(left: Run, right: Run) -> Run:
    def run(env: Env) -> Json:
        try:
            value = left(env)
        except UndefinedError:
            return right(env)
        return right(env) if value is None else value

    return run


def _coalesce_undefined(left: Run, right: Run) -> Run:
    def run(env: Env) -> Json:
        try:
            return left(env)
        except UndefinedError:
            return right(env)

    return run


def _and(left: Run, right: Run) -> Run:
    return lambda env: truth(left(env)) and truth(right(env))


def _or(left: Run, right: Run) -> Run:
    return lambda env: truth(left(env)) or truth(right(env))


def _concatenation(left: Run, right: Run) -> Run:
    return lambda env: concatenate(left(env), right(env))


def _equality(left: Run, right: Run) -> Run:
    return lambda env: equal(left(env), right(env))


_LAZY: Final[dict[str, Callable[[Run, Run], Run]]] = {
    "??": _coalesce,
    "???": _coalesce_undefined,
    "and": _and,
    "or": _or,
    "~": _concatenation,
    "==": _equality,
}

_COMPILE: Final[dict[type, Callable[[Compiler, Json], Run]]] = {
    syntax.Literal: Compiler.literal,
    syntax.Interpolated: Compiler.interpolated,
    syntax.ListOf: Compiler.list_of,
    syntax.MapOf: Compiler.map_of,
    syntax.Name: Compiler.name,
    syntax.Attribute: Compiler.attribute,
    syntax.Subscript: Compiler.attribute,
    syntax.Method: Compiler.method,
    syntax.Call: Compiler.call,
    syntax.Filter: Compiler.filter,
    syntax.Test: Compiler.test,
    syntax.Unary: Compiler.unary,
    syntax.Binary: Compiler.binary,
    syntax.Conditional: Compiler.conditional,
}
