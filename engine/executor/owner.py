"""Owners: each process that runs executions has an id; a lock file tells whether it is still alive."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from engine.model.id import new_id


class Owner:
    """This process as an owner of executions. The lock ends with the process, however it ends.

    `folder` is the same for all processes that share a database, whatever their home folders are.
    """

    def __init__(self, folder: Path) -> None:
        self.id = new_id()
        self._folder = folder
        self._folder.mkdir(parents=True, exist_ok=True)
        self._path = self._folder / f"{self.id}.lock"
        self._file = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
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

    def close(self) -> None:
        """Give the id up."""
        self._path.unlink(missing_ok=True)
        os.close(self._file)
