"""Flows: saved as text, read back byte for byte."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.access import TheEngine, body_text
from api.answer import JsonAnswer
from api.bundle import flow_texts, zip_flows
from api.paging import Search, flag, integer, read_search
from api.shape import finding_json, flow_json
from api.thread import in_thread
from api.violation import posted_texts, violations
from engine.engine import Engine
from engine.errors import Conflict, FlowsmithError, NotFound, SourceError
from engine.model.json import Json
from engine.source.document import read_document
from engine.source.split import split_documents
from engine.storage.ports import FlowRow, Page

router = APIRouter(prefix="/flows", tags=["flows"])


@router.post("")
async def create_flow(request: Request, engine: TheEngine) -> Response:
    """Create a flow from YAML; 409 when it exists, 422 when it is invalid."""
    source = await body_text(request)
    row = await in_thread(engine.save, source, mode="create")
    return JsonAnswer(await in_thread(flow_json, row, source=True))


@router.get("/search")
async def search_flows(request: Request, engine: TheEngine) -> Response:
    """Find flows by text, namespace and labels."""
    search = read_search(request)
    page = await in_thread(find_flows, engine, search)
    rows = await in_thread(lambda: [flow_json(row) for row in page.results])
    return JsonAnswer({"results": rows, "total": page.total})


@router.get("/source")
async def search_source(request: Request, engine: TheEngine) -> Response:
    """Find flows by what their YAML says; matches are marked."""
    search = read_search(request)
    return JsonAnswer(await in_thread(_source_rows, engine, search))


@router.get("/distinct-namespaces")
async def distinct_namespaces(engine: TheEngine, q: str = "") -> Response:
    """List the namespaces flows live in."""
    rows = await in_thread(engine.store.flows.latest)
    return JsonAnswer(sorted({row.namespace for row in rows if row.namespace.startswith(q)}))


@router.post("/validate")
async def validate_flows(request: Request, engine: TheEngine) -> Response:
    """Validate one or more documents; always 200, the reasons are in `constraints`."""
    texts = await posted_texts(request)
    return JsonAnswer(await in_thread(violations, engine, texts))


@router.post("/validate/findings")
async def validate_findings(request: Request, engine: TheEngine) -> Response:
    """Validate one document for an editor: every finding with line, column, suggestion and fix."""
    checked = await in_thread(engine.check, await body_text(request))
    findings = [finding_json(finding) for finding in checked.findings]
    return JsonAnswer({"valid": checked.flow is not None, "findings": findings})


@router.post("/import")
async def import_flows(request: Request, engine: TheEngine) -> Response:
    """Save every flow of an uploaded YAML or zip file; answers the names of those refused."""
    async with request.form() as form:
        upload = form.get("fileUpload")
        if upload is None or isinstance(upload, str):
            raise HTTPException(422, "Send the file as the multipart part `fileUpload`")
        name, content = upload.filename or "", await upload.read()
    texts = flow_texts(name, content)
    refused = await in_thread(_save_each, engine, texts)
    if refused and flag(request, "failOnError"):
        raise HTTPException(422, "; ".join(f"{name}: {reason}" for name, reason in refused.items()))
    return JsonAnswer(list(refused))


@router.post("/export/by-ids")
async def export_flows(request: Request, engine: TheEngine) -> Response:
    """Return the chosen flows as a zip file."""
    chosen = _ids(read_document(await body_text(request)).data)
    rows = await in_thread(lambda: [engine.flow_row(namespace, flow_id) for namespace, flow_id in chosen])
    return _zip(rows)


@router.get("/export/by-query")
async def export_found(request: Request, engine: TheEngine) -> Response:
    """Return the flows found as a zip file."""
    search = read_search(request)
    page = await in_thread(find_flows, engine, Search(1, 1_000_000, (), search.conditions))
    return _zip(page.results)


@router.post("/bulk")
async def save_many(request: Request, engine: TheEngine) -> Response:
    """Create or update every document of the body; nothing is saved when one is invalid."""
    rows = await in_thread(_save_all, engine, await body_text(request), request.query_params.get("namespace"))
    return JsonAnswer(await in_thread(lambda: [flow_json(row, source=True) for row in rows]))


@router.post("/{namespace}")
async def synchronise_namespace(namespace: str, request: Request, engine: TheEngine) -> Response:
    """Make the namespace hold exactly these flows; `delete=false` keeps the others."""
    source = await body_text(request)
    rows = await in_thread(_save_all, engine, source, namespace)
    if flag(request, "delete", default=True):
        await in_thread(_delete_others, engine, namespace, {row.id for row in rows})
    return JsonAnswer(await in_thread(lambda: [flow_json(row, source=True) for row in rows]))


@router.get("/{namespace}")
async def list_flows(namespace: str, engine: TheEngine) -> Response:
    """List the flows of a namespace."""
    rows = await in_thread(engine.store.flows.latest)
    return JsonAnswer([flow_json(row) for row in rows if row.namespace == namespace])


@router.get("/{namespace}/{flow_id}")
async def get_flow(namespace: str, flow_id: str, request: Request, engine: TheEngine) -> Response:
    """Return a flow, with its text when `source=true`."""
    revision = integer(request, "revision")
    row = await in_thread(engine.store.flows.get, namespace, flow_id, revision)
    if row is None or (row.deleted and not flag(request, "allowDeleted")):
        raise NotFound(f"Flow {namespace}.{flow_id} does not exist")
    return JsonAnswer(await in_thread(flow_json, row, source=flag(request, "source")))


@router.put("/{namespace}/{flow_id}")
async def update_flow(namespace: str, flow_id: str, request: Request, engine: TheEngine) -> Response:
    """Update a flow; 404 when it does not exist, 422 when the text is another flow."""
    source = await body_text(request)
    await in_thread(engine.flow_row, namespace, flow_id)
    try:
        row = await in_thread(engine.save, source, mode="update", expected=(namespace, flow_id))
    except Conflict as error:
        raise HTTPException(422, error.message) from error
    return JsonAnswer(await in_thread(flow_json, row, source=True))


@router.delete("/{namespace}/{flow_id}")
async def delete_flow(namespace: str, flow_id: str, engine: TheEngine) -> Response:
    """Delete a flow; its executions stay."""
    await in_thread(engine.delete_flow, namespace, flow_id)
    return Response(status_code=204)


@router.get("/{namespace}/{flow_id}/revisions")
async def list_revisions(namespace: str, flow_id: str, engine: TheEngine) -> Response:
    """List all revisions with their texts, oldest first."""
    rows = await in_thread(engine.store.flows.revisions, namespace, flow_id)
    if not rows:
        raise NotFound(f"Flow {namespace}.{flow_id} does not exist")
    return JsonAnswer(await in_thread(lambda: [flow_json(row, source=True) for row in rows]))


@router.get("/{namespace}/{flow_id}/tasks/{task_id}")
async def get_task(
    namespace: str, flow_id: str, task_id: str, request: Request, engine: TheEngine
) -> Response:
    """Return one task as written, nested ones included."""
    row = await in_thread(engine.flow_row, namespace, flow_id, integer(request, "revision"))
    found = _task(read_document(row.source).data, task_id)
    if found is None:
        raise NotFound(f"Flow {namespace}.{flow_id} has no task {task_id}")
    return JsonAnswer(found)


def find_flows(engine: Engine, search: Search) -> Page[FlowRow]:
    """Search flows by what the store can find."""
    handled = {("q", "EQUALS"), ("q", "CONTAINS"), ("namespace", "EQUALS"), ("namespace", "PREFIX"),
               ("namespace", "STARTS_WITH"), ("labels", "EQUALS"), ("scope", "EQUALS")}  # fmt: skip
    rest = search.without(handled)
    page = engine.store.flows.search(
        text=search.take("q", "EQUALS", "CONTAINS"),
        namespace=search.take("namespace", "EQUALS"),
        prefix=search.take("namespace", "PREFIX", "STARTS_WITH"),
        labels=search.labels or None,
        sort=[(_SORT.get(field, field), down) for field, down in search.sort if field in _SORT],
        offset=0 if rest else search.offset,
        limit=1_000_000 if rest else search.size,
    )
    if not rest:
        return page
    rows = [row for row in page.results if all(c.holds(_field(row, c.field)) for c in rest)]
    return Page(rows[search.offset : search.offset + search.size], len(rows))


_SORT = {"id": "id", "flowId": "id", "namespace": "namespace", "updated": "updated"}


def _field(row: FlowRow, field: str) -> Json:
    values: dict[str, Json] = {
        "flowId": row.id,
        "id": row.id,
        "namespace": row.namespace,
        "labels": row.labels,
        "flowRevision": row.revision,
        "q": f"{row.namespace}.{row.id}",
    }
    if field not in values:
        raise HTTPException(400, f"filters: flows have no field '{field}'")
    return values[field]


def _save_each(engine: Engine, texts: list[tuple[str, str]]) -> dict[str, str]:
    refused: dict[str, str] = {}
    for name, text in texts:
        try:
            engine.save(text)
        except FlowsmithError as error:
            refused[_name_of(text) or name] = error.message
    return refused


def _name_of(text: str) -> str | None:
    try:
        data = read_document(text).data
    except SourceError:
        return None
    named = isinstance(data, dict) and data.get("id")
    return f"{data.get('namespace')}.{data['id']}" if named else None


def _save_all(engine: Engine, text: str, namespace: str | None) -> list[FlowRow]:
    parts = [part.text for part in split_documents(text)]
    for number, part in enumerate(parts):
        checked = engine.check(part)
        if checked.flow is None:
            engine.save(part)
        elif namespace and checked.flow.namespace != namespace:
            raise HTTPException(
                422, f"Document {number}: namespace is {checked.flow.namespace}, not {namespace}"
            )
    return [engine.save(part) for part in parts]


def _delete_others(engine: Engine, namespace: str, kept: set[str]) -> None:
    for row in engine.store.flows.latest():
        if row.namespace == namespace and row.id not in kept:
            engine.delete_flow(namespace, row.id)


def _ids(data: Json) -> list[tuple[str, str]]:
    if not isinstance(data, list) or not all(isinstance(d, dict) and "id" in d for d in data):
        raise HTTPException(422, 'Send a JSON list like [{"namespace": "demo", "id": "hello"}]')
    return [(str(item.get("namespace")), str(item["id"])) for item in data]


def _zip(rows: list[FlowRow]) -> Response:
    return Response(
        zip_flows(rows),
        media_type="application/octet-stream",
        headers={"Content-Disposition": 'attachment; filename="flows.zip"'},
    )


def _task(value: Json, task_id: str) -> Json | None:
    if isinstance(value, dict):
        if value.get("id") == task_id and isinstance(value.get("type"), str) and "." in value["type"]:
            return value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            found = _task(item, task_id)
            if found is not None:
                return found
    return None


def _source_rows(engine: Engine, search: Search) -> dict[str, Json]:
    words = (search.take("q", "EQUALS", "CONTAINS") or "").lower()
    prefix = search.take("namespace", "PREFIX", "EQUALS", "STARTS_WITH") or ""
    rows = []
    for row in engine.store.flows.latest():
        in_namespace = not prefix or row.namespace == prefix or row.namespace.startswith(f"{prefix}.")
        if in_namespace and words in row.source.lower():
            rows.append(row)
    shown = rows[search.offset : search.offset + search.size]
    return {"results": [_source_row(row, words) for row in shown], "total": len(rows)}


def _source_row(row: FlowRow, words: str) -> dict[str, Json]:
    fragments = []
    for line in row.source.splitlines():
        at = line.lower().find(words) if words else -1
        if at >= 0:
            end = at + len(words)
            fragments.append(f"{line[:at]}[mark]{line[at:end]}[/mark]{line[end:]}".strip())
    return {
        "model": flow_json(row),
        "fragments": fragments[:10],
        "namespace": row.namespace,
        "id": row.id,
        "editable": True,
        "matches": fragments[:10],
    }
