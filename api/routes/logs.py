"""Logs of executions: listed, downloaded, followed, searched, removed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from itertools import chain
from typing import Any

from fastapi import APIRouter, Request
from sse_starlette import ServerSentEvent
from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse

from api.access import TheEngine, TheFollowers
from api.answer import JsonAnswer
from api.attachment import attachment
from api.follow import at_least, follow_logs
from api.followers import Followers, Stopping
from api.paging import Search, integer, read_search
from api.shape import log_json
from api.sse import comment, farewell, frame, stream
from api.thread import in_thread
from engine.engine import Engine
from engine.errors import NotFound
from engine.model.log import Level, LogEntry
from engine.model.moment import to_text
from engine.storage.ports import Page

router = APIRouter(prefix="/logs", tags=["logs"])


@router.get("/search")
async def search_logs(request: Request, engine: TheEngine) -> Response:
    """Find log entries of all executions, newest first unless sorted otherwise."""
    page = await in_thread(_found, engine, read_search(request))
    return JsonAnswer({"results": [log_json(one) for one in page.results], "total": page.total})


@router.get("/{execution_id}")
async def list_logs(execution_id: str, request: Request, engine: TheEngine) -> Response:
    """List the entries of an execution, oldest first."""
    entries = await in_thread(_of_execution, engine, execution_id, request)
    return JsonAnswer([log_json(entry) for entry in entries])


@router.get("/{execution_id}/download")
async def download_logs(execution_id: str, request: Request, engine: TheEngine) -> Response:
    """Return the log as text, one line for an entry; empty while there is none."""
    pages = _pages(engine, execution_id, request)
    # Read before the answer begins, so that what cannot be read is answered with an error.
    first: list[LogEntry] = await in_thread(next, pages)
    return StreamingResponse(
        (_text(page) for page in chain([first], pages)),
        media_type="text/plain; charset=utf-8",
        headers=attachment(f"{execution_id}.log"),
    )


def _pages(engine: Engine, execution_id: str, request: Request) -> Iterator[list[LogEntry]]:
    """Yield the entries page by page: the log of a long execution need not fit into memory."""
    chosen = _chosen(request)
    last = 0
    while True:
        page = engine.store.executions.logs(
            execution_id=execution_id, after_index=last, limit=_PAGE, **chosen
        ).results
        yield page
        if len(page) < _PAGE:
            return
        last = page[-1].index


def _text(page: list[LogEntry]) -> str:
    return "".join(f"{to_text(entry.timestamp)} {entry.level} {entry.message}\n" for entry in page)


_PAGE = 1_000


@router.get("/{execution_id}/follow")
async def follow(execution_id: str, request: Request, followers: TheFollowers) -> Response:
    """Stream the entries, those stored first; ends with the execution."""
    followers.refuse_if_full()
    return stream(_frames(followers, execution_id, _level(request)))


async def _frames(
    followers: Followers, execution_id: str, minimum: Level | None
) -> AsyncIterator[ServerSentEvent]:
    yield frame("start", {})
    try:
        async for entry in follow_logs(followers, execution_id, at_least(minimum)):
            yield comment() if entry is None else frame("progress", log_json(entry))
    except NotFound as error:
        yield frame("error", {"executionId": execution_id, "message": error.message})
    except Stopping:
        yield farewell()


@router.delete("/{execution_id}")
async def delete_logs(execution_id: str, request: Request, engine: TheEngine) -> Response:
    """Remove the entries of an execution."""
    await in_thread(
        engine.store.executions.delete_logs,
        execution_id=execution_id,
        min_level=_level(request),
        task_id=request.query_params.get("taskId"),
    )
    return Response(status_code=204)


@router.delete("/{namespace}/{flow_id}")
async def delete_flow_logs(namespace: str, flow_id: str, engine: TheEngine) -> Response:
    """Remove the entries of all executions of a flow."""
    await in_thread(engine.store.executions.delete_logs, namespace=namespace, flow_id=flow_id)
    return Response(status_code=204)


def _of_execution(engine: Engine, execution_id: str, request: Request) -> list[LogEntry]:
    return engine.store.executions.logs(execution_id=execution_id, **_chosen(request)).results


def _chosen(request: Request) -> dict[str, Any]:
    """Return which entries a query asks for."""
    query = request.query_params
    return {
        "min_level": _level(request),
        "task_id": query.get("taskId"),
        "task_run_id": query.get("taskRunId"),
        "attempt": integer(request, "attempt") if query.get("attempt") != "0" else 0,
    }


def _found(engine: Engine, search: Search) -> Page[LogEntry]:
    newest_first = next((down for field, down in search.sort if field == "timestamp"), True)
    return engine.store.executions.logs(
        execution_id=search.take("executionId", "EQUALS") or search.take("triggerExecutionId", "EQUALS"),
        namespace=search.take("namespace", "EQUALS", "PREFIX", "STARTS_WITH"),
        flow_id=search.take("flowId", "EQUALS"),
        task_id=search.take("taskId", "EQUALS"),
        task_run_id=search.take("taskRunId", "EQUALS"),
        min_level=_as_level(search.take("level", *_WORSE) or search.take("minLevel", *_WORSE)),
        text=search.take("q", "EQUALS", "CONTAINS"),
        started_after=search.since,
        started_before=search.until,
        newest_first=newest_first,
        offset=search.offset,
        limit=search.size,
    )


_WORSE = ("EQUALS", "GREATER_THAN_OR_EQUAL_TO")


def _level(request: Request) -> Level | None:
    return _as_level(request.query_params.get("minLevel") or request.query_params.get("level"))


def _as_level(text: str | None) -> Level | None:
    if not text:
        return None
    try:
        return Level(text.upper())
    except ValueError:
        raise HTTPException(400, f"'{text}' is not a level; use TRACE, DEBUG, INFO, WARN or ERROR") from None
