"""Searches of flows: by what the store finds itself, by other conditions, and by what their YAML says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request

from api.condition import Group
from api.paging import Search, flag, read_search
from api.shape import flow_json
from engine.engine import Engine
from engine.model.json import Json
from engine.storage.ports import FlowRow, Page

ALL = 1_000_000
MAX_LINES = 10
"""Most matching lines shown of one flow."""

MATCH_SECONDS = 0.5
"""How long a pattern may take on one line."""

_NATIVE = frozenset(
    {
        ("q", "EQUALS"), ("q", "CONTAINS"), ("namespace", "EQUALS"), ("namespace", "PREFIX"),
        ("namespace", "STARTS_WITH"), ("labels", "EQUALS"),
    }
)  # fmt: skip
_SORT = {"id": "id", "flowId": "id", "namespace": "namespace", "updated": "updated"}
_SYSTEM = "system"


def find_flows(engine: Engine, search: Search) -> Page[FlowRow]:
    """Find flows; raises 400 on a field that flows do not have."""
    rest = search.without(_NATIVE)
    scanned = bool(rest or search.groups)
    page = engine.store.flows.search(
        text=search.take("q", "EQUALS", "CONTAINS"),
        namespace=search.take("namespace", "EQUALS"),
        prefix=search.take("namespace", "PREFIX", "STARTS_WITH"),
        labels=search.labels or None,
        sort=[(_SORT[field], down) for field, down in search.sort if field in _SORT],
        offset=0 if scanned else search.offset,
        limit=ALL if scanned else search.size,
    )
    if not scanned:
        return page
    whole = Group("and", (*rest, *search.groups))
    rows = [row for row in page.results if whole.holds(partial(_field, row))]
    return Page(rows[search.offset : search.offset + search.size], len(rows))


def every_flow(engine: Engine, search: Search) -> list[FlowRow]:
    """Return all flows the conditions find, whatever the page."""
    return find_flows(engine, search.everything(ALL)).results


def _field(row: FlowRow, field: str) -> Json:
    values: dict[str, Json] = {
        "flowId": row.id,
        "id": row.id,
        "namespace": row.namespace,
        "labels": row.labels,
        "flowRevision": row.revision,
        "scope": "SYSTEM" if row.namespace == _SYSTEM else "USER",
        "q": f"{row.namespace}.{row.id}",
    }
    if field not in values:
        raise HTTPException(400, f"filters: flows have no field '{field}'")
    return values[field]


@dataclass(frozen=True, slots=True)
class SourceQuery:
    """What is looked for in the texts; `pattern` is None when everything fits."""

    search: Search
    pattern: Any


def read_source_query(request: Request) -> SourceQuery:
    """Read words, `caseSensitive`, `wholeWord` and `regex`; raises 422 for a broken pattern."""
    search = read_search(request)
    words = search.take("q", "EQUALS", "CONTAINS") or ""
    if not words:
        return SourceQuery(search, None)
    text = words if flag(request, "regex") else re.escape(words)
    if flag(request, "wholeWord"):
        text = rf"(?<!\w)(?:{text})(?!\w)"
    return SourceQuery(search, _compiled(text, words, flag(request, "caseSensitive")))


def _compiled(text: str, words: str, exact: bool) -> Any:
    import regex  # type: ignore[import-untyped]  # no type hints in the package; imported when first needed

    try:
        return regex.compile(text, regex.V0 | (0 if exact else regex.IGNORECASE))
    except (regex.error, OverflowError, RecursionError) as error:
        raise HTTPException(422, f"q: '{words}' is not a regular expression: {error}") from None


def find_source(engine: Engine, query: SourceQuery) -> dict[str, Json]:
    """Return the page of flows with a line that fits; the fitting parts are marked."""
    search, prefix = query.search, query.search.take("namespace", "PREFIX", "EQUALS", "STARTS_WITH")
    found = []
    for row in engine.store.flows.latest():
        if prefix and row.namespace != prefix and not row.namespace.startswith(f"{prefix}."):
            continue
        lines = _lines(row.source, query.pattern)
        if lines or query.pattern is None:
            found.append((row, lines))
    shown = found[search.offset : search.offset + search.size]
    return {"results": [_row(row, lines) for row, lines in shown], "total": len(found)}


def _lines(source: str, pattern: Any) -> list[dict[str, Json]]:
    """Return the lines that fit; raises 422 when a pattern takes too long, as nested repetitions can."""
    if pattern is None:
        return []
    found = []
    try:
        for number, line in enumerate(source.splitlines(), 1):
            first = pattern.search(line, timeout=MATCH_SECONDS)
            if first is not None:
                marked = pattern.sub(r"[mark]\g<0>[/mark]", line, timeout=MATCH_SECONDS).strip()
                found.append({"line": number, "column": first.start() + 1, "text": line, "marked": marked})
    except TimeoutError:
        raise HTTPException(422, f"q: '{pattern.pattern}' takes too long; make it simpler") from None
    return found


def _row(row: FlowRow, lines: list[dict[str, Json]]) -> dict[str, Json]:
    shown = lines[:MAX_LINES]
    return {
        "model": flow_json(row),
        "fragments": [line["marked"] for line in shown],
        "namespace": row.namespace,
        "id": row.id,
        "editable": True,
        "matches": [
            {"line": line["line"], "column": line["column"], "snippet": line["text"]} for line in shown
        ],
    }
