"""Breakpoints as clients send them: `extract`, or `load.green` for one value of a loop."""

from __future__ import annotations

from fastapi import Request
from starlette.exceptions import HTTPException

from engine.model.flow import Flow
from engine.model.near import did_you_mean, nearest


def breakpoints_of(request: Request, flow: Flow) -> tuple[str, ...] | None:
    """Return the breakpoints of a query, None when it names none; raises 422 for a task the flow has not."""
    texts = request.query_params.getlist("breakpoints")
    if not texts:
        return None
    points = tuple(one.strip() for text in texts for one in text.split(",") if one.strip())
    known = [task.id for task in flow.walk()]
    for point in points:
        task = point.partition(".")[0]
        if task not in known:
            near = did_you_mean(nearest(task, known))
            raise HTTPException(
                422, f"breakpoints: the flow has no task '{task}'" + (f"; {near}" if near else "")
            )
    return points
