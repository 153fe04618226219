"""The failure of an execution, read from the engine for the copilot: names and logs, never secret values."""

from __future__ import annotations

from copilot.skills.fix.failure import Failure, Surroundings, failure_of
from engine.engine import Engine


def failure_in(engine: Engine, execution_id: str) -> Failure:
    """Return what failed. Raises NotFound for an unknown execution or flow, NothingFailed for a good one."""
    execution = engine.execution(execution_id)
    row = engine.flow_row(execution.namespace, execution.flow_id)
    return failure_of(
        execution,
        engine.logs(execution_id),
        row.source,
        surroundings_of(engine, execution.namespace),
        latest_revision=row.revision,
    )


def surroundings_of(engine: Engine, namespace: str) -> Surroundings:
    """Return the names a flow of a namespace can use."""
    kv = [key for key, _ in engine.store.kv.items(namespace)]
    flows = [f"{row.namespace}.{row.id}" for row in engine.store.flows.latest()]
    return Surroundings(kv, list(engine.secrets.names()), flows)
