"""The copilot's events as JSON: one by one, or gathered into one answer."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Mapping

from starlette.responses import Response

from api.answer import JsonAnswer
from api.camel import camelized
from api.error import Problem
from copilot.event import Event, to_json
from engine.model.json import Json

_STATUS = {
    "budget-spent": 429,
    "provider-busy": 503,
    "provider-silent": 504,
    "provider-refused": 503,
    "provider-error": 503,
}


def event_data(event: Event) -> dict[str, Json]:
    """Return the data of an event."""
    return camelized(to_json(event))


async def gathered(events: AsyncIterator[Event]) -> dict[str, Json]:
    """Return all events of a turn as one object."""
    whole: dict[str, Json] = {"findings": [], "citations": [], "text": ""}
    async for event in events:
        data = event_data(event)
        if event.name == "token":
            whole["text"] += data["text"]
        elif event.name in ("finding", "citation"):
            whole[f"{event.name}s"].append(data)
        elif event.name == "draft":
            whole["draft"] = data["draft"]
        elif event.name == "done":
            whole["text"] = whole["text"] or data["text"]
        else:
            whole[event.name] = data
    return whole


async def collected(events: AsyncIterator[Event], instance: str) -> Response:
    """Return a turn as one JSON answer; one that failed is an error with its code."""
    whole = await gathered(events)
    error = whole.get("error")
    if error is None:
        return JsonAnswer(whole)
    return refused(error, instance)


def refused(error: Mapping[str, Json], instance: str) -> Response:
    """Return a turn that failed as an error: its code, what is missing, and when to try again."""
    wait = error.get("retryAfterS")
    headers = {} if wait is None else {"Retry-After": str(math.ceil(wait))}
    problem = Problem(_STATUS.get(error["code"], 422), error["message"], "ai-request-failed", headers=headers)
    more = {"code": error["code"], "missing": error["missing"], "retryAfterS": wait}
    body = {**problem.body(instance), **more}
    return JsonAnswer(body, problem.status, headers=headers, media_type="application/problem+json")
