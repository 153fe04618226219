"""Starting an execution once, however often the request is sent: the caller's key decides.

The key is reserved in the key-value store by an insert that only the first request can do, so two processes
on one database agree as well.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta

from engine.engine import Engine
from engine.errors import Conflict
from engine.executor.start import Birth
from engine.model.execution import Execution
from engine.storage.ports import KeyValue

HEADER = "Idempotency-Key"
NAMESPACE = "@once"
"""Not a name a flow can have, so clients neither see nor change these entries."""

KEPT = timedelta(days=1)


def start_once(engine: Engine, of: str, key: str, prepare: Callable[[], Birth]) -> Execution:
    """Start the execution, or return the one the key started within the last day.

    `of` names the flow: the same key may be used for another one. Raises Conflict while the first request
    is still being answered.
    """
    digest = hashlib.sha256(f"{of}\0{key}".encode()).hexdigest()
    known = _known(engine, digest)
    if known is not None:
        return _started(engine, known)
    birth = prepare()
    if not _reserve(engine, digest, birth.execution.id):
        known = _known(engine, digest)
        if known is None:
            raise Conflict(f"{HEADER} '{key}' is in use by another request; send it again")
        return _started(engine, known)
    try:
        return engine.executor.submit(birth)
    except BaseException:
        engine.store.kv.delete(NAMESPACE, digest)
        raise


def _known(engine: Engine, digest: str) -> KeyValue | None:
    entry = engine.store.kv.get(NAMESPACE, digest)
    if entry is not None and entry.expires is not None and entry.expires <= engine.clock():
        engine.store.kv.delete(NAMESPACE, digest)
        return None
    return entry


def _reserve(engine: Engine, digest: str, execution_id: str) -> bool:
    moment = engine.clock()
    try:
        engine.store.kv.put(
            NAMESPACE, digest, execution_id, "STRING", moment, expires=moment + KEPT, overwrite=False
        )
    except Conflict:
        return False
    return True


def _started(engine: Engine, entry: KeyValue) -> Execution:
    found = engine.store.executions.get(str(entry.value))
    if found is None:
        raise Conflict(f"Execution {entry.value!s} with the same {HEADER} is being stored, or was deleted")
    return found
