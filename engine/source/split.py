"""Several flows in one text, separated by `---`."""

from __future__ import annotations

import re
from dataclasses import dataclass

_MARK = re.compile(r"^(?:---|\.\.\.)(?:[ \t]*(?:#.*)?)?$\n?", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Part:
    """One document of a text; `line` is the number of its first line, counted from 1."""

    text: str
    line: int


def split_documents(text: str) -> list[Part]:
    """Cut a text at its `---` lines; documents without content are dropped."""
    parts = []
    start = 0
    for mark in (*_MARK.finditer(text), None):
        end = mark.start() if mark else len(text)
        part = text[start:end]
        if _has_content(part):
            parts.append(Part(part, text.count("\n", 0, start) + 1))
        start = mark.end() if mark else end
    return parts


def _has_content(text: str) -> bool:
    return any(line.strip() and not line.lstrip().startswith(("#", "%")) for line in text.splitlines())
