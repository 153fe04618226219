"""Documents as they come from sources, and the blocks they are read into."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["plugin", "guide", "expression", "page"]
KINDS: tuple[Kind, ...] = ("plugin", "guide", "expression", "page")

BlockKind = Literal["heading", "text", "code", "item", "row"]


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a document that is never torn without need; lines count from 1 and include both ends.

    `level` is the depth of a heading, 0 for everything else; `targets` are the plugin types and pages a row
    of a table leads to.
    """

    kind: BlockKind
    text: str
    start_line: int
    end_line: int
    level: int = 0
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A readable text with what is known about it.

    `type` is the plugin type id of a plugin page, else empty; `group` is what filters narrow down to.
    """

    source: str
    title: str
    blocks: tuple[Block, ...]
    kind: Kind = "page"
    type: str = ""
    group: str = ""
    description: str = ""
    keywords: tuple[str, ...] = ()
    links: tuple[str, ...] = field(default=())

    @property
    def empty(self) -> bool:
        """Whether there is nothing to find in it."""
        return not any(block.text.strip() for block in self.blocks)
