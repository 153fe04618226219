"""Templates: text with `{{ }}` and `{% %}`, compiled once and cached by text."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, lru_cache

from engine.errors import ExpressionError
from engine.expression import syntax
from engine.expression.body import BodyCompiler, Step, captured
from engine.expression.compiler import Run
from engine.expression.environment import Budget, Env
from engine.expression.parser import parse
from engine.expression.scope import Scope
from engine.expression.typed import TypedOutput
from engine.expression.usage import Reference, Use, references_of, uses_of
from engine.expression.value import copied, is_list, is_map, plain
from engine.model.json import Json

__all__ = ["Reference", "Template", "Use", "compile_template", "render", "render_text", "render_typed"]


class Template:
    """One compiled text.

    `body` is its syntax tree. Make one with `compile_template`, which keeps the last few thousand.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            self.body = parse(text)
            compiler = BodyCompiler(text, self.body)
            only = self.body[0] if len(self.body) == 1 else None
            single = compiler.single(only) if isinstance(only, syntax.Print) else None
            self._value: Run | None = single[0] if single else None
            self._text: Callable[[Env], str] | None = single[1] if single else None
            self._step: Step = compiler.body(self.body if single is None else ())
        except RecursionError:
            raise ExpressionError("The template is nested too deeply", line=1, column=1) from None

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        """The variables the template reads, in order of appearance; its own variables are not among them."""
        return references_of(self.text, self.body)

    @cached_property
    def calls(self) -> tuple[Use, ...]:
        """The filters, functions and tests the template uses, in order of appearance."""
        return uses_of(self.text, self.body)

    def render(self, scope: Scope) -> str:
        """Render to text. Raises UndefinedError and ExpressionError."""
        return self.render_in(Env(scope, scope.variables, Budget(), nested))

    def render_in(self, env: Env) -> str:
        """Render to text as part of another rendering, whose limits it shares."""
        if self._text is None:
            return captured(self._step, env)
        text = self._text(env)
        env.budget.spend(len(text))
        return text

    def render_typed(self, scope: Scope) -> Json:
        """Render to the value of the expression when there is just one; several are added up.

        Texts are joined, numbers summed; anything else raises ExpressionError.
        """
        env = Env(scope, scope.variables, Budget(), nested)
        if self._value is not None:
            return plain(self._value(env))
        output = TypedOutput()
        self._step(env, output.write)
        return plain(output.value)


@lru_cache(maxsize=4096)
def compile_template(text: str) -> Template:
    """Compile a text. Raises ExpressionSyntaxError; unknown filters, functions and tests are such errors."""
    return Template(text)


def render(value: Json, scope: Scope) -> Json:
    """Render every text in a value, keys too; maps and lists keep their shape, texts stay texts.

    Of keys that render to the same text the first wins.
    """
    if isinstance(value, str):
        return render_text(value, scope)
    if is_map(value):
        rendered: dict[Json, Json] = {}
        for key, item in copied(value).items():
            rendered.setdefault(render(key, scope), render(item, scope))
        return rendered
    if is_list(value):
        return [render(item, scope) for item in list(value)]
    return value


def render_text(text: str, scope: Scope) -> str:
    """Render one template to text; a text without `{` is returned as it is."""
    if "{" not in text:
        return text
    return compile_template(text).render(scope)


def render_typed(value: Json, scope: Scope) -> Json:
    """Render a value whose single expressions keep the type of their result; deep, like `render`."""
    if isinstance(value, str):
        return compile_template(value).render_typed(scope) if "{" in value else value
    if is_map(value):
        rendered: dict[Json, Json] = {}
        for key, item in copied(value).items():
            rendered.setdefault(render(key, scope), render_typed(item, scope))
        return rendered
    if is_list(value):
        return [render_typed(item, scope) for item in list(value)]
    return value


def nested(text: str, env: Env) -> str:
    """Render a text inside a running template, with its variables and limits."""
    if "{" not in text:
        return text
    return compile_template(text).render_in(Env(env.scope, env.variables, env.budget, nested))
