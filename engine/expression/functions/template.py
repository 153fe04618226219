"""Functions that render templates inside of templates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from engine.errors import ExpressionError, UndefinedError
from engine.expression.environment import Env
from engine.expression.limits import MAX_PASSES
from engine.expression.scanner import raw_parts
from engine.expression.value import bounded, copied, is_list, is_map
from engine.model.json import Json


def render(to_render: Json, recursive: Json = True, *, env: Env) -> Json:
    """Render the expressions inside of a value, over and over until none is left.

    toRender: a text, or a map or list of texts; anything else stays as it is
    recursive: whether to go on while the result changes

    `{{ render(vars.a) }}` -> `2`
    `{{ render(42) }}` -> `42`
    """
    return _rendered(bounded(to_render), MAX_PASSES if recursive is not False else 1, env)


def render_once(to_render: Json, *, env: Env) -> Json:
    """Render the expressions inside of a value once.

    toRender: a text, or a map or list of texts; anything else stays as it is

    `{{ renderOnce(vars.a) }}` -> `{{ 1 + 1 }}`
    """
    return _rendered(bounded(to_render), 1, env)


def _rendered(value: Json, passes: int, env: Env) -> Json:
    if isinstance(value, str):
        return _text(value, passes, env)
    if is_map(value):
        rendered: dict[Json, Json] = {}
        for key, item in copied(value).items():
            rendered.setdefault(_rendered(key, passes, env), _rendered(item, passes, env))
        return rendered
    if is_list(value):
        return [_rendered(item, passes, env) for item in list(value)]
    return value


def _text(text: str, passes: int, env: Env) -> str:
    """Render passes over a text; what stood between raw tags is kept out of all further passes."""
    if "{" not in text:
        return text
    env.budget.enter()
    try:
        if passes == 1:
            return env.nested(text, env)
        kept: list[str] = []
        for _ in range(passes):
            done = env.nested(_without_raw(text, kept), env)
            if done == text or "{" not in done:
                return _with_raw(done, kept)
            text = done
    except UndefinedError as error:
        # only what is undefined in this template may be caught by `??`, not what is inside the rendered text
        raise ExpressionError(error.message, line=error.line, column=error.column) from error
    finally:
        env.budget.leave()
    raise ExpressionError(f"Too many rendering attempts: the result still changes after {passes} passes")


def _without_raw(text: str, kept: list[str]) -> str:
    if "endraw" not in text:
        return text
    parts = raw_parts(text)
    for index in range(1, len(parts), 2):
        kept.append(parts[index])
        parts[index] = f"{_MARK}{len(kept) - 1}{_MARK}"
    return "".join(parts)


def _with_raw(text: str, kept: list[str]) -> str:
    for index, inner in enumerate(kept):
        text = text.replace(f"{_MARK}{index}{_MARK}", inner)
    return text


_MARK: Final = "\ue000raw\ue001"
"""Private-use characters around the number of a raw part; they do not occur in texts for people."""

FUNCTIONS: Final[dict[str, Callable[..., Json]]] = {"render": render, "renderOnce": render_once}
