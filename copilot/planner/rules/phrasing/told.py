"""What the sentences of a request tell besides the steps: inputs, shapes of answers, a connection."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from copilot.plan.plan import InputPlan

VERB_FORM = r"[a-z]+"


@dataclass(slots=True)
class Told:
    """Facts taken out of the words; `lists` names the list in the answer of an address, `logins` has host,
    port, username and password by the kind of server (`smtp`, `sftp`)."""

    inputs: list[InputPlan] = field(default_factory=list)
    lists: dict[str, str] = field(default_factory=dict)
    connection: dict[str, str] = field(default_factory=dict)
    logins: dict[str, dict[str, str]] = field(default_factory=dict)
    optional: set[str] = field(default_factory=set)
    defaults: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


_END = re.compile(r"(?<=[.!?])\s+(?=\S)|\s*\n\s*|\s*;\s*")


def sentences(text: str) -> list[tuple[str, str]]:
    """Cut a masked text at full stops, semicolons and line ends; every piece comes with what ended it."""
    found: list[tuple[str, str]] = []
    position = 0
    for match in _END.finditer(text):
        found.append((text[position : match.start()], match[0]))
        position = match.end()
    found.append((text[position:], ""))
    return found


def joined(pieces: list[tuple[str, str]]) -> str:
    """Put sentences together again."""
    return "".join(f"{text}{end}" for text, end in pieces)
