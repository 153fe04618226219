"""How much each piece of evidence counts when rankings become one.

Fitted by `recall@5 + MRR` on the tuning half of `tests/retrieval/questions.jsonl`; the other half only
measures. Boosts are in units of a first place (1 / `rank_constant`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

QueryKind = Literal["identifier", "keywords", "question"]


@dataclass(frozen=True, slots=True)
class Weights:
    """The constants of one index."""

    kinds: Mapping[QueryKind, tuple[float, float]] = field(
        default_factory=lambda: {"identifier": (0.4, 1.0), "keywords": (0.8, 1.0), "question": (1.0, 0.9)}
    )
    """(meaning, words) by kind of question: the more it names things exactly, the more words count."""

    rank_constant: int = 20
    """The k of reciprocal rank fusion: how fast a place loses its worth."""

    type_boost: float = 3.0
    """For the type id, or its end, that the question names."""

    class_boost: float = 0.5
    """For a class name written as it is."""

    property_boost: float = 0.6
    """For the property the question names."""

    joined_boost: float = 0.0
    """For a class name written as words: `csv to ion`."""

    coverage: float = 0.3
    """For having all words of the question: ranks do not say how much better the first is than the second."""

    document: float = 0.0
    """For being part of a document that is near in meaning as a whole."""

    name: float = 0.0
    """For a document all of whose name is in the question."""

    prior: float = 0.0
    """For entries that are worth more whatever is asked."""

    part: float = 0.0
    """For answering one part of a question of several."""

    aspect: float = 0.0
    """For answering what the pages before leave open, when a question asks for several things: in shares of
    the first page's score."""

    sign: float = 0.0
    """For being where a signpost near in meaning leads to."""

    alike: float = 0.0
    """Taken from a page for each better one (three at most) whose type ends in the same name: `Query` of one
    database after that of another says little new."""

    jargon: bool = False
    """Whether words of other tools lead to ours."""


CARDS = Weights()
"""For the catalogue: one entry for each type."""

PAGES = Weights(
    kinds={"identifier": (0.5, 1.0), "keywords": (1.2, 0.4), "question": (1.0, 1.0)},
    rank_constant=10,
    type_boost=4.5,
    class_boost=0.75,
    property_boost=2.0,
    joined_boost=1.3,
    coverage=1.5,
    document=0.8,
    name=0.4,
    prior=0.1,
    part=1.0,
    aspect=0.5,
    sign=1.25,
    alike=0.3,
    jargon=True,
)
"""For documents: many entries for each page."""
