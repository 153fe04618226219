"""Outputs of executions and of their task runs."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from api.access import TheEngine
from api.answer import JsonAnswer
from api.thread import in_thread
from engine.errors import NotFound

router = APIRouter(prefix="/outputs", tags=["outputs"])


@router.get("/executions/{execution_id}")
@router.get("/{execution_id}", include_in_schema=False)
async def outputs_of_execution(execution_id: str, engine: TheEngine) -> Response:
    """Return the outputs of the flow; empty while it runs."""
    execution = await in_thread(engine.execution, execution_id)
    return JsonAnswer(execution.outputs or {})


@router.get("/tasks/{execution_id}")
async def outputs_of_tasks(execution_id: str, engine: TheEngine) -> Response:
    """List the task runs with outputs, in order of creation."""
    execution = await in_thread(engine.execution, execution_id)
    return JsonAnswer(
        [
            {
                "taskId": run.task_id,
                "taskRunId": run.id,
                "value": run.value,
                "iteration": run.iteration,
                "inline": True,
            }
            for run in execution.task_runs
            if run.outputs
        ]
    )


@router.get("/tasks/{execution_id}/{task_run_id}")
@router.get("/{execution_id}/{task_run_id}", include_in_schema=False)
async def outputs_of_task_run(execution_id: str, task_run_id: str, engine: TheEngine) -> Response:
    """Return the outputs of one task run."""
    execution = await in_thread(engine.execution, execution_id)
    for run in execution.task_runs:
        if run.id == task_run_id:
            return JsonAnswer(run.outputs or {})
    raise NotFound(f"Execution {execution_id} has no task run {task_run_id}")
