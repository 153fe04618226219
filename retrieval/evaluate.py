"""How good retrieval is, on questions whose answers are known."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path

from engine.model.json import Json, loads
from retrieval.errors import QuestionsInvalid
from retrieval.passage import Passage
from retrieval.retriever import Retriever

DEPTH = 10
_PASSAGES = 30


@dataclass(frozen=True, slots=True)
class Question:
    """A question and what answers it.

    Every entry of `expect` should be found; an entry names documents that do equally well, by plugin type or
    source (or its end), `*` standing for any part. `answerable` is false for questions the documents have no
    answer to.
    """

    question: str
    kind: str = "question"
    expect: tuple[tuple[str, ...], ...] = ()
    answerable: bool = True

    @property
    def held_out(self) -> bool:
        """Whether the question only measures: constants of the search are fitted on the others.

        Decided by its text alone, so that it never changes sides.
        """
        return sha256(self.question.encode()).digest()[0] % 2 == 1


@dataclass(frozen=True, slots=True)
class Miss:
    """A question that went wrong: not found among the first five, refused wrongly, or answered wrongly."""

    question: str
    kind: str
    expected: tuple[tuple[str, ...], ...]
    rank: int | None
    found: tuple[str, ...]
    reason: str

    def line(self) -> str:
        """Return the miss in one line."""
        wanted = " and ".join(" or ".join(names) for names in self.expected)
        place = f"; {wanted} expected" if wanted else ""
        return f"  {self.question}: {self.reason}{place}; found {', '.join(self.found) or 'nothing'}"


@dataclass(frozen=True, slots=True)
class Scores:
    """Means over answerable questions; 1 is best. Ranks count documents, not passages."""

    questions: int
    recall_at_1: float
    recall_at_5: float
    recall_at_10: float
    mrr: float
    ndcg_at_10: float

    def line(self) -> str:
        """Return the figures in one line."""
        return (
            f"{self.questions:4d} questions  recall@1 {self.recall_at_1:.3f}  "
            f"recall@5 {self.recall_at_5:.3f}  recall@10 {self.recall_at_10:.3f}  "
            f"MRR {self.mrr:.3f}  nDCG@10 {self.ndcg_at_10:.3f}"
        )


@dataclass(slots=True)
class EvaluationReport:
    """Results overall and by kind of question.

    Abstention is about saying `not in the documents`: `abstention_recall` is the share of unanswerable
    questions it is said to, `false_refusals` the share of answerable ones.
    """

    overall: Scores
    by_kind: dict[str, Scores]
    abstention_precision: float
    abstention_recall: float
    false_refusals: float
    latency_p50_ms: float
    latency_p95_ms: float
    misses: list[Miss] = field(default_factory=list)

    def to_json(self) -> Json:
        """Return the report as plain values."""
        return asdict(self)

    def lines(self) -> list[str]:
        """Return the report as a person reads it, a miss a line at the end."""
        kinds = {"all": self.overall, **self.by_kind}
        return [
            *(f"{name:12s} {scores.line()}" for name, scores in kinds.items()),
            (
                f"refused {self.abstention_recall:.3f} of what the documents do not answer and "
                f"{self.false_refusals:.3f} of what they do; {self.abstention_precision:.3f} of the refusals "
                "were right"
            ),
            f"a question takes p50 {self.latency_p50_ms:.1f} ms, p95 {self.latency_p95_ms:.1f} ms",
            *(miss.line() for miss in self.misses),
        ]


@dataclass(frozen=True, slots=True)
class _Result:
    question: Question
    documents: tuple[str, ...]
    ranks: tuple[int, ...]
    refused: bool
    seconds: float


def read_questions(path: Path) -> list[Question]:
    """Read a JSONL file of questions; raises QuestionsInvalid naming the line."""
    found = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        place = f"{path.name}, line {number}"
        try:
            data = loads(line)
        except ValueError as error:
            raise QuestionsInvalid(f"{place}: not a question object ({error})") from error
        found.append(question_of(data, place))
    return found


def halves(questions: Iterable[Question]) -> list[tuple[str, list[Question]]]:
    """Return the questions constants may be fitted on, and those that only measure, if there are any."""
    found = list(questions)
    parts = [
        ("fitted on", [one for one in found if not one.held_out]),
        ("held out", [one for one in found if one.held_out]),
    ]
    return [(name, half) for name, half in parts if half]


def question_of(data: Json, place: str) -> Question:
    """Read one question; raises QuestionsInvalid naming the place."""
    try:
        question = Question(
            str(data["question"]),
            str(data.get("kind", "question")),
            tuple(_names_of(entry) for entry in data.get("expect", ())),
            bool(data.get("answerable", True)),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise QuestionsInvalid(f"{place}: not a question object ({error})") from error
    if question.answerable and not question.expect:
        raise QuestionsInvalid(f"{place}: an answerable question needs `expect`")
    return question


def _names_of(entry: Json) -> tuple[str, ...]:
    return (entry,) if isinstance(entry, str) else tuple(str(name) for name in entry)


def evaluate(
    questions: Iterable[Question],
    retriever: Retriever,
    *,
    clock: Callable[[], float] = time.perf_counter,
) -> EvaluationReport:
    """Ask every question once; raises QuestionsInvalid when there is none."""
    given = list(questions)
    if not given:
        raise QuestionsInvalid("there is no question to evaluate with")
    retriever.search(given[0].question)
    results = [_ask(question, retriever, clock) for question in given]
    kinds = sorted({question.kind for question in given if question.answerable})
    refused = [result for result in results if result.refused]
    unanswerable = [result for result in results if not result.question.answerable]
    rightly = sum(not result.question.answerable for result in refused)
    asked = len(results) - len(unanswerable)
    times = sorted(result.seconds * 1000 for result in results)
    return EvaluationReport(
        overall=_scores(results),
        by_kind={kind: _scores([one for one in results if one.question.kind == kind]) for kind in kinds},
        abstention_precision=rightly / len(refused) if refused else 1.0,
        abstention_recall=rightly / len(unanswerable) if unanswerable else 1.0,
        false_refusals=(len(refused) - rightly) / asked if asked else 0.0,
        latency_p50_ms=times[len(times) // 2],
        latency_p95_ms=times[min(len(times) - 1, math.ceil(0.95 * len(times)) - 1)],
        misses=[miss for result in results if (miss := _miss(result))],
    )


def _ask(question: Question, retriever: Retriever, clock: Callable[[], float]) -> _Result:
    started = clock()
    passages = retriever.search(question.question, k=_PASSAGES)
    answerable = retriever.answerable(question.question, passages)
    seconds = clock() - started
    documents: dict[str, Passage] = {}
    for passage in passages:
        documents.setdefault(passage.source, passage)
    first = list(documents.values())[:DEPTH]
    return _Result(
        question,
        tuple(passage.type or passage.source for passage in first),
        tuple(sorted(rank for one in question.expect if (rank := _rank(one, first)) is not None)),
        not answerable,
        seconds,
    )


def _rank(expected: Sequence[str], documents: Sequence[Passage]) -> int | None:
    """Return the place, from 1, of the first document that is one of those expected."""
    for rank, passage in enumerate(documents, start=1):
        if any(_fits(name, passage) for name in expected):
            return rank
    return None


def _fits(name: str, passage: Passage) -> bool:
    if "*" in name:
        return fnmatchcase(passage.type or passage.source, name)
    return name in (passage.type, passage.source) or passage.source.endswith(f"/{name}")


def _scores(results: Sequence[_Result]) -> Scores:
    asked = [result for result in results if result.question.answerable]
    if not asked:
        return Scores(0, 0.0, 0.0, 0.0, 0.0, 0.0)

    def mean(value: Callable[[_Result], float]) -> float:
        return sum(value(result) for result in asked) / len(asked)

    return Scores(
        questions=len(asked),
        recall_at_1=mean(lambda result: _recall(result, 1)),
        recall_at_5=mean(lambda result: _recall(result, 5)),
        recall_at_10=mean(lambda result: _recall(result, 10)),
        mrr=mean(lambda result: 1 / result.ranks[0] if result.ranks else 0.0),
        ndcg_at_10=mean(_ndcg),
    )


def _recall(result: _Result, depth: int) -> float:
    """Return the share found of what could be found at that depth."""
    possible = min(depth, len(result.question.expect))
    return min(1.0, sum(rank <= depth for rank in result.ranks) / possible)


def _ndcg(result: _Result) -> float:
    """Return normalised discounted cumulative gain with gains 0 and 1 (Järvelin and Kekäläinen, 2002)."""
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(DEPTH, len(result.question.expect)) + 1))
    return sum(1 / math.log2(rank + 1) for rank in result.ranks) / ideal


def _miss(result: _Result) -> Miss | None:
    question = result.question
    rank = result.ranks[0] if result.ranks else None
    if question.answerable and (rank is None or rank > 5):
        reason = "not among the first five"
    elif question.answerable and result.refused:
        reason = "refused although the documents answer it"
    elif not question.answerable and not result.refused:
        reason = "not refused although the documents do not answer it"
    else:
        return None
    return Miss(question.question, question.kind, question.expect, rank, result.documents[:5], reason)
