"""Answers of the store that are believed for some seconds."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

MOST = 4096


class Fresh(Generic[T]):
    """Values by key, each for `seconds`. Thread-safe; when it is full it forgets everything."""

    def __init__(self, seconds: float, monotonic: Callable[[], float]) -> None:
        self._seconds = seconds
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._values: dict[str | bytes, tuple[float, T]] = {}

    def get(self, key: str | bytes) -> tuple[T] | None:
        """Return the value in a tuple of one, None when it is not known or too old."""
        with self._lock:
            found = self._values.get(key)
            return None if found is None or found[0] <= self._monotonic() else (found[1],)

    def put(self, key: str | bytes, value: T) -> T:
        """Keep a value and return it."""
        with self._lock:
            if len(self._values) >= MOST:
                self._values.clear()
            self._values[key] = (self._monotonic() + self._seconds, value)
        return value

    def forget(self, key: str | bytes) -> None:
        """Drop a value."""
        with self._lock:
            self._values.pop(key, None)
