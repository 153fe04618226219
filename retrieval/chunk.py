"""Cutting documents into chunks along headings, properties and code blocks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import groupby

from engine.model.json import Json
from retrieval.document import Block, Document, Kind
from retrieval.term import estimate_tokens

MAX_TOKENS = 200
"""Of a chunk with its prefix: MiniLM reads 256 and the estimate is not exact."""

OVERLAP_TOKENS = 25
"""Repeated at the start of a piece when a section had to be cut."""

_MIN_BODY_TOKENS = 60
_HARD_CHARACTERS = 8_000
_SENTENCE = re.compile(r"(?<=[.!?:;])\s+|\n")
_PROPERTY = re.compile(r"^(?:[-*+]\s+|\|\s*|\d+\.\s+)?\**`([A-Za-z_][\w.-]*)`\**")
_WHOLE_PROPERTY = re.compile(r"^\**`?([a-z][A-Za-z0-9_.]*)`?\**$")


@dataclass(frozen=True, slots=True)
class Chunk:
    """What is searched and cited: a part of one section of one document.

    `id` is stable while the place (source, heading trail, position in the section) stays, whatever its text;
    `text` is what a reader sees, `embedded` adds the prefix that says where it stands. A chunk with `targets`
    is a signpost: words by which other pages, named by type id or by file and heading, are looked for. It is
    found itself only when none of them is there.
    """

    id: str
    source: str
    kind: Kind
    type: str
    group: str
    title: str
    heading: str
    start_line: int
    end_line: int
    text: str
    properties: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()

    @property
    def prefix(self) -> str:
        """Type, title and heading trail."""
        return " > ".join(part for part in (self.type, self.title, self.heading) if part)

    @property
    def embedded(self) -> str:
        """The text vectors are made of."""
        return self.text if self.targets else f"{self.prefix}\n{self.text}"

    @property
    def content_hash(self) -> str:
        """Names the vector: equal texts share it."""
        return sha256(self.embedded.encode()).hexdigest()[:32]

    def to_json(self) -> dict[str, Json]:
        """Return the chunk as it is stored."""
        return {
            "id": self.id, "source": self.source, "kind": self.kind, "type": self.type, "group": self.group,
            "title": self.title, "heading": self.heading, "lines": [self.start_line, self.end_line],
            "text": self.text, "properties": list(self.properties), "keywords": list(self.keywords),
            "targets": list(self.targets),
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: dict[str, Json]) -> Chunk:
        """Read a stored chunk; raises KeyError, TypeError or ValueError when it is damaged."""
        start, end = data["lines"]
        return cls(
            id=str(data["id"]),
            source=str(data["source"]),
            kind=data["kind"],
            type=str(data["type"]),
            group=str(data["group"]),
            title=str(data["title"]),
            heading=str(data["heading"]),
            start_line=int(start),
            end_line=int(end),
            text=str(data["text"]),
            properties=tuple(data["properties"]),
            keywords=tuple(data["keywords"]),
            targets=tuple(data.get("targets", ())),
        )


def split(document: Document, max_tokens: int = MAX_TOKENS) -> list[Chunk]:
    """Cut a document: never across headings, code blocks whole, overlap only inside a cut section."""
    chunks: list[Chunk] = []
    counted: dict[str, int] = {}
    guide = document.kind == "guide"
    for trail, blocks in _sections(document):
        heading = " > ".join(trail)
        prefix = " > ".join(part for part in (document.type, document.title, heading) if part)
        budget = max(_MIN_BODY_TOKENS, max_tokens - estimate_tokens(prefix))
        for piece in _pack(_without_signposts(blocks) if guide else blocks, budget):
            number = counted[heading] = counted.get(heading, 0) + 1
            chunks.append(_chunk(document, heading, number, piece))
        chunks += _signposts(document, heading, blocks) if guide else ()
    return chunks


def _without_signposts(blocks: list[Block]) -> list[Block]:
    """Leave out tables that only lead to other pages: those pages are to be found, not this one."""
    kept: list[Block] = []
    for is_row, run in groupby(blocks, key=lambda block: block.kind == "row"):
        table = list(run)
        if not (is_row and len(table) > 1 and all(block.targets for block in table[1:])):
            kept += table
    return kept


def _signposts(document: Document, heading: str, blocks: Iterable[Block]) -> Iterator[Chunk]:
    """Yield a chunk for each purpose, parted by `;`, that a row gives for the pages it leads to."""
    for block in blocks:
        for purpose in _purposes(block.text) if block.targets else ():
            place = f"{heading}\0{purpose}"
            chunk = _chunk(document, place, 0, [replace(block, text=purpose)])
            yield replace(chunk, heading=heading, targets=block.targets, properties=(), keywords=())


def _purposes(row: str) -> list[str]:
    first = row.strip().strip("|").split("|")[0]
    return [purpose.strip() for purpose in first.split(";") if purpose.strip()]


def _sections(document: Document) -> Iterator[tuple[tuple[str, ...], list[Block]]]:
    """Yield each heading trail with the blocks directly below it; the title itself is not repeated."""
    trail: list[tuple[int, str]] = []
    body: list[Block] = []
    for block in document.blocks:
        if block.kind != "heading":
            body.append(block)
            continue
        if body:
            yield tuple(text for _, text in trail), body
            body = []
        trail = [entry for entry in trail if entry[0] < block.level]
        if not (block.level == 1 and _same(block.text, document.title)):
            trail.append((block.level, block.text))
    if body:
        yield tuple(text for _, text in trail), body


def _pack(blocks: list[Block], budget: int) -> Iterator[list[Block]]:
    """Fill pieces with whole blocks up to the budget; a piece that continues a section repeats a little."""
    pieces: list[list[Block]] = []
    piece: list[Block] = []
    size = 0
    for block in _cut_long(blocks, budget):
        tokens = estimate_tokens(block.text)
        if piece and size + tokens > budget:
            pieces.append(piece)
            piece = _overlap(piece, budget - tokens)
            size = sum(estimate_tokens(kept.text) for kept in piece)
        piece.append(block)
        size += tokens
    if piece:
        pieces.append(piece)
    return iter(pieces)


def _overlap(piece: list[Block], room: int) -> list[Block]:
    """Return the last sentence of running text of a piece, when it is short and fits."""
    last = piece[-1]
    if last.kind != "text":
        return []
    sentence = [part for part in _SENTENCE.split(last.text) if part.strip()][-1]
    if estimate_tokens(sentence) > min(OVERLAP_TOKENS, room) or sentence == last.text == piece[0].text:
        return []
    return [Block("text", sentence, last.end_line, last.end_line)]


def _cut_long(blocks: Iterable[Block], budget: int) -> Iterator[Block]:
    """Cut what cannot be one block: long running text at sentences, endless code at lines."""
    for block in blocks:
        if block.kind == "code" and len(block.text) <= _HARD_CHARACTERS:
            yield block
        elif block.kind == "code":
            yield from _cut_code(block)
        elif estimate_tokens(block.text) <= budget:
            yield block
        else:
            yield from _cut_text(block, budget - OVERLAP_TOKENS)


def _cut_text(block: Block, budget: int) -> Iterator[Block]:
    line = block.start_line
    held: list[str] = []
    size = 0
    for sentence in _sentences(block.text, budget):
        tokens = estimate_tokens(sentence)
        if held and size + tokens > budget:
            yield Block(block.kind, " ".join(held), min(line, block.end_line), block.end_line)
            line, held, size = line + len(held), [], 0
        held.append(sentence)
        size += tokens
    if held:
        yield Block(block.kind, " ".join(held), min(line, block.end_line), block.end_line)


def _sentences(text: str, budget: int) -> Iterator[str]:
    """Yield sentences; one longer than the budget comes in runs of words, a word longer than it in slices."""
    for sentence in _SENTENCE.split(text):
        if estimate_tokens(sentence) <= budget:
            if sentence.strip():
                yield sentence
            continue
        run: list[str] = []
        size = 0
        for word in sentence.split():
            for part in (word[at : at + budget] for at in range(0, len(word), budget)):
                tokens = estimate_tokens(part)
                if run and size + tokens > budget:
                    yield " ".join(run)
                    run, size = [], 0
                run.append(part)
                size += tokens
        if run:
            yield " ".join(run)


def _cut_code(block: Block) -> Iterator[Block]:
    held: list[str] = []
    size = 0
    start = block.start_line
    for line in block.text.split("\n"):
        for part in [line[at : at + _HARD_CHARACTERS] for at in range(0, len(line), _HARD_CHARACTERS)] or [
            ""
        ]:
            if held and size + len(part) > _HARD_CHARACTERS:
                yield Block("code", "\n".join(held), start, min(start + len(held) - 1, block.end_line))
                start, held, size = min(start + len(held), block.end_line), [], 0
            held.append(part)
            size += len(part) + 1
    if held:
        yield Block("code", "\n".join(held), start, block.end_line)


def _chunk(document: Document, heading: str, number: int, piece: list[Block]) -> Chunk:
    place = "\0".join((document.source, heading, str(number)))
    return Chunk(
        id=sha256(place.encode()).hexdigest()[:16],
        source=document.source,
        kind=document.kind,
        type=document.type,
        group=document.group,
        title=document.title,
        heading=heading,
        start_line=min(block.start_line for block in piece),
        end_line=max(block.end_line for block in piece),
        text=_join(piece),
        properties=tuple(dict.fromkeys(_properties(heading, piece))),
        keywords=document.keywords,
    )


def _join(piece: list[Block]) -> str:
    """Put blocks together: rows and items on following lines, everything else with an empty line between."""
    runs = ["\n".join(block.text for block in run) for _, run in groupby(piece, key=_run)]
    return "\n\n".join(runs)


def _run(block: Block) -> object:
    return block.kind if block.kind in ("item", "row") else block


def _properties(heading: str, piece: list[Block]) -> Iterator[str]:
    """Yield names the chunk documents: in its heading, at the start of its items and rows."""
    last = heading.rsplit(" > ", 1)[-1]
    if ("`" in last or re.search(r"[a-z][A-Z]", last)) and (found := _WHOLE_PROPERTY.match(last)):
        yield found.group(1)
    for block in piece:
        if block.kind in ("item", "row", "text") and (found := _PROPERTY.match(block.text)):
            yield found.group(1)


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()
