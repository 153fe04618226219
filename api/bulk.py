"""One action on many executions: on all of them, or on none when it does not fit one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.answer import JsonAnswer
from api.error import Problem
from api.find import SCAN, find_executions
from api.paging import FLAT, read_search
from engine.engine import Engine
from engine.errors import NotFound
from engine.model.execution import Execution
from engine.model.id import new_id
from engine.model.json import Json
from engine.model.label import SYSTEM_PREFIX
from engine.model.state import State

Arguments = dict[str, Json]


@dataclass(frozen=True, slots=True)
class Action:
    """What to do, when it fits, and how to say what it needs."""

    run: Callable[[Engine, Execution, Arguments], object]
    fits: Callable[[Execution], bool]
    needs: str


def _waits(one: Execution) -> bool:
    return one.state in (State.CREATED, State.QUEUED, State.PAUSED)


def _failed(one: Execution) -> bool:
    return one.state is State.PAUSED or (one.state.ended and one.state is not State.SUCCESS)


ACTIONS: dict[str, Action] = {
    "kill": Action(lambda e, one, _: e.kill(one.id), lambda one: not one.state.ended, "running"),
    "pause": Action(lambda e, one, _: e.pause(one.id), lambda one: one.state is State.RUNNING, "RUNNING"),
    "resume": Action(lambda e, one, _: e.resume(one.id), lambda one: one.state is State.PAUSED, "PAUSED"),
    "restart": Action(lambda e, one, _: e.restart(one.id), _failed, "ended without success, or PAUSED"),
    "replay": Action(
        lambda e, one, given: e.replay(one.id, revision=_latest(e, one) if given["latest"] else None),
        lambda one: True,
        "there",
    ),
    "force-run": Action(lambda e, one, _: e.force_run(one.id), _waits, "waiting"),
    "unqueue": Action(
        lambda e, one, given: e.unqueue(one.id, _state(given["state"] or "RUNNING")),
        lambda one: one.state is State.QUEUED,
        "QUEUED",
    ),
    "change-status": Action(
        lambda e, one, given: e.change_status(one.id, _state(given["state"])),
        lambda one: one.state.ended,
        "ended",
    ),
    "labels": Action(
        lambda e, one, given: e.set_labels(one.id, {**_own(one), **_pairs(given["labels"])}),
        lambda one: one.state.ended,
        "ended",
    ),
    "delete": Action(
        lambda e, one, given: e.delete_execution(one.id, logs=given["logs"], files=given["files"]),
        lambda one: one.state.ended,
        "ended",
    ),
}


def act_on_all(engine: Engine, verb: str, ids: list[str], given: Arguments) -> Response:
    """Do it, or answer with the executions it does not fit."""
    action = ACTIONS[verb]
    if verb == "change-status":
        _state(given["state"])
    if verb == "labels":
        _pairs(given["labels"])
    found, invalid = [], []
    for execution_id in ids:
        try:
            one = engine.execution(execution_id)
        except NotFound as error:
            invalid.append({"id": execution_id, "message": error.message})
            continue
        found.append(one)
        if not action.fits(one):
            invalid.append({"id": one.id, "message": f"It is {one.state}; it must be {action.needs}"})
    if invalid:
        return _refused(verb, invalid)
    for one in found:
        action.run(engine, one, given)
    return JsonAnswer({"count": len(found), "operationId": new_id(), "totalItems": len(found)})


def found_ids(engine: Engine, request: Request) -> list[str]:
    """Return the ids a filter finds; raises 400 when there is no filter, or one that is not understood."""
    known = FLAT | _OPTIONS
    strange = [name for name in request.query_params if name not in known and not name.startswith("filters[")]
    if strange:
        raise HTTPException(400, f"Parameter '{strange[0]}' is not understood, so nothing was changed")
    search = read_search(request, groups=True)
    if not search.narrows:
        raise HTTPException(400, "Say which executions: without a filter nothing is changed")
    found = find_executions(engine.store.executions, search.everything(SCAN))
    return [one.id for one in found.results]


_OPTIONS = frozenset(
    ["newStatus", "newState", "latestRevision", "includeNonTerminated", "deleteLogs", "deleteMetrics",
     "deleteStorage", "page", "size", "sort"]
)  # fmt: skip


def ids_of(body: Json) -> list[str]:
    """Return the ids of a body; raises 422."""
    ids = body.get("executionsId") if isinstance(body, dict) else body
    if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
        raise HTTPException(422, 'Send a JSON list of execution ids, like ["5cBZ1JF8kim8fbFg13bumX"]')
    return list(dict.fromkeys(ids))


def _refused(verb: str, invalid: list[dict[str, str]]) -> Response:
    text = "; ".join(f"{one['id']}: {one['message']}" for one in invalid[:10])
    problem = Problem(
        422 if verb == "delete" else 400, f"Nothing was changed. {text}", "bulk-validation-failed"
    )
    body = {**problem.body(f"/executions/{verb}"), "invalids": invalid}
    return JsonAnswer(body, problem.status, media_type="application/problem+json")


def _latest(engine: Engine, one: Execution) -> int:
    return engine.flow_row(one.namespace, one.flow_id).revision


def _own(one: Execution) -> dict[str, str]:
    return {key: value for key, value in one.labels.items() if not key.startswith(SYSTEM_PREFIX)}


def _state(text: Json) -> State:
    try:
        return State(str(text).upper())
    except ValueError:
        raise HTTPException(422, f"'{text}' is not a state; use one of {', '.join(State)}") from None


def _pairs(labels: Json) -> dict[str, str]:
    if not isinstance(labels, list) or not all(isinstance(one, dict) and one.get("key") for one in labels):
        raise HTTPException(422, 'Send labels as [{"key": "team", "value": "data"}]')
    pairs = {str(one["key"]): str(one.get("value", "")) for one in labels}
    for key in pairs:
        if key.startswith(SYSTEM_PREFIX):
            raise HTTPException(422, f"Label '{key}' is set by the service and cannot be changed")
    return pairs
