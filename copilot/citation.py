"""Citations: every `[n]` of an answer must name a passage that was given and share words with it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from copilot.planner.rules.word import STOP_WORDS
from retrieval.passage import Passage

MARK = re.compile(r"\s*\[(\d{1,2}(?:\s*,\s*\d{1,2})*)\]")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]+|\d+")
_LEAST = 0.2


@dataclass(frozen=True, slots=True)
class CheckedSentence:
    """A sentence with only the citations that hold; `supported` when at least one does or none was needed."""

    text: str
    cited: tuple[int, ...]
    supported: bool


def check_sentence(sentence: str, passages: Sequence[Passage]) -> CheckedSentence:
    """Drop citations of passages that were not given or that share too few words with the sentence."""
    plain = MARK.sub("", sentence)
    said = words_of(plain)
    named = [int(number) for group in MARK.findall(sentence) for number in re.findall(r"\d+", group)]
    held = tuple(
        number
        for number in dict.fromkeys(named)
        if 1 <= number <= len(passages) and _shares(said, passages[number - 1])
    )

    def keep(match: re.Match[str]) -> str:
        kept = [number for number in re.findall(r"\d+", match[1]) if int(number) in held]
        return "".join(f" [{number}]" for number in kept)

    return CheckedSentence(MARK.sub(keep, sentence), held, bool(held) or len(said) < 4)


def words_of(text: str) -> set[str]:
    """Return the telling words of a text, in lower case, without plural endings, identifiers split."""
    parts = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text)
    return {
        word.rstrip("s")
        for found in _WORD.findall(f"{text} {parts}")
        if (word := found.lower()) not in STOP_WORDS
    }


def _shares(said: set[str], passage: Passage) -> bool:
    if not said:
        return True
    given = words_of(f"{passage.title} {passage.heading} {passage.type} {passage.text}")
    return len(said & given) / len(said) >= _LEAST


def sentences(text: str) -> list[str]:
    """Split prose into sentences, each with the space before it; lines of lists and code stay whole."""
    return [
        part
        for part in re.split(
            r"(?<=[.!?:])(?=\s+[A-Z`*\[-])|(?<=\n)(?=\s*(?:[-*\d#`]|\n))|(?<=\])(?=\s+[A-Z`*])", text
        )
        if part
    ]
