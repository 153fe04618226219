"""The audit log: who changed what, from where, when, and how it ended."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.access import TheWiring
from api.answer import JsonAnswer
from api.paging import moment, read_search
from api.security.audit import Wanted
from api.security.body import Changes, refusals
from api.thread import in_thread
from engine.model.json import dumps, without_nulls

router = APIRouter(prefix="/audits", tags=["audits"])

Text = Annotated[str | None, Query(max_length=500)]


@router.get(
    "",
    response_model=Changes,
    responses=refusals(s400="A parameter cannot be read"),
    summary="List who changed what",
)
async def list_changes(
    request: Request,
    wiring: TheWiring,
    actor: Text = None,
    outcome: Literal["done", "refused", "failed"] | None = None,
    method: Text = None,
    path: Text = None,
    after: Text = None,
    before: Text = None,
) -> Response:
    """Return changes and refusals, the newest first, by `page` and `size`. Needs `admin`.

    `path` is a part of the address; `after` and `before` are moments. As lines, for a log collector, with
    `Accept: application/x-ndjson`.
    """
    search = read_search(request)
    wanted = Wanted(actor, outcome, method, path, _moment(after), _moment(before))
    page = await in_thread(wiring.security.audit.page, wanted, search.offset, search.size)
    rows = [row.to_json() for row in page.results]
    if "ndjson" in request.headers.get("accept", ""):
        lines = b"".join(dumps(without_nulls(row)) + b"\n" for row in rows)
        return Response(lines, media_type="application/x-ndjson")
    return JsonAnswer({"results": rows, "total": page.total})


def _moment(text: str | None) -> datetime | None:
    return moment(text) if text else None
