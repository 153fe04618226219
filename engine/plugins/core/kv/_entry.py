"""What the key-value tasks share: whose entries they may touch, and reading one that may have expired."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from engine.errors import Expired, TaskFailure
from engine.model.kv import check_key

if TYPE_CHECKING:
    from engine.plugin import RunContext
    from engine.storage.ports import KeyValue

_NAMESPACE = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]*")


def place(ctx: RunContext, namespace: str | None, key: str) -> tuple[str, str]:
    """Return the namespace (the flow's own by default) and the key; raises TaskFailure when one is none."""
    try:
        return namespace_of(ctx, namespace), check_key(key)
    except ValueError as error:
        raise TaskFailure(f"key: {error}") from error


def namespace_of(ctx: RunContext, namespace: str | None) -> str:
    """Return the namespace, by default the flow's own; those the service keeps for itself are refused."""
    namespace = namespace or ctx.where.namespace
    if not _NAMESPACE.fullmatch(namespace):
        raise TaskFailure(f"namespace: '{namespace}' is not a namespace; write it like company.team")
    return namespace


def find(ctx: RunContext, namespace: str, key: str) -> KeyValue | None:
    """Return the entry, None when it does not exist; one that has expired is removed and raises Expired."""
    entry = ctx.world.store.kv.get(namespace, key)
    if entry is None or entry.kind == "BYTES":
        return None
    if entry.expires is not None and entry.expires <= ctx.clock():
        ctx.world.store.kv.delete(namespace, key)
        raise Expired(f"The requested value has expired (key '{key}' of namespace '{namespace}')")
    return entry


def missing(namespace: str, key: str) -> TaskFailure:
    """Return the failure for a key that should exist."""
    return TaskFailure(
        f"No value found for key '{key}' in namespace '{namespace}' and `errorOnMissing` is true"
    )
