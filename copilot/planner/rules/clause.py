"""A request as a tree of clauses: actions, loops, branches, parallel groups, error and final parts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TypeAlias

from copilot.planner.rules.literal import Literal
from engine.model.json import Json

VERBS = frozenset(
    [
        "download",
        "fetch",
        "get",
        "grab",
        "pull",
        "load",
        "insert",
        "write",
        "save",
        "store",
        "upload",
        "run",
        "execute",
        "query",
        "select",
        "show",
        "print",
        "log",
        "return",
        "output",
        "wait",
        "sleep",
        "pause",
        "set",
        "read",
        "delete",
        "drop",
        "create",
        "truncate",
        "merge",
        "upsert",
        "copy",
        "convert",
        "transform",
        "filter",
        "keep",
        "sort",
        "order",
        "count",
        "sum",
        "average",
        "group",
        "join",
        "send",
        "post",
        "notify",
        "email",
        "mail",
        "call",
        "trigger",
        "start",
        "label",
        "tag",
        "ask",
        "compute",
        "calculate",
        "extract",
        "parse",
        "clean",
        "aggregate",
        "rename",
        "remove",
        "dedupe",
        "deduplicate",
        "unzip",
        "unpack",
        "untar",
        "uncompress",
        "gunzip",
        "decompress",
        "compress",
        "put",
        "push",
        "publish",
        "list",
        "greet",
        "say",
        "tell",
        "echo",
        "display",
        "report",
        "summarise",
        "summarize",
        "classify",
        "translate",
        "generate",
        "repeat",
        "check",
        "validate",
        "verify",
        "fail",
        "stop",
        "assert",
        "purge",
        "import",
        "export",
        "ingest",
        "move",
        "split",
        "concat",
        "concatenate",
        "combine",
        "index",
        "embed",
        "answer",
        "add",
        "append",
        "update",
        "open",
        "drop",
        "alert",
        "warn",
        "message",
        "welcome",
        "take",
        "find",
        "pick",
        "map",
        "limit",
        "rank",
        "clone",
        "sync",
        "build",
        "make",
        "request",
        "retrieve",
        "hit",
        "ping",
        "poll",
        "scrape",
        "collect",
        "emit",
        "record",
        "kill",
        "cancel",
        "exit",
        "skip",
        "do",
        "use",
        "format",
        "describe",
        "process",
        "prepare",
        "normalize",
        "normalise",
    ]
)


@dataclass(slots=True)
class Act:
    """One action in words, literals still marked."""

    text: str
    words: str
    literals: list[Literal] = field(default_factory=list)

    @property
    def low(self) -> str:
        """The text in lower case, single spaces."""
        return " ".join(self.text.lower().split())

    def has(self, pattern: str) -> bool:
        """Tell whether a pattern is in the lower-case text."""
        return re.search(pattern, self.low) is not None

    def find(self, pattern: str) -> re.Match[str] | None:
        """Find a pattern without regard to case."""
        return re.search(pattern, " ".join(self.text.split()), re.IGNORECASE)

    def of(self, *kinds: str) -> list[Literal]:
        """Return the literals of these kinds."""
        return [literal for literal in self.literals if literal.kind in kinds]

    def first(self, *kinds: str) -> str | None:
        """Return the value of the first literal of these kinds."""
        found = self.of(*kinds)
        return found[0].value if found else None


@dataclass(slots=True)
class Loop:
    """`for each …`: `head` are the words between `each` and the body."""

    head: str
    words: str
    body: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Branch:
    """`if …`: condition in words, what to do, what to do otherwise."""

    condition: str
    words: str
    then: list[Node] = field(default_factory=list)
    otherwise: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Together:
    """Actions at the same time."""

    words: str
    body: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Until:
    """`… every 10 seconds until …`."""

    condition: str
    words: str
    interval: str | None = None
    body: list[Node] = field(default_factory=list)
    limits: dict[str, Json] = field(default_factory=dict)


@dataclass(slots=True)
class OnFailure:
    """What to do when the flow fails."""

    words: str
    body: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class AtLast:
    """What to do at the end in any case."""

    words: str
    body: list[Node] = field(default_factory=list)


Node: TypeAlias = Act | Loop | Branch | Together | Until | OnFailure | AtLast
