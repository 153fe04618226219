"""Executions: started, followed, steered, read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from functools import partial

from fastapi import APIRouter, Request
from sse_starlette import ServerSentEvent
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.access import TheEngine, TheFollowers, TheWiring
from api.admission import only_waits, refuse_if_behind
from api.answer import JsonAnswer
from api.breakpoint import breakpoints_of
from api.find import find_executions
from api.follow import follow_execution, is_over, wait_end
from api.followers import Followers, Stopping
from api.form import inputs_of, read_form
from api.inspect import check_inputs
from api.once import HEADER, start_once
from api.paging import MAX_SIZE, flag, integer, label, moment, read_search
from api.preview import file_answer, file_of, preview
from api.shape import execution_json
from api.sse import farewell, frame, stream
from api.tenant import TENANT
from api.thread import in_thread
from engine.engine import Engine
from engine.errors import NotFound
from engine.executor.start import Birth
from engine.model.execution import Execution
from engine.model.label import CORRELATION_ID, SYSTEM_PREFIX, Labels
from engine.storage.ports import ExecutionQuery

router = APIRouter(prefix="/executions", tags=["executions"])

MAX_WAIT_SECONDS = 3600.0


@router.get("/search")
async def search_executions(request: Request, engine: TheEngine) -> Response:
    """Find executions, newest first; `taskRuns=false` leaves their task runs out, for lists."""
    search = read_search(request, groups=True)
    task_runs = flag(request, "taskRuns", default=True)
    page = await in_thread(find_executions, engine.store.executions, search, task_runs=task_runs)
    return JsonAnswer({"results": [execution_json(one) for one in page.results], "total": page.total})


@router.get("")
async def list_executions(request: Request, engine: TheEngine) -> Response:
    """List the executions of a flow, newest first; `sort` has no meaning here."""
    query = request.query_params
    page_number, size = integer(request, "page") or 1, min(integer(request, "size") or 10, MAX_SIZE)
    wanted = ExecutionQuery(
        namespace=query.get("namespace"),
        flow_id=query.get("flowId"),
        offset=(page_number - 1) * size,
        limit=size,
    )
    page = await in_thread(engine.store.executions.search, wanted, task_runs=True)
    return JsonAnswer({"results": [execution_json(one) for one in page.results], "total": page.total})


@router.get("/namespaces")
async def execution_namespaces(engine: TheEngine) -> Response:
    """List the namespaces with flows."""
    return JsonAnswer(sorted({row.namespace for row in await in_thread(engine.store.flows.latest)}))


@router.post("/trigger/{namespace}/{flow_id}", deprecated=True)
@router.post("/{namespace}/{flow_id}")
async def create_execution(namespace: str, flow_id: str, request: Request, wiring: TheWiring) -> Response:
    """Start a flow. The body is a multipart form of inputs, or nothing; `wait=true` answers at the end.

    The same `Idempotency-Key` header starts the flow once and answers the same execution for a day.
    """
    engine = wiring.engine
    waits = flag(request, "wait")
    refuse_if_behind(wiring)
    if waits:
        wiring.followers.refuse_if_full()
    labels = _labels(request)
    date = request.query_params.get("scheduleDate")
    revision = integer(request, "revision")
    async with read_form(request) as form:
        flow = await in_thread(engine.flow, namespace, flow_id, revision)
        prepare = partial(
            engine.starter.prepare,
            namespace,
            flow_id,
            inputs=inputs_of(form, flow),
            labels=labels,
            revision=revision,
            schedule_date=moment(date) if date else None,
            kind=request.query_params.get("kind", "NORMAL"),
            breakpoints=breakpoints_of(request, flow) or (),
        )
        execution = await in_thread(
            _start, engine, f"{namespace}.{flow_id}", request.headers.get(HEADER), prepare
        )
    if waits:
        only_waits(request)
        execution = await wait_end(wiring.followers, execution.id, MAX_WAIT_SECONDS)
    base = str(request.base_url).rstrip("/")
    url = f"{base}/ui/{TENANT}/executions/{namespace}/{flow_id}/{execution.id}"
    return JsonAnswer({**execution_json(execution), "url": url})


@router.post("/{namespace}/{flow_id}/validate")
async def validate_inputs(namespace: str, flow_id: str, request: Request, engine: TheEngine) -> Response:
    """Check values for the inputs without running; every input with its value and errors."""
    _labels(request)
    async with read_form(request) as form:
        flow = await in_thread(engine.flow, namespace, flow_id, integer(request, "revision"))
        return JsonAnswer(await in_thread(check_inputs, engine, flow, inputs_of(form, flow)))


@router.get("/{execution_id}")
async def get_execution(execution_id: str, engine: TheEngine) -> Response:
    """Return an execution with its task runs."""
    return JsonAnswer(execution_json(await in_thread(engine.execution, execution_id)))


@router.delete("/{execution_id}")
async def delete_execution(execution_id: str, request: Request, engine: TheEngine) -> Response:
    """Remove an ended execution, its logs and its files."""
    await in_thread(
        engine.delete_execution,
        execution_id,
        logs=flag(request, "deleteLogs", default=True),
        files=flag(request, "deleteStorage", default=True),
    )
    return Response(status_code=204)


@router.get("/{execution_id}/follow")
async def follow(execution_id: str, followers: TheFollowers) -> Response:
    """Stream the execution at every change until it has ended."""
    followers.refuse_if_full()
    return stream(_frames(followers, execution_id))


async def _frames(followers: Followers, execution_id: str) -> AsyncIterator[ServerSentEvent]:
    yield frame("start", {"id": execution_id})
    try:
        async for execution in follow_execution(followers, execution_id):
            yield frame("end" if is_over(execution) else "progress", execution_json(execution))
    except NotFound as error:
        yield frame("error", {"id": execution_id, "message": error.message})
    except Stopping:
        yield farewell()


@router.get("/{execution_id}/file")
async def download(execution_id: str, path: str, engine: TheEngine) -> Response:
    """Return a file of the execution."""
    return await in_thread(_download, engine, execution_id, path)


@router.get("/{execution_id}/file/metas")
async def metas(execution_id: str, path: str, engine: TheEngine) -> Response:
    """Return the size of a file of the execution."""
    execution = await in_thread(engine.execution, execution_id)
    info = await in_thread(lambda: engine.files.info(file_of(execution, path)))
    return JsonAnswer({"size": info.size})


@router.get("/{execution_id}/file/preview")
async def show(execution_id: str, path: str, request: Request, engine: TheEngine) -> Response:
    """Return the first rows of a file, read by its extension."""
    rows = integer(request, "maxRows") or 100
    encoding = request.query_params.get("encoding", "utf-8")
    execution = await in_thread(engine.execution, execution_id)
    return JsonAnswer(await in_thread(preview, engine.files, file_of(execution, path), rows, encoding))


def _start(engine: Engine, of: str, key: str | None, prepare: Callable[[], Birth]) -> Execution:
    if key:
        return start_once(engine, of, key, prepare)
    return engine.executor.submit(prepare())


def _download(engine: Engine, execution_id: str, path: str) -> Response:
    return file_answer(engine.files, file_of(engine.execution(execution_id), path))


def _labels(request: Request) -> Labels:
    labels: Labels = {}
    for text in request.query_params.getlist("labels"):
        key, value = label(text)
        if key.startswith(SYSTEM_PREFIX) and key != CORRELATION_ID:
            raise HTTPException(
                422, f"labels: '{key}' is set by the service; only {CORRELATION_ID} may be given"
            )
        labels[key] = value
    return labels
