"""Words by which a page is looked for, given by another page that leads to it.

A guide says in plain words what each task is for and links to it; what such a link says is evidence for the
page it leads to, as anchor texts are in search on the web (Brin and Page, 1998).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.chunk import Chunk
from retrieval.dense import DenseIndex, Nearest
from retrieval.embed.port import Vectors

_NOT_SLUG = re.compile(r"[^\w\s-]")


@dataclass(frozen=True, slots=True)
class Signposts:
    """Signposts by meaning; `leads` are the entries each leads to."""

    dense: DenseIndex
    leads: tuple[tuple[int, ...], ...]

    @property
    def weight(self) -> float:
        """How much their ranking counts beside the one by words."""
        return self.dense.weight

    def nearest(self, vector: Vectors, count: int, allowed: NDArray[np.bool_] | None = None) -> Nearest:
        """Return (entry, cosine of its nearest signpost), best first; `vector` float32 [d], `allowed` [n]."""
        found: dict[int, float] = {}
        for sign, cosine in self.dense.nearest(vector, 2 * count):
            for entry in self.leads[sign]:
                if allowed is None or allowed[entry]:
                    found.setdefault(entry, cosine)
        return list(found.items())[:count]


def resolve(signs: Sequence[Chunk], chunks: Iterable[Chunk]) -> list[tuple[int, ...]]:
    """Return the positions of the chunks each signpost leads to; empty for what is not there.

    A type leads to the first chunk of its page, `file.md` to that of a page, `file.md#heading` to that of a
    section.
    """
    if not signs:
        return []
    places: dict[str, int] = {}
    for position, chunk in enumerate(chunks):
        for name in _names(chunk):
            places.setdefault(name, position)
    return [
        tuple(dict.fromkeys(places[target] for target in sign.targets if target in places)) for sign in signs
    ]


def words_of(signs: Sequence[Chunk], leads: Sequence[tuple[int, ...]]) -> Mapping[int, tuple[str, ...]]:
    """Return what signposts say of each position."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    for sign, positions in zip(signs, leads, strict=True):
        for position in positions:
            found[position].append(sign.text)
    return {position: tuple(texts) for position, texts in found.items()}


def slug(heading: str) -> str:
    """Return the anchor of a heading as GitHub makes it."""
    return _NOT_SLUG.sub("", heading.lower()).strip().replace(" ", "-")


def _names(chunk: Chunk) -> Iterable[str]:
    if chunk.type:
        yield chunk.type
    file = chunk.source.rsplit("/", 1)[-1]
    yield file
    if chunk.heading:
        yield f"{file}#{slug(chunk.heading.rsplit(' > ', 1)[-1])}"
