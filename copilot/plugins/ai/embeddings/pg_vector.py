"""Embedded texts in PostgreSQL with the extension pgvector."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from psycopg import Connection, errors, sql

from copilot.plugins.ai._embedding_store import EmbeddingStore, Match, Segment
from copilot.plugins.ai._postgres import connected
from engine.errors import TaskFailure
from engine.model.json import Json, dumps
from engine.plugin import RunContext, Text

_MOST_INDEXED = 2_000
_SEEN_BY_INDEX = 1_000


class PGVector(EmbeddingStore):
    """Embedded texts in a table of PostgreSQL, found by its extension `vector`.

    The extension and the table are made if they are missing; the table has the columns of LangChain4j's:
    `embedding_id`, `embedding`, `text`, `metadata`.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.langchain4j.embeddings.PGVector",)

    host: Text
    """Name or address of the server."""

    port: int
    """Its port, usually 5432."""

    user: Text
    """The user."""

    password: Text
    """The password, best kept as a secret."""

    database: Text
    """The database."""

    table: Text
    """The table; `schema.table` for one of another schema."""

    use_index: bool = False
    """Make an index of the vectors: faster in large tables, and not quite exact."""

    def write(self, ctx: RunContext, segments: Sequence[Segment], *, drop: bool) -> dict[str, Json]:
        """Insert in one transaction."""
        with self._connected(ctx) as connection:
            if drop:
                connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(self._table))
            if segments:
                self._make(connection, len(segments[0].vector))
                rows = [
                    (uuid.uuid4(), _vector(one.vector), one.text, dumps(dict(one.metadata)).decode())
                    for one in segments
                ]
                insert = sql.SQL(
                    "INSERT INTO {} (embedding_id, embedding, text, metadata) VALUES (%s, %s, %s, %s::json)"
                ).format(self._table)
                connection.cursor().executemany(insert, rows)
        return {}

    def search(
        self, ctx: RunContext, vector: Sequence[float], *, max_results: int, min_score: float
    ) -> list[Match]:
        """Order by cosine distance; a missing table is an empty store."""
        # (cosine + 1) / 2, where the distance is 1 - cosine.
        query = sql.SQL(
            "SELECT text, metadata, 1 - (embedding <=> %(v)s::vector) / 2 AS score FROM {} "
            "WHERE 1 - (embedding <=> %(v)s::vector) / 2 >= %(least)s "
            "ORDER BY embedding <=> %(v)s::vector LIMIT %(n)s"
        ).format(self._table)
        with self._connected(ctx) as connection:
            # An index looks at 40 rows unless told otherwise.
            seen = str(min(max(40, max_results), _SEEN_BY_INDEX))
            connection.execute("SELECT set_config('hnsw.ef_search', %s, true)", (seen,))
            try:
                found = connection.execute(
                    query, {"v": _vector(vector), "least": min_score, "n": max_results}
                ).fetchall()
            except errors.UndefinedTable:
                return []
            except errors.DataException as error:
                raise TaskFailure(
                    f"embeddings: the vectors in table '{self.table}' do not fit the question's "
                    f"({len(vector)} numbers); embed documents and question with the same model"
                ) from error
        return [Match(text or "", metadata or {}, float(score)) for text, metadata, score in found]

    @property
    def _table(self) -> sql.Identifier:
        return sql.Identifier(*self.table.split("."))

    @contextmanager
    def _connected(self, ctx: RunContext) -> Iterator[Connection[Any]]:
        with connected(
            ctx,
            "PGVector",
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            dbname=self.database,
        ) as connection:
            try:
                connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
            except (errors.FeatureNotSupported, errors.UndefinedFile, errors.InsufficientPrivilege) as error:
                raise TaskFailure(
                    "PGVector: the extension `vector` is not there; let an administrator install pgvector "
                    "and run CREATE EXTENSION vector"
                ) from error
            yield connection

    def _make(self, connection: Connection[Any], dimension: int) -> None:
        connection.execute(
            sql.SQL(
                "CREATE TABLE IF NOT EXISTS {} (embedding_id UUID PRIMARY KEY, embedding vector({}), "
                "text TEXT NULL, metadata JSON NULL)"
            ).format(self._table, sql.Literal(dimension))
        )
        if self.use_index:
            if dimension > _MOST_INDEXED:
                raise TaskFailure(
                    f"PGVector: no index for vectors of {dimension} numbers, only up to {_MOST_INDEXED}; "
                    "set `useIndex: false`, or take a model with shorter vectors"
                )
            # Not ivfflat, which Kestra makes: built before the rows are there, it misses most of them.
            name = sql.Identifier(f"{self.table.replace('.', '_')}_hnsw_index")
            connection.execute(
                sql.SQL(
                    "CREATE INDEX IF NOT EXISTS {} ON {} USING hnsw (embedding vector_cosine_ops)"
                ).format(name, self._table)
            )


def _vector(values: Sequence[float]) -> str:
    return "[" + ",".join(repr(float(value)) for value in values) + "]"
