"""The catalogue, made when something is first looked up: reading all plugin classes takes seconds."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from retrieval.catalogue import Catalogue


class LateCatalogue:
    """A catalogue that costs nothing until its first search: a fix or an explanation needs none."""

    def __init__(self, make: Callable[[], Catalogue]) -> None:
        self._make = make
        self._made: Catalogue | None = None
        self._lock = threading.Lock()

    def search(self, words: str, k: int = 10) -> Sequence[Any]:
        """Return hits, best first."""
        return self.made().search(words, k)

    def made(self) -> Catalogue:
        """Return the catalogue, making it at the first call."""
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made
