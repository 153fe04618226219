"""Owners: each process that runs executions has an id; others can tell whether it is still alive.

Processes that share a file have lock files; those that share a database are told by it (see `member`).
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from engine.model.id import new_id


class Owner(Protocol):
    """This process as an owner of executions."""

    @property
    def id(self) -> str:
        """The id; another one after `renew`."""

    def alive(self, owner: str | None) -> bool:
        """Tell whether the process behind an id still runs; one that does not can write nothing more."""

    def watch(self, lost: Callable[[], None], look: Callable[[], None]) -> None:
        """Call `lost` when this process was declared dead, and `look` every now and then."""

    def renew(self) -> None:
        """Take another id, after this one was declared dead. Raises StorageError."""

    def close(self) -> None:
        """Give the id up; once more does nothing."""


class FileOwner:
    """This process as an owner of executions. The lock ends with the process, however it ends.

    `folder` is the same for all processes that share a database, whatever their home folders are.
    """

    def __init__(self, folder: Path) -> None:
        self.id = new_id()
        self._folder = folder
        self._folder.mkdir(parents=True, exist_ok=True)
        self._path = self._folder / f"{self.id}.lock"
        self._file: int | None = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def alive(self, owner: str | None) -> bool:
        """Tell whether the process behind an id still runs; what is left of a dead one is removed.

        While another process asks the same of a dead one, it may seem alive for a moment.
        """
        if owner is None:
            return False
        if owner == self.id:
            return True
        path = self._folder / f"{owner}.lock"
        try:
            file = os.open(path, os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        else:
            path.unlink(missing_ok=True)
            return False
        finally:
            os.close(file)

    def watch(self, lost: Callable[[], None], look: Callable[[], None]) -> None:
        """Nothing is to be called: a lock ends with its process only, and the next start looks for others."""

    def renew(self) -> None:
        """Nobody can take this id away."""

    def close(self) -> None:
        """Give the id up."""
        if self._file is None:
            return
        self._path.unlink(missing_ok=True)
        os.close(self._file)
        self._file = None
