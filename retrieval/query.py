"""What a question asks for: its words, corrected and widened, and how it is best searched."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from retrieval.lexical import LexicalIndex
from retrieval.synonym import expand
from retrieval.term import camel_names, identifiers, pairs, word_terms

QueryKind = Literal["identifier", "keywords", "question"]

MAX_CHARACTERS = 2_000

_SYNONYM_WEIGHT = 0.35
_PAIR_WEIGHT = 0.7
_PART_WEIGHT = 0.5
_QUOTED = re.compile(r"`([^`\s]+)`")
_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
_CLASS = re.compile(r"\b[A-Z][a-z]+(?:[A-Z][a-z]*)*\b")
_SHORT = 3


@dataclass(frozen=True, slots=True)
class Query:
    """A question as the index understands it.

    `words` holds, for each word that says something, its whole term and then its parts; `weights` are all
    terms to look for; `names` are exact names in it, in lower case: dotted ids, camelCase words, words in
    backticks. `classes` are capitalised words as written; `corrected` is the text spelt right.
    """

    text: str
    kind: QueryKind
    words: tuple[tuple[str, ...], ...]
    synonyms: dict[str, tuple[str, ...]]
    weights: dict[str, float]
    names: tuple[str, ...]
    classes: tuple[str, ...]
    corrected: str


def read_query(text: str, index: LexicalIndex) -> Query:
    """Read a question against the words of an index; of a very long one only the beginning counts."""
    text = text[:MAX_CHARACTERS]
    words, corrected = _spelt(text, word_terms(text), index)
    names = _names(text)
    return Query(
        text=text,
        kind=_kind(text, words, names),
        words=tuple(words),
        synonyms={word[0]: tuple(expand(word[0], word[:1])) for word in words},
        weights=_weights(text, words, index),
        names=names,
        classes=tuple(dict.fromkeys(_CLASS.findall(text))),
        corrected=corrected,
    )


def _spelt(
    text: str, words: Sequence[tuple[str, ...]], index: LexicalIndex
) -> tuple[list[tuple[str, ...]], str]:
    """Replace unknown plain words by the nearest known one."""
    found: list[tuple[str, ...]] = []
    for word in words:
        better = index.correct(word[0]) if len(word) == 1 and not index.knows(word[0]) else None
        if better and not any(index.knows(other) for other in expand(word[0], word)):
            found.append((better,))
            text = re.sub(rf"\b{re.escape(word[0])}\w*", better, text, flags=re.IGNORECASE)
        else:
            found.append(word)
    return list(dict.fromkeys(found)), text


def _weights(text: str, words: Sequence[tuple[str, ...]], index: LexicalIndex) -> dict[str, float]:
    weights: dict[str, float] = {}
    for word in words:
        weights[word[0]] = 1.0
        for part in word[1:]:
            weights.setdefault(part, _PART_WEIGHT)
    wholes = [word[0] for word in words]
    for joined in pairs(wholes):
        if index.knows(joined):
            weights.setdefault(joined, _PAIR_WEIGHT)
    for other in expand(text, wholes):
        weights.setdefault(other, _SYNONYM_WEIGHT)
    return weights


def _names(text: str) -> tuple[str, ...]:
    found = [*identifiers(text), *_DOTTED.findall(text), *camel_names(text), *_QUOTED.findall(text)]
    return tuple(dict.fromkeys(name.lower().strip(".,:;") for name in found))


def _kind(text: str, words: Sequence[tuple[str, ...]], names: Sequence[str]) -> QueryKind:
    """An identifier stands for itself; a few words are keywords; a sentence is a question."""
    if names and len(words) - len(names) <= 1:
        return "identifier"
    return "keywords" if len(text.split()) <= _SHORT else "question"
