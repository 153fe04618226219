"""Tasks that run tasks: which children run, in what order, how the parent ends, where outputs are found."""

from __future__ import annotations

import pytest

from engine.engine import Engine
from engine.model.execution import Execution
from engine.model.state import State
from tests.engine.conformance.language import (
    Case,
    cases,
    flow,
    judge,
    listing,
    name,
    one,
    output,
    start,
    until,
    until_run,
    until_state,
)

SHELL = (
    "taskRunner: {type: io.kestra.plugin.core.runner.Process}, type: io.kestra.plugin.scripts.shell.Commands"
)


def most_at_once(execution: Execution, prefix: str) -> int:
    """Return how many task runs whose id begins so were RUNNING at the same time."""
    moments = []
    for run in execution.task_runs:
        if run.task_id.startswith(prefix):
            began = next(p.date for p in run.history.passages if p.state is State.RUNNING)
            moments += [(began, 1), (run.history.passages[-1].date, -1)]
    running = most = 0
    for _, change in sorted(moments):
        running += change
        most = max(most, running)
    return most


@pytest.mark.parametrize(("concurrent", "most"), [(0, 4), (1, 1), (2, 2)])
def test_parallel_runs_at_most_concurrent_children(engine: Engine, concurrent: int, most: int) -> None:
    sleeps = ", ".join(f"{{id: s{n}, type: +flow.Sleep, duration: PT0.1S}}" for n in range(4))
    body = f"tasks: [{{id: p, type: +flow.Parallel, concurrent: {concurrent}, tasks: [{sleeps}]}}]"
    ended = engine.wait(start(engine, flow(body)).id, 10)
    assert ended.state is State.SUCCESS
    assert most_at_once(ended, "s") == most


@pytest.mark.parametrize(("limit", "most"), [(0, 3), (1, 1), (2, 2)])
def test_for_each_has_at_most_limit_values_in_flight(engine: Engine, limit: int, most: int) -> None:
    body = f"""
    tasks:
      - id: each
        type: +flow.ForEach
        values: [1, 2, 3]
        concurrencyLimit: {limit}
        tasks: [{{id: s, type: +flow.Sleep, duration: PT0.1S}}]
    """
    ended = engine.wait(start(engine, flow(body)).id, 10)
    assert most_at_once(ended, "s") == most


@pytest.mark.parametrize(("concurrent", "most"), [(0, 4), (2, 2)])
def test_each_parallel_starts_every_pair_of_value_and_task(
    engine: Engine, concurrent: int, most: int
) -> None:
    body = f"""
    tasks:
      - id: each
        type: +flow.EachParallel
        value: '["a", "b"]'
        concurrent: {concurrent}
        tasks: [{{id: s1, type: +flow.Sleep, duration: PT0.1S}}, {{id: s2, type: +flow.Sleep, duration: PT0.1S}}]
    """
    ended = engine.wait(start(engine, flow(body)).id, 10)
    assert (most_at_once(ended, "s"), len(ended.task_runs)) == (most, 5)
    assert ended.task_runs[1].task_id == "s1" and ended.task_runs[2].task_id == "s2"


TABLE = (
    Case(
        "EachSequential goes through its values in order",
        """
        tasks:
          - id: each
            type: +flow.EachSequential
            value: ["a", "b"]
            tasks: [{id: x, type: +debug.Return, format: "{{ taskrun.value }}"}, {id: y, type: +debug.Return, format: x}]
        """,
        listing=("each", "x[a]", "y[a]", "x[b]", "y[b]"),
    ),
    Case(
        "ForEach stops at a failure",
        """
        tasks:
          - id: each
            type: +flow.ForEach
            values: [1, 2, 3]
            tasks:
              - {id: x, type: +execution.Fail, condition: "{{ taskrun.value == '2' }}"}
              - {id: y, type: +log.Log, message: x}
            errors: [{id: e, type: +debug.Return, format: "{{ tasksWithState('FAILED') | jq('.[].value') | first }}"}]
        """,
        "FAILED",
        listing=("each", "x[1]", "y[1]", "x[2]", "e"),
        values={"e": "2"},
    ),
    Case(
        "ForEach goes on over forgiven failures",
        """
        tasks:
          - id: each
            type: +flow.ForEach
            values: [1, 2, 3]
            tasks: [{id: x, type: +execution.Fail, condition: "{{ taskrun.value == '2' }}", allowFailure: true}]
        """,
        "WARNING",
        states={"x[2]": "WARNING", "x[3]": "SUCCESS", "each": "WARNING"},
    ),
    Case(
        "iteration counts from 0",
        """
        tasks:
          - id: each
            type: +flow.ForEach
            values: [a, b]
            tasks: [{id: x, type: +debug.Return, format: "{{ taskrun.iteration }}"}]
        """,
        values={"x[a]": "0", "x[b]": "1"},
    ),
    Case(
        "children that are all disabled",
        """
        tasks:
          - id: s
            type: +flow.Sequential
            tasks: [{id: x, type: +log.Log, message: x, disabled: true}]
          - id: each
            type: +flow.ForEach
            values: [1, 2]
            tasks: [{id: y, type: +log.Log, message: x, disabled: true}]
        """,
        listing=("s", "each"),
    ),
    Case(
        "a flow whose tasks are all disabled",
        "tasks: [{id: x, type: +log.Log, message: x, disabled: true}]",
        listing=(),
    ),
    Case(
        "runIf on a block keeps its children from starting",
        """
        tasks:
          - {id: s, type: +flow.Sequential, runIf: "{{ false }}", tasks: [{id: x, type: +log.Log, message: x}]}
          - {id: end, type: +log.Log, message: x}
        """,
        listing=("s", "end"),
        states={"s": "SKIPPED"},
    ),
    Case(
        "a Dag runs what can run and stops behind a failure",
        """
        tasks:
          - id: dag
            type: +flow.Dag
            tasks:
              - {task: {id: warns, type: +execution.Fail, allowFailure: true}}
              - {task: {id: skips, type: +log.Log, message: x, runIf: "{{ false }}"}}
              - {task: {id: both, type: +log.Log, message: x}, dependsOn: [warns, skips]}
              - {task: {id: fails, type: +execution.Fail}, dependsOn: [both]}
              - {task: {id: never, type: +log.Log, message: x}, dependsOn: [fails]}
            errors: [{id: e, type: +log.Log, message: x}]
        """,
        "FAILED",
        listing=("dag", "warns", "skips", "both", "fails", "e"),
        states={"warns": "WARNING", "skips": "SKIPPED", "both": "SUCCESS"},
    ),
    Case(
        "a failed If condition fails the If",
        """
        tasks:
          - id: i
            type: +flow.If
            condition: "{{ fromJson('{}').a }}"
            then: [{id: x, type: +log.Log, message: x}]
          - {id: never, type: +log.Log, message: x}
        errors: [{id: e, type: +log.Log, message: x}]
        """,
        "FAILED",
        listing=("i", "e"),
    ),
    Case(
        "else, and errors of an If",
        """
        tasks:
          - id: i
            type: +flow.If
            condition: "{{ 1 > 2 }}"
            then: [{id: x, type: +log.Log, message: x}]
            else: [{id: y, type: +execution.Fail}]
            errors: [{id: e, type: +log.Log, message: x}]
            finally: [{id: f, type: +log.Log, message: x}]
        outputs: [{id: o, value: "{{ outputs.i.evaluationResult }}"}]
        """,
        "FAILED",
        listing=("i", "y", "e", "f"),
        outputs={"o": "false"},
    ),
    Case(
        "LoopUntil gives up quietly at its most rounds",
        """
        tasks:
          - id: loop
            type: +flow.LoopUntil
            condition: "{{ false }}"
            checkFrequency: {interval: PT0.01S, maxIterations: 2}
            tasks: [{id: x, type: +debug.Return, format: "{{ outputs.loop.iterationCount }}"}]
        """,
        listing=("loop", "x"),
        values={"x": "2"},
        logs=("Max iterations reached",),
    ),
    Case(
        "LoopUntil fails at its most rounds if wanted",
        """
        tasks:
          - id: loop
            type: +flow.LoopUntil
            condition: "{{ false }}"
            failOnMaxReached: true
            checkFrequency: {interval: PT0.01S, maxIterations: 2}
            tasks: [{id: x, type: +log.Log, message: x}]
        """,
        "FAILED",
        states={"loop": "FAILED", "x": "SUCCESS"},
    ),
    Case(
        "a failing round ends a LoopUntil",
        """
        tasks:
          - id: loop
            type: +flow.LoopUntil
            condition: "{{ false }}"
            checkFrequency: {interval: PT0.01S, maxIterations: 9}
            tasks: [{id: x, type: +execution.Fail, condition: "{{ outputs.loop.iterationCount == 3 }}"}]
            errors: [{id: e, type: +log.Log, message: x}]
        """,
        "FAILED",
        listing=("loop", "x", "e"),
    ),
    Case(
        "LoopUntil stops at its longest time",
        """
        tasks:
          - id: loop
            type: +flow.LoopUntil
            condition: "{{ false }}"
            checkFrequency: {interval: PT0.03S, maxDuration: PT0.05S}
            tasks: [{id: x, type: +log.Log, message: x}]
        """,
        logs=("Max duration reached",),
    ),
    *(
        Case(
            f"Pause ends by {behavior}",
            f"""
            tasks:
              - {{id: p, type: +flow.Pause, pauseDuration: PT0.05S, behavior: {behavior}}}
              - {{id: next, type: +log.Log, message: x}}
            """,
            state,
            states={"p": own},
            listing=("p", "next") if goes_on else ("p",),
        )
        for behavior, state, own, goes_on in (
            ("RESUME", "SUCCESS", "SUCCESS", True),
            ("WARN", "WARNING", "WARNING", True),
            ("FAIL", "FAILED", "FAILED", False),
            ("CANCEL", "CANCELLED", "CANCELLED", False),
        )
    ),
    Case(
        "a shared folder",
        f"""
        tasks:
          - id: folder
            type: +flow.WorkingDirectory
            inputFiles: {{in/a.txt: "{{{{ flow.id }}}}"}}
            outputFiles: ["out/**"]
            tasks:
              - {{id: a, commands: ["mkdir out && cat in/a.txt > out/b.txt"], {SHELL}}}
              - {{id: skipped, commands: [exit 1], {SHELL}, runIf: "{{{{ false }}}}"}}
              - {{id: b, commands: ["echo '::{{\\"outputs\\": {{\\"v\\": \\"'$(cat out/b.txt)'\\"}}}}::'"], {SHELL}}}
          - {{id: r, type: +debug.Return, format: "{{{{ read(outputs.folder.outputFiles['out/b.txt']) }}}}{{{{ outputs.b.vars.v }}}}"}}
        """,
        listing=("folder", "a", "skipped", "b", "r"),
        values={"r": "tt"},
    ),
    Case(
        "a shared folder stops at a failure",
        f"""
        tasks:
          - id: folder
            type: +flow.WorkingDirectory
            tasks:
              - {{id: a, commands: [exit 1], {SHELL}, allowFailure: true}}
              - {{id: b, commands: [exit 1], {SHELL}}}
              - {{id: c, commands: ["true"], {SHELL}}}
        """,
        "FAILED",
        listing=("folder", "a", "b"),
        states={"a": "WARNING", "b": "FAILED", "folder": "FAILED"},
    ),
)


@cases(*TABLE)
def test_flowables(engine: Engine, case: Case) -> None:
    judge(case, engine)


def test_a_failed_child_of_parallel_stops_nothing_that_runs_and_starts_errors_at_once(engine: Engine) -> None:
    body = """
    tasks:
      - id: p
        type: +flow.Parallel
        concurrent: 2
        tasks:
          - {id: slow, type: +flow.Sleep, duration: PT0.4S}
          - {id: bad, type: +execution.Fail}
          - {id: never, type: +log.Log, message: x}
        errors: [{id: e, type: +log.Log, message: x}]
    """
    ended = engine.wait(start(engine, flow(body)).id, 10)
    assert listing(ended) == {"p": "FAILED", "slow": "SUCCESS", "bad": "FAILED", "e": "SUCCESS"}
    assert one(ended, "e").history.passages[-1].date < one(ended, "slow").history.passages[-1].date


def test_the_cache_of_a_shared_folder_comes_back(engine: Engine) -> None:
    body = f"""
    tasks:
      - id: folder
        type: +flow.WorkingDirectory
        cache: {{patterns: ["kept/**"], ttl: PT1H}}
        outputFiles: ["*.txt"]
        tasks: [{{id: a, commands: ["ls kept > seen.txt || true; mkdir -p kept; touch kept/one other"], {SHELL}}}]
      - {{id: r, type: +debug.Return, format: "{{{{ read(outputs.folder.outputFiles['seen.txt']) | trim }}}}"}}
    """
    seen = [output(one(engine.wait(start(engine, flow(body)).id, 20), "r")) for _ in range(2)]
    assert seen == ["", "one"]


def test_a_shared_folder_is_run_again_as_a_whole(engine: Engine) -> None:
    body = f"""
    tasks:
      - id: folder
        type: +flow.WorkingDirectory
        tasks:
          - {{id: a, commands: [echo x > file], {SHELL}}}
          - {{id: b, commands: ["cat file"], {SHELL}}}
          - {{id: c, type: +execution.Fail, condition: "{{{{ kv('fails', errorOnMissing=false) != 'no' }}}}"}}
    """
    failed = engine.wait(start(engine, flow(body)).id, 20)
    assert failed.state is State.FAILED
    from engine.model.moment import now

    engine.store.kv.put("tests.engine", "fails", "no", "STRING", now())
    engine.restart(failed.id)
    ended = engine.wait(failed.id, 20)
    assert listing(ended) == {"folder": "SUCCESS", "a": "SUCCESS", "b": "SUCCESS", "c": "SUCCESS"}
    assert one(ended, "a").id != one(failed, "a").id
    replayed = engine.wait(engine.replay(ended.id, task_run_id=one(ended, "b").id).id, 20)
    assert (replayed.state, len(replayed.task_runs)) == (State.SUCCESS, 4)


ADDRESSES = """
tasks:
  - id: v
    type: +flow.ForEach
    values: ["v1", "v 2"]
    tasks:
      - {id: direct, type: +debug.Return, format: "{{ taskrun.value }}"}
      - {id: sibling, type: +debug.Return, format: "{{ outputs.direct[taskrun.value].value }}"}
      - {id: current, type: +debug.Return, format: "{{ currentEachOutput(outputs.direct).value }}"}
      - id: if
        type: +flow.If
        condition: "{{ true }}"
        then:
          - {id: in_if, type: +debug.Return, format: "{{ parents[0].outputs.evaluationResult }} {{ outputs.direct[parent.taskrun.value].value }}"}
      - id: seq
        type: +flow.Sequential
        tasks:
          - id: if2
            type: +flow.If
            condition: "{{ true }}"
            then:
              - {id: deep, type: +debug.Return, format: "{{ parents[0].taskrun is defined }} {{ parents[1].taskrun.value }}"}
      - id: w
        type: +flow.ForEach
        values: [w1]
        tasks:
          - {id: inner, type: +debug.Return, format: "{{ taskrun.value }} {{ parent.taskrun.value }}"}
          - id: if3
            type: +flow.If
            condition: "{{ true }}"
            then: [{id: innermost, type: +debug.Return, format: "{{ parents[0].taskrun.value }} {{ parents[1].taskrun.value }}"}]
  - id: end
    type: +output.OutputValues
    values: %s
"""


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("outputs.direct['v1'].value", "v1"),
        ("outputs.direct['v 2'].value", "v 2"),
        ("outputs.sibling.v1.value", "v1"),
        ("outputs.current.v1.value", "v1"),
        ("outputs.in_if['v1'].value", "true v1"),
        ("outputs.deep['v1'].value", "false v1"),
        ("outputs.inner['v1']['w1'].value", "w1 v1"),
        ("outputs.innermost['v 2']['w1'].value", "w1 v 2"),
        ("outputs.if['v1'].evaluationResult", "true"),
        ("outputs.if3['v1']['w1'].evaluationResult", "true"),
        ("outputs.direct | keys | length", "2"),
        ("outputs.direct | jq('.[].value')", '["v1","v 2"]'),
        ("tasks.direct.v1.state", "SUCCESS"),
    ],
)
def test_addresses_of_outputs_under_loops(engine: Engine, expression: str, expected: str) -> None:
    body = ADDRESSES % ('{x: "{{ ' + expression + ' }}"}')
    ended = engine.wait(start(engine, flow(body)).id, 20)
    assert ended.state is State.SUCCESS, [entry.message for entry in engine.logs(ended.id)]
    assert (one(ended, "end").outputs or {})["values"] == {"x": expected}


def test_parents_across_switches_name_the_values(engine: Engine) -> None:
    body = """
    tasks:
      - id: outer
        type: +flow.ForEach
        values: [a, b]
        tasks:
          - id: s1
            type: +flow.Switch
            value: "{{ taskrun.value }}"
            cases: {a: [{id: nothing, type: +log.Log, message: x}]}
            defaults:
              - id: inner
                type: +flow.ForEach
                values: [1, 2]
                tasks:
                  - id: s2
                    type: +flow.Switch
                    value: x
                    cases: {x: [{id: t, type: +debug.Return, format: "{{ parents[0].taskrun.value }} {{ parents[1].taskrun.value }}"}]}
    """
    ended = engine.wait(start(engine, flow(body)).id, 20)
    runs = [run for run in ended.task_runs if run.task_id == "t"]
    assert [output(run) for run in runs] == ["1 b", "2 b"]


def test_two_pauses_side_by_side_are_resumed_one_by_one(engine: Engine) -> None:
    body = """
    tasks:
      - id: p
        type: +flow.Parallel
        tasks:
          - {id: p1, type: +flow.Pause, onResume: [{id: n, type: INT}]}
          - {id: p2, type: +flow.Pause, onResume: [{id: t, type: STRING, defaults: d}]}
      - {id: r, type: +debug.Return, format: "{{ outputs.p1.onResume.n + 1 }}{{ outputs.p2.onResume.t }}"}
    """
    execution = start(engine, flow(body))
    until(engine, execution.id, lambda e: [str(r.state) for r in e.task_runs[1:]] == ["PAUSED"] * 2)
    engine.resume(execution.id, {"n": "41"})
    found = until_run(engine, execution.id, "p1", State.SUCCESS)
    assert str(found.state) == "PAUSED"
    engine.resume(execution.id)
    ended = engine.wait(execution.id, 10)
    assert output(one(ended, "r")) == "42d"
    assert (one(ended, "p1").outputs or {})["resumed"]["to"] == "RUNNING"


def test_a_pause_in_a_loop_pauses_the_execution_once_for_each_value(engine: Engine) -> None:
    body = """
    tasks: [{id: each, type: +flow.ForEach, values: [a, b], tasks: [{id: p, type: +flow.Pause}]}]
    """
    execution = start(engine, flow(body))
    for value in "ab":
        until_run(engine, execution.id, f"p[{value}]", State.PAUSED)
        assert until_state(engine, execution.id, State.PAUSED).state is State.PAUSED
        engine.resume(execution.id)
    ended = engine.wait(execution.id, 10)
    assert [name(run) for run in ended.task_runs] == ["each", "p[a]", "p[b]"]
