"""The one door from async code to the synchronous rooms (engine, retrieval)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def run_sync(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a blocking call on a worker thread and await its result."""
    return await asyncio.to_thread(call, *args, **kwargs)
