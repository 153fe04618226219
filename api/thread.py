"""The one way from async code into the synchronous rooms."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

import anyio.to_thread

P = ParamSpec("P")
T = TypeVar("T")


async def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a synchronous function on a worker thread; a request that goes away does not stop it."""
    return await anyio.to_thread.run_sync(partial(function, *args, **kwargs))
