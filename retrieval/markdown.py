"""Markdown and plain text read into blocks with their lines."""

from __future__ import annotations

import re
from dataclasses import dataclass

import yaml

from engine.model.json import Json
from retrieval.document import Block, BlockKind

_HEADING = re.compile(r"^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_UNDERLINE = re.compile(r"^ {0,3}(=+|-+)[ \t]*$")
_FENCE = re.compile(r"^(\s*)(`{3,}|~{3,})(.*)$")
_ITEM = re.compile(r"^\s*(?:[-*+]|\d{1,9}[.)])\s+\S")
_ROW = re.compile(r"^\s*\|.*\|\s*$")
_ROW_RULE = re.compile(r"^\s*\|[\s:|-]+\|\s*$")
_LINK = re.compile(r"\[([^\]\n]*)\]\([^()\n]*\)")
_TARGET = re.compile(r"`([A-Za-z_]\w*(?:\.[A-Za-z_]\w*){2,})`|\[[^\]\n]*\]\(([\w./-]+\.md(?:#[\w-]+)?)\)")
_COMMENT = re.compile(r"^\s*<!--.*?-->\s*$")


def read_front_matter(text: str) -> tuple[dict[str, Json], int]:
    """Return what stands between the first `---` and the next, and the number of lines it takes.

    No front matter, or one that is not a YAML map, gives an empty map and 0 lines.
    """
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        return {}, 0
    for number, line in enumerate(lines[1:], start=1):
        if line.rstrip() in ("---", "..."):
            try:
                found = yaml.load("\n".join(lines[1:number]), Loader=yaml.CSafeLoader)
            except yaml.YAMLError:
                return {}, 0
            return (found, number + 1) if isinstance(found, dict) else ({}, 0)
    return {}, 0


def read_markdown(text: str, skip_lines: int = 0) -> tuple[Block, ...]:
    """Read a Markdown text into blocks, its first lines skipped but counted."""
    reader = _Reader(text.split("\n"), skip_lines)
    reader.read()
    return tuple(reader.blocks)


def read_text(text: str) -> tuple[Block, ...]:
    """Read a plain text: a block for each paragraph."""
    blocks: list[Block] = []
    held: list[str] = []
    lines = text.split("\n")
    for number, line in enumerate([*lines, ""], start=1):
        if line.strip():
            held.append(line.rstrip())
        elif held:
            blocks.append(Block("text", "\n".join(held), number - len(held), number - 1))
            held = []
    return tuple(blocks)


@dataclass(slots=True)
class _Open:
    """The block that is being collected."""

    kind: BlockKind
    start: int
    lines: list[str]


class _Reader:
    """Goes through the lines once; indices count from 0, lines of blocks from 1."""

    def __init__(self, lines: list[str], at: int) -> None:
        self.lines = lines
        self.at = at
        self.blocks: list[Block] = []
        self.open: _Open | None = None

    def read(self) -> None:
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if found := _FENCE.match(line):
                self._code(found)
            elif found := _HEADING.match(line):
                self._close()
                self._heading(found.group(2) or "", len(found.group(1)), self.at, self.at)
            elif self.open and self.open.kind == "text" and (found := _UNDERLINE.match(line)):
                start, title, self.open = self.open.start, " ".join(self.open.lines), None
                self._heading(title, 1 if found.group(1)[0] == "=" else 2, start, self.at)
            else:
                self._line(line)
            self.at += 1
        self._close()

    def _heading(self, text: str, level: int, start: int, end: int) -> None:
        if text := clean(text):
            self.blocks.append(Block("heading", text, start + 1, end + 1, level))

    def _code(self, found: re.Match[str]) -> None:
        """Take a fenced block whole; one that is never closed ends with the document."""
        indent, fence, info = found.groups()
        start = self.at
        self._close()
        body: list[str] = []
        for index in range(start + 1, len(self.lines)):
            line = self.lines[index]
            if line.strip().startswith(fence) and not line.strip().strip(fence[0]):
                break
            body.append(line.removeprefix(indent))
        else:
            index = len(self.lines) - 1
        self.at = index
        text = "\n".join((f"{fence}{info.rstrip()}", *body, fence))
        if any(line.strip() for line in body):
            self.blocks.append(Block("code", text, start + 1, index + 1))

    def _line(self, line: str) -> None:
        if not line.strip() or _COMMENT.match(line):
            self._close()
        elif _ROW.match(line):
            self._close()
            if not _ROW_RULE.match(line):
                self._add("row", line.strip())
                self._close()
        elif _ITEM.match(line):
            self._close()
            self._add("item", line.rstrip())
        else:
            self._add("text", line.rstrip())

    def _add(self, kind: BlockKind, line: str) -> None:
        if self.open is None:
            self.open = _Open(kind, self.at, [])
        self.open.lines.append(line)

    def _close(self) -> None:
        if self.open is None:
            return
        raw = "\n".join(self.open.lines)
        targets = targets_of(raw) if self.open.kind == "row" else ()
        end = self.open.start + len(self.open.lines)
        text = _LINK.sub(r"\1", raw)
        self.blocks.append(Block(self.open.kind, text, self.open.start + 1, end, targets=targets))
        self.open = None


def targets_of(row: str) -> tuple[str, ...]:
    """Return where a row of a table leads: the type ids and pages its last cell holds, and nothing else.

    >>> targets_of("| copy a file | `io.kestra.plugin.core.http.Download`, [Files](output.md#files) |")
    ('io.kestra.plugin.core.http.Download', 'output.md#files')
    """
    cells = row.strip().strip("|").split("|")
    if len(cells) < 2 or _TARGET.sub("", cells[-1]).strip(" ,"):
        return ()
    return tuple(plugin or page for plugin, page in _TARGET.findall(cells[-1]))


def clean(text: str) -> str:
    """Return a heading without link targets, emphasis and surplus space; backticks stay."""
    return " ".join(_LINK.sub(r"\1", text).replace("**", "").split())
