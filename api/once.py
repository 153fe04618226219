"""Starting an execution once, however often the request is sent: the caller's key decides.

The key is reserved in the key-value store by an insert that only the first request can do, so two processes
on one database agree as well.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from engine.engine import Engine
from engine.errors import Conflict, FlowsmithError
from engine.executor.start import Birth
from engine.model.execution import Execution
from engine.storage.ports import KeyValue, KeyValueStore

HEADER = "Idempotency-Key"
NAMESPACE = "@once"
"""Not a name a flow can have, so clients neither see nor change these entries."""

KEPT = timedelta(days=1)
SWEPT = timedelta(hours=1)

logger = logging.getLogger(__name__)


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


def sweep(kv: KeyValueStore, now: datetime) -> int:
    """Forget the keys that have expired; returns how many."""
    known = {one.key for one in kv.search(namespace=NAMESPACE, now=now).results}
    gone = [key for key, _ in kv.items(NAMESPACE) if key not in known]
    return kv.delete_many(NAMESPACE, gone) if gone else 0


class Sweep(threading.Thread):
    """Forgets expired keys now and every hour, until it is closed."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(name="once-sweep", daemon=True)
        self._engine = engine
        self._over = threading.Event()

    def run(self) -> None:
        """Sweep, wait, sweep."""
        while True:
            try:
                sweep(self._engine.store.kv, self._engine.clock())
            except FlowsmithError:
                logger.warning("keys of requests could not be swept", exc_info=True)
            if self._over.wait(SWEPT.total_seconds()):
                return

    def close(self) -> None:
        """Stop, and wait for it."""
        self._over.set()
        self.join()


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
