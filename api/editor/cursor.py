"""Where a cursor stands in a flow, read from the lines alone: the text is broken while somebody types.

Indentation tells the path of keys, and which keys stand beside it. YAML that is written in braces on one line
is read inside the line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

Step: TypeAlias = str | None
"""A key, or None for the items of a list."""

_LINE = re.compile(r"(?P<indent> *)(?P<dashes>(?:-(?: +|$))*)(?P<content>.*)")
_KEY = re.compile(r"""(?P<key>[\w.$/-]+|"[^"\n]*"|'[^'\n]*')\s*:(?P<value>\s.*|$)""")
_TYPED = re.compile(r"[\w.$/-]*$")
_PAIR = re.compile(r"(?P<key>[\w.$-]+)\s*:\s*(?P<value>[^,{}\[\]]*)")
_BLOCK = re.compile(r"[|>][+-]?\d?[+-]?\s*(?:#.*)?$")


@dataclass(frozen=True, slots=True)
class Line:
    """One line: columns count from 0; `column` is where the key begins, behind the dashes."""

    number: int
    start: int
    text: str
    dashes: tuple[int, ...]
    column: int
    key: str
    value: str

    @property
    def blank(self) -> bool:
        """Whether there is nothing but blanks or a comment."""
        return not self.key and not self.dashes and self.text.strip()[:1] in ("", "#")

    @property
    def opens_text(self) -> bool:
        """Whether a block of text follows."""
        return bool(self.key) and _BLOCK.match(self.value) is not None


@dataclass(frozen=True, slots=True)
class Cursor:
    """A position. `path` leads to the map the cursor stands in, `beside[n]` are the keys of the map at
    `path[:n]`, the last one those beside the cursor.

    `place`: a key is written, the value of `key`, or a text in which only expressions mean something.
    `start:end` is the word at the cursor; `typed` is its part before the cursor.
    """

    offset: int
    place: Literal["key", "value", "text"]
    path: tuple[Step, ...]
    beside: tuple[dict[str, str], ...]
    key: str
    start: int
    end: int
    typed: str = ""
    expression: str | None = None
    """What stands before the cursor since `{{` or `{%`; None outside of expressions."""
    column: int = 0
    """Where the keys of the cursor's map begin in their lines, from 0."""

    @property
    def section(self) -> str:
        """The key at the top of the flow the cursor stands below."""
        return next((step for step in self.path if step is not None), self.key)


def cursor_at(text: str, offset: int) -> Cursor:
    """Read where an offset (in characters) stands."""
    lines = _lines(text)
    line = _line_of(lines, offset)
    before = text[line.start : offset]
    expression = _expression(text, offset)
    start = offset - len(_typed(before, expression))
    end = offset + len(_rest(text[offset : line.start + len(line.text)], expression))
    typed = text[start:offset]
    column = line.column if line.text.strip() else len(before)
    steps, maps, in_text = _upwards(lines, line, column)
    if in_text:
        return Cursor(
            offset, "text", steps[:-1], maps[:-1], str(steps[-1]), start, end, typed, expression, column
        )
    inner = _inline(before)
    if inner is not None:
        return _in_braces(line, inner, (offset, start, end, typed, expression), steps, maps)
    if line.key and offset > line.start + line.column + len(_written_key(line)):
        return Cursor(offset, "value", steps, maps, line.key, start, end, typed, expression, column)
    return Cursor(offset, "key", steps, maps, line.key, start, end, typed, expression, column)


def _lines(text: str) -> list[Line]:
    found = []
    start = 0
    for number, written in enumerate(text.split("\n")):
        found.append(_read(number, start, written.removesuffix("\r")))
        start += len(written) + 1
    return found


def _read(number: int, start: int, text: str) -> Line:
    match = _LINE.match(text)
    if match is None or text.lstrip().startswith("#"):
        return Line(number, start, text, (), len(text), "", "")
    dashes = tuple(match.start("dashes") + at for at, one in enumerate(match["dashes"]) if one == "-")
    content = match["content"]
    key = _KEY.match(content)
    name = key["key"].strip("\"'") if key else ""
    return Line(
        number, start, text, dashes, match.start("content"), name, key["value"].strip() if key else ""
    )


def _line_of(lines: list[Line], offset: int) -> Line:
    low, high = 0, len(lines) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if lines[middle].start <= offset:
            low = middle
        else:
            high = middle - 1
    return lines[low]


def _upwards(
    lines: list[Line], line: Line, column: int
) -> tuple[tuple[Step, ...], tuple[dict[str, str], ...], bool]:
    """Return path and maps from the top down, and whether a block of text is around (then the last step)."""
    steps: list[Step] = []
    maps = [_siblings(lines, line.number, column)]
    number, level, in_text = line.number, column, False
    while True:
        opener = _opener(lines, number, level)
        if opener is None:
            break
        parent: Line | None = opener
        if opener.dashes and opener.dashes[-1] < level <= opener.column:
            for dash in reversed(opener.dashes):
                steps.append(None)
                maps.append({})
                level = dash
            parent = _holder(lines, opener.number - 1, level)
        if parent is None:
            break
        steps.append(parent.key)
        number, level = parent.number, parent.column
        maps.append(_siblings(lines, number, level))
        if parent.opens_text:
            steps, maps, in_text = [parent.key], [{}, maps[-1]], True
    return tuple(reversed(steps)), tuple(reversed(maps)), in_text


def _opener(lines: list[Line], number: int, level: int) -> Line | None:
    """Return the line that opens the map at a level: the item it is, or the key it is the value of."""
    for at in range(number, -1, -1):
        line = lines[at]
        if line.blank or (at != number and line.column > level):
            continue
        if line.dashes and line.dashes[-1] < level:
            return line
        if at != number and line.column < level and line.key:
            return line
    return None


def _holder(lines: list[Line], number: int, level: int) -> Line | None:
    """Return the key whose list begins at a level; the dashes may stand right below it."""
    for at in range(number, -1, -1):
        line = lines[at]
        is_above = line.column < level or (line.column == level and not line.dashes and not line.value)
        if line.key and is_above:
            return line
    return None


def _siblings(lines: list[Line], number: int, level: int) -> dict[str, str]:
    """Return the keys of the map a line belongs to, with what is written behind them."""
    found: dict[str, str] = {}
    for at in range(number, -1, -1):
        line = lines[at]
        if line.blank or line.column > level:
            continue
        if line.column < level:
            break
        if line.key:
            found.setdefault(line.key, line.value)
        if line.dashes and line.dashes[-1] < level:
            break
    for line in lines[number + 1 :]:
        ends_item = bool(line.dashes) and line.dashes[0] < level
        if line.blank or (line.column > level and not ends_item):
            continue
        if line.column < level or ends_item:
            break
        if line.key:
            found.setdefault(line.key, line.value)
    return found


def _typed(before: str, expression: str | None) -> str:
    pattern = re.compile(r"\w*$") if expression is not None else _TYPED
    match = pattern.search(before)
    return match[0].lstrip("-") if match else ""


def _rest(after: str, expression: str | None) -> str:
    match = re.match(r"\w*" if expression is not None else r"[\w.$/-]*", after)
    return match[0] if match else ""


def _expression(text: str, offset: int) -> str | None:
    """Return what stands between the last `{{` or `{%` and the cursor, if it is not closed before it."""
    start = max(0, offset - 4_000)
    window = text[start:offset]
    opened = max(window.rfind("{{"), window.rfind("{%"))
    closed = max(window.rfind("}}"), window.rfind("%}"))
    if opened < 0 or closed > opened:
        return None
    return window[opened + 2 :]


def _written_key(line: Line) -> str:
    return line.text[line.column :].partition(":")[0]


def _inline(before: str) -> str | None:
    """Return what stands in the innermost open braces of a line, None outside of them."""
    plain = re.sub(r"\{\{.*?(\}\}|$)|\{%.*?(%\}|$)", lambda m: " " * len(m[0]), before)
    depth, at = 0, len(plain)
    while at:
        at -= 1
        depth += (plain[at] == "}") - (plain[at] == "{")
        if depth < 0:
            return plain[at + 1 :]
    return None


def _in_braces(
    line: Line,
    inner: str,
    word: tuple[int, int, int, str, str | None],
    steps: tuple[Step, ...],
    maps: tuple[dict[str, str], ...],
) -> Cursor:
    """Return the cursor in `{id: a, type: …}`: the item of a list, or the value of the line's key."""
    offset, start, end, typed, expression = word
    opened = line.text.find("{", line.column)
    whole = line.text[opened + 1 :]
    beside = {pair["key"]: pair["value"].strip() for pair in _PAIR.finditer(whole)}
    if line.key and line.column < opened:
        steps, maps = (*steps, line.key), (*maps, beside)
    else:
        maps = (*maps[:-1], beside)
    last = inner.rpartition(",")[2]
    key, colon, _ = last.partition(":")
    place: Literal["key", "value"] = "value" if colon else "key"
    return Cursor(offset, place, steps, maps, key.strip() if colon else "", start, end, typed, expression)
