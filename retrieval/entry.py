"""What an index is made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """What is searched: words, the type id they belong to, its other ids, the properties they document.

    `asked` are other words by which it is looked for. Entries of one `document` support each other; `name` is
    what the document is called, `preferred` says that it is worth more whatever is asked.
    """

    head: str
    body: str
    type: str = ""
    names: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()
    document: str = ""
    name: str = ""
    preferred: bool = False
    asked: tuple[str, ...] = ()
