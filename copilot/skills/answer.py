"""Answer a question from the documents: numbered passages, an answer whose every citation is checked."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from copilot.citation import check_sentence, sentences, words_of
from copilot.event import CitationEvent, TokenEvent
from copilot.fence import RULE, fence
from copilot.providers.guard import Guard, Meter
from copilot.providers.port import Message
from copilot.threads import run_sync
from retrieval.passage import Passage

_PASSAGES = 8
_QUOTED = 3
_STRONG = 0.65
_TITLED = 0.3
_RULES = (
    "Answer the question from the numbered passages only, in at most 150 words, in the "
    "language of the question. "
    "Put the number of the passage after every sentence that says something, like [2]. "
    "If the passages do not answer the "
    "question, write exactly: NOT IN THE DOCUMENTS. Show YAML only when asked for it."
)
_NOT_THERE = "NOT IN THE DOCUMENTS"


class Retrieval(Protocol):
    """The part of `retrieval.retriever` an answer needs."""

    def search(self, query: str, k: int = 8) -> list[Passage]:
        """Return passages, best first."""

    def answerable(self, query: str, passages: Sequence[Passage]) -> bool:
        """Tell whether the passages say something about the question."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How an answer ended: its text, and whether the documents had it."""

    text: str
    found: bool


async def answer(
    question: str, retriever: Retrieval, guard: Guard | None, meter: Meter, context: str = ""
) -> AsyncIterator[TokenEvent | CitationEvent | Ending]:
    """Yield the answer piece by piece, the citations, and how it ended.

    `context` is more for the model to read, already fenced; it is no source an answer can cite.
    """
    passages = await run_sync(retriever.search, question, _PASSAGES)
    if not passages or not await run_sync(retriever.answerable, question, passages):
        text = not_found(passages)
        yield TokenEvent(text)
        yield Ending(text, found=False)
        return
    pieces = (
        _from_model(question, passages, guard, meter, context)
        if guard is not None
        else _extracted(question, passages)
    )
    said: list[str] = []
    cited: dict[int, None] = {}
    async for text, numbers in pieces:
        said.append(text)
        cited.update(dict.fromkeys(numbers))
        yield TokenEvent(text)
    for number in cited:
        yield _citation(number, passages[number - 1])
    yield Ending("".join(said), found=bool(cited))


def not_found(passages: Sequence[Passage]) -> str:
    """Say that the documents do not have it, and what is nearest."""
    topics = list(
        dict.fromkeys(
            f"{item.title}: {item.heading}" if item.heading and item.heading != item.title else item.title
            for item in passages[:6]
        )
    )[:4]
    text = "This is not in the documents."
    return (
        f"{text} The nearest topics are: {'; '.join(topics)}."
        if topics
        else f"{text} No documents are indexed."
    )


def _citation(number: int, passage: Passage) -> CitationEvent:
    return CitationEvent(
        number,
        passage.title,
        passage.heading,
        passage.source,
        passage.start_line,
        passage.end_line,
        passage.text,
    )


async def _from_model(
    question: str, passages: Sequence[Passage], guard: Guard, meter: Meter, context: str
) -> AsyncIterator[tuple[str, tuple[int, ...]]]:
    """Stream a model's answer sentence by sentence; sentences no citation supports are left out."""
    given = "\n\n".join(
        fence(f"{item.title} › {item.heading}\n{item.text}", f"passage [{number}]", limit=2500)
        for number, item in enumerate(passages, 1)
    )
    read = f"{context}\n\n{given}" if context else given
    messages = [Message("system", f"{_RULES}\n{RULE}"), Message("user", f"{read}\n\nQuestion: {question}")]
    supported = 0
    async for sentence in _sentences(guard, messages, meter):
        if _NOT_THERE in sentence.upper():
            break
        checked = check_sentence(sentence, passages)
        if checked.supported:
            supported += bool(checked.cited)
            yield checked.text, checked.cited
    if not supported:
        yield not_found(passages), ()


async def _sentences(guard: Guard, messages: Sequence[Message], meter: Meter) -> AsyncIterator[str]:
    waiting = ""
    thinking = False
    stream = guard.stream(messages, meter, max_tokens=700)
    try:
        async for piece in stream:
            waiting += piece
            thinking = bool(re.match(r"\s*<(?:think|thinking|reasoning)>", waiting)) and not re.search(
                r"</(?:think|thinking|reasoning)>", waiting
            )
            if thinking:
                continue
            waiting = re.sub(r"\A\s*<(think|thinking|reasoning)>.*?</\1>\s*", "", waiting, flags=re.DOTALL)
            *whole, waiting = sentences(waiting) or [""]
            for sentence in whole:
                yield sentence
    finally:
        await stream.aclose()  # type: ignore[attr-defined]
    if waiting.strip() and not thinking:
        yield waiting


async def _extracted(
    question: str, passages: Sequence[Passage]
) -> AsyncIterator[tuple[str, tuple[int, ...]]]:
    """Quote the passages that fit best: their best sentences, or the whole passage where it is short."""
    asked = words_of(question)
    for number in _to_quote(passages, asked):
        quote = best_part(passages[number - 1].text, asked)
        if quote:
            yield f"{quote} [{number}]\n\n", (number,)


def _to_quote(passages: Sequence[Passage], asked: set[str]) -> list[int]:
    """Return the numbers of the passages to quote: the best section of each page, then other sections.

    A search leaves no part of a question out, so its next pages may say little: those far weaker than the
    strongest passage are not quoted.
    """
    lead = passages[0].score

    def strength(number: int) -> float:
        passage = passages[number - 1]
        heading = words_of(passage.heading)
        titled = len(heading & asked) / len(heading) if heading else 0.0
        rank = passage.score / lead if lead > 0 else 0.0
        return rank + passage.similarity + passage.coverage + _TITLED * titled

    numbers = range(1, len(passages) + 1)
    least = _STRONG * max(map(strength, numbers))
    strong = [number for number in numbers if number == 1 or strength(number) >= least]
    best = sorted(strong, key=lambda number: -strength(number))
    pages = list(dict.fromkeys(passages[number - 1].source for number in strong))
    first = [next(number for number in best if passages[number - 1].source == page) for page in pages]
    return list(dict.fromkeys([*first, *best]))[:_QUOTED]


def best_part(text: str, asked: set[str], *, limit: int = 600) -> str:
    """Return the part of a passage that says most about the asked words, as it stands there."""
    text = text.strip()
    if len(text) <= limit:
        return text
    parts = [part for part in re.split(r"\n\s*\n", text) if part.strip()]
    if any(len(part) > limit for part in parts):
        parts = [piece for part in parts for piece in (sentences(part) if len(part) > limit else [part])]
    best = max(range(len(parts)), key=lambda index: (len(words_of(parts[index]) & asked), -index))
    chosen = parts[best].strip()
    following = best + 1
    while following < len(parts) and len(chosen) + len(parts[following]) + 2 <= limit:
        chosen += "\n\n" + parts[following].strip()
        following += 1
    return chosen[:limit]
