"""Triggers: what starts flows by itself, and when next; switched, unlocked, backfilled."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.access import TheEngine
from api.answer import JsonAnswer
from api.body import json_body, json_map
from api.paging import flag, integer, moment, read_search
from api.thread import in_thread
from api.trigger_row import Row, found_rows, key_of, keys_of, named_rows, sorted_rows, state_json
from engine.engine import Engine
from engine.errors import Conflict, NotFound
from engine.model.id import new_id
from engine.model.json import Json
from engine.model.moment import to_text
from engine.storage.ports import TriggerState
from engine.triggers.backfill import Backfill
from engine.triggers.entry import Key

router = APIRouter(prefix="/triggers", tags=["triggers"])

Act = Callable[[Engine, Key], object]


# -- reading


@router.get("/search")
async def search_triggers(request: Request, engine: TheEngine) -> Response:
    """List triggers with their declarations and states."""
    search = read_search(request)
    rows = sorted_rows(await in_thread(found_rows, engine, search), search)
    shown = [row.both for row in rows[search.offset : search.offset + search.size]]
    return JsonAnswer({"results": shown, "total": len(rows)})


@router.get("/export/by-query/csv")
async def export_triggers(request: Request, engine: TheEngine) -> Response:
    """Return the triggers a filter finds as CSV."""
    rows = await in_thread(found_rows, engine, read_search(request))
    return Response(_csv(rows), media_type="text/csv")


@router.get("/{namespace}/{flow_id}")
async def flow_triggers(namespace: str, flow_id: str, request: Request, engine: TheEngine) -> Response:
    """List the triggers of a flow, one flat row each."""
    search = read_search(request)
    rows = await in_thread(found_rows, engine, search, (namespace, flow_id))
    flat = [row.flat for row in sorted_rows(rows, search)]
    return JsonAnswer({"results": flat[search.offset : search.offset + search.size], "total": len(flat)})


@router.get("/{namespace}/{flow_id}/{trigger_id}")
async def get_trigger(namespace: str, flow_id: str, trigger_id: str, engine: TheEngine) -> Response:
    """Return the state of a trigger."""
    return await _state(engine, await in_thread(engine.triggers.get, (namespace, flow_id, trigger_id)))


@router.get("/{namespace}/{flow_id}/{trigger_id}/dates")
async def next_dates(
    namespace: str, flow_id: str, trigger_id: str, request: Request, engine: TheEngine
) -> Response:
    """Return the next dates of a schedule that fulfil its conditions; `count` of them, 10 by default."""
    count = min(integer(request, "count") or 10, 1000)
    dates = await in_thread(engine.triggers.upcoming, (namespace, flow_id, trigger_id), count)
    return JsonAnswer({"results": [to_text(date) for date in dates], "total": len(dates)})


# -- one trigger


@router.put("")
async def update_trigger(request: Request, engine: TheEngine) -> Response:
    """Switch a trigger off or on with `disabled`, or start a backfill with `backfill`."""
    body = await json_map(request)
    key = key_of(body)
    if body.get("backfill") is not None:
        return await _state(engine, await in_thread(engine.triggers.backfill, key, _backfill(body)))
    if not isinstance(body.get("disabled"), bool):
        raise HTTPException(422, "Say what to change: `disabled` (true or false) or `backfill`")
    return await _state(engine, await in_thread(engine.triggers.set_disabled, key, body["disabled"]))


@router.put("/set-disabled")
async def set_disabled(request: Request, engine: TheEngine) -> Response:
    """Switch a trigger off or on."""
    body = await json_map(request)
    if not isinstance(body.get("disabled"), bool):
        raise HTTPException(422, "disabled: say true or false")
    state = await in_thread(engine.triggers.set_disabled, key_of(body), body["disabled"])
    return await _state(engine, state)


@router.put("/backfill/create")
async def create_backfill(request: Request, engine: TheEngine) -> Response:
    """Start a backfill; `parallel` (1 when left out) says how many executions may run at once."""
    body = await json_map(request)
    return await _state(engine, await in_thread(engine.triggers.backfill, key_of(body), _backfill(body)))


@router.put("/backfill/pause")
async def pause_backfill(request: Request, engine: TheEngine) -> Response:
    """Hold a backfill."""
    key = key_of(await json_map(request))
    return await _state(engine, await in_thread(engine.triggers.pause_backfill, key, True))


@router.put("/backfill/unpause")
async def unpause_backfill(request: Request, engine: TheEngine) -> Response:
    """Let a backfill go on."""
    key = key_of(await json_map(request))
    return await _state(engine, await in_thread(engine.triggers.pause_backfill, key, False))


@router.post("/backfill/delete")
async def delete_backfill(request: Request, engine: TheEngine) -> Response:
    """End a backfill; the execution that runs goes on."""
    key = key_of(await json_map(request))
    return await _state(engine, await in_thread(engine.triggers.cancel_backfill, key))


@router.post("/{namespace}/{flow_id}/{trigger_id}/unlock")
async def unlock(namespace: str, flow_id: str, trigger_id: str, engine: TheEngine) -> Response:
    """Let a trigger fire again though an execution it started has not ended."""
    return await _state(engine, await in_thread(engine.triggers.unlock, (namespace, flow_id, trigger_id)))


@router.post("/{namespace}/{flow_id}/{trigger_id}/restart")
async def restart(namespace: str, flow_id: str, trigger_id: str, engine: TheEngine) -> Response:
    """Look at a trigger again now; nothing has to be restarted, so the state comes back as it is."""
    key = (namespace, flow_id, trigger_id)
    state = await in_thread(engine.triggers.get, key)
    engine.scheduler.changed(*key)
    return await _state(engine, state)


@router.delete("/{namespace}/{flow_id}/{trigger_id}", status_code=204)
async def delete_trigger(namespace: str, flow_id: str, trigger_id: str, engine: TheEngine) -> Response:
    """Forget the state of a trigger its flow does not have any more."""
    await in_thread(engine.triggers.forget, (namespace, flow_id, trigger_id))
    return Response(status_code=204)


# -- many triggers

MANY: dict[str, Act] = {
    "unlock": lambda engine, key: engine.triggers.unlock(key),
    "backfill/pause": lambda engine, key: engine.triggers.pause_backfill(key, True),
    "backfill/unpause": lambda engine, key: engine.triggers.pause_backfill(key, False),
    "backfill/delete": lambda engine, key: engine.triggers.cancel_backfill(key),
    "delete": lambda engine, key: engine.triggers.forget(key),
}


@router.post("/set-disabled/by-triggers")
async def disable_named(request: Request, engine: TheEngine) -> Response:
    """Switch the named triggers off or on."""
    body = await json_map(request)
    if not isinstance(body.get("disabled"), bool):
        raise HTTPException(422, "disabled: say true or false")
    return await in_thread(_all, engine, keys_of(body), _switch(body["disabled"]))


@router.post("/set-disabled/by-query")
async def disable_found(request: Request, engine: TheEngine) -> Response:
    """Switch the triggers a filter finds off or on."""
    off = flag(request, "disabled", default=True)
    keys = await in_thread(named_rows, engine, request, frozenset({"disabled"}))
    return await in_thread(_all, engine, keys, _switch(off))


def _add_many(verb: str, act: Act) -> None:
    method = "DELETE" if verb == "delete" else "POST"
    name = verb.replace("/", "_")

    async def named(request: Request, engine: TheEngine) -> Response:
        return await in_thread(_all, engine, keys_of(await json_body(request)), act)

    async def found(request: Request, engine: TheEngine) -> Response:
        return await in_thread(_all, engine, await in_thread(named_rows, engine, request), act)

    for path, endpoint, what in (("by-triggers", named, "named"), ("by-query", found, "found")):
        router.add_api_route(
            f"/{verb}/{path}",
            endpoint,
            methods=[method],
            name=f"{name}_{what}",
            summary=f"{verb.replace('/', ' ').capitalize()}: the triggers that are {what}",
        )


for _verb, _act in MANY.items():
    _add_many(_verb, _act)


def _switch(off: bool) -> Act:
    return lambda engine, key: engine.triggers.set_disabled(key, off)


def _all(engine: Engine, keys: list[Key], act: Act) -> Response:
    """Do it to each that it fits; `count` says how many those were."""
    count = 0
    for key in keys:
        try:
            act(engine, key)
            count += 1
        except (Conflict, NotFound):
            continue
    return JsonAnswer({"count": count, "operationId": new_id(), "totalItems": len(keys)})


# -- forms


async def _state(engine: Engine, state: TriggerState) -> Response:
    return JsonAnswer(await in_thread(state_json, engine, state))


def _backfill(body: dict[str, Json]) -> Backfill:
    given = body.get("backfill")
    if not isinstance(given, dict) or not given.get("start"):
        raise HTTPException(422, "backfill: give a `start`, like 2026-01-02T03:04:05Z")
    parallel = given.get("parallel", 1)
    if isinstance(parallel, bool) or not isinstance(parallel, int):
        raise HTTPException(422, f"backfill.parallel: '{parallel}' is not a whole number")
    return Backfill(
        start=_moment(given["start"]),
        end=_moment(given["end"]) if given.get("end") else None,
        inputs=_map(given.get("inputs"), "inputs"),
        labels=_map(given.get("labels"), "labels"),
        parallel=parallel,
        paused=bool(given.get("paused", False)),
    )


def _moment(text: Json) -> datetime:
    return moment(str(text))


def _map(given: Json, name: str) -> dict[str, Json]:
    """Read a map, or the list of `{key, value}` labels are sent as."""
    if isinstance(given, list) and all(isinstance(one, dict) and one.get("key") for one in given):
        return {str(one["key"]): one.get("value", "") for one in given}
    if given is None or isinstance(given, dict):
        return given or {}
    raise HTTPException(422, f"backfill.{name}: send a map of names to values")


def _csv(rows: list[Row]) -> str:
    text = io.StringIO()
    names = ("namespace", "flowId", "triggerId", "type", "disabled", "nextExecutionDate", "lastTriggeredDate")
    writer = csv.writer(text)
    writer.writerow(names)
    for row in rows:
        writer.writerow([_safe(str(row.flat.get(name) or "")) for name in names])
    return text.getvalue()


def _safe(cell: str) -> str:
    """Keep spreadsheets from reading a cell as a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell
