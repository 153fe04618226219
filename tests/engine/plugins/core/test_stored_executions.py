"""Tasks that look at stored executions and logs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine.errors import TaskFailure
from engine.model.execution import Execution
from engine.model.log import Level, LogEntry
from engine.model.state import History, State
from engine.storage.ports import Changes

DAY = datetime(2026, 1, 1, tzinfo=UTC)


def store_logs(ctx) -> None:
    entries = [
        LogEntry("company.team", "my-flow", "exec1", DAY, Level.INFO, "start", task_id="a"),
        LogEntry("company.team", "my-flow", "exec1", DAY, Level.WARN, "careful", task_id="b"),
        LogEntry("company", "other", "exec2", DAY, Level.ERROR, "broken", task_id="a"),
        LogEntry("company.team", "my-flow", "exec3", DAY + timedelta(days=2), Level.INFO, "later"),
    ]
    with ctx.world.store.executions.transaction() as transaction:
        transaction.write(Changes(logs=entries))


def left(ctx) -> list[str]:
    return [entry.message for entry in ctx.world.store.executions.logs().results]


@pytest.mark.parametrize(
    ("properties", "messages"),
    [
        ({}, ["start", "careful"]),
        ({"level": "WARN"}, ["careful"]),
        ({"tasksId": "a"}, ["start"]),
        ({"tasksId": ["a", "b"]}, ["start", "careful"]),
        ({"executionId": "exec2"}, ["broken"]),
        ({"executionId": "exec2", "namespace": "company", "flowId": "other"}, ["broken"]),
    ],
    ids=str,
)
def test_fetch(make_context, run_task, properties, messages) -> None:
    ctx = make_context()
    store_logs(ctx)
    given = run_task(ctx, "core.log.Fetch", **properties)
    assert given["size"] == len(messages)
    lines = ctx.read_text(given["uri"]).splitlines()
    assert [next(one for one in messages if one in line) for line in lines] == messages


@pytest.mark.parametrize(
    "properties", [{"namespace": "a", "flowId": "b"}, {"executionId": "x", "flowId": "b"}]
)
def test_fetch_refuses(make_context, run_task, properties) -> None:
    with pytest.raises(TaskFailure, match=r"`executionId`|both"):
        run_task(make_context(), "core.log.Fetch", **properties)


@pytest.mark.parametrize(
    ("properties", "kept"),
    [
        ({}, ["later"]),
        ({"namespace": "company.team"}, ["broken", "later"]),
        ({"namespace": "company"}, ["later"]),
        ({"namespace": "company", "flowId": "other"}, ["start", "careful", "later"]),
        ({"logLevels": ["INFO"]}, ["careful", "broken", "later"]),
        ({"executionId": "exec2"}, ["start", "careful", "later"]),
        ({"startDate": "2026-01-01T12:00:00Z"}, ["start", "careful", "broken", "later"]),
    ],
    ids=str,
)
def test_purge_logs(make_context, run_task, properties, kept) -> None:
    ctx = make_context()
    store_logs(ctx)
    given = run_task(ctx, "core.log.PurgeLogs", endDate="2026-01-02T00:00:00Z", **properties)
    assert (given["count"], left(ctx)) == (4 - len(kept), kept)


@pytest.mark.parametrize(
    ("properties", "counts", "kept"),
    [
        ({}, (5, 4, 1), []),
        ({"purgeExecutionLogs": False}, (1, 0, 1), ["start", "careful", "broken", "later"]),
        ({"purgeNonExecutionLogs": False}, (4, 4, 0), ["polled"]),
    ],
    ids=str,
)
def test_logs_of_triggers_are_purged_apart(make_context, run_task, properties, counts, kept) -> None:
    ctx = make_context()
    store_logs(ctx)
    with ctx.world.store.executions.transaction() as transaction:
        entry = LogEntry("company.team", "my-flow", None, DAY, Level.INFO, "polled", trigger_id="t")
        transaction.write(Changes(logs=[entry]))
    given = run_task(ctx, "core.log.PurgeLogs", endDate="2026-02-01T00:00:00Z", batchSize=2, **properties)
    assert tuple(given[name] for name in ("count", "executionLogsCount", "nonExecutionLogsCount")) == counts
    assert left(ctx) == kept


@pytest.mark.parametrize(
    ("properties", "kept"),
    [
        ({}, ["running", "young"]),
        ({"states": ["FAILED"]}, ["ok", "other", "running", "young"]),
        ({"namespace": "company"}, ["running", "young"]),
        ({"namespace": "company", "flowId": "load"}, ["bad", "ok", "running", "young"]),
        ({"startDate": "2026-01-01T00:30:00Z"}, ["ok", "running", "young"]),
        ({"batchSize": 1}, ["running", "young"]),
        ({"purgeExecution": False}, ["bad", "ok", "other", "running", "young"]),
    ],
    ids=str,
)
def test_purge_executions(make_context, run_task, properties, kept) -> None:
    ctx = make_context()
    ended = {
        "ok": ("company.team", State.SUCCESS, 0),
        "bad": ("company.team", State.FAILED, 1),
        "other": ("company", State.WARNING, 2),
        "running": ("company.team", State.RUNNING, 3),
        "young": ("company.team", State.SUCCESS, 100),
    }
    rows, logs = {}, []
    for id_, (namespace, state, hours) in ended.items():
        began = DAY + timedelta(hours=hours)
        rows[id_] = Execution(id_, namespace, "load", 1, History.begin(state, began), "", began)
        logs.append(LogEntry(namespace, "load", id_, DAY, Level.INFO, id_))
        place = f"{namespace.replace('.', '/')}/load/executions/{id_}"
        ctx.world.files.put(f"{place}/tasks/a/1/x.csv", b"x")
    with ctx.world.store.executions.transaction() as transaction:
        transaction.write(Changes(executions=rows, logs=logs))
    given = run_task(ctx, "core.execution.PurgeExecutions", endDate="2026-01-02T00:00:00Z", **properties)
    assert sorted(id_ for id_ in rows if ctx.world.store.executions.get(id_)) == kept
    gone = 5 - len(kept)
    cleared = 3 if properties.get("purgeExecution") is False else gone
    assert given == {
        "executionsCount": gone,
        "logsCount": cleared,
        "metricsCount": 0,
        "storagesCount": cleared,
    }
    assert len(left(ctx)) == 5 - cleared


def test_count(make_context, run_task) -> None:
    ctx = make_context()
    states = (State.SUCCESS, State.FAILED, State.SUCCESS)
    rows = {
        str(number): Execution(
            str(number),
            "company.team",
            "load",
            1,
            History.begin(state, DAY + timedelta(hours=number)),
            "",
            DAY,
        )
        for number, state in enumerate(states)
    }
    with ctx.world.store.executions.transaction() as transaction:
        transaction.write(Changes(executions=rows))
    flows = [{"namespace": "company.team", "flowId": one} for one in ("load", "none")]
    since = {"flows": flows, "startDate": "2026-01-01T00:00:00Z"}
    load = {"namespace": "company.team", "flowId": "load"}
    assert run_task(ctx, "core.execution.Count", **since, expression="{{ count >= 1 }}") == {
        "results": [{**load, "count": 3}],
        "total": 3,
    }
    assert run_task(ctx, "core.execution.Count", **since, states=["SUCCESS"], expression="true")["total"] == 2
    late = {**since, "startDate": "2026-01-01T01:30:00Z"}
    assert run_task(ctx, "core.execution.Count", **late, expression="true")["total"] == 1
    early = {**since, "endDate": "2026-01-01T00:30:00Z"}
    assert run_task(ctx, "core.execution.Count", **early, expression="true")["total"] == 1
    with pytest.raises(TaskFailure, match="give `flows` or `namespaces`"):
        run_task(ctx, "core.execution.Count", startDate="2026-01-01T00:00:00Z", expression="true")
