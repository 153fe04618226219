"""Many flows at once: imported, exported, synchronised, switched, deleted, searched by their text."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.access import TheEngine, TheWiring, body_text
from api.answer import JsonAnswer
from api.body import json_body
from api.bundle import flow_texts, zip_flows
from api.editor.usable import usable_expressions
from api.find_flow import every_flow, find_source, read_source_query
from api.flow_set import (
    csv_of,
    delete,
    delete_others,
    rows_found,
    rows_of,
    save_all,
    save_each,
    switch,
)
from api.form import read_form
from api.paging import flag, read_search
from api.shape import flow_json
from api.thread import in_thread
from engine.model.json import Json
from engine.storage.ports import FlowRow

router = APIRouter(prefix="/flows", tags=["flows"])


@router.get("/source")
async def search_source(request: Request, engine: TheEngine) -> Response:
    """Find flows by what their YAML says; the lines that fit are marked."""
    query = read_source_query(request)
    return JsonAnswer(await in_thread(find_source, engine, query))


@router.post("/import")
async def import_flows(request: Request, engine: TheEngine) -> Response:
    """Save every flow of an uploaded YAML or zip file; answers the names of those refused."""
    async with read_form(request) as form:
        upload = form.get("fileUpload")
        if upload is None or isinstance(upload, str):
            raise HTTPException(422, "Send the file as the multipart part `fileUpload`")
        name, content = upload.filename or "", await upload.read()
    texts = await in_thread(flow_texts, name, content)
    refused = await in_thread(save_each, engine, texts)
    if refused and flag(request, "failOnError"):
        raise HTTPException(422, "; ".join(f"{name}: {reason}" for name, reason in refused.items()))
    return JsonAnswer(list(refused))


@router.post("/export/by-ids")
async def export_flows(request: Request, engine: TheEngine) -> Response:
    """Return the chosen flows as a zip file."""
    return _zip(await in_thread(rows_of, engine, await json_body(request)))


@router.get("/export/by-query")
async def export_found(request: Request, engine: TheEngine) -> Response:
    """Return the flows found as a zip file."""
    return _zip(await in_thread(every_flow, engine, read_search(request, groups=True)))


@router.get("/export/by-query/csv")
async def export_table(request: Request, engine: TheEngine) -> Response:
    """Return the flows found as a table."""
    rows = await in_thread(every_flow, engine, read_search(request, groups=True))
    headers = {"Content-Disposition": 'attachment; filename="flows.csv"'}
    return Response(csv_of(rows), media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/disable/by-ids")
@router.post("/enable/by-ids")
async def switch_by_ids(request: Request, engine: TheEngine) -> Response:
    """Disable or enable the flows named; answers how many changed."""
    rows = await in_thread(rows_of, engine, await json_body(request))
    return JsonAnswer({"count": await in_thread(switch, engine, rows, disabled=_disables(request))})


@router.post("/disable/by-query")
@router.post("/enable/by-query")
async def switch_by_query(request: Request, engine: TheEngine) -> Response:
    """Disable or enable the flows a filter finds; answers how many changed."""
    rows = await in_thread(rows_found, engine, request)
    return JsonAnswer({"count": await in_thread(switch, engine, rows, disabled=_disables(request))})


@router.delete("/delete/by-ids")
async def delete_by_ids(request: Request, engine: TheEngine) -> Response:
    """Delete the flows named; their executions stay."""
    rows = await in_thread(rows_of, engine, await json_body(request))
    return JsonAnswer({"count": await in_thread(delete, engine, rows)})


@router.delete("/delete/by-query")
async def delete_by_query(request: Request, engine: TheEngine) -> Response:
    """Delete the flows a filter finds; their executions stay."""
    rows = await in_thread(rows_found, engine, request)
    return JsonAnswer({"count": await in_thread(delete, engine, rows)})


@router.post("/bulk")
async def save_many(request: Request, engine: TheEngine) -> Response:
    """Create or update every document of the body; nothing is saved when one is invalid.

    With `namespace` all must be of it (or below it, with `allowNamespaceChild`); `delete=true` then deletes
    its other flows.
    """
    namespace = request.query_params.get("namespace") or None
    children = flag(request, "allowNamespaceChild")
    rows = await in_thread(save_all, engine, await body_text(request), namespace, children=children)
    if namespace and flag(request, "delete"):
        await in_thread(delete_others, engine, namespace, rows, children=children)
    return await saved_answer(rows)


@router.post("/expressions")
async def expressions(request: Request, wiring: TheWiring) -> Response:
    """List the expressions a task of the flow in the body may use; all of the flow's without `taskId`."""
    text, task_id = await body_text(request), request.query_params.get("taskId")
    return JsonAnswer(await in_thread(usable_expressions, wiring.completer.grammar, text, task_id))


async def saved_answer(rows: list[FlowRow]) -> Response:
    """Return saved flows with their texts."""

    def written() -> list[Json]:
        return [flow_json(row, source=True) for row in rows]

    return JsonAnswer(await in_thread(written))


def _disables(request: Request) -> bool:
    return "/disable/" in request.url.path


def _zip(rows: list[FlowRow]) -> Response:
    return Response(
        zip_flows(rows),
        media_type="application/octet-stream",
        headers={"Content-Disposition": 'attachment; filename="flows.zip"'},
    )
