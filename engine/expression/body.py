"""From the nodes of a template to one function that writes its output."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, NoReturn, TypeAlias

from engine.errors import (
    ExpressionError,
    FlowsmithError,
    OperatorError,
    UndefinedError,
)
from engine.expression import syntax
from engine.expression.compiler import Compiler, Run
from engine.expression.environment import Env
from engine.expression.nearest import did_you_mean
from engine.expression.operator import truth
from engine.expression.place import failure, place
from engine.expression.text import printed
from engine.expression.undefined import Missing
from engine.expression.value import copied, is_list, is_map, kind
from engine.model.json import Json

Write: TypeAlias = Callable[[Json], None]
Step: TypeAlias = Callable[[Env, Write], None]

_SHOWN: Final = 200
"""Characters of an expression shown in a message."""


class BodyCompiler:
    """Compiles the nodes of one template."""

    def __init__(self, text: str, body: syntax.Body) -> None:
        self.text = text
        self.blocks: dict[str, Step] = {}
        nodes = list(walk(body))
        macros = {node.name: _Macro(self, node) for node in nodes if isinstance(node, syntax.Macro)}
        blocks = frozenset(node.name for node in nodes if isinstance(node, syntax.Block))
        self.compiler = Compiler(text, local_names(nodes), {"block": _BlockCall(self, blocks), **macros})
        for macro in macros.values():
            macro.compile()

    def body(self, nodes: syntax.Body) -> Step:
        """Return a function that writes all nodes in order."""
        steps = [step for node in nodes if (step := _STEPS[type(node)](self, node)) is not None]
        if len(steps) == 1:
            return steps[0]

        def run(env: Env, write: Write) -> None:
            for step in steps:
                step(env, write)

        return run

    def single(self, node: syntax.Print) -> tuple[Run, Callable[[Env], str]]:
        """Return two functions for a template that is one expression: its value, and its text."""
        run = self.compiler.compile(node.expression)
        start, end = node.start, node.end

        def text(env: Env) -> str:
            try:
                value = run(env)
                return value if type(value) is str else printed(value)
            except Exception as error:
                self.explain(error, start, end)

        return self.explained(run, start, end), text

    def guarded(self, expression: syntax.Expression, start: int, end: int) -> Run:
        """Return the expression's function; its errors name the expression and the line."""
        return self.explained(self.compiler.compile(expression), start, end)

    def explained(self, run: Run, start: int, end: int) -> Run:
        """Return the same function, with errors that name the place."""

        def guarded(env: Env) -> Json:
            try:
                return run(env)
            except Exception as error:
                self.explain(error, start, end)

        return guarded

    def explain(self, error: Exception, start: int, end: int) -> NoReturn:
        """Raise the error with the expression and its line in the sentence; unknown errors stay."""
        if isinstance(error, OperatorError) or (
            isinstance(error, ExpressionError) and error.line is not None
        ):
            raise error
        line, column = place(self.text, start)
        shown = self.text[start:end]
        shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
        if isinstance(error, UndefinedError):
            hint = error.hint() if isinstance(error, Missing) else ""
            sentence = f"{error} used in the expression `{shown}` at line {line}{hint}"
            raise UndefinedError(sentence, line=line, column=column) from None
        if isinstance(error, RecursionError):
            reason = "The expression is nested too deeply"
        elif isinstance(error, FlowsmithError):
            reason = error.message
        elif isinstance(error, TypeError | ValueError | ArithmeticError | LookupError | AttributeError):
            reason = f"The expression cannot be computed ({error})"
        elif isinstance(error, MemoryError):
            reason = "The expression needs more memory than there is"
        else:
            raise error
        sentence = f"{reason.rstrip('.')}, in the expression `{shown}` at line {line}"
        raise ExpressionError(sentence, line=line, column=column) from error

    def text_step(self, node: syntax.Text) -> Step:
        text = node.text
        return lambda env, write: write(text)

    def print_step(self, node: syntax.Print) -> Step:
        run = self.compiler.compile(node.expression)
        start, end = node.start, node.end

        def step(env: Env, write: Write) -> None:
            try:
                write(run(env))
            except Exception as error:
                self.explain(error, start, end)

        return step

    def if_step(self, node: syntax.If) -> Step:
        branches = [
            (self.explained(_condition(self.compiler.compile(test)), *where), self.body(body))
            for test, body, where in node.branches
        ]
        otherwise = self.body(node.otherwise)

        def step(env: Env, write: Write) -> None:
            for test, body in branches:
                if test(env):
                    body(env, write)
                    return
            otherwise(env, write)

        return step

    def for_step(self, node: syntax.For) -> Step:
        items_of = self.explained(_iterable(self.compiler.compile(node.items)), node.start, node.end)
        body, otherwise, name = self.body(node.body), self.body(node.otherwise), node.name

        def step(env: Env, write: Write) -> None:
            items = items_of(env)
            if not items:
                otherwise(env, write)
                return
            length = len(items)
            frame: dict[str, Json] = {}
            env.frames.append(frame)
            try:
                for index, item in enumerate(items):
                    env.budget.step()
                    frame.clear()
                    frame[name] = item
                    frame["loop"] = {
                        "index": index,
                        "length": length,
                        "first": index == 0,
                        "last": index == length - 1,
                        "revindex": length - index - 1,
                    }
                    body(env, write)
            except ExpressionError as error:
                self.explain(error, node.start, node.end)
            finally:
                env.frames.pop()

        return step

    def set_step(self, node: syntax.Set) -> Step:
        value, name = self.guarded(node.value, node.start, node.end), node.name
        return lambda env, write: env.assign(name, value(env))

    def macro_step(self, node: syntax.Macro) -> None:
        """Print nothing: macros are compiled before the rest."""

    def block_step(self, node: syntax.Block) -> Step:
        body = self.body(node.body)
        self.blocks[node.name] = body
        return body

    def filter_step(self, node: syntax.FilterBody) -> Step:
        body = self.body(node.body)

        run: Run = partial(captured, body)
        for part in node.filters:
            run = self.compiler.filter_of(part, run)
        value = self.explained(run, node.start, node.end)
        return lambda env, write: write(value(env))


def captured(step: Step, env: Env) -> str:
    """Return what a step writes, as text."""
    parts: list[str] = []
    spend = env.budget.spend

    def write(value: Json) -> None:
        text = value if type(value) is str else printed(value)
        spend(len(text))
        parts.append(text)

    step(env, write)
    return "".join(parts)


def walk(body: syntax.Body) -> Iterator[syntax.Node]:
    """Go through all nodes, nested ones included."""
    for node in body:
        yield node
        for inner in bodies_of(node):
            yield from walk(inner)


def bodies_of(node: syntax.Node) -> tuple[syntax.Body, ...]:
    """Return the bodies inside a node."""
    if isinstance(node, syntax.If):
        return (*(body for _, body, _ in node.branches), node.otherwise)
    if isinstance(node, syntax.For):
        return (node.body, node.otherwise)
    if isinstance(node, syntax.Macro | syntax.Block | syntax.FilterBody):
        return (node.body,)
    return ()


def local_names(nodes: list[syntax.Node]) -> frozenset[str]:
    """Return the names that tags of the template give a value to."""
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, syntax.Set):
            names.add(node.name)
        elif isinstance(node, syntax.For):
            names.update((node.name, "loop"))
        elif isinstance(node, syntax.Macro):
            names.update(name for name, _ in node.parameters)
    return frozenset(names)


class _Macro:
    """A macro; its body sees the arguments and nothing else."""

    def __init__(self, owner: BodyCompiler, node: syntax.Macro) -> None:
        self.owner = owner
        self.node = node
        self.step: Step = lambda env, write: None
        self.defaults: dict[str, Run] = {}

    def compile(self) -> None:
        """Compile the body, once all macros are known by name."""
        node = self.node
        self.defaults = {
            name: self.owner.compiler.compile(default)
            for name, default in node.parameters
            if default is not None
        }
        self.step = self.owner.body(node.body)

    def bind(self, compiler: Compiler, node: syntax.Call) -> Run:
        """Return what a call of this macro prints."""
        names = [name for name, _ in self.node.parameters]
        arguments = node.arguments
        if len(arguments.positional) > len(names):
            raise failure(compiler.text, node.start, f"The macro `{node.name}` takes {len(names)} arguments")
        given = dict(zip(names, map(compiler.compile, arguments.positional), strict=False))
        for name, expression, start in arguments.named:
            if name not in names:
                raise failure(
                    compiler.text,
                    start,
                    f"The macro `{node.name}` has no argument `{name}`{did_you_mean(name, names)}",
                )
            given[name] = compiler.compile(expression)

        def run(env: Env) -> str:
            inner = Env(env.scope, {}, env.budget, env.nested, [{}])
            frame = inner.frames[0]
            for name, default in self.defaults.items():
                if name not in given:
                    frame[name] = default(env)
            for name, argument in given.items():
                frame[name] = argument(env)
            env.budget.enter()
            try:
                return captured(self.step, inner)
            finally:
                env.budget.leave()

        return run


class _BlockCall:
    """`block("name")`: prints a block of the same template again."""

    def __init__(self, owner: BodyCompiler, names: frozenset[str]) -> None:
        self.owner = owner
        self.names = names

    def bind(self, compiler: Compiler, node: syntax.Call) -> Run:
        """Return what the block prints."""
        arguments = node.arguments.positional
        name = (
            arguments[0].value if len(arguments) == 1 and isinstance(arguments[0], syntax.Literal) else None
        )
        if name not in self.names:
            known = did_you_mean(str(name), self.names) or '; define it with `{% block "name" %}`'
            raise failure(compiler.text, node.start, f"There is no block `{name}` in this template{known}")

        def run(env: Env) -> str:
            env.budget.enter()
            try:
                return captured(self.owner.blocks[str(name)], env)
            finally:
                env.budget.leave()

        return run


def _condition(run: Run) -> Run:
    return lambda env: truth(run(env))


def _iterable(run: Run) -> Run:
    def items(env: Env) -> Json:
        value = run(env)
        if value is None:
            return ()
        if is_map(value):
            return [{"key": key, "value": item} for key, item in copied(value).items()]
        if is_list(value):
            return list(value)
        raise ExpressionError(f"`for` needs a list or a map, not {kind(value)}")

    return items


_STEPS: Final[dict[type, Callable[[BodyCompiler, Json], Step | None]]] = {
    syntax.Text: BodyCompiler.text_step,
    syntax.Print: BodyCompiler.print_step,
    syntax.If: BodyCompiler.if_step,
    syntax.For: BodyCompiler.for_step,
    syntax.Set: BodyCompiler.set_step,
    syntax.Macro: BodyCompiler.macro_step,
    syntax.Block: BodyCompiler.block_step,
    syntax.FilterBody: BodyCompiler.filter_step,
}
