"""The Loop of version 2: iterations on their own, what they give to the outside, and how they end."""

from __future__ import annotations

import pytest

from engine.engine import Engine
from engine.model.execution import Execution
from engine.model.json import loads
from engine.model.moment import now
from engine.model.state import State
from tests.engine.conformance.language import NAMESPACE, Case, cases, flow, judge, start, until

LOOP = "{{id: loop, type: +flow.Loop, values: [a], {}tasks: [{{id: t, type: +debug.Return, format: x}}]}}"


def _log(engine: Engine, execution_id: str, task: str) -> list[str]:
    return [entry.message for entry in engine.logs(execution_id) if entry.task_id == task]


@cases(
    Case(
        "outputs inside are those of the same iteration, and earlier tasks are seen",
        """
        tasks:
          - {id: before, type: +debug.Return, format: B}
          - id: loop
            type: +flow.Loop
            values: [x, x, y]
            concurrencyLimit: 1
            tasks:
              - {id: a, type: +debug.Return, format: "{{ item.index }}{{ item.value }}"}
              - id: if
                type: +flow.If
                condition: "{{ item.value == 'y' }}"
                then: [{id: b, type: +log.Log, message: "{{ outputs.before.value }} {{ outputs.a.value }} {{ item.index }}"}]
        """,
        count=1 + 1 + 3 + 6 + 1,
        logs=("B 2y 2",),
    ),
    Case(
        "elements of a map have keys, and become JSON text",
        """
        tasks:
          - id: loop
            type: +flow.Loop
            values: {one: 1, two: [2, {a: b}], three: true}
            concurrencyLimit: 1
            tasks: [{id: a, type: +log.Log, message: "{{ item.key }} is {{ item.value }}"}]
        """,
        logs=("one is 1", 'two is [2,{"a":"b"}]', "three is true"),
    ),
    Case(
        "loops in loops know the items around",
        """
        tasks:
          - id: outer
            type: +flow.Loop
            values: [p]
            tasks:
              - id: middle
                type: +flow.Loop
                values: [q]
                tasks:
                  - id: inner
                    type: +flow.Loop
                    values: [r]
                    tasks:
                      - id: a
                        type: +log.Log
                        message: "{{ item.value }} {{ item.parent.value }} {{ item.parents[0].value }} {{ item.parents[1].value }}"
        """,
        logs=("r q q p",),
    ),
    Case(
        "a ForEach inside keeps its outputs by value",
        """
        tasks:
          - id: loop
            type: +flow.Loop
            values: [a, b]
            concurrencyLimit: 1
            outputs: [{id: seen, type: STRING, value: "{{ outputs.t['1'].value }}"}]
            tasks:
              - id: each
                type: +flow.ForEach
                values: [1, 2]
                tasks:
                  - {id: t, type: +debug.Return, format: "{{ item.value }}{{ taskrun.value }}"}
                  - {id: u, type: +log.Log, message: "{{ currentEachOutput(outputs.t).value }}"}
          - {id: after, type: +log.Log, message: "{{ loopOutputs(outputs.loop.outputs, 'seen') }}"}
        """,
        logs=("a1", "b2", '["a1","b1"]'),
    ),
    Case(
        "a failed iteration fails the loop, its errors run in it, and no other begins",
        """
        tasks:
          - id: loop
            type: +flow.Loop
            values: [a, b, c]
            concurrencyLimit: 1
            errors: [{id: e, type: +log.Log, message: "caught {{ item.value }}"}]
            finally: [{id: f, type: +log.Log, message: "finally {{ item.value }}"}]
            tasks: [{id: t, type: +execution.Fail, condition: "{{ item.value == 'b' }}"}]
          - {id: never, type: +log.Log, message: never}
        """,
        state="FAILED",
        listing=("loop", "loop_iteration[a]", "t", "f", "loop_iteration[b]", "t", "e", "f"),
        states={"loop": "FAILED"},
        logs=("finally a", "caught b", "finally b"),
    ),
    Case(
        "without transmitFailed all iterations run and the loop succeeds",
        """
        tasks:
          - id: loop
            type: +flow.Loop
            values: [a, b, c]
            transmitFailed: false
            outputs: [{id: v, value: "{{ outputs.r.value }}"}]
            tasks:
              - {id: t, type: +execution.Fail, condition: "{{ item.value == 'b' }}"}
              - {id: r, type: +debug.Return, format: "{{ item.value }}"}
          - id: after
            type: +log.Log
            message: "{{ outputs.loop.terminatedIterations }} {{ outputs.loop.outputs }}"
        """,
        states={"loop": "SUCCESS"},
        logs=(
            '{"SUCCESS":2,"FAILED":1} [{"item":{"value":"a","iteration":0},"outputs":{"v":"a"}},',
            '{"item":{"value":"b","iteration":1},"outputs":{}},{"item":{"value":"c","iteration":2},"outputs":{"v":"c"}}]',
        ),
    ),
    Case(
        "breakWhen begins nothing more",
        """
        tasks:
          - id: loop
            type: +flow.Loop
            values: [1, 2, 3, 4]
            concurrencyLimit: 1
            breakWhen: "{{ item.index == 1 and iteration.state == 'SUCCESS' and iteration.outputs.v == '2' }}"
            outputs: [{id: v, type: STRING, value: "{{ outputs.r.value }}"}]
            tasks: [{id: r, type: +debug.Return, format: "{{ item.value }}"}]
          - {id: after, type: +log.Log, message: "{{ loopOutputs(outputs.loop.outputs, 'v') }} of {{ outputs.loop.iterationCount }}"}
        """,
        logs=('["1","2"] of 4',),
    ),
    Case(
        "an output that cannot be rendered fails the iteration and says which",
        """
        tasks:
          - id: loop
            type: +flow.Loop
            values: [1]
            outputs: [{id: v, type: INT, value: "no {{ outputs.r.value }}"}]
            tasks: [{id: r, type: +debug.Return, format: number}]
        """,
        state="FAILED",
        logs=("Failed to render output values: v",),
    ),
    Case(
        "nothing to loop over is told",
        """
        tasks:
          - {id: v, type: +debug.Return, format: "not a list"}
          - id: loop
            type: +flow.Loop
            values: "{{ outputs.v.value }}"
            tasks: [{id: r, type: +debug.Return, format: number}]
        """,
        state="FAILED",
        logs=("'not a list' is nothing to loop over",),
    ),
    Case(
        "an empty list is no iteration",
        """
        tasks:
          - {id: loop, type: +flow.Loop, values: [], tasks: [{id: r, type: +debug.Return, format: x}]}
          - {id: after, type: +log.Log, message: "{{ outputs.loop.iterationCount }}"}
        """,
        logs=("0",),
    ),
)
def test_loops(engine: Engine, case: Case) -> None:
    judge(case, engine)


def test_every_line_of_a_file_is_an_element_and_outputs_are_stored(engine: Engine) -> None:
    body = """
    tasks:
      - {id: file, type: +storage.Write, content: "plain line\\n{a:1}\\n\\"text\\"\\n"}
      - id: loop
        type: +flow.Loop
        values: "{{ outputs.file.uri }}"
        outputs: [{id: v, type: STRING, value: "{{ item.value }}"}]
        tasks: [{id: r, type: +debug.Return, format: x}]
      - {id: after, type: +log.Log, message: "{{ read(outputs.loop.uri) }}"}
    """
    ended = engine.wait(start(engine, flow(body)).id, 10)
    assert ended.state is State.SUCCESS
    rows = _log(engine, ended.id, "after")[0].splitlines()
    assert [row.partition("outputs:")[2] for row in rows] == [
        '{v:"plain line"}}',
        '{v:"{\\"a\\":1}"}}',
        '{v:"text"}}',
    ]


def test_at_most_limit_iterations_are_in_flight(engine: Engine) -> None:
    body = """
    tasks:
      - id: loop
        type: +flow.Loop
        values: [1, 2, 3]
        concurrencyLimit: 2
        tasks: [{id: p, type: +flow.Pause}]
    """
    execution = start(engine, flow(body))
    for created, open_ in ((2, 2), (3, 2), (3, 1)):

        def waits(known: Execution, created: int = created, open_: int = open_) -> bool:
            pauses = [run for run in known.task_runs if run.task_id == "p"]
            return (len(pauses), sum(run.state is State.PAUSED for run in pauses)) == (created, open_)

        until(engine, execution.id, waits)
        engine.resume(execution.id)
    assert engine.wait(execution.id, 10).state is State.SUCCESS


def test_a_restart_runs_the_failed_iterations_again_and_keeps_the_others(engine: Engine) -> None:
    body = """
    tasks:
      - id: loop
        type: +flow.Loop
        values: [a, b]
        transmitFailed: true
        outputs: [{id: v, type: STRING, value: "{{ outputs.t.value }}"}]
        tasks:
          - {id: t, type: +debug.Return, format: "{{ item.value }}"}
          - {id: f, type: +execution.Fail, condition: "{{ item.value == 'b' and kv('ok', errorOnMissing=false) is null }}"}
      - {id: after, type: +log.Log, message: "{{ loopOutputs(outputs.loop.outputs, 'v') }}"}
    """
    first = engine.wait(start(engine, flow(body)).id, 10)
    assert first.state is State.FAILED
    before = {run.id: run.state for run in first.task_runs}
    engine.store.kv.put(NAMESPACE, "ok", "yes", kind="STRING", now=now())
    engine.restart(first.id)
    again = engine.wait(first.id, 10)
    assert again.state is State.SUCCESS
    assert {run.id for run in again.task_runs} >= set(before)
    assert sum(run.task_id == "t" for run in again.task_runs) == 2
    assert _log(engine, first.id, "after") == ['["a","b"]']


def test_ten_thousand_bytes_of_json_are_elements(engine: Engine) -> None:
    body = """
    inputs: [{id: rows, type: JSON}]
    tasks:
      - id: loop
        type: +flow.Loop
        values: "{{ inputs.rows }}"
        outputs: [{id: v, type: INT, value: "{{ fromJson(item.value).n }}"}]
        tasks: [{id: t, type: +debug.Return, format: "{{ item.index }}"}]
    outputs: [{id: sum, type: JSON, value: "{{ loopOutputs(outputs.loop.outputs, 'v') }}"}]
    """
    rows = [{"n": n, "pad": "x" * 20} for n in range(300)]
    ended = engine.wait(start(engine, flow(body), inputs={"rows": rows}).id, 30)
    assert ended.state is State.SUCCESS
    found = (ended.outputs or {})["sum"]
    assert (loads(found) if isinstance(found, str) else found) == list(range(300))


@pytest.mark.parametrize(
    ("tasks", "message"),
    [
        (
            "[" + LOOP.format("") + ", {id: u, type: +log.Log, message: '{{ outputs.t.value }}'}]",
            "stays inside the loop 'loop'",
        ),
        ("[{id: u, type: +log.Log, message: '{{ item.value }}'}]", "`item` only exists inside a Loop"),
        (
            "[{id: loop, type: +flow.Loop, values: [a], tasks: [{id: u, type: +log.Log, message: '{{ item.valu }}'}]}]",
            "valu",
        ),
        (
            "[{id: loop, type: +flow.Loop, values: [a], tasks: [{id: u, type: +log.Log, message: '{{ taskrun.value }}'}]}]",
            "write item.value",
        ),
        (
            "[{id: loop, type: +flow.Loop, values: '{{ outputs.t.value }}', tasks: [{id: t, type: +debug.Return, format: x}]}]",
            "runs inside this task",
        ),
        (
            "[" + LOOP.format("outputs: [{id: v, value: '{{ outputs.tt.value }}'}], ") + "]",
            "there is no task 'tt'",
        ),
    ],
)
def test_what_a_loop_cannot_mean_is_told_when_it_is_saved(engine: Engine, tasks: str, message: str) -> None:
    checked = engine.check(flow(f"tasks: {tasks}"))
    assert any(
        message in f"{one.message} {one.suggestion}" for one in checked.findings if one.severity == "ERROR"
    )
