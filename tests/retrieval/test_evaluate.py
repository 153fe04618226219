"""Measuring retrieval."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.embed.hashing import HashingEmbedder
from retrieval.errors import QuestionsInvalid
from retrieval.evaluate import Question, evaluate, read_questions
from retrieval.ingest import ingest
from retrieval.retriever import Retriever

ROOT = Path(__file__).parents[2]
QUESTIONS = Path(__file__).with_name("questions.jsonl")


@pytest.fixture
def retriever(kv, tmp_path: Path) -> Retriever:
    for name in ("alpha", "beta", "gamma"):
        (tmp_path / f"{name}.md").write_text(f"# {name}\n\nAll about {name}.")
    ingest([tmp_path], kv, None)
    return Retriever(kv, None)


def test_scores_and_misses(retriever: Retriever) -> None:
    report = evaluate(
        [
            Question("alpha", expect=("alpha.md",)),
            Question("beta", expect=("alpha.md",)),
            Question("gamma", "pair", expect=("gamma.md", "absent.md")),
            Question("pizza", "foreign", answerable=False),
            Question("beta", "foreign", answerable=False),
        ],
        retriever,
        clock=iter(float(number) for number in range(100)).__next__,
    )
    assert report.overall.questions == 3
    assert report.overall.recall_at_1 == pytest.approx(2 / 3)
    assert report.overall.mrr == pytest.approx(2 / 3)
    assert report.by_kind["pair"].recall_at_5 == pytest.approx(0.5)
    assert report.by_kind["pair"].ndcg_at_10 == pytest.approx(1 / (1 + 0.6309), rel=1e-3)
    assert (report.abstention_precision, report.abstention_recall) == (1.0, 0.5)
    assert (report.latency_p50_ms, report.latency_p95_ms) == (1000, 1000)
    assert [(miss.question, miss.rank) for miss in report.misses] == [("beta", None), ("beta", None)]
    assert report.to_json()["overall"]["questions"] == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "line 1"), ('\n{"kind": "x"}', "line 2"), ('{"question": "x"}', "expect"), ("[1]", "line 1")],
)
def test_a_bad_line_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "q.jsonl").write_text(text)
    with pytest.raises(QuestionsInvalid, match=message):
        read_questions(tmp_path / "q.jsonl")


def test_no_questions_are_an_error(retriever: Retriever) -> None:
    with pytest.raises(QuestionsInvalid):
        evaluate([], retriever)


@pytest.mark.parametrize("embedder", [None, HashingEmbedder()], ids=["lexical", "hashing"])
def test_the_guides_answer_their_questions_without_a_model(kv, embedder: HashingEmbedder | None) -> None:
    ingest([ROOT / "docs_corpus" / "guides"], kv, embedder)
    report = evaluate(read_questions(QUESTIONS), Retriever(kv, embedder))
    assert report.overall.recall_at_5 >= 0.95
    assert report.overall.mrr >= 0.85
    assert report.abstention_recall >= 0.95
    assert report.abstention_precision >= 0.8
