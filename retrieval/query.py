"""What a question asks for: its words, corrected and widened, and how it is best searched."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from retrieval.jargon import gloss, phrases, translate
from retrieval.lexical import LexicalIndex
from retrieval.synonym import expand
from retrieval.term import camel_names, identifiers, pairs, word_terms
from retrieval.weights import QueryKind

MAX_CHARACTERS = 2_000

_SYNONYM_WEIGHT = 0.35
_PHRASE_WEIGHT = 1.5
_JARGON_WEIGHT = 0.8
_PAIR_WEIGHT = 0.7
_PART_WEIGHT = 0.5
_QUOTED = re.compile(r"`([^`\s]+)`")
_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
_CLASS = re.compile(r"\b[A-Z][a-z]+(?:[A-Z][a-z]*)*\b")
_PLAIN = re.compile(r"[a-z0-9]+")
_BETWEEN = re.compile(
    r"[,;:.?!]\s+(?:and\s+|then\s+)*|\s+(?:and|then|vs|versus)\s+(?:then\s+)?", re.IGNORECASE
)
_TIME = re.compile(
    r"\b(?:every|each|on|once an?|twice an?)\s+(?:\w+\s+)?"
    r"(?:second|minute|hour|day|night|morning|evening|afternoon|noon|week|weekday|weekend|month|quarter|year|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day)s?\b(?:\s+at\s+[\w:.]+)?"
    r"|\b(?:daily|hourly|weekly|monthly|nightly)\b",
    re.IGNORECASE,
)
_SHORT = 3
_JOINED = (2, 3, 4)
_MAX_PARTS = 4


@dataclass(frozen=True, slots=True)
class Query:
    """A question as the index understands it.

    `words` holds, for each word that says something, its whole term and then its parts; `weights` are all
    terms to look for; `names` are exact names in it, in lower case: dotted ids, camelCase words, words in
    backticks. `classes` are capitalised words as written, `joined` neighbouring words written as one in lower
    case; `corrected` is the text spelt right; `glossed` adds our words for its jargon and is empty without
    any.
    """

    text: str
    kind: QueryKind
    words: tuple[tuple[str, ...], ...]
    synonyms: dict[str, tuple[str, ...]]
    weights: dict[str, float]
    names: tuple[str, ...]
    classes: tuple[str, ...]
    joined: tuple[str, ...]
    corrected: str
    glossed: str = ""


def read_query(text: str, index: LexicalIndex, *, jargon: bool = False) -> Query:
    """Read a question against the words of an index; of a very long one only the beginning counts."""
    text = text[:MAX_CHARACTERS]
    words, corrected = _spelt(text, word_terms(text), index)
    names = _names(text)
    ours = gloss(text, [word[0] for word in words]) if jargon else ""
    return Query(
        text=text,
        kind=_kind(text, words, names),
        words=tuple(words),
        synonyms={word[0]: tuple(_others(word[0], word[:1], jargon)) for word in words},
        weights=_weights(text, words, index, jargon),
        names=names,
        classes=tuple(dict.fromkeys(_CLASS.findall(text))),
        joined=tuple(dict.fromkeys(_joined(text))),
        corrected=corrected,
        glossed=f"{corrected} {ours}" if ours else "",
    )


def parts(text: str) -> list[str]:
    """Return what a question of several asks for one by one; empty when it asks for one thing.

    When something is to happen is a thing of its own: `every night copy the table` are two.
    """
    times = [found.group().strip() for found in _TIME.finditer(text[:MAX_CHARACTERS])]
    rest = _TIME.sub(", ", text[:MAX_CHARACTERS]) if times else text[:MAX_CHARACTERS]
    found = [*(part.strip(" ,;:.") for part in _BETWEEN.split(rest)), *times]
    kept = [part for part in found if word_terms(part)]
    return kept[:_MAX_PARTS] if len(kept) > 1 else []


def _others(text: str, found: Sequence[str], jargon: bool) -> list[str]:
    """Return what means the same."""
    others = expand(text, found)
    return list(dict.fromkeys([*others, *translate(text, found)])) if jargon else others


def _spelt(
    text: str, words: Sequence[tuple[str, ...]], index: LexicalIndex
) -> tuple[list[tuple[str, ...]], str]:
    """Replace unknown plain words by the nearest known one."""
    found: list[tuple[str, ...]] = []
    for word in words:
        better = index.correct(word[0]) if len(word) == 1 and not index.knows(word[0]) else None
        if better and not any(index.knows(other) for other in _others(word[0], word, True)):
            found.append((better,))
            text = re.sub(rf"\b{re.escape(word[0])}\w*", better, text, flags=re.IGNORECASE)
        else:
            found.append(word)
    return list(dict.fromkeys(found)), text


def _weights(
    text: str, words: Sequence[tuple[str, ...]], index: LexicalIndex, jargon: bool
) -> dict[str, float]:
    weights: dict[str, float] = {}
    for word in words:
        weights[word[0]] = 1.0
        for part in word[1:]:
            weights.setdefault(part, _PART_WEIGHT)
    wholes = [word[0] for word in words]
    for joined in pairs(wholes):
        if index.knows(joined):
            weights.setdefault(joined, _PAIR_WEIGHT)
    if jargon:
        for other in phrases(text):
            weights.setdefault(other, _PHRASE_WEIGHT)
        for other in translate(text, wholes):
            weights.setdefault(other, _JARGON_WEIGHT)
    for other in expand(text, wholes):
        weights.setdefault(other, _SYNONYM_WEIGHT)
    return weights


def _joined(text: str) -> Iterator[str]:
    """Yield runs of words as one: `csv to ion` as `csvtoion`."""
    plain = _PLAIN.findall(text.lower())
    for length in _JOINED:
        for at in range(len(plain) - length + 1):
            yield "".join(plain[at : at + length])


def _names(text: str) -> tuple[str, ...]:
    found = [*identifiers(text), *_DOTTED.findall(text), *camel_names(text), *_QUOTED.findall(text)]
    return tuple(dict.fromkeys(name.lower().strip(".,:;") for name in found))


def _kind(text: str, words: Sequence[tuple[str, ...]], names: Sequence[str]) -> QueryKind:
    """An identifier stands for itself; a few words are keywords; a sentence is a question."""
    if names and len(words) - len(names) <= 1:
        return "identifier"
    return "keywords" if len(text.split()) <= _SHORT else "question"
