"""Patience with a store that does not answer for a while: a database that starts anew is no task's fault."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final, TypeVar

from engine.errors import StorageError

logger = logging.getLogger(__name__)

T = TypeVar("T")

PATIENCE_SECONDS: Final = 120.0
_FIRST_PAUSE_SECONDS: Final = 0.1
_LONGEST_PAUSE_SECONDS: Final = 2.0


def patiently(act: Callable[[], T], cancelled: threading.Event, seconds: float = PATIENCE_SECONDS) -> T:
    """Do what has no effect outside; while the store does not answer, again.

    Raises StorageError when that takes too long, or when nobody waits for it any more.
    """
    until = time.monotonic() + seconds
    pause = _FIRST_PAUSE_SECONDS
    while True:
        try:
            return act()
        except StorageError as error:
            if time.monotonic() >= until or cancelled.wait(pause):
                raise
            logger.warning("work waits for the store: %s", error.message)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
