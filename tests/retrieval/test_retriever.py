"""Questions find passages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from retrieval.dense import DenseIndex
from retrieval.embed.hashing import HashingEmbedder
from retrieval.embed.port import TextKind, Vectors, unit
from retrieval.errors import EmbedderError
from retrieval.ingest import ingest
from retrieval.retriever import Retriever
from retrieval.sources.folder import Folder

CORPUS = {
    "plugins/log.md": "---\ntype: io.kestra.plugin.core.log.Log\ntitle: Log\n---\nWrite a line to the log.\n\n## Properties\n\n- `level`: INFO or WARN\n- `message`: the text\n",
    "plugins/query.md": "---\ntype: io.kestra.plugin.jdbc.postgresql.Query\ntitle: Query\n---\nRun SQL on a PostgreSQL database.\n\n## Properties\n\n- `fetchType`: FETCH or STORE\n- `sql`: one statement\n",
    "plugins/duck.md": "---\ntype: io.kestra.plugin.jdbc.duckdb.Query\ntitle: Query\n---\nRun SQL in an embedded DuckDB.\n\n## Properties\n\n- `sql`: one statement\n",
    "guides/schedule.md": "---\ntype: guide\ntitle: Scheduling\n---\nRun a flow at planned times with a cron expression and a timezone.\n",
    "guides/loop.md": "---\ntype: guide\ntitle: Loops\n---\nRepeat tasks for each value of a list with ForEach.\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in CORPUS.items():
        path = tmp_path / "docs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "docs"


@pytest.fixture(params=["hashing", "lexical"])
def retriever(request: pytest.FixtureRequest, kv, folder: Path) -> Retriever:
    embedder = HashingEmbedder() if request.param == "hashing" else None
    ingest([folder], kv, embedder)
    return Retriever(kv, embedder)


@pytest.mark.parametrize(
    ("question", "source"),
    [
        ("io.kestra.plugin.core.log.Log", "plugins/log.md"),
        ("core.log.Log level", "plugins/log.md"),
        ("fetchType", "plugins/query.md"),
        ("pg sql", "plugins/query.md"),
        ("How do I run a flow every day?", "guides/schedule.md"),
        ("shedule with timezon", "guides/schedule.md"),
        ("for each", "guides/loop.md"),
        ("iterate over values", "guides/loop.md"),
        ("duckdb", "plugins/duck.md"),
    ],
)
def test_the_right_document_comes_first(retriever: Retriever, question: str, source: str) -> None:
    assert retriever.search(question)[0].source == f"docs/{source}"


def test_a_passage_has_all_that_a_citation_needs(retriever: Retriever) -> None:
    passage = retriever.search("fetchType")[0]
    assert passage.type == "io.kestra.plugin.jdbc.postgresql.Query"
    assert (passage.collection, passage.kind, passage.title, passage.heading) == (
        "docs",
        "plugin",
        "Query",
        "Properties",
    )
    assert (passage.start_line, passage.end_line) == (9, 10)
    assert "`fetchType`" in passage.text
    assert passage.score > 0


def test_filters_narrow_down(retriever: Retriever) -> None:
    assert {passage.kind for passage in retriever.search("run sql", kinds=["guide"])} <= {"guide"}
    in_group = retriever.search("run sql", groups=["io.kestra.plugin.jdbc"])
    assert {passage.group for passage in in_group} == {
        "io.kestra.plugin.jdbc.postgresql",
        "io.kestra.plugin.jdbc.duckdb",
    }
    assert retriever.search("run sql", collections=["other"]) == []
    wanted = "io.kestra.plugin.jdbc.duckdb.Query"
    assert {passage.type for passage in retriever.search("sql", types=[wanted])} == {wanted}


@pytest.mark.parametrize("question", ["", "   ", "???", "the of and"])
def test_a_question_without_words_finds_nothing_or_refuses(retriever: Retriever, question: str) -> None:
    passages = retriever.search(question)
    assert not retriever.answerable(question, passages)


def test_a_very_long_question_is_answered(retriever: Retriever) -> None:
    assert retriever.search("cron timezone " * 20_000)[0].source == "docs/guides/schedule.md"


def test_what_the_documents_answer_is_told_from_what_they_do_not(retriever: Retriever) -> None:
    known, foreign = "run a flow with a cron expression", "What is the capital of France?"
    assert retriever.answerable(known, retriever.search(known))
    assert not retriever.answerable(foreign, retriever.search(foreign))


def test_an_empty_store_finds_nothing(kv) -> None:
    retriever = Retriever(kv, HashingEmbedder())
    assert retriever.search("anything") == []
    assert not retriever.answerable("anything", [])
    assert len(retriever) == 0


def test_a_later_ingest_is_seen_by_the_next_search(kv, folder: Path) -> None:
    ingest([folder], kv, HashingEmbedder())
    retriever = Retriever(kv, HashingEmbedder())
    before = retriever.version
    (folder / "guides" / "kafka.md").write_text("# Kafka\n\nSend to a topic.")
    ingest([folder], kv, HashingEmbedder())
    assert retriever.search("kafka topic")[0].title == "Kafka"
    assert retriever.version != before


def test_several_collections_are_searched_together_or_alone(kv, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "own.md").write_text("# Own\n\nOur cron rules.")
    ingest([folder], kv, None)
    ingest([tmp_path / "own.md"], kv, None, collection="own")
    assert {passage.collection for passage in Retriever(kv, None).search("cron")} == {"docs", "own"}
    assert {passage.collection for passage in Retriever(kv, None, only=["own"]).search("cron")} == {"own"}


def test_an_embedder_that_fails_leaves_words_and_says_so(kv, folder: Path) -> None:
    class Failing(HashingEmbedder):
        broken = False

        def embed(self, texts: Sequence[str], kind: TextKind) -> Vectors:
            if self.broken:
                raise EmbedderError("no answer")
            return super().embed(texts, kind)

    embedder = Failing()
    ingest([folder], kv, embedder)
    retriever = Retriever(kv, embedder)
    assert retriever.notice == ""
    embedder.broken = True
    assert retriever.search("cron")[0].source == "docs/guides/schedule.md"
    assert "no answer" in retriever.notice
    embedder.broken = False
    retriever.search("cron")
    assert retriever.notice == ""


@pytest.mark.parametrize("options", [{"faiss_from": 1}, {"approximate_from": 1}], ids=["bytes", "clusters"])
def test_faiss_and_numpy_agree(options: dict[str, int]) -> None:
    random = np.random.default_rng(7)
    rows = unit(random.normal(size=(300, 16)))
    positions = sorted(random.choice(900, 300, replace=False).tolist())
    small, large = DenseIndex(rows, positions), DenseIndex(rows, positions, **options)
    allowed = random.random(900) < 0.3
    for query in unit(random.normal(size=(10, 16))):
        for mask in (None, allowed, np.zeros(900, dtype=bool)):
            one, other = small.nearest(query, 20, mask), large.nearest(query, 20, mask)
            assert [document for document, _ in one] == [document for document, _ in other]
            assert mask is None or all(mask[document] for document, _ in one)


def test_clusters_find_almost_all_of_what_is_nearest() -> None:
    random = np.random.default_rng(3)
    centres = random.normal(size=(60, 32))
    rows = unit(centres[random.integers(0, 60, 6_000)] + 0.8 * random.normal(size=(6_000, 32)))
    exact, clustered = DenseIndex(rows, range(6_000)), DenseIndex(rows, range(6_000), approximate_from=1)
    queries = unit(rows[:40] + 0.1 * random.normal(size=(40, 32)))
    shares = [
        len({at for at, _ in one} & {at for at, _ in other}) / 50
        for one, other in zip(
            exact.nearest_each(queries, 50), clustered.nearest_each(queries, 50), strict=True
        )
    ]
    assert np.mean(shares) >= 0.95


def test_the_mean_of_a_document_is_found() -> None:
    rows = unit(np.array([[1, 0, 0], [1, 1, 0], [0, 0, 1]]))
    whole = DenseIndex(rows, [0, 1, 3]).grouped(np.array([5, 5, 6, 7]))
    assert whole.nearest(unit(np.array([[1.0, 0.4, 0]]))[0], 1)[0][0] == 5
    assert whole.nearest(rows[2], 3)[0][0] == 7


def test_a_query_of_another_dimension_finds_nothing_by_meaning() -> None:
    index = DenseIndex(unit(np.eye(4)), [0, 1, 2, 3])
    assert index.nearest(unit(np.ones((1, 3)))[0], 2) == []
    assert index.similarity(unit(np.ones((1, 3)))[0], [1]) == {}


def test_the_source_of_a_folder_does_not_name_the_machine(kv, folder: Path) -> None:
    ingest([Folder(folder, name="mine")], kv, None)
    assert all(passage.source.startswith("mine/") for passage in Retriever(kv, None).search("run"))
