"""What takes long to make of a big collection, kept beside the key-value store as memory-mapped arrays.

Losing it costs time and nothing else: everything in it is made of what is in the store, and an entry is named
by a hash of what it was made of.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

logger = logging.getLogger(__name__)

Arrays = Mapping[str, NDArray[Any]]

LEAST = 20_000
"""Chunks from which keeping anything is worth the space; fewer are indexed within a second or two."""

_VERSION = 1


class IndexCache:
    """Entries of arrays in a folder; of each kind only the newest is kept."""

    def __init__(self, folder: Path, *, least: int = LEAST) -> None:
        self._folder = folder
        self.least = least

    def read(self, kind: str, made_of: str) -> Arrays | None:
        """Return the arrays, read-only, or None when they are not there or damaged."""
        folder = self._entry(kind, made_of)
        try:
            found = {
                # a plain view: slices of a memmap object cost ten times as much
                file.stem: np.load(file, mmap_mode="r", allow_pickle=False).view(np.ndarray)
                for file in folder.glob("*.npy")
            }
        except (OSError, ValueError, EOFError) as error:
            logger.warning("kept index not readable", extra={"entry": folder.name, "reason": str(error)})
            return None
        return found or None

    def write(self, kind: str, made_of: str, arrays: Arrays) -> None:
        """Keep arrays under the hash of what they were made of, all or none; a full disk is no error."""
        entry = self._entry(kind, made_of)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            fresh = Path(tempfile.mkdtemp(prefix=f"new-{kind}-", dir=self._folder))
            try:
                for name, array in arrays.items():
                    np.save(fresh / f"{name}.npy", array, allow_pickle=False)
                if not entry.exists():
                    fresh.replace(entry)
            finally:
                shutil.rmtree(fresh, ignore_errors=True)
        except OSError as error:
            logger.warning("index not kept", extra={"entry": entry.name, "reason": str(error)})
            return
        for other in self._folder.glob(f"{kind}-*"):
            if other != entry:
                shutil.rmtree(other, ignore_errors=True)

    def _entry(self, kind: str, made_of: str) -> Path:
        digest = sha256(f"{_VERSION}\0{made_of}".encode()).hexdigest()[:32]
        return self._folder / f"{kind}-{digest}"
