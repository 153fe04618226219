"""Flows and their revisions, on a database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from engine.model.flow import Flow
from engine.model.json import loads
from engine.model.moment import from_text, to_text
from engine.storage.entry import next_revision
from engine.storage.match import find_flows
from engine.storage.ports import FlowRow, Page
from engine.storage.sql.database import Database, guard
from engine.storage.sql.text import clean, json_text

_COLUMNS = "namespace, id, revision, source, updated, disabled, deleted, description, labels"
_LEAN = _COLUMNS.replace("source", "''")


class SqlFlows:
    """Flows and their revisions. A revision never changes, and its number is never given again."""

    def __init__(self, database: Database) -> None:
        self._database = database
        sql = database.dialect.sql
        flow = "namespace = ? AND id = ?"
        self._one = sql(f"SELECT {_COLUMNS} FROM flows WHERE {flow} AND revision = ?")
        self._latest = sql(f"SELECT {_COLUMNS} FROM flows WHERE {flow} AND latest = 1")
        self._all = sql(f"SELECT {_COLUMNS} FROM flows WHERE {flow} ORDER BY revision")
        self._retire = sql(f"UPDATE flows SET latest = 0 WHERE {flow} AND latest = 1")
        self._delete = sql(f"DELETE FROM flows WHERE {flow} AND revision = ? AND latest = 0")
        self._lean: tuple[int | None, list[FlowRow]] = (None, [])
        self._insert = sql(f"INSERT INTO flows ({_COLUMNS}, latest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1)")

    def save(self, flow: Flow, updated: datetime) -> FlowRow:
        """Store as the next revision, or return the latest one if source, disabled and deleted are equal."""
        with self._database.write() as connection:
            guard(connection, self._database.dialect, "flow", flow.namespace, flow.id)
            found = connection.execute(self._latest, (flow.namespace, flow.id)).fetchone()
            row = next_revision(None if found is None else _row(found), flow, updated)
            if found is None or row.revision != found[2]:
                connection.execute(self._retire, (flow.namespace, flow.id))
                connection.execute(self._insert, _values(row))
        return row

    def get(self, namespace: str, flow_id: str, revision: int | None = None) -> FlowRow | None:
        """Return the given or the latest revision, deleted ones included; None when there is none."""
        with self._database.read() as connection:
            if revision is None:
                found = connection.execute(self._latest, (namespace, flow_id)).fetchone()
            else:
                found = connection.execute(self._one, (namespace, flow_id, revision)).fetchone()
        return None if found is None else _row(found)

    def revisions(self, namespace: str, flow_id: str) -> list[FlowRow]:
        """Return all revisions, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(self._all, (namespace, flow_id)).fetchall()
        return [_row(row) for row in rows]

    def delete_revisions(self, namespace: str, flow_id: str, revisions: Iterable[int]) -> int:
        """Remove these revisions, the latest one excepted; returns how many there were."""
        with self._database.write() as connection:
            return sum(
                connection.execute(self._delete, (namespace, flow_id, revision)).rowcount
                for revision in set(revisions)
            )

    def latest(self) -> list[FlowRow]:
        """Return the latest revision of every flow that is not deleted, by namespace and id."""
        return self._present(_COLUMNS)

    def _listed(self) -> list[FlowRow]:
        """Return all present flows without their source, read again only when one was saved.

        Every save makes a revision, so the sum of the latest ones only grows.
        """
        with self._database.read() as connection:
            (version,) = connection.execute("SELECT SUM(revision) FROM flows WHERE latest = 1").fetchone()
        known, rows = self._lean
        if version != known:
            # Read after the version: at worst they are newer than it says, and are read once more.
            rows = self._present(_LEAN)
            self._lean = (version, rows)
        return rows

    def _present(self, columns: str) -> list[FlowRow]:
        sql = f"SELECT {columns} FROM flows WHERE latest = 1 AND deleted = 0 ORDER BY namespace, id"
        with self._database.read() as connection:
            return [_row(row) for row in connection.execute(sql).fetchall()]

    def search(
        self,
        *,
        text: str | None = None,
        namespace: str | None = None,
        prefix: str | None = None,
        labels: Mapping[str, str] | None = None,
        sort: Sequence[tuple[str, bool]] = (),
        offset: int = 0,
        limit: int = 10,
    ) -> Page[FlowRow]:
        """Find latest, not deleted flows; only those of the page are read with their source."""
        page = find_flows(
            self._listed(),
            text=text,
            namespace=namespace,
            prefix=prefix,
            labels=labels,
            sort=sort,
            offset=offset,
            limit=limit,
        )
        full = (self.get(row.namespace, row.id, row.revision) for row in page.results)
        return Page([row for row in full if row is not None], page.total)


def _values(row: FlowRow) -> tuple[Any, ...]:
    return (
        row.namespace,
        row.id,
        row.revision,
        row.source,
        to_text(row.updated),
        int(row.disabled),
        int(row.deleted),
        None if row.description is None else clean(row.description),
        json_text(row.labels),
    )


def _row(values: Any) -> FlowRow:
    namespace, id_, revision, source, updated, disabled, deleted, description, labels = values
    return FlowRow(
        namespace,
        id_,
        revision,
        source,
        from_text(updated),
        bool(disabled),
        bool(deleted),
        description,
        loads(labels),
    )
