"""Java's regular expressions on the `regex` library, which can stop a match that takes too long."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from engine.errors import ExpressionError
from engine.expression.limits import MAX_ITEMS, REGEX_SECONDS, checked_size

if TYPE_CHECKING:
    from collections.abc import Callable

_PLAIN: Final = re.compile(r"[^\\.\[\]{}()*+?^$|]+")
_MAX_PATTERN: Final = 2_000
_REPEAT: Final = re.compile(r"\{(\d+)(?:,(\d*))?\}")
_MAX_REPEAT: Final = 1_000
_JAVA_CLASSES: Final = {
    r"\p{Alpha}": "[A-Za-z]",
    r"\p{Digit}": "[0-9]",
    r"\p{Alnum}": "[A-Za-z0-9]",
    r"\p{Upper}": "[A-Z]",
    r"\p{Lower}": "[a-z]",
    r"\p{Punct}": r"[!-/:-@\[-`{-~]",
    r"\p{Space}": r"[ \t\n\x0b\f\r]",
    r"\p{Blank}": r"[ \t]",
    r"\p{XDigit}": "[0-9A-Fa-f]",
    r"\h": r"[ \t\xa0\u1680\u180e\u2000-\u200a\u202f\u205f\u3000]",
    r"\R": r"(?:\r\n|[\n-\r\u0085\u2028\u2029])",
    r"\z": r"\Z",
    r"\Z": r"(?=\n?\Z)",
}


def java_split(text: str, pattern: str, limit: int = 0) -> list[str]:
    """Split as Java's `String.split`: empty texts at the end are dropped, a limit keeps the rest together."""
    if _PLAIN.fullmatch(pattern):
        parts = text.split(pattern, limit - 1 if limit > 0 else -1)
    else:
        parts = _split(text, _compiled(pattern), limit)
    if limit == 0:
        while len(parts) > 1 and parts[-1] == "":
            parts.pop()
        if parts == [""] and text:
            return []
    return parts


def java_sub(pattern: str, replacement: str, text: str, count: int = 0) -> tuple[str, int]:
    r"""Replace as Java's `replaceAll`: `$1` and `${name}` are groups, `\$` a dollar; also return how many."""
    expand = _replacement(replacement)
    size = len(text)

    def new(match: Any) -> str:
        nonlocal size
        part = expand(match)
        size += len(part)
        checked_size(size)
        return part

    try:
        done, times = _compiled(pattern).subn(new, text, count=count, timeout=REGEX_SECONDS, concurrent=True)
    except TimeoutError:
        raise _too_slow(pattern) from None
    except IndexError:
        raise ExpressionError(
            f"The replacement '{replacement}' names a group the pattern '{pattern}' does not have"
        ) from None
    return str(done), int(times)


def _split(text: str, compiled: Any, limit: int) -> list[str]:
    parts: list[str] = []
    at = 0
    try:
        for match in compiled.finditer(text, timeout=REGEX_SECONDS, concurrent=True):
            if limit > 0 and len(parts) == limit - 1:
                break
            if len(parts) > MAX_ITEMS:
                raise ExpressionError(f"The text splits into more than {MAX_ITEMS} parts")
            start, end = match.span()
            if end == 0 or start == end == len(text):
                continue
            parts.append(text[at:start])
            at = end
    except TimeoutError:
        raise _too_slow(compiled.pattern) from None
    return [*parts, text[at:]]


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> Any:
    import regex  # type: ignore[import-untyped]  # no type hints in the package; imported when first needed

    if not isinstance(pattern, str) or len(pattern) > _MAX_PATTERN:
        raise ExpressionError(f"A regular expression is a text of at most {_MAX_PATTERN} characters")
    for low, high in _REPEAT.findall(pattern):
        if len(low) > 5 or int(low) > _MAX_REPEAT or (high and (len(high) > 5 or int(high) > _MAX_REPEAT)):
            raise ExpressionError(f"A regular expression repeats at most {_MAX_REPEAT} times: '{pattern}'")
    translated = re.sub(
        r"\\(?:p\{\w+\}|.)", lambda match: _JAVA_CLASSES.get(match[0], match[0]), pattern, flags=re.DOTALL
    )
    try:
        return regex.compile(translated, regex.V0)
    except (regex.error, ValueError, OverflowError, RecursionError) as error:
        raise ExpressionError(f"The regular expression '{pattern}' is wrong: {error}") from error


@lru_cache(maxsize=512)
def _replacement(text: str) -> Callable[[Any], str]:
    """Read a Java replacement into a function from a match to a text."""
    parts: list[str | int] = []
    token = re.compile(r"\\(.)|\$(\d)|\$\{(\w+)\}|([^\\$]+)|(.)", re.DOTALL)
    names: dict[int, str] = {}
    for match in token.finditer(text):
        if match[2] is not None:
            parts.append(int(match[2]))
        elif match[3] is not None:
            names[len(parts)] = match[3]
            parts.append(-1)
        elif match[5] is not None:
            raise ExpressionError(f"The replacement '{text}' has a stray `{match[5]}`; write `\\{match[5]}`")
        else:
            parts.append(match[1] if match[1] is not None else match[4])

    def expand(match: Any) -> str:
        return "".join(
            [
                part if isinstance(part, str) else (match[names[number]] if part == -1 else match[part]) or ""
                for number, part in enumerate(parts)
            ]
        )

    return expand


def _too_slow(pattern: str) -> ExpressionError:
    return ExpressionError(
        f"The regular expression '{pattern}' takes more than {REGEX_SECONDS:g} seconds; make it simpler"
    )
