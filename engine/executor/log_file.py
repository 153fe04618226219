"""The log of one attempt as a file in storage, for tasks with `logToFile`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Lock

from engine.model.log import Level
from engine.model.moment import to_text
from engine.plugin import RunContext
from engine.secrets import mask


class LogFile:
    """Takes messages like any log writer; `store` gives the finished file its address."""

    def __init__(
        self, folder: Path, masks: set[str], threshold: Level | None, clock: Callable[[], datetime]
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=folder, prefix="log-", delete=False) as file:
            self._path = Path(file.name)
        self._masks = masks
        self._lowest = threshold.rank if threshold else 0
        self._clock = clock
        self._lock = Lock()

    def __call__(self, level: Level, message: str) -> None:
        """Append a line."""
        if level.rank >= self._lowest:
            line = f"{to_text(self._clock())} {level} {mask(message, list(self._masks))}\n"
            with self._lock, self._path.open("a", encoding="utf-8") as file:
                file.write(line)

    def store(self, ctx: RunContext) -> str:
        """Move the file to storage and return its address."""
        try:
            return ctx.put("log.txt", self._path)
        finally:
            self._path.unlink(missing_ok=True)
