"""Steering executions: one by one on both generations of addresses, and many at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.access import TheEngine, body_text
from api.answer import JsonAnswer
from api.breakpoint import breakpoints_of
from api.bulk import ACTIONS, act_on_all, found_ids, ids_of
from api.form import given_values, inputs_of, read_form
from api.inspect import check_resume
from api.paging import flag, integer
from api.shape import execution_json
from api.thread import in_thread
from engine.engine import Engine
from engine.errors import Conflict, FlowsmithError, NotFound
from engine.model.execution import Execution
from engine.model.json import Json, loads
from engine.model.label import SYSTEM_PREFIX, Labels
from engine.model.state import State

router = APIRouter(prefix="/executions", tags=["executions"])


def both(method: Callable[..., Any], verb: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Route a verb on the newer address, with `actions` in it, and on the older one."""

    def register(handler: Callable[..., Any]) -> Callable[..., Any]:
        method(f"/{{execution_id}}/actions/{verb}")(handler)
        method(f"/{{execution_id}}/{verb}", include_in_schema=False)(handler)
        return handler

    return register


# -- many: fixed words, so they come first


@router.post("/{verb}/by-ids")
@router.delete("/{verb}/by-ids")
async def act_by_ids(verb: str, request: Request, engine: TheEngine) -> Response:
    """Steer the executions with these ids: all of them, or none when one does not fit."""
    body = _json(await body_text(request))
    return await in_thread(act_on_all, engine, _known(verb), ids_of(body), _arguments(request, body))


@router.post("/{verb}/by-query")
@router.delete("/{verb}/by-query")
async def act_by_query(verb: str, request: Request, engine: TheEngine) -> Response:
    """Steer the executions a filter finds; a parameter that is not understood is refused."""
    text = await body_text(request)
    body = _json(text) if text.strip() else []
    ids = await in_thread(found_ids, engine, request)
    return await in_thread(act_on_all, engine, _known(verb), ids, _arguments(request, body))


@router.delete("/by-ids")
async def delete_by_ids(request: Request, engine: TheEngine) -> Response:
    """Remove the executions with these ids."""
    body = _json(await body_text(request))
    return await in_thread(act_on_all, engine, "delete", ids_of(body), _arguments(request, body))


@router.delete("/by-query")
async def delete_by_query(request: Request, engine: TheEngine) -> Response:
    """Remove the executions a filter finds."""
    ids = await in_thread(found_ids, engine, request)
    return await in_thread(act_on_all, engine, "delete", ids, _arguments(request, []))


# -- one


@router.delete("/{execution_id}/kill", include_in_schema=False)
@router.delete("/{execution_id}/actions/kill")
async def kill(execution_id: str, request: Request, engine: TheEngine) -> Response:
    """Ask the execution to end; the older address answers 202 and nothing, the newer one the execution."""
    cascade = flag(request, "isOnKillCascade", default=True)
    try:
        await in_thread(engine.kill, execution_id, cascade=cascade)
    except Conflict:
        # That it has ended is no error where its children are meant too; that nobody could be asked is one.
        if not cascade or not (await in_thread(engine.execution, execution_id)).state.ended:
            raise
    if "/actions/" not in request.url.path:
        return Response(status_code=202)
    return await _execution(engine, execution_id)


@both(router.post, "pause")
async def pause(execution_id: str, engine: TheEngine) -> Response:
    """Start nothing new until resumed; what runs ends first."""
    await in_thread(engine.pause, execution_id)
    return await _execution(engine, execution_id)


@both(router.post, "resume")
async def resume(execution_id: str, request: Request, engine: TheEngine) -> Response:
    """Go on after a pause, with the values the Pause task asks for."""
    async with read_form(request) as form:
        await in_thread(engine.resume, execution_id, given_values(form))
    return await _execution(engine, execution_id)


@both(router.post, "resume/validate")
async def validate_resume(execution_id: str, request: Request, engine: TheEngine) -> Response:
    """Check the values a Pause task asks for; nothing is resumed."""
    execution = await in_thread(engine.execution, execution_id)
    async with read_form(request) as form:
        return JsonAnswer(await in_thread(check_resume, engine, execution, given_values(form)))


@both(router.post, "resume-from-breakpoint")
async def resume_from_breakpoint(execution_id: str, request: Request, engine: TheEngine) -> Response:
    """Go on after a breakpoint; `breakpoints` are where to stop from now on, instead of those before."""
    execution = await in_thread(engine.execution, execution_id)
    flow = await in_thread(engine.flow, execution.namespace, execution.flow_id, execution.flow_revision)
    await in_thread(engine.resume_from_breakpoint, execution_id, breakpoints_of(request, flow))
    return await _execution(engine, execution_id)


@both(router.post, "restart")
async def restart(execution_id: str, request: Request, engine: TheEngine) -> Response:
    """Run the failed tasks again; with `revision`, as a new execution of that revision."""
    made = await in_thread(engine.restart, execution_id, revision=integer(request, "revision"))
    return await _execution(engine, made.id)


@both(router.post, "replay")
async def replay(execution_id: str, request: Request, engine: TheEngine) -> Response:
    """Repeat as a new execution, from `taskRunId` on if it is given."""
    execution = await in_thread(engine.execution, execution_id)
    revision = integer(request, "revision")
    flow = await in_thread(
        engine.flow, execution.namespace, execution.flow_id, revision or execution.flow_revision
    )
    made = await in_thread(
        engine.replay,
        execution_id,
        task_run_id=request.query_params.get("taskRunId"),
        revision=revision,
        breakpoints=breakpoints_of(request, flow) or (),
    )
    return await _execution(engine, made.id)


@both(router.post, "replay-with-inputs")
async def replay_with_inputs(execution_id: str, request: Request, engine: TheEngine) -> Response:
    """Repeat as a new execution with other inputs; the body must be a multipart form."""
    if not request.headers.get("content-type", "").lower().startswith("multipart/"):
        raise HTTPException(422, "Send the inputs as a multipart form, even if there are none")
    execution = await in_thread(engine.execution, execution_id)
    revision = integer(request, "revision")
    async with read_form(request) as form:
        flow = await in_thread(
            engine.flow, execution.namespace, execution.flow_id, revision or execution.flow_revision
        )
        made = await in_thread(
            engine.replay,
            execution_id,
            task_run_id=request.query_params.get("taskRunId"),
            revision=revision,
            inputs=inputs_of(form, flow),
            breakpoints=breakpoints_of(request, flow) or (),
        )
    return await _execution(engine, made.id)


@both(router.post, "labels")
async def set_labels(execution_id: str, request: Request, engine: TheEngine) -> Response:
    """Replace the labels of an ended execution; those of the system stay."""
    execution = await in_thread(engine.execution, execution_id)
    labels = _labels(_json(await body_text(request)), execution)
    try:
        changed = await in_thread(engine.set_labels, execution_id, labels)
    except Conflict as error:
        raise HTTPException(400, error.message) from error
    return JsonAnswer(execution_json(changed))


@both(router.post, "change-status")
async def change_status(execution_id: str, status: str, engine: TheEngine) -> Response:
    """Give an ended execution another final state."""
    try:
        changed = await in_thread(engine.change_status, execution_id, _state(status))
    except Conflict as error:
        raise HTTPException(422, error.message) from error
    return JsonAnswer(execution_json(changed))


@both(router.post, "state")
async def change_task_state(execution_id: str, request: Request, engine: TheEngine) -> Response:
    """Say that a task run ended otherwise, and go on after it."""
    body = _json(await body_text(request))
    if not isinstance(body, dict) or not isinstance(body.get("taskRunId"), str):
        raise HTTPException(422, 'Send {"taskRunId": "…", "state": "SUCCESS"}')
    state = _state(str(body.get("state")))
    made = await in_thread(engine.change_task_state, execution_id, body["taskRunId"], state)
    return await _execution(engine, made.id)


@both(router.post, "force-run")
async def force_run(execution_id: str, engine: TheEngine) -> Response:
    """Begin an execution that waits, whatever for."""
    await in_thread(engine.force_run, execution_id)
    return await _execution(engine, execution_id)


@both(router.post, "unqueue")
async def unqueue(execution_id: str, request: Request, engine: TheEngine) -> Response:
    """Take an execution out of the queue: to run, or to end in `state`."""
    state = _state(request.query_params.get("state", "RUNNING"))
    await in_thread(engine.unqueue, execution_id, state)
    return await _execution(engine, execution_id)


@router.post("/{execution_id}/actions/eval")
@router.post("/{execution_id}/actions/eval/{task_run_id}")
@router.post("/{execution_id}/eval", include_in_schema=False)
@router.post("/{execution_id}/eval/{task_run_id}", include_in_schema=False)
async def evaluate(
    execution_id: str, request: Request, engine: TheEngine, task_run_id: str | None = None
) -> Response:
    """Render an expression as a task of the execution would; errors are part of the answer."""
    expression = await body_text(request)
    execution = await in_thread(engine.execution, execution_id)
    try:
        result = await in_thread(engine.render_in, execution.id, task_run_id, expression)
    except FlowsmithError as error:
        return JsonAnswer({"error": error.message, "stackTrace": type(error).__name__})
    return JsonAnswer({"result": result})


async def _execution(engine: Engine, execution_id: str) -> Response:
    return JsonAnswer(execution_json(await in_thread(engine.execution, execution_id)))


def _known(verb: str) -> str:
    if verb not in ACTIONS:
        raise NotFound(f"There is no action '{verb}'; there are {', '.join(ACTIONS)}")
    return verb


def _arguments(request: Request, body: Json) -> dict[str, Json]:
    query = request.query_params
    labels = body.get("executionLabels") if isinstance(body, dict) else body
    return {
        "state": query.get("state") or query.get("newStatus") or query.get("newState"),
        "labels": labels,
        "latest": flag(request, "latestRevision"),
        "logs": flag(request, "deleteLogs", default=True),
        "files": flag(request, "deleteStorage", default=True),
    }


def _json(text: str) -> Json:
    try:
        return loads(text)
    except ValueError:
        raise HTTPException(422, "The body is not valid JSON") from None


def _state(text: str) -> State:
    try:
        return State(text.upper())
    except ValueError:
        raise HTTPException(422, f"'{text}' is not a state; use one of {', '.join(State)}") from None


def _labels(body: Json, execution: Execution) -> Labels:
    """Return the labels to set; a system label may only be sent back unchanged."""
    if not isinstance(body, list) or not all(isinstance(one, dict) and one.get("key") for one in body):
        raise HTTPException(422, 'Send labels as [{"key": "team", "value": "data"}]')
    labels = {str(one["key"]): str(one.get("value", "")) for one in body}
    for key, value in labels.items():
        if key.startswith(SYSTEM_PREFIX) and execution.labels.get(key) != value:
            raise HTTPException(422, f"Label '{key}' is set by the service and cannot be changed")
    return {key: value for key, value in labels.items() if not key.startswith(SYSTEM_PREFIX)}
