"""Server-sent events as clients of Kestra read them: the frame's name sits in `id:`."""

from __future__ import annotations

from collections.abc import AsyncIterator

from sse_starlette import EventSourceResponse, ServerSentEvent

from engine.model.json import Json, dumps, without_nulls

PING_SECONDS = 15

RETRY_MILLISECONDS = 2_000
"""When a follower that was sent away comes again."""


def frame(name: str, data: Json) -> ServerSentEvent:
    """Return a frame with its name in `id:`."""
    return ServerSentEvent(data=dumps(without_nulls(data)).decode(), id=name, sep="\n")


def event(name: str, data: Json) -> ServerSentEvent:
    """Return a frame with its name in `event:`, for our own streams."""
    return ServerSentEvent(data=dumps(without_nulls(data)).decode(), event=name, sep="\n")


def comment(text: str = "ping") -> ServerSentEvent:
    """Return a frame that readers skip."""
    return ServerSentEvent(comment=text, sep="\n")


def farewell() -> ServerSentEvent:
    """Return the last frame of a stream that ends because the service stops."""
    return ServerSentEvent(comment="the service is stopping", retry=RETRY_MILLISECONDS, sep="\n")


def stream(frames: AsyncIterator[ServerSentEvent]) -> EventSourceResponse:
    """Return the answer that sends the frames as they come."""
    return EventSourceResponse(
        frames,
        ping=PING_SECONDS,
        sep="\n",
        headers={"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"},
    )
