"""Cut a stored file into several along its lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

from engine.errors import TaskFailure
from engine.model.id import new_id
from engine.plugins.core.storage._name import extension_of

if TYPE_CHECKING:
    from engine.plugin import RunContext

_BLOCK = 1 << 18
_OPEN_FILES = 64
"""As many parts are written to at the same time without opening and closing them for every line."""


@dataclass(frozen=True, slots=True)
class Cut:
    """How a file is cut: the first one given of `regex_pattern`, `bytes`, `partitions` and `rows` counts.

    `bytes`: a new part begins once the present one has reached this size. `partitions`: line by line in turn.
    `regex_pattern`: lines whose first group is equal come into one part, lines that do not match into none.
    """

    rows: int | None = None
    bytes: int | None = None
    partitions: int | None = None
    regex_pattern: str | None = None
    separator: str = "\n"


def split(ctx: RunContext, uri: str, cut: Cut) -> list[str]:
    """Store the parts and return their addresses; parts without a line are left out. Raises TaskFailure."""
    choose = _chooser(cut)
    separator = cut.separator.encode()
    folder = ctx.work_dir / f"split-{new_id()}"
    folder.mkdir()
    parts = _Parts(folder)
    left_out = 0
    with ctx.open(uri) as source, parts:
        for record in records(source, separator):
            part = choose(record)
            if part is None:
                left_out += 1
            else:
                parts.write(part, record + separator)
    if left_out:
        ctx.warn(f"{left_out} lines do not match `{cut.regex_pattern}` and are in no part")
    extension = extension_of(uri)
    found = []
    for number, path in enumerate(parts.paths):
        found.append(ctx.put(f"part-{number:05d}{extension}", path))
        path.unlink()
    folder.rmdir()
    return found


def records(source: BinaryIO, separator: bytes) -> Iterator[bytes]:
    """Yield the records between separators, without them; none after a last separator."""
    if not separator:
        raise TaskFailure('separator: it is empty; write what ends a line, like "\\n"')
    rest = b""
    while block := source.read(_BLOCK):
        *whole, rest = (rest + block).split(separator)
        yield from whole
    if rest:
        yield rest


def backwards(source: BinaryIO, separator: bytes) -> Iterator[bytes]:
    """Yield the records from the last to the first, reading the file from its end."""
    position = source.seek(0, 2)
    rest = b""
    first = True
    while position:
        size = min(_BLOCK, position)
        position -= size
        source.seek(position)
        rest = source.read(size) + rest
        if first and len(rest) >= len(separator):
            rest = rest.removesuffix(separator)
            first = False
        rest, *whole = rest.split(separator)
        yield from reversed(whole)
    if source.tell():
        yield rest


def _chooser(cut: Cut) -> Callable[[bytes], int | bytes | None]:
    """Return what tells for each record to which part it belongs."""
    if cut.regex_pattern is not None:
        return _by_group(cut.regex_pattern)
    if cut.bytes is not None:
        return _by_size(cut.bytes, len(cut.separator.encode()))
    if cut.partitions is not None:
        return _counted(lambda count: count % (cut.partitions or 1))
    if cut.rows is not None:
        return _counted(lambda count: count // (cut.rows or 1))
    raise TaskFailure("nothing says how to cut; give one of `bytes`, `partitions`, `rows` or `regexPattern`")


def _by_group(pattern: str) -> Callable[[bytes], bytes | None]:
    try:
        compiled = re.compile(pattern.encode())
    except re.error as error:
        raise TaskFailure(f"regexPattern: '{pattern}' is not a regular expression: {error}") from error
    if compiled.groups < 1:
        raise TaskFailure(f"regexPattern: '{pattern}' has no group; put the part that decides into ( )")

    def choose(record: bytes) -> bytes | None:
        match = compiled.search(record)
        return match[1] if match else None

    return choose


def _by_size(limit: int, separator_size: int) -> Callable[[bytes], int]:
    part = written = 0

    def choose(record: bytes) -> int:
        nonlocal part, written
        if written >= limit:
            part, written = part + 1, 0
        written += len(record) + separator_size
        return part

    return choose


def _counted(part_of: Callable[[int], int]) -> Callable[[bytes], int]:
    count = -1

    def choose(record: bytes) -> int:
        nonlocal count
        count += 1
        return part_of(count)

    return choose


class _Parts:
    """The files being written, in the order in which they were begun."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[int | bytes, Path] = {}
        self._open: dict[int | bytes, IO[bytes]] = {}

    @property
    def paths(self) -> Iterable[Path]:
        return self._known.values()

    def write(self, part: int | bytes, content: bytes) -> None:
        file = self._open.get(part)
        if file is None:
            path = self._known.setdefault(part, self._folder / str(len(self._known)))
            if len(self._open) >= _OPEN_FILES:
                self._open.pop(next(iter(self._open))).close()
            file = self._open[part] = path.open("ab")
        file.write(content)

    def __enter__(self) -> _Parts:
        return self

    def __exit__(self, *_: object) -> None:
        with ExitStack() as stack:
            for file in self._open.values():
                stack.callback(file.close)
