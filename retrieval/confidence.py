"""Whether the passages found say something about a question, or the answer is not in the documents."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.foreign import Meaning
from retrieval.lexical import LexicalIndex
from retrieval.passage import Passage
from retrieval.query import Query

_LOOKED_AT = 3
_MOST_WORDS = 8

BY_WORDS = (-7.81, 8.25, 1.32, 1.98, -0.20, 0.61)
BY_MEANING = (-7.14, 6.04, 1.89, 1.86, 0.28, 0.45, 0.51, 0.68, -0.80)
BY_SIGNPOSTS = (-7.87, 5.70, 2.49, 1.18, 0.24, 0.46, 0.38, 0.37, -0.88, 0.79, 0.64)
"""Constant, then the weights of `Evidence.values`; printed by `python -m bench.retrieval fit`."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for and against.

    `coverage` is the best share of the question's words in one of the first passages; `known` the share of
    its words that occur anywhere in the documents, rare ones counting more; `weakest` the least known word
    (0 unknown, 1 known); `jargon` whether it speaks the language of the field; `words` how many say
    something; `meaning` what vectors tell, if there are any.
    """

    coverage: float
    known: float
    weakest: float
    words: int
    jargon: bool = False
    meaning: Meaning | None = None

    @property
    def values(self) -> tuple[float, ...]:
        """The numbers that are weighted, from 5 (words alone) to 10 (with signposts)."""
        found = (
            self.coverage,
            self.known,
            self.weakest,
            float(self.jargon),
            float(min(self.words, _MOST_WORDS)),
        )
        return found + self.meaning.values if self.meaning else found


def gather(
    query: Query, passages: Sequence[Passage], lexical: LexicalIndex, meaning: Meaning | None
) -> Evidence:
    """Collect the evidence."""
    known = [_known(query, word, lexical) for word in query.words]
    rarity = [lexical.rarity(word[0]) for word in query.words]
    return Evidence(
        coverage=max((passage.coverage for passage in passages[:_LOOKED_AT]), default=0.0),
        known=sum(r * k for r, k in zip(rarity, known, strict=True)) / sum(rarity) if rarity else 0.0,
        weakest=min(known, default=0.0),
        words=len(query.words),
        jargon=bool(query.glossed),
        meaning=meaning,
    )


def confidence(evidence: Evidence) -> float:
    """Return the probability, 0..1, that the documents answer; 0.5 is where refusing begins.

    Logistic regression on questions that nothing is measured with: the tuning half of
    `tests/retrieval/questions.jsonl` and `questions_tuning.jsonl`.
    """
    if not evidence.words:
        return 0.0
    values = (1.0, *evidence.values)
    weights = next(one for one in (BY_WORDS, BY_MEANING, BY_SIGNPOSTS) if len(one) == len(values))
    logit = sum(weight * value for weight, value in zip(weights, values, strict=True))
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))


def _known(query: Query, word: tuple[str, ...], lexical: LexicalIndex) -> float:
    if lexical.knows(word[0]):
        return 1.0
    if any(lexical.knows(other) for other in query.synonyms.get(word[0], ())):
        return 0.7
    return 0.4 if any(lexical.knows(part) for part in word[1:]) else 0.0
