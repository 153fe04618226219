"""Writes the audit log while requests run: whoever waits shares one transaction."""

from __future__ import annotations

import asyncio
import logging

from api.security.audit import AuditLog, Change
from api.thread import in_thread

logger = logging.getLogger(__name__)


class Recorder:
    """Rows on their way to the store. For one event loop."""

    def __init__(self, log: AuditLog) -> None:
        self._log = log
        self._waiting: list[Change] = []
        self._writing = asyncio.Lock()

    async def record(self, row: Change) -> None:
        """Return when the row is stored.

        A log that cannot be written does not undo the change, so the answer stays; the row goes to the
        service's own log instead.
        """
        self._waiting.append(row)
        async with self._writing:
            rows, self._waiting = self._waiting, []
            if not rows:
                return
            try:
                await in_thread(self._log.write, rows)
            except Exception:
                for lost in rows:
                    logger.exception("audit row not stored row=%s", lost.to_json())
