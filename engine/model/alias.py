"""Older ids of core plugin types that mean the same as the present ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

_CORE = "io.kestra.plugin.core."
_TASKS = "io.kestra.core.tasks."
_CONDITIONS = "io.kestra.core.models.conditions.types."
_TRIGGERS = "io.kestra.core.models.triggers.types."

_FLOWABLES = (
    "AllowFailure Dag EachParallel EachSequential ForEachItem If Parallel Pause Sequential Subflow "
    "Switch Template WorkingDirectory"
)
# Group now, group before, names that only moved.
_MOVED = (
    ("log", f"{_TASKS}log", "Log Fetch"),
    ("debug", f"{_TASKS}debugs", "Return Echo"),
    ("http", "io.kestra.plugin.fs.http", "Request Download Trigger"),
    (
        "storage",
        f"{_TASKS}storages",
        "Concat DeduplicateItems Delete FilterItems LocalFiles Reverse Size Split",
    ),
    ("execution", f"{_TASKS}executions", "Labels Fail"),
    ("state", f"{_TASKS}states", "Get Set Delete"),
    ("templating", f"{_TASKS}templating", "TemplatedTask"),
    (
        "flow",
        f"{_TASKS}flows",
        _FLOWABLES,
    ),
    ("trigger", _TRIGGERS.removesuffix("."), "Flow Schedule Webhook"),
    ("trigger", f"{_TASKS}trigger", "Toggle"),
    ("tasks.scripts", f"{_TASKS}scripts", "Bash Node Python"),
    ("condition", _CONDITIONS.removesuffix("."), "FlowCondition FlowNamespaceCondition MultipleCondition"),
)
_RENAMED = {
    f"{_TASKS}storages.PurgeExecution": "storage.PurgeCurrentExecutionFiles",
    f"{_CORE}storage.PurgeExecution": "storage.PurgeCurrentExecutionFiles",
    f"{_TASKS}storages.Purge": "execution.PurgeExecutions",
    f"{_CORE}storage.Purge": "execution.PurgeExecutions",
    f"{_TASKS}executions.Counts": "execution.Count",
    f"{_TASKS}flows.Flow": "flow.Subflow",
    f"{_TASKS}flows.Worker": "flow.WorkingDirectory",
    f"{_CORE}flow.WaitFor": "flow.LoopUntil",
    f"{_CONDITIONS}VariableCondition": "condition.Expression",
}
_CONDITION_NAMES = (
    "DateTimeBetween DayWeek DayWeekInMonth ExecutionFlow ExecutionLabels ExecutionNamespace "
    "ExecutionOutputs ExecutionStatus Expression HasRetryAttempt Not Or PublicHoliday TimeBetween Weekend"
)


def _pairs() -> Iterator[tuple[str, str]]:
    for group, before, names in _MOVED:
        for name in names.split():
            yield f"{before}.{name}", f"{_CORE}{group}.{name}"
    for name in _CONDITION_NAMES.split():
        for before in (_CONDITIONS, f"{_CORE}condition."):
            yield f"{before}{name}Condition", f"{_CORE}condition.{name}"
    for old, new in _RENAMED.items():
        yield old, f"{_CORE}{new}"


ALIASES: Final[Mapping[str, str]] = dict(_pairs())
"""Old id to canonical id."""
