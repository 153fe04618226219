"""Looking into a stored execution: the scope of its templates, rebuilt from its rows."""

from __future__ import annotations

from engine.errors import NotFound
from engine.executor import variables
from engine.executor.compiled import FlowCache
from engine.executor.inputs import decrypt
from engine.executor.live import LiveExecution
from engine.executor.services import RunServices
from engine.expression.scope import Scope
from engine.model.execution import Execution
from engine.plugin.context import World
from engine.storage.cipher import Cipher


def scope_of(
    world: World, flows: FlowCache, cipher: Cipher | None, execution: Execution, task_run_id: str | None
) -> tuple[Scope, set[str]]:
    """Return the scope of an execution or one of its task runs, and the secrets to mask afterwards."""
    flow = flows.get(execution.namespace, execution.flow_id, execution.flow_revision)
    live = LiveExecution(execution, flow)
    for run in sorted(execution.task_runs, key=lambda one: one.index):
        live.add(run)
    if execution.inputs is not None:
        live.inputs, secrets = decrypt(execution.inputs, cipher)
        live.masks.update(secrets)
    if task_run_id is None:
        known = variables.of_execution(live, world)
    else:
        found = live.runs.get(task_run_id)
        if found is None:
            raise NotFound(f"Task run {task_run_id} does not exist in execution {execution.id}")
        known = variables.of_task_run(live, found, flow.tasks[found.task_id], world)
    services = RunServices(
        world, execution.namespace, live.masks, execution_id=execution.id, runs=live.runs.values
    )
    return Scope(known, services, world.zone), live.masks
