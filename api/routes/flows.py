"""Flows: saved as text, read back byte for byte."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.access import TheEngine, body_text
from api.answer import JsonAnswer
from api.branching import written_tasks
from api.find_flow import find_flows
from api.flow_set import delete_others, save_all
from api.paging import flag, integer, read_search
from api.routes.flow_sets import saved_answer
from api.shape import finding_json, flow_json
from api.thread import in_thread
from api.violation import deprecations, part_violation, posted_texts, violations
from engine.errors import Conflict, NotFound

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
    search = read_search(request, groups=True)
    page = await in_thread(find_flows, engine, search)
    rows = await in_thread(lambda: [flow_json(row) for row in page.results])
    return JsonAnswer({"results": rows, "total": page.total})


@router.get("/distinct-namespaces")
async def distinct_namespaces(engine: TheEngine, q: str = "") -> Response:
    """List the namespaces flows live in."""
    rows = await in_thread(engine.store.flows.latest)
    return JsonAnswer(sorted({row.namespace for row in rows if row.namespace.startswith(q)}))


@router.get("/deprecated")
async def deprecated_flows(engine: TheEngine, namespace: str = "") -> Response:
    """List the flows that use something deprecated, with the places."""
    return JsonAnswer(await in_thread(deprecations, engine, namespace))


@router.post("/validate/task")
async def validate_task(request: Request, engine: TheEngine) -> Response:
    """Validate one task, or one trigger with `section=TRIGGERS`, given as JSON or YAML."""
    section = request.query_params.get("section", "TASKS").lower()
    return JsonAnswer(await in_thread(part_violation, engine, await body_text(request), section))


@router.post("/validate/trigger")
async def validate_trigger(request: Request, engine: TheEngine) -> Response:
    """Validate one trigger, given as JSON or YAML."""
    return JsonAnswer(await in_thread(part_violation, engine, await body_text(request), "triggers"))


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


@router.post("/{namespace}")
async def synchronise_namespace(namespace: str, request: Request, engine: TheEngine) -> Response:
    """Make the namespace hold exactly these flows; `delete=false` keeps the others.

    `override=true` puts flows of other namespaces into this one.
    """
    override = flag(request, "override")
    rows = await in_thread(save_all, engine, await body_text(request), namespace, override=override)
    if flag(request, "delete", default=True):
        await in_thread(delete_others, engine, namespace, rows)
    return await saved_answer(rows)


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


@router.delete("/{namespace}/{flow_id}/revisions")
async def delete_revisions(namespace: str, flow_id: str, request: Request, engine: TheEngine) -> Response:
    """Delete old revisions, like `revisions=1,2`; 409 for the latest, which is the flow itself.

    Executions of a deleted revision stay, but cannot be restarted or replayed in it.
    """
    wanted = _revisions(request)
    rows = await in_thread(engine.store.flows.revisions, namespace, flow_id)
    if not rows:
        raise NotFound(f"Flow {namespace}.{flow_id} does not exist")
    if rows[-1].revision in wanted:
        raise Conflict(
            f"Revision {rows[-1].revision} is the latest of {namespace}.{flow_id}; delete the flow instead"
        )
    missing = wanted - {row.revision for row in rows}
    if missing:
        raise NotFound(f"Flow {namespace}.{flow_id} has no revision {', '.join(map(str, sorted(missing)))}")
    await in_thread(engine.store.flows.delete_revisions, namespace, flow_id, wanted)
    return Response(status_code=204)


def _revisions(request: Request) -> set[int]:
    texts = [part.strip() for text in request.query_params.getlist("revisions") for part in text.split(",")]
    if not texts or not all(text.isascii() and text.isdigit() for text in texts):
        raise HTTPException(422, "revisions: say which to delete, like ?revisions=1,2")
    return {int(text) for text in texts}


@router.get("/{namespace}/{flow_id}/tasks/{task_id}")
async def get_task(
    namespace: str, flow_id: str, task_id: str, request: Request, engine: TheEngine
) -> Response:
    """Return one task as written, nested ones included."""
    row = await in_thread(engine.flow_row, namespace, flow_id, integer(request, "revision"))
    found = written_tasks(row.source).get(task_id)
    if found is None:
        raise NotFound(f"Flow {namespace}.{flow_id} has no task {task_id}")
    return JsonAnswer(found)
