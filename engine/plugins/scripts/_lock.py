"""A lock between processes: a file, shared by many or owned by one."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from engine.errors import TaskFailure
from engine.plugin.context import RunContext

_LOOK_SECONDS = 0.05


class FileLock:
    """An advisory lock; released at the end of the `with`, also by the death of the process.

    Taking a lock in another way than it is held may let somebody in between: look again afterwards.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Self:
        self._file = self._path.open("ab")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def share(self, ctx: RunContext) -> None:
        """Hold it together with others; raises TaskFailure when the task is stopped while it waits."""
        self._take(ctx, shared=True)

    def own(self, ctx: RunContext) -> None:
        """Hold it alone; raises TaskFailure when the task is stopped while it waits."""
        self._take(ctx, shared=False)

    def try_own(self) -> bool:
        """Hold it alone if nobody else holds it now."""
        return self._try(shared=False)

    def _take(self, ctx: RunContext, *, shared: bool) -> None:
        while not self._try(shared=shared):
            if ctx.cancelled.wait(_LOOK_SECONDS):
                raise TaskFailure("Stopped while another task made its environment")

    def _try(self, *, shared: bool) -> bool:
        import fcntl  # not on every system; only those that run scripts here need it

        try:
            fcntl.flock(self._file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
