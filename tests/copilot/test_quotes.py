"""Which passages an answer without a model quotes."""

from __future__ import annotations

import anyio

from copilot.event import CitationEvent
from copilot.providers.guard import Meter
from copilot.skills.answer import answer
from retrieval.passage import Passage


class _Found:
    """What a search has found."""

    def __init__(self, *passages: Passage) -> None:
        self._passages = list(passages)

    def search(self, query: str, k: int = 8) -> list[Passage]:
        return self._passages[:k]

    def answerable(self, query: str, passages: object) -> bool:
        return True


def _passage(source: str, heading: str, score: float, similarity: float, coverage: float) -> Passage:
    return Passage(
        chunk_id=f"{source}#{heading}", collection="docs", kind="guide", type="", title=source, heading=heading,
        source=source, start_line=1, end_line=2, text=f"About {heading}.", score=score, similarity=similarity,
        coverage=coverage,
    )  # fmt: skip


def _cited(question: str, *passages: Passage) -> list[str]:
    async def collect() -> list[str]:
        pieces = answer(question, _Found(*passages), None, Meter())
        return [piece.heading async for piece in pieces if isinstance(piece, CitationEvent)]

    return anyio.run(collect)


def test_pages_that_came_in_for_the_sake_of_breadth_are_not_quoted() -> None:
    cited = _cited(
        "what is elt",
        _passage("etl.md", "ETL", 1.5, 0.57, 0.66),
        _passage("amqp.md", "DeclareExchange", 1.5, 0.2, 0.0),
        _passage("etl.md", "ELT: load first", 1.2, 0.3, 0.66),
    )
    assert cited == ["ETL", "ELT: load first"]


def test_the_section_that_is_named_by_the_question_goes_first() -> None:
    cited = _cited(
        "how do I retry a task",
        _passage("errors.md", "Allow a failure", 0.47, 0.43, 1.0),
        _passage("errors.md", "Retry", 0.40, 0.59, 1.0),
    )
    assert cited == ["Retry", "Allow a failure"]


def test_every_strong_page_has_a_word_before_a_page_has_two() -> None:
    cited = _cited(
        "run tasks in parallel",
        _passage("parallel.md", "Parallel", 1.0, 0.6, 1.0),
        _passage("parallel.md", "Properties", 0.9, 0.6, 1.0),
        _passage("dag.md", "Dag", 0.8, 0.5, 1.0),
        _passage("each.md", "ForEach", 0.7, 0.5, 1.0),
    )
    assert cited == ["Parallel", "Dag", "ForEach"]
