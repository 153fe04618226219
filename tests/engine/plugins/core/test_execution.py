from __future__ import annotations

import pytest

from engine.errors import TaskFailure
from engine.model.state import State


@pytest.mark.parametrize(
    "labels",
    [
        {"k": "{{ flow.id }}", "n": 1, "m": {"a": 1}},
        [{"key": "k", "value": "my-flow"}, {"key": "n", "value": 1}, {"key": "m", "value": {"a": 1}}],
        '{"k": "my-flow", "n": 1, "m": {"a": 1}}',
    ],
)
def test_labels_in_every_form(make_context, plugin, labels) -> None:
    ctx = make_context()
    change = plugin(ctx, "core.execution.Labels", labels=labels).change(ctx)
    assert change.labels == {"k": "my-flow", "n": "1", "m": '{"a":1}'}


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ({"system.x": "1"}, "system"),
        ("nonsense", "is not a JSON map"),
        ("[1]", "key"),
        ([{"key": "a"}], "`key` and `value`"),
        ("5", "is not a map"),
    ],
)
def test_labels_that_are_none(make_context, plugin, labels, message) -> None:
    ctx = make_context()
    with pytest.raises(TaskFailure, match=message):
        plugin(ctx, "core.execution.Labels", labels=labels).change(ctx)


def test_variables_are_set_and_unset(make_context, plugin) -> None:
    ctx = make_context()
    change = plugin(
        ctx, "core.execution.SetVariables", variables={"a": {"b": "{{ flow.id }}"}}, overwrite=False
    ).change(ctx)
    assert (change.set_variables, change.overwrite_variables) == ({"a": {"b": "my-flow"}}, False)
    change = plugin(ctx, "core.execution.UnsetVariables", variables='["a.b"]', ignoreMissing=True).change(ctx)
    assert (change.unset_variables, change.ignore_missing_variables) == (["a.b"], True)


@pytest.mark.parametrize(
    ("state", "expected"),
    [("SUCCESS", State.SUCCESS), ("CANCELED", State.CANCELLED), ("KILLED", State.KILLED)],
)
def test_exit(make_context, plugin, state, expected) -> None:
    ctx = make_context()
    assert plugin(ctx, "core.execution.Exit", state=state).change(ctx).exit_state is expected


def test_exit_refuses_other_states(make_context, plugin) -> None:
    with pytest.raises(TaskFailure, match="state"):
        plugin(make_context(), "core.execution.Exit", state="RUNNING")


def test_fail_always_or_on_a_condition(make_context, run_task) -> None:
    ctx = make_context()
    with pytest.raises(TaskFailure, match="Task failure"):
        run_task(ctx, "core.execution.Fail")
    with pytest.raises(TaskFailure, match="Fail on a condition"):
        run_task(ctx, "core.execution.Fail", condition="{{ 1 < 2 }}", errorMessage="too {{ flow.id }}")
    assert ctx.messages == ["too my-flow"]
    assert run_task(ctx, "core.execution.Fail", condition="{{ 1 > 2 }}") == {}


def test_assert_checks_every_condition(make_context, run_task) -> None:
    ctx = make_context()
    with pytest.raises(TaskFailure, match="2 assertions failed!\nsee my-flow"):
        run_task(
            ctx,
            "core.execution.Assert",
            conditions=["{{ 1 < 2 }}", "{{ 1 > 2 }}", "{{ nothing }}"],
            errorMessage="see {{ flow.id }}",
        )
    assert len(ctx.messages) == 2
    assert {metric.name: metric.value for metric in ctx.metrics} == {"failed": 2, "success": 1}
    assert run_task(ctx, "core.execution.Assert", conditions=["true"]) == {}
