"""A disk so small that it can be filled: a file system in memory, mounted over a folder."""

from __future__ import annotations

import contextlib
import os
import subprocess
from pathlib import Path


class NotPossible(Exception):
    """This machine does not let us do that; the text says why."""


class SmallDisk:
    """A file system of some megabytes over a folder that exists and is empty; `user` may write there."""

    def __init__(self, folder: Path, megabytes: int, user: int | None = None) -> None:
        self.folder = folder
        self._ballast = folder / ".ballast"
        owner = os.geteuid() if user is None else user
        options = f"size={megabytes}m,mode=700,uid={owner}"
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        try:
            done = subprocess.run(command, capture_output=True, text=True)
        except OSError as error:
            raise NotPossible(f"there is no mount command: {error}") from None
        if done.returncode:
            raise NotPossible(f"a file system cannot be mounted here: {done.stderr.strip()}")

    @property
    def free_bytes(self) -> int:
        """How much can still be written."""
        state = os.statvfs(self.folder)
        return state.f_bavail * state.f_frsize

    def fill(self) -> None:
        """Take all the room that is left."""
        with self._ballast.open("ab", buffering=0) as file, contextlib.suppress(OSError):
            while True:  # until there is no room, which is an OSError
                file.write(bytes(1 << 16))

    def relieve(self) -> None:
        """Give the room back."""
        self._ballast.unlink(missing_ok=True)

    def close(self) -> None:
        """Unmount it; what is in it is gone."""
        subprocess.run(["umount", "-l", str(self.folder)], check=True, capture_output=True)
