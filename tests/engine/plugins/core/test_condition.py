from __future__ import annotations

import pytest

from engine.errors import TaskFailure

UPSTREAM = {
    "executionId": "up1",
    "namespace": "company.team",
    "flowId": "load",
    "flowRevision": 1,
    "state": "WARNING",
    "labels": {"team": "taxi", "n": "1"},
    "outputs": {"rows": 10},
    "attempts": ["FAILED", "SUCCESS"],
}


def of(kind: str, **properties):
    return {"type": f"io.kestra.plugin.core.condition.{kind}", **properties}


@pytest.mark.parametrize(
    ("date", "kind", "properties", "holds"),
    [
        ("2026-01-01T00:00:00Z", "DateTimeBetween", {"after": "2025-12-31T00:00:00Z"}, True),
        ("2026-01-01T00:00:00Z", "DateTimeBetween", {"after": "2026-01-01T01:00:00+01:00"}, False),
        ("2026-01-01T00:00:00Z", "DateTimeBetween", {"before": "2026-01-01T00:00:00Z"}, False),
        (
            "2026-01-01T00:00:00Z",
            "DateTimeBetween",
            {"after": "2025-01-01T00:00:00Z", "before": "2027-01-01T00:00:00Z"},
            True,
        ),
        ("2026-01-01T23:30:00Z", "DayWeek", {"dayOfWeek": "THURSDAY"}, True),
        ("2026-01-02T00:30:00+01:00", "DayWeek", {"dayOfWeek": "THURSDAY"}, False),
        ("2026-01-05T00:00:00Z", "DayWeekInMonth", {"dayOfWeek": "MONDAY", "dayInMonth": "FIRST"}, True),
        ("2026-01-12T00:00:00Z", "DayWeekInMonth", {"dayOfWeek": "MONDAY", "dayInMonth": "FIRST"}, False),
        ("2026-01-12T00:00:00Z", "DayWeekInMonth", {"dayOfWeek": "MONDAY", "dayInMonth": "SECOND"}, True),
        ("2026-01-26T00:00:00Z", "DayWeekInMonth", {"dayOfWeek": "MONDAY", "dayInMonth": "FOURTH"}, True),
        ("2026-01-26T00:00:00Z", "DayWeekInMonth", {"dayOfWeek": "MONDAY", "dayInMonth": "LAST"}, True),
        ("2026-01-19T00:00:00Z", "DayWeekInMonth", {"dayOfWeek": "MONDAY", "dayInMonth": "LAST"}, False),
        ("2026-01-05T00:00:00Z", "DayWeekInMonth", {"dayOfWeek": "TUESDAY", "dayInMonth": "FIRST"}, False),
        ("2026-01-01T10:00:00Z", "TimeBetween", {"after": "09:00:00Z", "before": "11:00:00Z"}, True),
        ("2026-01-01T10:00:00Z", "TimeBetween", {"after": "11:30:00+02:00"}, True),
        ("2026-01-01T10:00:00Z", "TimeBetween", {"after": "10:00:00Z"}, False),
        ("2026-01-01T10:00:00+02:00", "TimeBetween", {"before": "08:00:01Z"}, True),
        ("2026-01-03T00:00:00Z", "Weekend", {}, True),
        ("2026-01-05T00:00:00Z", "Weekend", {}, False),
    ],
    ids=str,
)
def test_dates(make_context, plugin, date, kind, properties, holds) -> None:
    of_trigger = make_context({"trigger": {"date": date}})
    assert plugin(of_trigger, f"core.condition.{kind}", **properties).holds(of_trigger) is holds
    given = make_context({"x": date})
    assert plugin(given, f"core.condition.{kind}", date="{{ x }}", **properties).holds(given) is holds


def test_a_date_that_is_missing_or_none(make_context, plugin) -> None:
    ctx = make_context()
    with pytest.raises(TaskFailure, match=r"no `trigger.date` here"):
        plugin(ctx, "core.condition.Weekend").holds(ctx)
    with pytest.raises(TaskFailure, match="'soon' is not a date"):
        plugin(ctx, "core.condition.Weekend", date="soon").holds(ctx)
    for kind in ("DateTimeBetween", "TimeBetween"):
        with pytest.raises(TaskFailure, match="`after`, `before` or both"):
            plugin(ctx, f"core.condition.{kind}")


@pytest.mark.parametrize(
    ("kind", "properties", "holds"),
    [
        ("ExecutionFlow", {"namespace": "company.team", "flowId": "load"}, True),
        ("ExecutionFlow", {"namespace": "company.team", "flowId": "other"}, False),
        ("ExecutionNamespace", {"namespace": "company"}, False),
        ("ExecutionNamespace", {"namespace": "company", "prefix": True}, True),
        ("ExecutionNamespace", {"namespace": "company", "comparison": "PREFIX"}, True),
        ("ExecutionNamespace", {"namespace": "team", "comparison": "SUFFIX"}, True),
        ("ExecutionNamespace", {"namespace": "company.team"}, True),
        ("ExecutionLabels", {"labels": {"team": "taxi"}}, True),
        ("ExecutionLabels", {"labels": {"team": "taxi", "n": 1}}, True),
        ("ExecutionLabels", {"labels": [{"key": "team", "value": "bus"}]}, False),
        ("ExecutionOutputs", {"expression": "{{ trigger.outputs.rows > 5 }}"}, True),
        ("ExecutionOutputs", {"expression": "{{ trigger.outputs.rows > 50 }}"}, False),
        ("ExecutionStatus", {"in": ["WARNING"]}, True),
        ("ExecutionStatus", {"in": ["SUCCESS"]}, False),
        ("ExecutionStatus", {"notIn": ["WARNING"]}, False),
        ("ExecutionStatus", {}, True),
        ("HasRetryAttempt", {"in": ["FAILED"]}, True),
        ("HasRetryAttempt", {"in": ["KILLED"]}, False),
        ("HasRetryAttempt", {"notIn": ["SUCCESS", "FAILED"]}, False),
        ("Expression", {"expression": "{{ trigger.state == 'WARNING' }}"}, True),
        ("Expression", {"expression": " {{ trigger.state == 'SUCCESS' }}\n"}, False),
        ("Expression", {"expression": "  "}, False),
        ("Expression", {"expression": "0"}, True),
        ("FlowCondition", {"namespace": "company.team", "flowId": "my-flow"}, True),
        ("FlowCondition", {"namespace": "company.team", "flowId": "load"}, False),
        ("FlowNamespaceCondition", {"namespace": "company", "prefix": True}, True),
        ("FlowNamespaceCondition", {"namespace": "company"}, False),
        (
            "Not",
            {
                "conditions": [
                    of("ExecutionStatus", **{"in": ["SUCCESS"]}),
                    of("Expression", expression="false"),
                ]
            },
            True,
        ),
        ("Not", {"conditions": [of("ExecutionStatus", **{"in": ["WARNING"]})]}, False),
        (
            "Or",
            {
                "conditions": [
                    of("Expression", expression="false"),
                    of("Expression", expression="{{ flow.id }}"),
                ]
            },
            True,
        ),
        ("Or", {"conditions": [of("Not", conditions=[of("Expression", expression="x")])]}, False),
    ],
    ids=str,
)
def test_executions(make_context, plugin, kind, properties, holds) -> None:
    ctx = make_context({"trigger": UPSTREAM})
    assert plugin(ctx, f"core.condition.{kind}", **properties).holds(ctx) is holds


def test_without_outputs_an_expression_over_them_is_false(make_context, plugin) -> None:
    ctx = make_context({"trigger": {**UPSTREAM, "outputs": None}})
    assert not plugin(ctx, "core.condition.ExecutionOutputs", expression="true").holds(ctx)


def test_without_an_execution_its_conditions_cannot_be_told(make_context, plugin) -> None:
    ctx = make_context({"trigger": {"date": "2026-01-01T00:00:00Z"}})
    with pytest.raises(TaskFailure, match="belongs to a Flow trigger"):
        plugin(ctx, "core.condition.ExecutionStatus").holds(ctx)


def test_what_is_no_condition_is_refused(make_context, plugin) -> None:
    with pytest.raises(TaskFailure, match="is not a Condition"):
        plugin(make_context(), "core.condition.Not", conditions=[{"type": "io.kestra.plugin.core.log.Log"}])


def test_several_conditions_within_a_window(make_context, plugin) -> None:
    properties = {
        "id": "both",
        "window": "P1D",
        "conditions": {
            "load": of("ExecutionFlow", namespace="company.team", flowId="load"),
            "clean": of("ExecutionFlow", namespace="company.team", flowId="clean"),
            "odd": of("Expression", expression="x"),
        },
    }

    def holds(flow_id: str) -> bool:
        ctx = make_context({"trigger": {**UPSTREAM, "flowId": flow_id}}, trigger_id="t")
        return plugin(ctx, "core.condition.MultipleCondition", **properties).holds(ctx)

    assert [holds(one) for one in ("load", "load", "clean", "clean")] == [False, False, True, False]


def test_public_holidays(make_context, plugin) -> None:
    pytest.importorskip("holidays")
    ctx = make_context()
    holiday = {"date": "2026-07-14T00:00:00Z", "country": "fr"}
    assert plugin(ctx, "core.condition.PublicHoliday", **holiday).holds(ctx)
    assert not plugin(ctx, "core.condition.PublicHoliday", **{**holiday, "country": "DE"}).holds(ctx)
    epiphany = {"date": "2026-01-06T00:00:00Z", "country": "DE"}
    assert not plugin(ctx, "core.condition.PublicHoliday", **epiphany).holds(ctx)
    assert plugin(ctx, "core.condition.PublicHoliday", **epiphany, subDivision="DE-BY").holds(ctx)
    with pytest.raises(TaskFailure, match="country"):
        plugin(ctx, "core.condition.PublicHoliday", **{**holiday, "country": "XX"}).holds(ctx)
