from __future__ import annotations

from datetime import timedelta

import pytest

from engine.errors import TaskFailure
from engine.model.flow import TaskSpec
from engine.model.log import Level
from engine.model.state import State
from engine.plugin import Again, Wait

A = TaskSpec("a", "io.kestra.plugin.core.log.Log", {"message": "a"})
B = TaskSpec("b", "io.kestra.plugin.core.log.Log", {"message": "b"})
OFF = TaskSpec("off", "io.kestra.plugin.core.log.Log", {"message": "off"}, disabled=True)


def test_sequential_and_allow_failure_run_in_order_without_disabled_tasks(make_context, plugin) -> None:
    ctx = make_context()
    for name in ("Sequential", "AllowFailure"):
        task = plugin(ctx, f"core.flow.{name}", tasks=[B, OFF, A])
        assert (task.branches(ctx).kind, task.branches(ctx).tasks) == ("sequence", ("b", "a"))
    assert task.forgives


def test_a_group_without_tasks_is_refused(make_context, plugin) -> None:
    for name in ("Sequential", "Parallel", "Dag"):
        with pytest.raises(TaskFailure, match="tasks"):
            plugin(make_context(), f"core.flow.{name}", tasks=[])


def test_parallel_has_a_limit(make_context, plugin) -> None:
    ctx = make_context()
    branches = plugin(ctx, "core.flow.Parallel", tasks=[A, B], concurrent="{{ 1 + 1 }}").branches(ctx)
    assert (branches.kind, branches.limit) == ("parallel", 2)


@pytest.mark.parametrize(
    ("condition", "chosen"),
    [
        *(
            (text, "a")
            for text in ("true", "True", "FALSE", "no", "null", "[]", "{}", "0.0", " false", "false\n")
        ),
        *((text, "b") for text in ("", "false", "0", "-0", "{{ 1 > 2 }}", "{{ null }}")),
        (True, "a"),
        (False, "b"),
        (1, "a"),
        (0, "b"),
    ],
)
def test_if_chooses_by_the_rendered_text(make_context, plugin, condition, chosen) -> None:
    ctx = make_context()
    task = plugin(ctx, "core.flow.If", condition=condition, then=[A], **{"else": [B]})
    assert task.branches(ctx).tasks == (chosen,)
    assert task.opened(ctx).model_dump(by_alias=True) == {"evaluationResult": chosen == "a"}


def test_a_false_if_without_else_runs_nothing(make_context, plugin) -> None:
    ctx = make_context()
    assert plugin(ctx, "core.flow.If", condition="false", then=[A]).branches(ctx).tasks == ()


@pytest.mark.parametrize(
    ("value", "chosen"), [("x", "a"), (True, "b"), ("true", "b"), ("X", "off2"), (" x", "off2")]
)
def test_switch_compares_exactly(make_context, plugin, value, chosen) -> None:
    ctx = make_context()
    rest = TaskSpec("off2", A.type)
    task = plugin(ctx, "core.flow.Switch", value=value, cases={"x": [A], "true": [B]}, defaults=[rest])
    assert task.branches(ctx).tasks == (chosen,)
    assert task.opened(ctx).defaults is (chosen == "off2")


def test_switch_without_a_match_fails(make_context, plugin) -> None:
    ctx = make_context()
    task = plugin(ctx, "core.flow.Switch", value="y", cases={"x": [A]})
    with pytest.raises(TaskFailure, match=r"No task found on flow .* 'x'") as failure:
        task.branches(ctx)
    assert failure.value.outputs == {"value": "y", "defaults": True}


def test_a_switch_without_any_task_is_refused(make_context, plugin) -> None:
    with pytest.raises(TaskFailure, match="No task defined, neither cases or default have any tasks"):
        plugin(make_context(), "core.flow.Switch", value="x", cases={"x": []})


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ('["a","a","b"]', ("a", "b")),
        ("{{ [1, 2] }}", ("1", "2")),
        ('[true, 1.5, {"k": 1}, ["x", 1]]', ("true", "1.5", '{"k":1}', '["x",1]')),
        ("[1.0, 1]", ("1.0", "1")),
        (["{{ flow.id }}", 2, {"k": "{{ flow.id }}"}], ("my-flow", "2", '{"k":"my-flow"}')),
        (["{{ ['a', 'b'] }}"], ('["a","b"]',)),
        (["a", "b", "a"], ("a", "b")),
        ("[]", ()),
        ([], ()),
    ],
    ids=str,
)
def test_for_each_values(make_context, plugin, values, expected) -> None:
    ctx = make_context()
    branches = plugin(ctx, "core.flow.ForEach", values=values, tasks=[A]).branches(ctx)
    assert (branches.kind, branches.values, branches.limit) == ("each", expected, 1)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ("a,b", "is not a list of values"),
        ("{{ {'a': 1} }}", "is not a list of values"),
        ("- a\n- b", "is not a list of values"),
        ([True], "Unknown value element type"),
        ([["a"]], "Unknown value element type"),
        ('[1, null, {"key": "k"}]', "Found '1' null values on Each"),
        (["a", None], "Found '1' null values on Each"),
    ],
    ids=str,
)
def test_for_each_refuses(make_context, plugin, values, message) -> None:
    ctx = make_context()
    with pytest.raises(TaskFailure, match=message):
        plugin(ctx, "core.flow.ForEach", values=values, tasks=[A]).branches(ctx)


def test_each_sequential_and_each_parallel(make_context, plugin) -> None:
    ctx = make_context()
    one = plugin(ctx, "core.flow.EachSequential", value='["a"]', tasks=[A]).branches(ctx)
    all_ = plugin(ctx, "core.flow.EachParallel", value='["a"]', tasks=[A], concurrent=3).branches(ctx)
    assert (one.limit, one.flat, all_.limit, all_.flat) == (1, False, 3, True)


def test_a_dag_keeps_its_dependencies(make_context, plugin) -> None:
    ctx = make_context()
    nodes = [{"task": A}, {"task": B, "dependsOn": ["a", "off"]}, {"task": OFF}]
    branches = plugin(ctx, "core.flow.Dag", tasks=nodes).branches(ctx)
    assert (branches.kind, branches.tasks, branches.after) == ("dag", ("a", "b"), {"a": (), "b": ("a",)})


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        ([], ["c"], "Not existing task id in dependency: c"),
        (["b"], ["a"], "Cyclic dependency detected: (a, b|b, a)"),
        (["a"], [], "Cyclic dependency detected: a"),
    ],
)
def test_a_dag_with_wrong_dependencies_is_refused(make_context, plugin, a, b, message) -> None:
    nodes = [{"task": A, "dependsOn": a}, {"task": B, "dependsOn": b}]
    with pytest.raises(TaskFailure, match=message):
        plugin(make_context(), "core.flow.Dag", tasks=nodes)


def test_sleep_waits_until_a_date(make_context, plugin) -> None:
    ctx = make_context()
    assert plugin(ctx, "core.flow.Sleep", duration="PT90S").wait(ctx) == Wait(
        ctx.clock() + timedelta(seconds=90)
    )
    assert plugin(ctx, "core.flow.Sleep", duration=30).wait(ctx).until == ctx.clock() + timedelta(seconds=30)
    with pytest.raises(TaskFailure, match="'soon' is not a duration"):
        plugin(ctx, "core.flow.Sleep", duration="soon")


@pytest.mark.parametrize(
    ("properties", "seconds", "then", "cancels"),
    [
        ({}, None, State.SUCCESS, False),
        ({"pauseDuration": "PT5S"}, 5, State.SUCCESS, False),
        ({"pauseDuration": "PT5S", "behavior": "WARN"}, 5, State.WARNING, False),
        ({"pauseDuration": "PT5S", "behavior": "FAIL"}, 5, State.FAILED, False),
        ({"pauseDuration": "PT5S", "behavior": "CANCEL"}, 5, State.CANCELLED, True),
        ({"timeout": "PT5S"}, 5, State.FAILED, False),
        ({"timeout": "PT5S", "pauseDuration": "PT2S"}, 2, State.SUCCESS, False),
        ({"behavior": "CANCEL"}, None, State.SUCCESS, False),
    ],
    ids=str,
)
def test_pause(make_context, plugin, properties, seconds, then, cancels) -> None:
    ctx = make_context()
    until = None if seconds is None else ctx.clock() + timedelta(seconds=seconds)
    assert plugin(ctx, "core.flow.Pause", **properties).wait(ctx) == Wait(until, State.PAUSED, then, cancels)


def test_a_resumed_pause_gives_the_values(make_context, plugin) -> None:
    ctx = make_context()
    pause = plugin(ctx, "core.flow.Pause", onResume=[{"id": "ok", "type": "BOOL", "defaults": "{{ x }}"}])
    assert pause.on_resume[0]["defaults"] == "{{ x }}"
    given = pause.woken(ctx, {"ok": True}).model_dump(by_alias=True)
    assert given["onResume"] == {"ok": True}
    assert given["resumed"]["to"] == "RUNNING"
    assert pause.woken(ctx, None).on_resume is None


def test_loop_until_ends_when_its_condition_is_true(make_context, plugin) -> None:
    ctx = make_context({"outputs": {"a": {"value": "done"}}})
    loop = plugin(ctx, "core.flow.LoopUntil", condition="{{ outputs.a.value == 'done' }}", tasks=[A])
    assert loop.repeats
    assert loop.again(ctx, 1) is None


def test_loop_until_goes_on_after_the_interval(make_context, plugin) -> None:
    ctx = make_context()
    loop = plugin(ctx, "core.flow.LoopUntil", condition="{{ false }}", tasks=[A])
    assert loop.again(ctx, 1000) == Again(timedelta(minutes=1))


@pytest.mark.parametrize(
    ("frequency", "message"),
    [({"maxIterations": 3}, "Max iterations reached"), ({"maxDuration": "PT10S"}, "Max duration reached")],
)
def test_loop_until_stops_at_its_limits(make_context, plugin, frequency, message) -> None:
    started = make_context().clock() - timedelta(seconds=10)
    ctx = make_context({"taskrun": {"startDate": started}})
    properties = {"condition": "false", "tasks": [A], "checkFrequency": {"interval": "PT1S", **frequency}}
    loop = plugin(ctx, "core.flow.LoopUntil", **properties)
    assert loop.again(ctx, 3) is None
    assert ctx.logs[0][0] is Level.WARN and message in ctx.logs[0][1]
    with pytest.raises(TaskFailure, match=message):
        plugin(ctx, "core.flow.LoopUntil", failOnMaxReached=True, **properties).again(ctx, 3)


def test_subflow_calls(make_context, plugin) -> None:
    ctx = make_context()
    task = plugin(
        ctx,
        "core.flow.Subflow",
        namespace="company",
        flowId="{{ flow.id }}-child",
        inputs={"n": "{{ {'a': 1} }}"},
        labels=[{"key": "k", "value": "{{ flow.id }}"}],
        wait=True,
    )
    call = task.call(ctx)
    assert (call.flow_id, call.inputs, call.labels) == ("my-flow-child", {"n": '{"a":1}'}, {"k": "my-flow"})
    given = task.returned(ctx, "e1", State.WARNING, {"x": 1}).model_dump(by_alias=True)
    assert given == {"executionId": "e1", "state": "WARNING", "outputs": {"x": 1}}


def test_subflow_labels_may_be_json_text(make_context, plugin) -> None:
    ctx = make_context({"labels": {"team": "taxi"}})
    task = plugin(ctx, "core.flow.Subflow", namespace="a", flowId="b", labels="{{ labels }}")
    assert task.call(ctx).labels == {"team": "taxi"}
