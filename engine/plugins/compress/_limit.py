"""How much may come out of a packed file: the guard against files made to fill the disk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, TYPE_CHECKING, Final

from engine.errors import SettingsError, TaskFailure
from engine.model.json import Json

if TYPE_CHECKING:
    from engine.plugin import RunContext

SETTINGS: Final = "io.kestra.plugin.compress"
"""Plugin settings of the operator: `maxBytes`, `maxRatio`, `maxEntries`."""

_BLOCK: Final = 1 << 18
_FREE_BYTES: Final = 1 << 28
"""So much may come out whatever the ratio is."""
_MAX_BYTES: Final = 1 << 36
_MAX_RATIO: Final = 300
_MAX_ENTRIES: Final = 100_000


class Limit:
    """Counts what came out of one packed file and refuses what is too much."""

    def __init__(self, ctx: RunContext, source: str) -> None:
        self._source = source
        self._ctx = ctx
        self._max_bytes = _setting(ctx, "maxBytes", _MAX_BYTES)
        self._max_entries = _setting(ctx, "maxEntries", _MAX_ENTRIES)
        self._max_ratio = _setting(ctx, "maxRatio", _MAX_RATIO)
        self._by_ratio = max(_FREE_BYTES, self._max_ratio * ctx.size(source))
        self.total = 0
        """Bytes that came out so far."""
        self.entries = 0
        """Files that came out so far."""

    def entry(self) -> None:
        """Count one file more; raises TaskFailure."""
        self.entries += 1
        if self.entries > self._max_entries:
            self._refuse(f"it has more than {self._max_entries} files", "maxEntries")

    def copy(self, source: IO[bytes], target: IO[bytes]) -> None:
        """Copy a stream; raises TaskFailure as soon as too much came out, or the task is to stop."""
        while block := source.read(_BLOCK):
            self.total += len(block)
            if self.total > self._max_bytes:
                self._refuse(f"more than {self._max_bytes} bytes come out of it", "maxBytes")
            if self.total > self._by_ratio:
                self._refuse(f"more than {self._max_ratio} times its size comes out of it", "maxRatio")
            if self._ctx.cancelled.is_set():
                raise TaskFailure(f"unpacking {self._source} was stopped")
            target.write(block)

    def _refuse(self, problem: str, setting: str) -> None:
        raise TaskFailure(
            f"{self._source} is refused: {problem}; if that is right, the operator can raise `{setting}` in "
            f"the plugin settings of {SETTINGS}"
        )


def _setting(ctx: RunContext, name: str, default: int) -> int:
    settings: Json = ctx.world.settings.get(SETTINGS)
    value = settings.get(name, default) if isinstance(settings, Mapping) else default
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise SettingsError(f"{SETTINGS}: {name} is {value!r}; it must be a number of 1 or more")
    return value
