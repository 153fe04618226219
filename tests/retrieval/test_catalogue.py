"""Search over plugin types."""

from __future__ import annotations

import pytest

from retrieval.catalogue import Card, Catalogue
from retrieval.embed.hashing import HashingEmbedder

CARDS = [
    Card(
        "io.kestra.plugin.core.log.Log",
        "Log",
        "Write messages to the log.",
        keywords=("print",),
        properties=("message", "level"),
    ),
    Card(
        "io.kestra.plugin.core.http.Download",
        "Download",
        "Download a file by HTTP into storage.",
        properties=("uri",),
    ),
    Card(
        "io.kestra.plugin.core.http.Request",
        "Request",
        "Call an HTTP API.",
        properties=("uri", "method", "body"),
    ),
    Card(
        "io.kestra.plugin.jdbc.postgresql.Query",
        "Query",
        "Run one SQL statement on PostgreSQL.",
        properties=("sql", "fetchType"),
    ),
    Card(
        "io.kestra.plugin.jdbc.postgresql.CopyIn",
        "Copy in",
        "Load a CSV file into a PostgreSQL table.",
        properties=("from", "table"),
    ),
    Card(
        "io.kestra.plugin.jdbc.duckdb.Query",
        "Query",
        "Run one SQL statement in DuckDB.",
        properties=("sql", "fetchType"),
    ),
    Card(
        "io.kestra.plugin.core.flow.ForEach",
        "For each",
        "Run tasks for every value of a list.",
        properties=("values", "concurrencyLimit"),
    ),
    Card(
        "io.kestra.plugin.core.flow.EachSequential",
        "Each",
        "Run tasks for every value of a list, one by one.",
        properties=("value",),
        deprecated=True,
    ),
    Card(
        "io.kestra.plugin.core.trigger.Schedule",
        "Schedule",
        "Start a flow by cron.",
        kind="trigger",
        properties=("cron", "timezone"),
        aliases=("io.kestra.core.models.triggers.types.Schedule",),
    ),
]


@pytest.fixture(scope="module", params=["words", "hashing"])
def catalogue(request: pytest.FixtureRequest) -> Catalogue:
    return Catalogue(CARDS, embedder=HashingEmbedder() if request.param == "hashing" else None)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("download a file", "http.Download"),
        ("load csv into pg", "postgresql.CopyIn"),
        ("call a rest api", "http.Request"),
        ("postgres sql query", "postgresql.Query"),
        ("duckdb", "duckdb.Query"),
        ("loop over values", "flow.ForEach"),
        ("every day", "trigger.Schedule"),
        ("io.kestra.core.models.triggers.types.Schedule", "trigger.Schedule"),
        ("core.log.Log", "log.Log"),
        ("downlod file", "http.Download"),
        ("concurrencyLimit", "flow.ForEach"),
        ("print a message", "log.Log"),
    ],
)
def test_the_right_type_comes_first(catalogue: Catalogue, words: str, name: str) -> None:
    assert catalogue.search(words)[0].card.type.endswith(name)


def test_kinds_and_groups_narrow_down(catalogue: Catalogue) -> None:
    assert {hit.card.kind for hit in catalogue.search("run a flow", kinds=["trigger"])} == {"trigger"}
    found = catalogue.search("run one sql statement", groups=["io.kestra.plugin.jdbc.duckdb"])
    assert [hit.card.type for hit in found] == ["io.kestra.plugin.jdbc.duckdb.Query"]


@pytest.mark.parametrize("words", ["", "  ", "the"])
def test_nothing_asked_nothing_found(words: str) -> None:
    assert Catalogue(CARDS).search(words) == []
    assert Catalogue([]).search("log") == []


def test_cards_may_be_maps() -> None:
    catalogue = Catalogue(
        [{"type": "a.b.Printer", "purpose": "Prints.", "properties": ["ink"], "more": 1, "title": None}]
    )
    assert catalogue.search("ink")[0].card == Card("a.b.Printer", purpose="Prints.", properties=("ink",))


def test_vectors_are_kept_between_starts(kv) -> None:
    class Counting(HashingEmbedder):
        passages = 0

        def embed(self, texts, kind):  # type: ignore[no-untyped-def]
            self.passages += len(texts) if kind == "passage" else 0
            return super().embed(texts, kind)

    embedder = Counting()
    Catalogue(CARDS, embedder=embedder, kv=kv)
    Catalogue(CARDS, embedder=embedder, kv=kv)
    assert embedder.passages == len(CARDS)
    Catalogue([*CARDS[1:], Card("x.y.Z", "New")], embedder=embedder, kv=kv)
    assert embedder.passages == len(CARDS) + 1
