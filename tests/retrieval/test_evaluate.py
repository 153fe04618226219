"""Measuring retrieval."""

from __future__ import annotations

from collections import Counter
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from engine.storage.memory import MemoryStore
from retrieval.errors import QuestionsInvalid
from retrieval.evaluate import Question, evaluate, halves, read_questions
from retrieval.ingest import ingest
from retrieval.markdown import read_front_matter
from retrieval.retriever import Retriever

ROOT = Path(__file__).parents[2]
QUESTIONS = Path(__file__).with_name("questions.jsonl")
FITTED = QUESTIONS.with_name("questions_tuning.jsonl")
FRESH = QUESTIONS.with_name("questions_fresh.jsonl")


@pytest.fixture
def retriever(kv, tmp_path: Path) -> Retriever:
    for name in ("alpha", "beta", "gamma"):
        (tmp_path / f"{name}.md").write_text(f"# {name}\n\nAll about {name}.")
    ingest([tmp_path], kv, None)
    return Retriever(kv, None)


def test_scores_and_misses(retriever: Retriever) -> None:
    report = evaluate(
        [
            Question("alpha", expect=(("alpha.md",),)),
            Question("beta", expect=(("alpha.md",),)),
            Question("gamma", "pair", expect=(("gamma.md",), ("absent.md",))),
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


@pytest.fixture(scope="module")
def documented() -> Retriever:
    """The whole corpus, searched by words."""
    kv = MemoryStore().kv
    ingest([ROOT / "docs_corpus"], kv, None)
    return Retriever(kv, None)


def test_the_documents_answer_their_questions_without_a_model(documented: Retriever) -> None:
    """Both halves: the constants are fitted on one of them with a model, which is not here."""
    report = evaluate(read_questions(QUESTIONS), documented)
    assert report.overall.recall_at_5 >= 0.9
    assert report.overall.mrr >= 0.8
    assert report.abstention_recall >= 0.9
    assert report.false_refusals <= 0.15


def test_the_questions_are_many_of_every_kind_and_on_both_sides() -> None:
    questions = read_questions(QUESTIONS)
    counted = Counter((question.kind, question.held_out) for question in questions)
    kinds = {"lookup", "vocabulary", "multi", "niche", "outside"}
    assert len({question.question for question in questions}) == len(questions) >= 250
    assert {kind for kind, _ in counted} == kinds
    assert all(counted[kind, side] >= 15 for kind in kinds for side in (False, True))


def test_expected_documents_exist() -> None:
    """A question about a page that was renamed would count as a miss for ever."""
    names = {
        read_front_matter(path.read_text("utf-8"))[0].get("type") for path in ROOT.glob("docs_corpus/**/*.md")
    } | {path.name for path in ROOT.glob("docs_corpus/**/*.md")}
    for question in (one for file in (QUESTIONS, FITTED, FRESH) for one in read_questions(file)):
        for entry in question.expect:
            assert any(fnmatchcase(str(name), one) for name in names for one in entry), question


def test_alternatives_count_as_one_and_a_star_stands_for_any_part(retriever: Retriever) -> None:
    report = evaluate(
        [
            Question("beta", expect=(("alpha.md", "beta.md"),)),
            Question("beta", expect=(("*eta.md",),)),
        ],
        retriever,
    )
    assert report.overall.recall_at_1 == 1.0


def test_the_retry_guide_comes_first(documented: Retriever) -> None:
    first = documented.search("How do I retry a failed task?")[0]
    assert first.source.endswith("/guides/error-and-retry.md")


def test_the_report_names_every_figure_and_every_miss(retriever: Retriever) -> None:
    report = evaluate(
        [
            Question("beta", expect=(("alpha.md",),)),
            Question("gamma", "foreign", answerable=False),
        ],
        retriever,
    )
    text = "\n".join(report.lines())
    for figure in ("recall@1 ", "recall@5 ", "recall@10 ", "MRR ", "nDCG@10 ", "p50 ", "p95 ", "refused "):
        assert figure in text
    assert "beta: not among the first five; alpha.md expected; found " in text
    assert "gamma: not refused although the documents do not answer it; found " in text


def test_the_halves_are_all_of_the_questions() -> None:
    questions = read_questions(QUESTIONS)
    (fitted, some), (held, others) = halves(questions)
    assert (fitted, held) == ("fitted on", "held out")
    assert len(some) + len(others) == len(questions)
    assert halves(some) == [("fitted on", some)]


def test_the_fresh_questions_measure_only() -> None:
    """None of them is among those that constants are fitted on."""
    fresh = read_questions(FRESH)
    assert len(fresh) == 80
    assert sum(not question.answerable for question in fresh) >= 16
    fitted = {question.question for question in (*read_questions(QUESTIONS), *read_questions(FITTED))}
    assert not fitted & {question.question for question in fresh}


def test_fresh_questions_are_answered_without_a_model(documented: Retriever) -> None:
    report = evaluate(read_questions(FRESH), documented)
    assert report.overall.recall_at_5 >= 0.8
    assert report.abstention_recall >= 0.9
    assert report.false_refusals <= 0.12
