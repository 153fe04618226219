"""Asynchronous work of a task, ended at once when the task is stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from engine.errors import TaskFailure
from engine.plugin import RunContext

T = TypeVar("T")


def awaited(ctx: RunContext, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine to its end on this worker thread; a kill or the task's timeout cancels it."""

    async def main() -> T:
        loop = asyncio.get_running_loop()
        task = loop.create_task(make())

        def stop() -> None:
            # The loop is closed when the call is over and the task goes on to something else.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(task.cancel)

        ctx.on_cancel(stop)
        return await task

    try:
        return asyncio.run(main())
    except asyncio.CancelledError as error:
        raise TaskFailure("Stopped while waiting for the model") from error
