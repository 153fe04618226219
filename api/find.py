"""Searches of executions: what the store finds itself, and the rest condition by condition."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from starlette.exceptions import HTTPException

from api.condition import Condition, Group
from api.paging import Search
from engine.model.execution import Execution
from engine.model.json import Json
from engine.model.moment import to_text
from engine.model.state import State
from engine.storage.ports import ExecutionQuery, ExecutionStore, Page

SCAN = 100_000
"""Most executions looked at when a condition is not one the store knows."""

_NATIVE = {
    ("q", "EQUALS"), ("q", "CONTAINS"), ("namespace", "EQUALS"), ("namespace", "PREFIX"),
    ("namespace", "STARTS_WITH"), ("flowId", "EQUALS"), ("state", "IN"), ("state", "EQUALS"),
    ("labels", "EQUALS"), ("timeRange", "EQUALS"), ("triggerExecutionId", "EQUALS"),
    ("childFilter", "EQUALS"), ("scope", "EQUALS"), ("kind", "EQUALS"),
    ("startDate", "EQUALS"), ("startDate", "GREATER_THAN"), ("startDate", "GREATER_THAN_OR_EQUAL_TO"),
    ("startDate", "LESS_THAN"), ("startDate", "LESS_THAN_OR_EQUAL_TO"),
    ("endDate", "EQUALS"), ("endDate", "LESS_THAN"), ("endDate", "LESS_THAN_OR_EQUAL_TO"),
}  # fmt: skip

_SORT = {
    "id": "id",
    "namespace": "namespace",
    "flowId": "flow_id",
    "state.current": "state",
    "state.startDate": "started",
    "startDate": "started",
    "state.endDate": "ended",
    "endDate": "ended",
    "state.duration": "duration",
}


def find_executions(store: ExecutionStore, search: Search, *, task_runs: bool = True) -> Page[Execution]:
    """Find executions, with their task runs unless told otherwise; raises 400 on a field they do not have."""
    rest = search.without(_NATIVE)
    scanned = bool(rest or search.groups)
    query = ExecutionQuery(
        namespace=search.take("namespace", "EQUALS"),
        namespace_prefix=search.take("namespace", "PREFIX", "STARTS_WITH"),
        flow_id=search.take("flowId", "EQUALS"),
        states=_states(search.conditions),
        labels=search.labels,
        text=search.take("q", "EQUALS", "CONTAINS"),
        started_after=search.since,
        started_before=search.until,
        trigger_execution_id=search.take("triggerExecutionId", "EQUALS"),
        child=_child(search.take("childFilter", "EQUALS")),
        sort=[(_SORT[field], down) for field, down in search.sort if field in _SORT],
        offset=0 if scanned else search.offset,
        limit=SCAN if scanned else search.size,
    )
    page = store.search(query, task_runs=task_runs and not scanned)
    if not scanned:
        return page
    whole = Group("and", (*rest, *search.groups))
    kept = [one for one in page.results if whole.holds(partial(field_of, one))]
    shown = kept[search.offset : search.offset + search.size]
    if task_runs:
        shown = [store.get(one.id) or one for one in shown]
    return Page(shown, len(kept))


def _states(conditions: Iterable[Condition]) -> frozenset[State]:
    chosen: frozenset[State] | None = None
    for condition in conditions:
        if condition.field != "state" or condition.operator not in ("IN", "EQUALS"):
            continue
        try:
            states = frozenset(State(value.upper()) for value in condition.values)
        except ValueError as error:
            raise HTTPException(400, f"state: {error}; use one of {', '.join(State)}") from None
        chosen = states if chosen is None else chosen & states
    return chosen or frozenset()


def _child(text: str | None) -> bool | None:
    if text is None:
        return None
    if text not in ("CHILD", "MAIN"):
        raise HTTPException(400, f"childFilter: '{text}' is not CHILD or MAIN")
    return text == "CHILD"


def field_of(one: Execution, field: str) -> Json:
    values: dict[str, Json] = {
        "id": one.id,
        "executionId": one.id,
        "namespace": one.namespace,
        "flowId": one.flow_id,
        "flowRevision": one.flow_revision,
        "state": one.state,
        "labels": one.labels,
        "kind": one.kind,
        "triggerId": one.trigger and one.trigger.id,
        "triggerExecutionId": one.trigger and one.trigger.variables.get("executionId"),
        "startDate": to_text(one.history.started),
        "endDate": to_text(one.history.ended) if one.history.ended else None,
        "q": f"{one.namespace}.{one.flow_id} {one.id}",
    }
    if field not in values:
        raise HTTPException(400, f"filters: executions have no field '{field}'")
    return values[field]
