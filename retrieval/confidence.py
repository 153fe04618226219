"""Whether the passages found say something about a question, or the answer is not in the documents."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.foreign import Background
from retrieval.lexical import LexicalIndex
from retrieval.passage import Passage
from retrieval.query import Query

_LOOKED_AT = 3

_BY_WORDS = (-6.65, 7.37, 2.39, 1.56, 0.63)
_BY_MEANING = (-6.1, 5.65, 2.43, 1.31, 1.26, 0.76, -0.55)
"""Constant, coverage, known, weakest, jargon, and with vectors near and foreign."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for and against.

    `coverage` is the best share of the question's words in one of the first passages; `known` the share of
    its words that occur anywhere in the documents, rare ones counting more; `weakest` the least known word
    (0 unknown, 1 known); `jargon` whether it speaks the language of the field. With vectors, `near` tells how
    many spreads the nearest passage lies above what foreign questions find, and `foreign` how near the
    question itself is to a foreign one.
    """

    coverage: float
    known: float
    weakest: float
    words: int
    near: float | None = None
    foreign: float | None = None
    jargon: bool = False


def gather(
    query: Query,
    passages: Sequence[Passage],
    lexical: LexicalIndex,
    background: Background | None,
    foreign: float | None,
) -> Evidence:
    """Collect the evidence; `foreign` is the cosine of the question and the nearest foreign one."""
    known = [_known(query, word, lexical) for word in query.words]
    rarity = [lexical.rarity(word[0]) for word in query.words]
    similarity = max((passage.similarity for passage in passages), default=0.0)
    measured = background is not None and foreign is not None and similarity > 0
    return Evidence(
        coverage=max((passage.coverage for passage in passages[:_LOOKED_AT]), default=0.0),
        known=sum(r * k for r, k in zip(rarity, known, strict=True)) / sum(rarity) if rarity else 0.0,
        weakest=min(known, default=0.0),
        words=len(query.words),
        near=background.above(similarity) if measured and background else None,
        foreign=background.alike(foreign) if measured and background and foreign is not None else None,
        jargon=bool(query.glossed),
    )


def confidence(evidence: Evidence) -> float:
    """Return the probability, 0..1, that the documents answer; 0.5 is where refusing begins.

    Logistic regression on the tuning half of `tests/retrieval/questions.jsonl`.
    """
    if not evidence.words:
        return 0.0
    values = [1.0, evidence.coverage, evidence.known, evidence.weakest, float(evidence.jargon)]
    weights: tuple[float, ...] = _BY_WORDS
    if evidence.near is not None and evidence.foreign is not None:
        values += [evidence.near, evidence.foreign]
        weights = _BY_MEANING
    logit = sum(weight * value for weight, value in zip(weights, values, strict=True))
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))


def _known(query: Query, word: tuple[str, ...], lexical: LexicalIndex) -> float:
    if lexical.knows(word[0]):
        return 1.0
    if any(lexical.knows(other) for other in query.synonyms.get(word[0], ())):
        return 0.7
    return 0.4 if any(lexical.knows(part) for part in word[1:]) else 0.0
