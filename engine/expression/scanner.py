"""From text to pieces: plain text, `{{ }}` and `{% %}` with their tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from engine.errors import ExpressionSyntaxError
from engine.expression.limits import MAX_DEPTH
from engine.expression.place import failure
from engine.model.json import Json


class Token(NamedTuple):
    """One word of an expression. Value of an `interpolation`: texts and token lists in turn."""

    kind: Literal["name", "number", "text", "interpolation", "operator", "end"]
    value: Json
    start: int
    end: int


@dataclass(slots=True)
class Piece:
    """A stretch of a template: `text` has text, `print` and `tag` have tokens, ended by an `end` token."""

    kind: Literal["text", "print", "tag"]
    start: int
    end: int
    text: str = ""
    tokens: tuple[Token, ...] = ()


BLANK: Final = " \t\n\r\f\v"
_OPEN = re.compile(r"\{[{%#]")
_RAW = re.compile(r"\{%-*\s*raw\s*-*%\}([^\n\r\u0085\u2028\u2029]*?)\{%-*\s*endraw\s*-*%\}")
_VERBATIM = re.compile(r"\{%-?\s*verbatim\s*(-?)%\}")
_END_VERBATIM = re.compile(r"\{%(-?)\s*endverbatim\s*(-?)%\}")
_TOKEN = re.compile(
    r"""\s*(?:
    (?P<close>-?(?:\}\}|%\}))
    |(?P<name>[^\W\d]\w*)
    |(?P<operator>\?\?\??|\.\.|[=!<>]=|[-+*/%|~<>?:.,()\[\]{}=])
    |(?P<number>\d+(?:\.\d+)?L?)
    |(?P<single>'[^'\\]*(?:\\.[^'\\]*)*')
    |(?P<double>"[^"\\#]*(?:(?:\\.|\#(?!\{))[^"\\#]*)*")
    )""",
    re.VERBOSE | re.DOTALL,
)
_IN_DOUBLE = re.compile(r'[^"\\#]*(?:(?:\\.|#(?!\{))[^"\\#]*)*', re.DOTALL)
_PAIRS: Final = {")": "(", "]": "[", "}": "{"}
_BRACKETS: Final = frozenset("()[]{}")


def scan(text: str) -> list[Piece]:
    """Split a template; whitespace control is applied. Raises ExpressionSyntaxError."""
    return _Scanner(text).pieces()


def raw_parts(text: str) -> list[str]:
    """Split text at `{% raw %}…{% endraw %}`: outside, inside, outside, … in turn."""
    return _RAW.split(text)


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.depth = 0

    def pieces(self) -> list[Piece]:
        return list(self._merged())

    def _merged(self) -> Iterator[Piece]:
        """Join neighbouring texts and drop empty ones."""
        held: Piece | None = None
        for piece in self._raw_pieces():
            if piece.kind != "text":
                if held is not None:
                    yield held
                    held = None
                yield piece
            elif not piece.text:
                continue
            elif held is None:
                held = piece
            else:
                held = Piece("text", held.start, piece.end, held.text + piece.text)
        if held is not None:
            yield held

    def _raw_pieces(self) -> Iterator[Piece]:
        text, at, trim = self.text, 0, False
        while True:
            opening = _OPEN.search(text, at)
            start = opening.start() if opening else len(text)
            plain = text[at:start]
            if trim:
                plain = plain.lstrip(BLANK)
            if opening is None:
                yield Piece("text", at, start, plain)
                return
            raw = _RAW.match(text, start)
            if text.startswith("-", start + 2) and raw is None:
                plain = plain.rstrip(BLANK)
            yield Piece("text", at, start, plain)
            if raw is not None:
                yield Piece("text", raw.start(1), raw.end(1), raw[1])
                at, trim = raw.end(), False
            elif (mark := text[start + 1]) == "#":
                at, trim = self._comment(start)
            elif mark == "%" and (verbatim := _VERBATIM.match(text, start)):
                end = _END_VERBATIM.search(text, verbatim.end())
                if end is None:
                    raise failure(text, start, "`{% verbatim %}` has no `{% endverbatim %}`")
                yield Piece("text", verbatim.end(), end.start(), _inner(text, verbatim, end))
                at, trim = end.end(), bool(end[2])
            else:
                begin = start + 2 + text.startswith("-", start + 2)
                tokens, at, trim = self._tokens(begin, "}}" if mark == "{" else "%}", start)
                yield Piece("print" if mark == "{" else "tag", start, at, "", tuple(tokens))

    def _comment(self, start: int) -> tuple[int, bool]:
        end = self.text.find("#}", start + 2)
        if end < 0:
            raise failure(
                self.text,
                start,
                "A comment begins with `{#` and has no `#}`; for a literal `{#`, as in bash `${#list[@]}`, "
                "use `{% raw %}`",
            )
        return end + 2, end > start + 2 and self.text[end - 1] == "-"

    def _tokens(self, at: int, close: str, opened: int) -> tuple[list[Token], int, bool]:
        """Scan until the closing mark outside of brackets; `}` alone closes an interpolation."""
        text, tokens, brackets = self.text, list[Token](), list[int]()
        match_token = _TOKEN.match
        while True:
            match = match_token(text, at)
            if match is None:
                if text.startswith('"', skip := _skip_blank(text, at)):
                    token = self._interpolation(skip)
                    tokens.append(token)
                    at = token.end
                    continue
                raise self._stray(skip, close, opened)
            kind = match.lastgroup
            start, at = match.span(kind or 0)
            value: Json = text[start:at]
            if kind == "name":
                tokens.append(Token("name", value, start, at))
            elif kind == "operator" or kind == "close":
                if kind == "close":
                    mark = value.removeprefix("-")
                    if mark == close and not brackets:
                        tokens.append(Token("end", "", start, at))
                        return tokens, at, value[0] == "-"
                    value = value[0]
                    at = start + 1
                if value == "}" == close and not brackets:
                    tokens.append(Token("end", "", start, at))
                    return tokens, at, False
                if value in _BRACKETS:
                    self._bracket(value, start, brackets)
                tokens.append(Token("operator", value, start, at))
            elif kind == "number":
                tokens.append(Token("number", value, start, at))
            else:
                quote = value[0]
                tokens.append(Token("text", _unescaped(value[1:-1], quote), start, at))

    def _bracket(self, mark: str, start: int, brackets: list[int]) -> None:
        if mark not in _PAIRS:
            brackets.append(start)
            if len(brackets) > MAX_DEPTH:
                raise failure(self.text, start, f"Brackets are nested deeper than {MAX_DEPTH}")
        elif not brackets:
            raise failure(self.text, start, f"`{mark}` closes a bracket that is not open")
        elif self.text[opened := brackets.pop()] != _PAIRS[mark]:
            raise failure(
                self.text, opened, f"The bracket `{self.text[opened]}` is not closed before `{mark}`"
            )

    def _interpolation(self, start: int) -> Token:
        """Scan a double-quoted text that holds `#{…}`, or that is not closed."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise failure(self.text, start, f"Interpolations are nested deeper than {MAX_DEPTH}")
        parts: list[Json] = []
        at = start + 1
        while True:
            match = _IN_DOUBLE.match(self.text, at)
            end = match.end() if match else at
            parts.append(_unescaped(self.text[at:end], '"'))
            if self.text.startswith('"', end):
                self.depth -= 1
                return Token("interpolation", tuple(parts), start, end + 1)
            if not self.text.startswith("#{", end):
                raise failure(self.text, start, 'The text has no closing `"`')
            tokens, at, _ = self._tokens(end + 2, "}", end)
            parts.append(tuple(tokens))

    def _stray(self, at: int, close: str, opened: int) -> ExpressionSyntaxError:
        if at >= len(self.text):
            opening = {"}}": "{{", "%}": "{%", "}": "#{"}[close]
            return failure(self.text, opened, f"`{opening}` is not closed with `{close}`")
        mark = self.text[at]
        if mark in "'\"":
            return failure(self.text, at, f"The text has no closing `{mark}`")
        return failure(self.text, at, f"`{mark}` means nothing here{_STRAY.get(mark, '')}")


_STRAY: Final = {
    "&": "; write `and`",
    "!": "; write `not` or `!=`",
    "$": "; variables have no `$`",
    "`": "; write texts in quotes",
    "\\": "; only a quote inside a text can be escaped",
}


def _skip_blank(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _unescaped(text: str, quote: str) -> str:
    return text.replace("\\" + quote, quote) if "\\" in text else text


def _inner(text: str, begin: re.Match[str], end: re.Match[str]) -> str:
    inner = text[begin.end() : end.start()]
    if begin[1]:
        inner = inner.lstrip(BLANK)
    return inner.rstrip(BLANK) if end[1] else inner
