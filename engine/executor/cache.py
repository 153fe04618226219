"""The task cache: outputs used again while a task's rendered properties stay the same.

Kept in the key-value store; files among the outputs are copied to the task run that uses them again.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from engine.model import uri as uris
from engine.model.flow import TaskSpec
from engine.model.json import Json, dumps
from engine.plugin import RunContext, Task

NAMESPACE = "system.taskcache"


def key_of(task: Task, spec: TaskSpec, ctx: RunContext) -> str:
    """Return the key of a task with these final properties in its flow."""
    where = ctx.where
    content = task.model_dump(by_alias=True, mode="python")
    place = [where.namespace, where.flow_id, spec.id, where.value, spec.type]
    return hashlib.sha256(dumps([*place, content])).hexdigest()


def find(key: str, ctx: RunContext) -> dict[str, Json] | None:
    """Return the outputs to use again, None when there are none or their time is over."""
    entry = ctx.world.store.kv.get(NAMESPACE, key)
    if entry is None or (entry.expires is not None and entry.expires <= ctx.clock()):
        return None
    if not all(ctx.world.files.exists(uris.to_path(uri)) for uri in _uris(entry.value)):
        return None
    copied: dict[str, Json] = _copied(entry.value, ctx)
    return copied


def keep(key: str, outputs: dict[str, Json], spec: TaskSpec, ctx: RunContext) -> None:
    """Remember the outputs."""
    moment = ctx.clock()
    ttl = spec.task_cache.ttl if spec.task_cache else None
    expires: datetime | None = moment + ttl if ttl else None
    ctx.world.store.kv.put(NAMESPACE, key, outputs, "JSON", moment, expires=expires)


def _uris(value: Json) -> list[str]:
    if isinstance(value, str):
        return [value] if value.startswith(f"{uris.SCHEME}/") else []
    if isinstance(value, dict):
        return [uri for item in value.values() for uri in _uris(item)]
    return [uri for item in value for uri in _uris(item)] if isinstance(value, list) else []


def _copied(value: Json, ctx: RunContext) -> Any:
    if isinstance(value, str) and value.startswith(f"{uris.SCHEME}/"):
        name = value.rpartition("/")[2].partition("-")[2] or value.rpartition("/")[2]
        with ctx.world.files.open(uris.to_path(value)) as file:
            return ctx.put(name, file)
    if isinstance(value, dict):
        return {key: _copied(item, ctx) for key, item in value.items()}
    return [_copied(item, ctx) for item in value] if isinstance(value, list) else value
