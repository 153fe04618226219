"""What follows when a flow or a key-value entry is stored again, the same on every backend."""

from __future__ import annotations

from datetime import datetime

from engine.errors import Conflict
from engine.model.flow import Flow
from engine.model.json import Json
from engine.storage.ports import FlowRow, KeyValue


def next_revision(latest: FlowRow | None, flow: Flow, updated: datetime) -> FlowRow:
    """Return the row to keep for a flow: a revision behind `latest`, or `latest` when nothing changed."""
    if latest is not None and (latest.source, latest.disabled, latest.deleted) == (
        flow.source,
        flow.disabled,
        flow.deleted,
    ):
        return latest
    return FlowRow(
        namespace=flow.namespace,
        id=flow.id,
        revision=1 if latest is None else latest.revision + 1,
        source=flow.source,
        updated=updated,
        disabled=flow.disabled,
        deleted=flow.deleted,
        description=flow.description,
        labels=dict(flow.labels),
    )


def expired(entry: KeyValue, now: datetime) -> bool:
    """Tell whether the entry's time is over."""
    return entry.expires is not None and entry.expires <= now


def check_absent(entry: KeyValue | None, now: datetime) -> None:
    """Raise Conflict when the entry exists; an expired one no longer does."""
    if entry is not None and not expired(entry, now):
        raise Conflict(
            f"Cannot set value for key '{entry.key}'. Key already exists and `overwrite` is set to `false`."
        )


def next_entry(
    before: KeyValue | None,
    namespace: str,
    key: str,
    value: Json | bytes,
    kind: str,
    now: datetime,
    *,
    expires: datetime | None = None,
    description: str | None = None,
) -> KeyValue:
    """Return the entry that follows `before`: one revision more, created when the first one was."""
    return KeyValue(
        namespace,
        key,
        value,
        kind,
        created=now if before is None else before.created,
        updated=now,
        revision=1 if before is None else before.revision + 1,
        expires=expires,
        description=description,
    )
