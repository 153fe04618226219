"""What conditions and sort orders of searches mean, the same on every backend."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from engine.model.execution import Execution
from engine.storage.ports import FlowRow, Page

T = TypeVar("T")

EXECUTION_SORTS = {
    "id": "id",
    "namespace": "namespace",
    **dict.fromkeys(("flow_id", "flowId"), "flow_id"),
    **dict.fromkeys(("state", "state.current"), "state"),
    **dict.fromkeys(("started", "start_date", "startDate", "state.startDate"), "start_date"),
    **dict.fromkeys(("ended", "end_date", "endDate", "state.endDate"), "end_date"),
    **dict.fromkeys(("duration", "state.duration"), "duration_us"),
}
"""Names executions may be sorted by, with the column they mean."""

FLOW_SORTS = {name: name for name in ("id", "namespace", "revision", "updated", "description", "disabled")}
"""Names flows may be sorted by."""


def sort_columns(
    sort: Sequence[tuple[str, bool]], known: Mapping[str, str], things: str
) -> list[tuple[str, bool]]:
    """Return (column, descending) pairs; raises ValueError naming the field that does not exist."""
    columns = []
    for name, descending in sort:
        if name not in known:
            raise ValueError(f"{things} cannot be sorted by '{name}'; use one of {', '.join(sorted(known))}")
        columns.append((known[name], descending))
    return columns


def sort_by(rows: list[T], columns: Sequence[tuple[str, bool]], read: Callable[[T, str], Any]) -> list[T]:
    """Sort by several columns, the first one counting most; missing values come last either way."""
    for column, descending in reversed(columns):
        rows.sort(key=lambda row: _sortable(read(row, column)), reverse=descending)
        rows.sort(key=lambda row: read(row, column) is None)
    return rows


def _sortable(value: Any) -> Any:
    return (0, 0) if value is None else (1, value)


def in_namespace(namespace: str, prefix: str) -> bool:
    """Tell whether a namespace is `prefix` or below it: `a.b` holds `a.b.c`, not `a.bc`."""
    return namespace == prefix or namespace.startswith(prefix + ".")


def has_labels(labels: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """Tell whether all wanted labels are there with these values."""
    return all(labels.get(key) == value for key, value in wanted.items())


def contains(text: str, fields: Iterable[str | None]) -> bool:
    """Tell whether a text is in one of the fields, without case."""
    needle = text.lower()
    return any(field is not None and needle in field.lower() for field in fields)


def starter_of(execution: Execution) -> str | None:
    """Return the execution that started this one, as its trigger tells (`trigger.executionId`)."""
    if execution.trigger is None:
        return None
    starter = execution.trigger.variables.get("executionId")
    return starter if isinstance(starter, str) else None


def label_texts(labels: Mapping[str, str]) -> Iterable[str]:
    """Yield `key:value` of labels, as text search sees them."""
    for key, value in labels.items():
        yield f"{key}:{value}"


def find_flows(
    rows: Iterable[FlowRow],
    *,
    text: str | None,
    namespace: str | None,
    prefix: str | None,
    labels: Mapping[str, str] | None,
    sort: Sequence[tuple[str, bool]],
    offset: int,
    limit: int,
) -> Page[FlowRow]:
    """Search flows in memory: there are thousands of them at most, so no backend needs more."""
    columns = sort_columns(sort, FLOW_SORTS, "Flows")
    found = [
        row
        for row in rows
        if (namespace is None or row.namespace == namespace)
        and (prefix is None or in_namespace(row.namespace, prefix))
        and (not labels or has_labels(row.labels, labels))
        and (not text or contains(text, (row.id, row.namespace, row.description, *label_texts(row.labels))))
    ]
    sort_by(found, [*columns, ("namespace", False), ("id", False)], getattr)
    return Page(found[offset : offset + limit], len(found))
