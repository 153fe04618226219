"""Statistics of executions: how many ended how, day by day, for charts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict
from pydantic.alias_generators import to_camel
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.access import TheEngine
from api.answer import JsonAnswer
from api.thread import in_thread
from engine.engine import Engine
from engine.model.execution import Execution
from engine.model.json import Json
from engine.storage.ports import ExecutionQuery

router = APIRouter(prefix="/stats", tags=["executions"])

PAGE = 5_000
MOST_DAYS = 400
DEFAULT_DAYS = 30


class DailyBody(BaseModel):
    """Which executions to count; all of the last 30 days when empty."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="ignore", use_attribute_docstrings=True
    )

    namespace: str | None = None
    """Namespace; its children are counted as well."""

    flow_id: str | None = None
    """Id of a flow."""

    start_date: AwareDatetime | None = None
    """First moment, 30 days before the end by default."""

    end_date: AwareDatetime | None = None
    """Last moment, now by default."""

    time_zone: str = "UTC"
    """Zone whose days are counted, like Europe/Paris."""


@dataclass(slots=True)
class Day:
    """Executions that started on one day. Durations in seconds, of ended ones only."""

    states: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    def add(self, execution: Execution, now: datetime) -> None:
        """Count an execution."""
        self.states[execution.state.value] += 1
        if execution.state.ended:
            self.seconds.append(execution.history.duration(now).total_seconds())

    def json(self, day: str) -> dict[str, Json]:
        """Return the day as charts read it."""
        count = len(self.seconds)
        total = sum(self.seconds)
        return {
            "startDate": day,
            "groupBy": "day",
            "executionCounts": dict(self.states),
            "duration": {
                "min": min(self.seconds, default=0.0),
                "avg": total / count if count else 0.0,
                "max": max(self.seconds, default=0.0),
                "sum": total,
                "count": count,
            },
        }


@router.post("/executions/daily")
async def count_by_day(body: DailyBody, engine: TheEngine) -> Response:
    """Count executions by day and state, oldest day first, with their durations in seconds."""
    return JsonAnswer(await in_thread(_daily, engine, body))


def _daily(engine: Engine, body: DailyBody) -> list[dict[str, Json]]:
    zone = _zone(body.time_zone)
    end = body.end_date or engine.clock()
    start = body.start_date or end - timedelta(days=DEFAULT_DAYS)
    first, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    length = (last - first).days + 1
    if not 1 <= length <= MOST_DAYS:
        raise HTTPException(422, f"startDate, endDate: the range has {length} days; use 1 to {MOST_DAYS}")
    days = {first + timedelta(days=i): Day() for i in range(length)}
    query = ExecutionQuery(
        namespace_prefix=body.namespace,
        flow_id=body.flow_id,
        started_after=start,
        started_before=end,
        limit=PAGE,
    )
    now = engine.clock()
    while found := engine.store.executions.search(query).results:
        for execution in found:
            day = days.get(execution.history.started.astimezone(zone).date())
            if day is not None:
                day.add(execution, now)
        query = replace(query, offset=query.offset + PAGE)
    return [day.json(date.isoformat()) for date, day in days.items()]


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise HTTPException(
            422, f"timeZone: '{name}' is not a zone; write for example Europe/Paris"
        ) from None
