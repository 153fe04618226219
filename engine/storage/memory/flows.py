"""Flows and their revisions, in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from engine.model.flow import Flow
from engine.storage.entry import next_revision
from engine.storage.match import find_flows
from engine.storage.ports import FlowRow, Page


class MemoryFlows:
    """Flows and their revisions. A revision never changes, and its number is never given again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flows: dict[tuple[str, str], list[FlowRow]] = {}

    def save(self, flow: Flow, updated: datetime) -> FlowRow:
        """Store as the next revision, or return the latest one if source, disabled and deleted are equal."""
        with self._lock:
            rows = self._flows.setdefault((flow.namespace, flow.id), [])
            latest = rows[-1] if rows else None
            row = next_revision(latest, flow, updated)
            if row is not latest:
                rows.append(row)
            return row

    def get(self, namespace: str, flow_id: str, revision: int | None = None) -> FlowRow | None:
        """Return the given or the latest revision, deleted ones included; None when there is none."""
        rows = self.revisions(namespace, flow_id)
        if revision is None:
            return rows[-1] if rows else None
        return next((row for row in rows if row.revision == revision), None)

    def revisions(self, namespace: str, flow_id: str) -> list[FlowRow]:
        """Return all revisions, oldest first."""
        with self._lock:
            return list(self._flows.get((namespace, flow_id), ()))

    def delete_revisions(self, namespace: str, flow_id: str, revisions: Iterable[int]) -> int:
        """Remove these revisions, the latest one excepted; returns how many there were."""
        gone = set(revisions)
        with self._lock:
            rows = self._flows.get((namespace, flow_id), [])
            kept = [row for row in rows[:-1] if row.revision not in gone] + rows[-1:]
            if rows:
                self._flows[namespace, flow_id] = kept
            return len(rows) - len(kept)

    def latest(self) -> list[FlowRow]:
        """Return the latest revision of every flow that is not deleted, by namespace and id."""
        with self._lock:
            last = [rows[-1] for rows in self._flows.values()]
        return sorted((row for row in last if not row.deleted), key=lambda row: (row.namespace, row.id))

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
        """Find latest, not deleted flows."""
        return find_flows(
            self.latest(),
            text=text,
            namespace=namespace,
            prefix=prefix,
            labels=labels,
            sort=sort,
            offset=offset,
            limit=limit,
        )
