"""Whether the documents answer, and ordering passages again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from retrieval.chunk import Chunk
from retrieval.confidence import Evidence, confidence
from retrieval.errors import EmbedderAbsent
from retrieval.foreign import Meaning
from retrieval.hybrid import Hit
from retrieval.ingest import ingest
from retrieval.rerank import CrossEncoderReranker, fuse
from retrieval.retriever import Retriever

MEANING = Meaning(near=2.0, around=1.0, foreign=0.0, sign=2.0, signs=1.0)
SOME = Evidence(coverage=0.6, known=0.8, weakest=0.7, words=3, meaning=MEANING)


@pytest.mark.parametrize(
    "better",
    [
        replace(SOME, coverage=0.9),
        replace(SOME, known=1.0),
        replace(SOME, weakest=1.0),
        replace(SOME, jargon=True),
        replace(SOME, words=6),
        replace(SOME, meaning=replace(MEANING, near=4.0)),
        replace(SOME, meaning=replace(MEANING, around=2.0)),
        replace(SOME, meaning=replace(MEANING, foreign=-2.0)),
        replace(SOME, meaning=replace(MEANING, sign=4.0)),
        replace(SOME, meaning=replace(MEANING, signs=3.0)),
    ],
    ids=[
        "coverage",
        "known",
        "weakest",
        "jargon",
        "words",
        "near",
        "around",
        "less foreign",
        "sign",
        "signs",
    ],
)
def test_every_piece_of_evidence_counts(better: Evidence) -> None:
    assert confidence(better) > confidence(SOME)


def test_nothing_to_look_for_is_not_answered() -> None:
    assert confidence(Evidence(coverage=0, known=0, weakest=0, words=0)) == 0
    assert confidence(Evidence(coverage=0.1, known=0.2, weakest=0, words=4)) < 0.5
    assert confidence(Evidence(coverage=1, known=1, weakest=1, words=2)) > 0.5


def test_two_orders_are_fused() -> None:
    hits = [Hit(position, 1.0, 0.0, 0.0) for position in (7, 8, 9)]
    assert [hit.position for hit in fuse(hits, [0.1, 0.2, 0.9])] == [7, 9, 8]
    assert [hit.position for hit in fuse(hits, [0.0, 0.0, 0.0])] == [7, 8, 9]


class Longest:
    """Puts the longest passage first."""

    def order(self, question: str, hits: Sequence[Hit], chunks: Sequence[Chunk]) -> list[Hit]:
        return [hit for hit, _ in sorted(zip(hits, chunks, strict=True), key=lambda pair: -len(pair[1].text))]


def test_a_reranker_orders_the_first_passages(kv, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# Cron\n\nCron cron.")
    (tmp_path / "b.md").write_text("# Other\n\nA longer page that also names cron once, far from its title.")
    ingest([tmp_path], kv, None)
    assert Retriever(kv, None).search("cron", k=1)[0].title == "Cron"
    assert Retriever(kv, None, reranker=Longest()).search("cron", k=1)[0].title == "Other"


def test_a_cross_encoder_without_its_package_says_how_to_get_it() -> None:
    if find_spec("sentence_transformers") is not None:
        pytest.skip("sentence-transformers is installed")
    with pytest.raises(EmbedderAbsent, match=r"flowsmith\[torch\]"):
        CrossEncoderReranker("any")
