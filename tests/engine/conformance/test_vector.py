"""The published vectors: shapes of flows with the states and numbers of task runs they must give (14.1)."""

from __future__ import annotations

import pytest

from engine.engine import Engine
from engine.executor import reopen
from engine.model.moment import now
from engine.model.state import State
from tests.engine.conformance.language import (
    Case,
    cases,
    children,
    flow,
    judge,
    listing,
    one,
    output,
    passages,
    start,
    until_state,
)

_ALLOWED = """
tasks:
  - id: outer
    type: +flow.Sequential
    tasks:
      - id: allow
        type: +flow.AllowFailure
        tasks:
          - id: inner
            type: +flow.Sequential
            tasks:
              - {id: ok, type: +debug.Return, format: x}
              - {id: bad, type: +execution.Fail}
              - {id: z, type: +debug.Return, format: x}
        errors: [{id: local, type: +debug.Return, format: x}]
      - {id: ok2, type: +debug.Return, format: x}
  - id: choose
    type: +flow.Switch
    value: "{{ inputs.way }}"
    cases:
      fail: [{id: bad2, type: +execution.Fail}]
    defaults: [{id: ok3, type: +debug.Return, format: x}]
errors: [{id: global, type: +debug.Return, format: x}]
inputs: [{id: way, type: STRING, defaults: none}]
"""

_IF = """
tasks:
  - id: choose
    type: +flow.If
    condition: "{{ inputs.param }}"
    then: [{id: then, type: +debug.Return, format: x}]
inputs: [{id: param, type: %s}]
"""

_RETRIED = """
tasks:
  - id: bad
    type: +execution.Fail
    allowFailure: true%s
    retry: {type: constant, interval: PT0.01S, maxAttempt: 3}
  - {id: log, type: +log.Log, message: x}
"""

_SEQUENTIAL = """
tasks:
  - id: block
    type: +flow.Sequential
    allowFailure: true%s
    tasks: [{id: bad, type: +execution.Fail}, {id: never, type: +log.Log, message: x}]
  - {id: log, type: +log.Log, message: x}
"""

_EACH = """
tasks:
  - id: each
    type: +flow.ForEach
    values: ["a", "b", "c"]
    concurrencyLimit: %s
    tasks: [{id: x, type: +debug.Return, format: x}, {id: y, type: +debug.Return, format: y}]
"""

TABLE = (
    Case(
        "local errors of a nested block",
        """
        tasks:
          - id: seq
            type: +flow.Sequential
            tasks:
              - {id: t1, type: +debug.Return, format: x}
              - id: inner
                type: +flow.Sequential
                tasks:
                  - {id: bad, type: +execution.Fail}
                  - {id: x, type: +debug.Return, format: x}
                  - {id: y, type: +debug.Return, format: x}
                errors: [{id: e1, type: +debug.Return, format: x}, {id: e2, type: +debug.Return, format: x}]
        """,
        "FAILED",
        listing=("seq", "t1", "inner", "bad", "e1", "e2"),
        states={"seq": "FAILED", "inner": "FAILED", "e2": "SUCCESS"},
    ),
    Case(
        "errors of the flow",
        """
        tasks:
          - id: seq
            type: +flow.Sequential
            tasks:
              - {id: t1, type: +debug.Return, format: x}
              - id: inner
                type: +flow.Sequential
                tasks: [{id: bad, type: +execution.Fail}, {id: x, type: +debug.Return, format: x}]
        errors: [{id: e1, type: +debug.Return, format: x}, {id: e2, type: +debug.Return, format: x}]
        """,
        "FAILED",
        listing=("seq", "t1", "inner", "bad", "e1", "e2"),
    ),
    Case(
        "AllowFailure swallows",
        _ALLOWED,
        "WARNING",
        listing=("outer", "allow", "inner", "ok", "bad", "local", "ok2", "choose", "ok3"),
        states={"outer": "WARNING", "allow": "WARNING", "inner": "FAILED", "local": "SUCCESS"},
    ),
    Case(
        "AllowFailure then a failure outside",
        _ALLOWED,
        "FAILED",
        count=10,
        inputs={"way": "fail"},
        states={"choose": "FAILED", "global": "SUCCESS"},
    ),
    Case(
        "allowFailure after retries",
        _RETRIED % "",
        "WARNING",
        count=2,
        attempts={"bad": 3},
        states={"bad": "WARNING"},
    ),
    Case(
        "allowFailure and allowWarning after retries",
        _RETRIED % "\n    allowWarning: true",
        count=2,
        attempts={"bad": 3},
    ),
    Case(
        "allowFailure on a block",
        _SEQUENTIAL % "",
        "WARNING",
        listing=("block", "bad", "log"),
        states={"block": "WARNING"},
    ),
    Case(
        "allowWarning on a block", _SEQUENTIAL % "\n    allowWarning: true", listing=("block", "bad", "log")
    ),
    Case(
        "retries before errors",
        """
        tasks:
          - {id: bad, type: +execution.Fail, retry: {type: constant, interval: PT0.01S, maxAttempt: 5}}
        errors: [{id: e, type: +debug.Return, format: x}]
        """,
        "FAILED",
        count=2,
        attempts={"bad": 5},
    ),
    Case(
        "warningOnRetry",
        """
        tasks:
          - id: a
            type: +execution.Fail
            condition: "{{ taskrun.attemptsCount != 3 }}"
            retry: {type: constant, interval: PT0.01S, maxAttempt: 4, warningOnRetry: true}
        errors: [{id: e, type: +debug.Return, format: x}]
        """,
        "WARNING",
        listing=("a",),
        attempts={"a": 4},
    ),
    Case(
        "a block's retry is its children's",
        """
        tasks:
          - id: block
            type: +flow.Sequential
            retry: {type: constant, interval: PT0.01S, maxAttempt: 3}
            tasks: [{id: bad, type: +execution.Fail}]
        """,
        "FAILED",
        attempts={"bad": 3, "block": 1},
    ),
    *(
        Case(f"If on {given!r}", _IF % kind, count=count, inputs={"param": given})
        for kind, given, count in (
            ("BOOL", True, 2),
            ("BOOL", False, 1),
            ("STRING", "true", 2),
            ("STRING", "false", 1),
            ("INT", 1, 2),
            ("INT", 0, 1),
            ("STRING", "-0", 1),
        )
    ),
    Case(
        "Switch without a match",
        """
        tasks:
          - {id: s, type: +flow.Switch, value: z, cases: {a: [{id: t, type: +debug.Return, format: x}]}, defaults: null}
        """,
        "FAILED",
        listing=("s",),
        logs=("No task found on flow",),
    ),
    Case(
        "Switch outputs",
        """
        tasks:
          - id: s1
            type: +flow.Switch
            value: "{{ 'a' | upper }}"
            cases: {A: [{id: t1, type: +debug.Return, format: x}]}
            defaults: [{id: d1, type: +debug.Return, format: x}]
          - id: s2
            type: +flow.Switch
            value: b
            cases: {A: [{id: t2, type: +debug.Return, format: x}]}
            defaults: [{id: d2, type: +debug.Return, format: x}]
        outputs:
          - {id: first, value: "{{ outputs.s1.value }} {{ outputs.s1.defaults }}"}
          - {id: second, value: "{{ outputs.s2.value }} {{ outputs.s2.defaults }}"}
        """,
        listing=("s1", "t1", "s2", "d2"),
        outputs={"first": "A false", "second": "b true"},
    ),
    *(Case(f"ForEach, limit {limit}", _EACH % limit, count=7) for limit in (0, 1, 2)),
    Case(
        "ForEach over nothing",
        """
        tasks:
          - {id: each, type: +flow.ForEach, values: '[]', tasks: [{id: x, type: +debug.Return, format: x}]}
          - {id: end, type: +debug.Return, format: x}
        """,
        listing=("each", "end"),
    ),
    Case(
        "ForEach refuses null",
        """
        tasks:
          - id: each
            type: +flow.ForEach
            values: [1, null, {key: my-key, value: my-value}]
            tasks: [{id: x, type: +debug.Return, format: x}]
        """,
        "FAILED",
        listing=("each",),
        logs=("Found '1' null values on Each, with values=[1,null,{",),
    ),
    Case(
        "ForEach with Switch on the kind of value",
        """
        tasks:
          - id: each
            type: +flow.ForEach
            values: ["simple", {key: my-key}, {key: my-complex}]
            tasks:
              - id: s
                type: +flow.Switch
                value: "{{ taskrun.value is json }}"
                cases:
                  "true": [{id: map, type: +debug.Return, format: "{{ parent.taskrun.value | jq('.key') }}"}]
                defaults: [{id: plain, type: +debug.Return, format: "{{ parent.taskrun.value }}"}]
          - {id: end, type: +debug.Return, format: x}
        """,
        count=8,
        values={"map": '["my-complex"]', "plain": "simple"},
    ),
    Case(
        "nested ForEach",
        """
        tasks:
          - id: 1_each
            type: +flow.ForEach
            values: ["s1", "s2", "s3"]
            tasks:
              - {id: 1-1_return, type: +debug.Return, format: "{{ task.id }}"}
              - id: 1-2_each
                type: +flow.ForEach
                values: ["a a", "b b"]
                tasks:
                  - {id: 1-2-1_return, type: +debug.Return, format: "{{ parent.taskrun.value }} {{ taskrun.value }}"}
                  - {id: 1-2-2_return, type: +debug.Return, format: x}
              - {id: 1-3_return, type: +debug.Return, format: x}
          - {id: end, type: +debug.Return, format: "{{ outputs['1-2-1_return'].s1['a a'].value }}"}
        """,
        count=23,
        values={"end": "s1 a a"},
    ),
    Case(
        "Dag of six",
        """
        tasks:
          - id: dag
            type: +flow.Dag
            tasks:
              - {task: {id: t1, type: +debug.Return, format: x}}
              - {task: {id: t2, type: +debug.Return, format: x}, dependsOn: [t1]}
              - {task: {id: t3, type: +debug.Return, format: x}, dependsOn: [t1]}
              - {task: {id: t4, type: +debug.Return, format: x}, dependsOn: [t1, t2]}
              - {task: {id: t5, type: +debug.Return, format: x}, dependsOn: [t4, t3]}
              - {task: {id: t6, type: +debug.Return, format: x}}
        """,
        count=7,
    ),
    Case(
        "disabled among three",
        """
        tasks:
          - {id: a, type: +debug.Return, format: x}
          - {id: b, type: +debug.Return, format: x, disabled: true}
          - {id: c, type: +debug.Return, format: x}
        """,
        listing=("a", "c"),
    ),
    Case(
        "runIf",
        """
        tasks:
          - {id: a, type: +debug.Return, format: x, runIf: "{{ true }}"}
          - {id: b, type: +debug.Return, format: x, runIf: "{{ false }}"}
          - {id: c, type: +debug.Return, format: x, runIf: "{{ outputs.b.value }}"}
          - {id: d, type: +debug.Return, format: x}
        """,
        "FAILED",
        states={"a": "SUCCESS", "b": "SKIPPED", "c": "FAILED"},
        count=3,
    ),
    Case(
        "Pause fails at its timeout",
        """
        tasks:
          - {id: p, type: +flow.Pause, timeout: PT0.05S}
          - {id: never, type: +debug.Return, format: x}
        """,
        "FAILED",
        listing=("p",),
    ),
    Case(
        "WaitFor",
        """
        tasks:
          - id: loop
            type: +flow.WaitFor
            condition: "{{ outputs.count.value == '4' }}"
            checkFrequency: {interval: PT0.01S, maxIterations: 10}
            tasks: [{id: count, type: +debug.Return, format: "{{ outputs.loop.iterationCount + 1 }}"}]
        """,
        count=2,
        values={"count": "4"},
    ),
)


@cases(*TABLE)
def test_the_published_vectors(engine: Engine, case: Case) -> None:
    judge(case, engine)


def test_a_pause_with_a_delay_runs_twice_and_pauses_once(engine: Engine) -> None:
    ended = judge(
        Case(
            "delay",
            """
            tasks:
              - {id: p, type: +flow.Pause, delay: PT0.05S}
              - {id: r, type: +debug.Return, format: x}
            """,
        ),
        engine,
    )
    seen = passages(one(ended, "p"))
    assert (seen.count("RUNNING"), seen.count("PAUSED"), seen[-1]) == (2, 1, "SUCCESS")


_RESTARTED = """
tasks:
  - {id: a, type: +log.Log, message: x}
  - {id: b, type: +log.Log, message: x}
  - {id: c, type: +execution.Fail, condition: "{{ taskrun.attemptsCount == 0 }}"}
  - {id: d, type: +log.Log, message: x}
"""


def test_restart_continues_at_the_failed_task(engine: Engine) -> None:
    failed = engine.wait(start(engine, flow(_RESTARTED)).id, 10)
    assert (failed.state, len(failed.task_runs)) == (State.FAILED, 3)
    opening = reopen.restart(failed, now())
    reopened = {run.task_id: run for run in opening.runs}
    assert (len(reopened), passages(reopened["c"])) == (3, ["CREATED", "RUNNING", "FAILED", "RESTARTED"])
    again = engine.restart(failed.id)
    assert (again.id, again.parent_id, again.state) == (failed.id, None, State.RESTARTED)
    ended = engine.wait(failed.id, 10)
    assert (ended.state, len(ended.task_runs), len(one(ended, "c").attempts)) == (State.SUCCESS, 4, 2)


def test_restart_drops_the_runs_of_errors_and_makes_them_again(engine: Engine) -> None:
    body = "tasks: [{id: a, type: +execution.Fail}]\nerrors: [{id: e, type: +log.Log, message: x}]"
    failed = engine.wait(start(engine, flow(body)).id, 10)
    assert listing(failed) == {"a": "FAILED", "e": "SUCCESS"}
    assert [run.task_id for run in reopen.restart(failed, now()).runs] == ["a"]
    engine.restart(failed.id)
    ended = engine.wait(failed.id, 10)
    assert listing(ended) == {"a": "FAILED", "e": "SUCCESS"}
    assert one(ended, "e").id != one(failed, "e").id


def _five(engine: Engine) -> str:
    tasks = "\n".join(f"  - {{id: t{number}, type: +log.Log, message: x}}" for number in range(5))
    return engine.wait(start(engine, flow(f"tasks:\n{tasks}")).id, 10).id


def test_replay_from_the_start_is_a_new_empty_execution(engine: Engine) -> None:
    first = _five(engine)
    replayed = engine.replay(first)
    assert (replayed.state, replayed.task_runs, replayed.parent_id) == (State.CREATED, (), first)
    assert engine.wait(replayed.id, 10).state is State.SUCCESS


def test_replay_from_the_second_task_keeps_the_first(engine: Engine) -> None:
    first = engine.execution(_five(engine))
    flow_ = engine.flow("tests.engine", "t")
    opening = reopen.replay(first, flow_, now(), task_run_id=one(first, "t1").id)
    assert [(run.task_id, str(run.state)) for run in opening.runs] == [("t0", "SUCCESS"), ("t1", "RESTARTED")]
    assert not {run.id for run in opening.runs} & {run.id for run in first.task_runs}
    assert (opening.execution.parent_id, str(opening.execution.state)) == (first.id, "RESTARTED")
    assert opening.execution.id != first.id


def test_replay_from_an_inner_parallel_node_drops_its_children_and_what_follows(engine: Engine) -> None:
    body = """
    tasks:
      - id: outer
        type: +flow.Sequential
        tasks:
          - {id: before, type: +debug.Return, format: x}
          - id: node
            type: +flow.Parallel
            tasks: [{id: a, type: +debug.Return, format: x}, {id: b, type: +debug.Return, format: x}]
          - {id: after, type: +debug.Return, format: x}
      - {id: end, type: +debug.Return, format: "{{ outputs.before.value }}{{ outputs.a.value }}"}
    """
    first = engine.wait(start(engine, flow(body)).id, 10)
    opening = reopen.replay(first, engine.flow("tests.engine", "t"), now(), task_run_id=one(first, "node").id)
    assert [run.task_id for run in opening.runs] == ["outer", "before", "node"]
    ended = engine.wait(engine.replay(first.id, task_run_id=one(first, "node").id).id, 10)
    assert (ended.state, len(ended.task_runs)) == (State.SUCCESS, 7)
    assert output(one(ended, "end")) == "xx"
    assert len(one(ended, "before").attempts) == 1


def test_a_resume_with_a_missing_input_is_refused(engine: Engine) -> None:
    from engine.errors import InputInvalid

    body = """
    tasks:
      - {id: p, type: +flow.Pause, onResume: [{id: asked, type: STRING}]}
    """
    execution = start(engine, flow(body))
    until_state(engine, execution.id, State.PAUSED)
    with pytest.raises(InputInvalid, match="asked"):
        engine.resume(execution.id)
    assert engine.execution(execution.id).state is State.PAUSED
    engine.resume(execution.id, {"asked": "x"})
    assert engine.wait(execution.id, 10).state is State.SUCCESS


@pytest.mark.parametrize("inherit", [True, False])
def test_labels_of_a_subflow(engine: Engine, inherit: bool) -> None:
    engine.save(flow("tasks: [{id: a, type: +log.Log, message: x}]\nlabels: {own: child}", "child"))
    body = f"""
    labels: {{of_flow: p}}
    tasks:
      - id: sub
        type: +flow.Subflow
        namespace: tests.engine
        flowId: child
        inheritLabels: {str(inherit).lower()}
        labels: {{of_task: "{{{{ flow.id }}}}"}}
    """
    row = engine.save(flow(body))
    parent = engine.wait(engine.start(row.namespace, row.id, labels={"given": "g"}).id, 10)
    assert parent.state is State.SUCCESS
    child = children(engine, parent, "sub")[0]
    expected = {"own": "child", "of_task": "t", "system.correlationId": parent.id}
    assert child.labels == ({**expected, "of_flow": "p", "given": "g"} if inherit else expected)


def test_old_outputs_of_a_subflow_task_are_rendered_with_the_child(engine: Engine) -> None:
    engine.save(flow("tasks: [{id: r, type: +debug.Return, format: x}]", "child"))
    sub = '{id: sub, type: +flow.Subflow, namespace: tests.engine, flowId: child, outputs: {k: "%s"}}'
    good = engine.wait(start(engine, flow("tasks:\n  - " + sub % "{{ outputs.r.value }}!")).id, 10)
    assert one(good, "sub").outputs == {
        "executionId": children(engine, good, "sub")[0].id, "state": "SUCCESS", "outputs": {"k": "x!"},
    }  # fmt: skip
    bad = engine.wait(start(engine, flow("tasks:\n  - " + sub % "{{ outputs.none.value }}")).id, 10)
    assert (bad.state, children(engine, bad, "sub")[0].state) == (State.FAILED, State.SUCCESS)
