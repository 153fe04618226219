"""Moving files to and from other systems: stoppable streams, stored downloads, patterns, file names."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from engine.errors import TaskFailure
from engine.model.id import new_id
from engine.model.json import loads
from engine.plugin import RunContext

_SECONDS = 5.0


class Stoppable:
    """A file that refuses to go on when the task is stopped; for clients that cannot be interrupted."""

    def __init__(self, file: IO[bytes], ctx: RunContext) -> None:
        self._file, self._ctx = file, ctx

    def read(self, size: int = -1) -> bytes:
        """Read on."""
        self._check()
        return self._file.read(size)

    def write(self, content: bytes) -> int:
        """Write on."""
        self._check()
        return self._file.write(content)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the place."""
        return self._file.tell()

    def flush(self) -> None:
        """Flush."""
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _check(self) -> None:
        if self._ctx.cancelled.is_set():
            raise TaskFailure("Stopped; the transfer was broken off")


def receive(ctx: RunContext, name: str, write: Callable[[IO[bytes]], Any]) -> tuple[str, int]:
    """Store what `write` writes under a name; return the address of the file and its size in bytes."""
    path = ctx.work_dir / f"received-{new_id()}"
    try:
        with path.open("wb") as file:
            write(file)
        size = path.stat().st_size
        return ctx.put(name.rpartition("/")[2], path), size
    finally:
        path.unlink(missing_ok=True)


def local_copy(ctx: RunContext, uri: str) -> Path:
    """Copy a stored file into the working directory, for clients that want a path; the caller removes it."""
    return ctx.fetch(uri, ctx.work_dir / f"sent-{new_id()}")


def matcher(name: str, pattern: str | None) -> Callable[[str], bool]:
    """Return a test of whole texts; raises TaskFailure when the pattern is none, or takes too long."""
    if not pattern:
        return lambda text: True
    import regex  # type: ignore[import-untyped]  # no type hints in the package

    try:
        compiled = regex.compile(pattern, regex.V0)
    except regex.error as error:
        raise TaskFailure(f"{name}: '{pattern}' is not a regular expression: {error}") from error

    def matches(text: str) -> bool:
        try:
            return compiled.fullmatch(text, timeout=_SECONDS) is not None
        except TimeoutError as error:
            raise TaskFailure(f"{name}: '{pattern}' takes too long on '{text}'; make it simpler") from error

    return matches


def plain_name(name: str, text: str) -> str:
    """Return a relative path as it is; raises TaskFailure when it would leave its folder."""
    parts = re.split(r"[/\\]", text)
    if not text or text.startswith(("/", "\\")) or ".." in parts or "\0" in text:
        raise TaskFailure(f"{name}: '{text}' would leave its folder; write a relative path without `..`")
    return text


def files_of(source: str | Sequence[str] | Mapping[str, str]) -> dict[str, str]:
    """Return names with addresses from an address, a list, a map, or the JSON text of one; never empty."""
    found: Any = source
    if isinstance(source, str) and source.lstrip().startswith(("[", "{")):
        try:
            found = loads(source)
        except ValueError as error:
            raise TaskFailure(
                "from: neither an address nor the JSON text of a list or a map of addresses"
            ) from error
    if isinstance(found, str):
        found = [found]
    if not isinstance(found, Mapping):
        found = _by_name(found)
    if not found:
        raise TaskFailure("from: holds no file; give at least one address like kestra:///…")
    return {plain_name("from", str(name)): str(uri) for name, uri in found.items()}


def _by_name(uris: Sequence[Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for uri in uris:
        name = str(uri).rpartition("/")[2]
        if name in found:
            raise TaskFailure(f"from: two files have the name '{name}'; give a map of names and addresses")
        found[name] = str(uri)
    return found
