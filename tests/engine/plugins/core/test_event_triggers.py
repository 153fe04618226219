from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine.errors import TaskFailure
from engine.model.execution import Attempt, Execution, TaskRun
from engine.model.state import History, State
from engine.plugin.condition import execution_event
from engine.plugins.core.trigger._window import TimeWindow
from engine.storage.ports import TriggerState

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def event(flow_id: str, state: str = "SUCCESS", **more):
    return {
        "executionId": "up1",
        "namespace": "company.team",
        "flowId": flow_id,
        "flowRevision": 3,
        "state": state,
        "labels": {},
        **more,
    }


@pytest.mark.parametrize(
    ("given", "body"),
    [
        ('{"a": 1}', {"a": 1}),
        ("[1, 2]", [1, 2]),
        ("12", "12"),
        ("a=1&b=2", "a=1&b=2"),
        ("{broken", "{broken"),
        ("", None),
        (None, None),
    ],
)
def test_a_call_with_the_right_key_starts(make_context, plugin, given, body) -> None:
    ctx = make_context()
    call = {"key": "hush", "body": given, "headers": {"X-A": ["1"]}, "parameters": {"p": ["2"]}}
    fired = plugin(ctx, "core.trigger.Webhook", key=" hush\n").matches(ctx, call)
    expected = {"headers": {"X-A": ["1"]}, "parameters": {"p": ["2"]}}
    assert fired.variables == (expected if body is None else {**expected, "body": body})


@pytest.mark.parametrize(("key", "given"), [("hush", "Hush"), ("hush", ""), ("", ""), ("hush", "hushé")])
def test_a_call_with_another_key_starts_nothing(make_context, plugin, key, given) -> None:
    ctx = make_context()
    assert plugin(ctx, "core.trigger.Webhook", key=key).matches(ctx, {"key": given}) is None


@pytest.mark.parametrize(
    ("properties", "given", "fires"),
    [
        ({}, event("a"), True),
        ({}, event("a", "PAUSED"), True),
        ({}, event("a", "RUNNING"), False),
        ({"states": ["FAILED"]}, event("a"), False),
        ({}, event("my-flow"), False),
        ({}, {**event("my-flow"), "namespace": "other"}, True),
    ],
)
def test_a_flow_trigger_without_preconditions(make_context, plugin, properties, given, fires) -> None:
    ctx = make_context(trigger_id="t")
    assert (plugin(ctx, "core.trigger.Flow", **properties).matches(ctx, given) is not None) == fires


def test_variables_of_a_flow_trigger(make_context, plugin) -> None:
    ctx = make_context(trigger_id="t")
    fired = plugin(ctx, "core.trigger.Flow").matches(ctx, event("a", outputs={"x": 1}, attempts=["FAILED"]))
    assert fired.variables == {
        "executionId": "up1",
        "namespace": "company.team",
        "flowId": "a",
        "flowRevision": 3,
        "state": "SUCCESS",
        "outputs": {"x": 1},
    }


BOTH = {"id": "both", "flows": [{"namespace": "company.team", "flowId": one} for one in ("a", "b")]}


def matcher(make_context, plugin, preconditions, **properties):
    """Return a function that tells whether an event at some time after noon starts the flow."""

    def fires(given, after: timedelta = timedelta(0)) -> bool:
        ctx = make_context(trigger_id="t", clock=lambda: NOON + after)
        trigger = plugin(ctx, "core.trigger.Flow", preconditions=preconditions, **properties)
        return trigger.matches(ctx, given) is not None

    return fires


def test_all_preconditions_must_be_met_and_then_anew(make_context, plugin) -> None:
    fires = matcher(make_context, plugin, BOTH)
    assert [fires(event(one)) for one in ("a", "a", "c", "b", "b", "a")] == [
        False,
        False,
        False,
        True,
        False,
        True,
    ]


def test_without_reset_a_window_is_fulfilled_once(make_context, plugin) -> None:
    fires = matcher(make_context, plugin, {**BOTH, "resetOnSuccess": False})
    assert [fires(event(one)) for one in ("a", "b", "a", "b")] == [False, True, False, False]
    tomorrow = timedelta(days=1)
    assert [fires(event(one), tomorrow) for one in ("a", "b")] == [False, True]


def test_what_was_met_in_another_window_does_not_count(make_context, plugin) -> None:
    fires = matcher(make_context, plugin, BOTH)
    assert not fires(event("a"))
    assert not fires(event("b"), timedelta(hours=12))
    assert fires(event("a"), timedelta(hours=13))


def test_a_sliding_window(make_context, plugin) -> None:
    fires = matcher(
        make_context, plugin, {**BOTH, "timeWindow": {"type": "SLIDING_WINDOW", "window": "PT1H"}}
    )
    assert not fires(event("a"))
    assert not fires(event("b"), timedelta(minutes=61))
    assert fires(event("a"), timedelta(minutes=121))


def test_the_memory_leaves_other_facts_alone(make_context, plugin) -> None:
    ctx = make_context(trigger_id="t")
    ctx.world.store.triggers.save(
        TriggerState("company.team", "my-flow", "t", "FLOW", NOON, facts={"other": 1}, disabled=False)
    )
    plugin(ctx, "core.trigger.Flow", preconditions=BOTH).matches(ctx, event("a"))
    facts = ctx.world.store.triggers.get("company.team", "my-flow", "t").facts
    assert facts["other"] == 1 and "flow-0" in facts["windows"]["both"]["met"]


@pytest.mark.parametrize(
    ("window", "moment", "expected"),
    [
        ({}, "12:00", ("00:00", "00:00+1")),
        ({"window": "PT6H"}, "13:00", ("12:00", "18:00")),
        ({"window": "PT6H", "windowAdvance": "PT4H"}, "03:00", ("22:00-1", "04:00")),
        ({"type": "SLIDING_WINDOW", "window": "PT2H"}, "13:00", ("11:00", "13:00")),
        ({"type": "DAILY_TIME_DEADLINE", "deadline": "09:00:00"}, "08:00", ("00:00", "09:00")),
        ({"type": "DAILY_TIME_DEADLINE", "deadline": "09:00:00"}, "09:01", None),
        (
            {"type": "DAILY_TIME_WINDOW", "startTime": "06:00:00", "endTime": "09:00:00"},
            "07:00",
            ("06:00", "09:00"),
        ),
        ({"type": "DAILY_TIME_WINDOW", "startTime": "06:00:00", "endTime": "09:00:00"}, "05:59", None),
    ],
    ids=str,
)
def test_windows(window, moment, expected) -> None:
    def at(text: str) -> datetime:
        days = {"+1": 1, "-1": -1}.get(text[5:], 0)
        return datetime(2026, 1, 2, int(text[:2]), int(text[3:5]), tzinfo=UTC) + timedelta(days=days)

    found = TimeWindow.model_validate(window).around(at(moment))
    assert found == (None if expected is None else (at(expected[0]), at(expected[1])))


@pytest.mark.parametrize(
    ("filters", "operand", "fires"),
    [
        ([("FLOW_ID", "EQUAL_TO", "load-a", None)], "AND", True),
        ([("FLOW_ID", "NOT_EQUAL_TO", "load-a", None)], "AND", False),
        ([("NAMESPACE", "STARTS_WITH", "company", None), ("STATE", "IN", None, ["FAILED"])], "AND", False),
        ([("NAMESPACE", "ENDS_WITH", "team", None), ("STATE", "NOT_IN", None, ["FAILED"])], "AND", True),
        ([("FLOW_ID", "REGEX", "load-.", None)], "AND", True),
        ([("FLOW_ID", "REGEX", "(", None)], "AND", False),
        ([("FLOW_ID", "CONTAINS", "x", None), ("FLOW_ID", "IS_NOT_NULL", None, None)], "OR", True),
        ([("FLOW_ID", "IS_NULL", None, None)], "AND", False),
        ([("EXPRESSION", "IS_TRUE", "{{ trigger.outputs.rows > 5 }}", None)], "AND", True),
        ([("EXPRESSION", "IS_FALSE", "{{ trigger.outputs.rows > 5 }}", None)], "AND", False),
        ([("EXPRESSION", "IS_TRUE", "{{ trigger.nothing }}", None)], "AND", False),
    ],
)
def test_where(make_context, plugin, filters, operand, fires) -> None:
    names = ("field", "type", "value", "values")
    where = {
        "id": "w",
        "operand": operand,
        "filters": [
            {name: part for name, part in zip(names, one, strict=True) if part is not None} for one in filters
        ],
    }
    found = matcher(make_context, plugin, {"id": "p", "where": [where]})
    assert found(event("load-a", outputs={"rows": 10})) == fires


def test_labels_and_states_of_upstream_flows(make_context, plugin) -> None:
    wanted = {"namespace": "company.team", "states": ["FAILED"], "labels": {"team": "taxi"}}
    fires = matcher(make_context, plugin, {"id": "p", "flows": [wanted]})
    assert not fires(event("a", "FAILED"))
    assert not fires(event("a", labels={"team": "taxi"}))
    assert fires(event("a", "FAILED", labels={"team": "taxi", "more": "x"}))


def test_preconditions_that_want_nothing_are_refused(make_context, plugin) -> None:
    with pytest.raises(TaskFailure, match="give `flows` or `where`"):
        plugin(make_context(), "core.trigger.Flow", preconditions={"id": "p"})
    window = {"timeWindow": {"type": "DAILY_TIME_DEADLINE"}}
    with pytest.raises(TaskFailure, match="needs a `deadline`"):
        plugin(make_context(), "core.trigger.Flow", preconditions={**BOTH, **window})


def test_toggle_switches_a_known_trigger(make_context, run_task) -> None:
    ctx = make_context()
    store = ctx.world.store.triggers
    store.save(TriggerState("company.team", "my-flow", "hourly", "SCHEDULE", NOON))
    run_task(ctx, "core.trigger.Toggle", trigger="hourly")
    assert store.get("company.team", "my-flow", "hourly").disabled
    run_task(ctx, "core.trigger.Toggle", trigger="hourly", enabled=True, flowId="{{ flow.id }}")
    assert not store.get("company.team", "my-flow", "hourly").disabled
    with pytest.raises(TaskFailure, match=r"'daily' of flow .* is not known"):
        run_task(ctx, "core.trigger.Toggle", trigger="daily")


def test_the_event_of_an_execution() -> None:
    history = History.begin(State.FAILED, NOON)
    run = TaskRun("r", "e", "t", history, 0, attempts=(Attempt(history),))
    execution = Execution("e", "n", "f", 2, history, "e", NOON, labels={"a": "b"}, task_runs=(run,))
    assert execution_event(execution) == {
        "executionId": "e",
        "namespace": "n",
        "flowId": "f",
        "flowRevision": 2,
        "state": "FAILED",
        "labels": {"a": "b"},
        "attempts": ["FAILED"],
    }
