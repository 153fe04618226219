"""Query parameters of searches: page, size, sort, structured filters and the older flat ones."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.exceptions import HTTPException
from starlette.requests import Request

from api.condition import OPERATORS, Condition, Group, is_grouped, listed, read_groups
from engine.model.duration import parse_duration
from engine.model.moment import from_text, now

MAX_SIZE = 1000
_FILTER = re.compile(r"filters\[(?P<field>\w+)\]\[(?P<operator>\w+)\](?:\[(?P<key>[^\]]*)\])?")

FIELDS = frozenset(
    [
        "q",
        "scope",
        "namespace",
        "kind",
        "labels",
        "flowId",
        "flowRevision",
        "id",
        "type",
        "startDate",
        "endDate",
        "created",
        "updated",
        "expirationDate",
        "state",
        "status",
        "timeRange",
        "triggerExecutionId",
        "triggerId",
        "triggerState",
        "executionId",
        "taskId",
        "taskRunId",
        "attemptNumber",
        "childFilter",
        "workerId",
        "existingOnly",
        "level",
        "minLevel",
        "path",
        "parentPath",
        "version",
        "source",
        "locked",
        "lastTriggeredDate",
        "nextExecutionDate",
    ]
)
FLAT = frozenset(
    [
        "q",
        "namespace",
        "flowId",
        "startDate",
        "endDate",
        "timeRange",
        "state",
        "labels",
        "scope",
        "triggerExecutionId",
        "childFilter",
        "minLevel",
        "level",
        "triggerId",
        "workerId",
        "taskId",
        "taskRunId",
        "executionId",
    ]
)


@dataclass(frozen=True, slots=True)
class Search:
    """What a search asks for."""

    page: int
    size: int
    sort: tuple[tuple[str, bool], ...]
    conditions: tuple[Condition, ...]
    groups: tuple[Group, ...] = ()

    @property
    def narrows(self) -> bool:
        """Tell whether there is any condition."""
        return bool(self.conditions or self.groups)

    def everything(self, limit: int) -> Search:
        """Return the same search on one page."""
        return Search(1, limit, self.sort, self.conditions, self.groups)

    @property
    def offset(self) -> int:
        """How many results come before the page."""
        return (self.page - 1) * self.size

    def take(self, field: str, *operators: str) -> str | None:
        """Return the value of the condition on a field with one of the operators, if there is one."""
        for condition in self.conditions:
            if condition.field == field and condition.operator in operators:
                return condition.value
        return None

    def without(self, handled: Iterable[tuple[str, str]]) -> list[Condition]:
        """Return the conditions that are not of the given (field, operator) pairs."""
        known = set(handled)
        return [c for c in self.conditions if (c.field, c.operator) not in known]

    @property
    def labels(self) -> dict[str, str]:
        """Labels that must be there with these values."""
        return {c.key: c.value for c in self.conditions if c.field == "labels" and _is_label(c) and c.key}

    @property
    def since(self) -> datetime | None:
        """The earliest start, from `startDate` or `timeRange`."""
        reach = self.take("timeRange", "EQUALS")
        start = self.take("startDate", "EQUALS", "GREATER_THAN", "GREATER_THAN_OR_EQUAL_TO")
        if reach is not None and start is not None:
            raise HTTPException(422, "Use either startDate or timeRange, not both")
        if reach is not None:
            return now() - _duration(reach)
        return moment(start) if start is not None else None

    @property
    def until(self) -> datetime | None:
        """The latest start."""
        end = self.take("endDate", "EQUALS", "LESS_THAN", "LESS_THAN_OR_EQUAL_TO")
        end = end or self.take("startDate", "LESS_THAN", "LESS_THAN_OR_EQUAL_TO")
        return moment(end) if end is not None else None


def _is_label(condition: Condition) -> bool:
    return condition.operator == "EQUALS"


def read_search(request: Request, *, groups: bool = False) -> Search:
    """Read page, size, sort, filters; raises 400 or 422 with the parameter's name.

    `groups`: the caller looks at `Search.groups`; otherwise they are refused rather than ignored.
    """
    query = request.query_params
    page, size = _number(query.get("page"), "page", 1), _number(query.get("size"), "size", 10)
    if size > MAX_SIZE:
        raise HTTPException(422, f"size: {size} is too many; at most {MAX_SIZE}")
    sort = tuple(_sort(value) for value in query.getlist("sort") if value)
    conditions: list[Condition] = []
    grouped: list[tuple[str, str]] = []
    states: list[str] = []
    for name, value in query.multi_items():
        if is_grouped(name):
            grouped.append((name, value))
        elif name.startswith("filters["):
            conditions.append(_structured(name, value))
        elif name == "state":
            states += listed(value)
        elif name == "labels":
            key, text = label(value)
            conditions.append(Condition("labels", "EQUALS", text, key))
        elif name in FLAT and value:
            conditions.append(Condition(name, "PREFIX" if name == "namespace" else "EQUALS", value))
    if states:
        conditions.append(Condition("state", "IN", ",".join(states)))
    if grouped and not groups:
        raise HTTPException(
            400, f"'{grouped[0][0]}': groups of filters are not understood here; use single ones"
        )
    return Search(page, size, sort, tuple(conditions), read_groups(grouped, _structured))


def label(text: str) -> tuple[str, str]:
    """Read `key:value`; raises 422."""
    key, colon, value = text.partition(":")
    if not colon or not key.strip() or not value:
        raise HTTPException(422, f"labels: '{text}' is not a label; write key:value")
    return key, value


def moment(text: str) -> datetime:
    """Read an ISO date with time; raises 422."""
    try:
        return from_text(text.replace(" ", "+"))
    except ValueError:
        raise HTTPException(422, f"'{text}' is not a date; write it like 2026-01-02T03:04:05Z") from None


def flag(request: Request, name: str, default: bool = False) -> bool:
    """Read a boolean query parameter; raises 400."""
    text = request.query_params.get(name)
    if text is None or text == "":
        return default
    if text.lower() not in ("true", "false"):
        raise HTTPException(400, f"{name}: '{text}' is not true or false")
    return text.lower() == "true"


def integer(request: Request, name: str) -> int | None:
    """Read a whole number; raises 400."""
    text = request.query_params.get(name)
    if not text:
        return None
    return _number(text, name, 1)


def _structured(name: str, value: str) -> Condition:
    match = _FILTER.fullmatch(name)
    if match is None:
        raise HTTPException(400, f"'{name}' is not a filter; write filters[field][OPERATOR]=value")
    field, operator = match["field"], match["operator"].upper()
    if field not in FIELDS:
        raise HTTPException(400, f"filters: unknown field '{field}'")
    if operator not in OPERATORS:
        raise HTTPException(400, f"filters: unknown operator '{operator}'; use one of {', '.join(OPERATORS)}")
    if operator == "REGEX":
        try:
            re.compile(value)
        except re.error as error:
            raise HTTPException(400, f"filters: '{value}' is not a regular expression: {error}") from None
    return Condition(field, operator, value, match["key"])


def _sort(text: str) -> tuple[str, bool]:
    field, _, direction = text.replace(",", ":").partition(":")
    if not re.fullmatch(r"[\w.]+", field) or direction.lower() not in ("", "asc", "desc"):
        raise HTTPException(422, f"sort: '{text}' is not a sort; write field:asc or field:desc")
    return field, direction.lower() == "desc"


def _number(text: str | None, name: str, default: int) -> int:
    if not text:
        return default
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise HTTPException(400, f"{name}: '{text}' must be a whole number from 1")
    if len(text) > _LONGEST_NUMBER:
        raise HTTPException(400, f"{name}: '{text[:40]}' is too large")
    return int(text)


_LONGEST_NUMBER = 9
"""Digits; what is made of such numbers still fits into those of the database."""


def _duration(text: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise HTTPException(422, f"timeRange: {error}") from None
