"""SQL text cut into statements, and `:name` placeholders found in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

# One alternative for each thing that hides `;` and `:`; the rest is taken word by word.
_TOKEN = re.compile(
    r"""
      (?P<comment>--[^\n]*)
    | (?P<block>/\*)
    | (?P<text>[eE]'(?:[^'\\]|\\.|'')*' | '(?:[^']|'')*')
    | (?P<name>"(?:[^"]|"")*" | `(?:[^`]|``)*`)
    | (?P<dollar>(?<![\w$])\$(?:[^\W\d]\w*)?\$)
    | (?P<cast>::)
    | (?P<placeholder>(?<![\w:]):[A-Za-z_]\w*)
    | (?P<end>;)
    | (?P<space>\s+)
    | (?P<word>\w+)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_ROUTINE = re.compile(r"CREATE\b.*\b(?:TRIGGER|FUNCTION|PROCEDURE)\b", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a text: where it begins there (`offset`, from 0), and what it says."""

    sql: str
    offset: int


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


def split(sql: str) -> list[Statement]:
    """Cut at every `;` outside texts, names, comments, `$$` bodies and the BEGIN … END of routines."""
    found: list[Statement] = []
    start: int | None = None
    end = depth = 0
    for token in _tokens(sql):
        if token.kind == "end" and depth == 0:
            if start is not None:
                found.append(Statement(sql[start:end], start))
            start = None
            continue
        if token.kind in ("space", "comment"):
            continue
        if start is None:
            start = token.at
        end = token.at + len(token.text)
        if token.kind == "word":
            depth = _nested(token.text.upper(), depth, sql[start : token.at])
    if start is not None:
        found.append(Statement(sql[start:end], start))
    return found


def _nested(word: str, depth: int, before: str) -> int:
    if word == "BEGIN" and (depth or _ROUTINE.match(before)):
        return depth + 1
    if depth and word == "CASE":
        return depth + 1
    return depth - 1 if depth and word == "END" else depth


def place(sql: str, offset: int) -> tuple[int, int]:
    """Return line and column, from 1, of a character."""
    before = sql[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def with_placeholders(sql: str, write: Callable[[str], str], other: Callable[[str], str]) -> str:
    """Return the statement with every `:name` written by `write` and everything else by `other`.

    Casts (`::int`) and whatever stands in texts and comments are not placeholders.
    """
    return "".join(
        write(token.text[1:]) if token.kind == "placeholder" else other(token.text) for token in _tokens(sql)
    )


def with_question_marks(sql: str, mark: str, escape: str) -> str:
    """Return the statement with every `?` outside texts and comments replaced; `escape` is doubled."""
    return "".join(
        mark if token.kind == "other" and token.text == "?" else token.text.replace(escape, escape * 2)
        for token in _tokens(sql)
    )


def names_in(sql: str) -> list[str]:
    """Return the names of the placeholders, each once, in order of appearance."""
    return list(dict.fromkeys(token.text[1:] for token in _tokens(sql) if token.kind == "placeholder"))


def _tokens(sql: str) -> Iterator[_Token]:
    at = 0
    while at < len(sql):
        match = _TOKEN.match(sql, at)
        if match is None:  # cannot be: the last alternative takes any character
            break
        kind, end = match.lastgroup or "other", match.end()
        if kind == "block":
            kind, end = "comment", _block_end(sql, at)
        elif kind == "dollar":
            close = sql.find(match[0], end)
            end = len(sql) if close < 0 else close + len(match[0])
        yield _Token(kind, sql[at:end], at)
        at = end


def _block_end(sql: str, at: int) -> int:
    depth = 0
    for match in re.compile(r"/\*|\*/").finditer(sql, at):
        depth += 1 if match[0] == "/*" else -1
        if depth == 0:
            return match.end()
    return len(sql)
