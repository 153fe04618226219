"""What a flow declares: concurrency, promises, checks, outputs, variables, labels, secrets, revisions."""

from __future__ import annotations

import pytest

from engine.engine import Engine
from engine.errors import CheckFailed, FlowDisabled, InputInvalid, NotFound
from engine.model.json import Json
from engine.model.state import State
from tests.engine.conformance.language import (
    Case,
    cases,
    flow,
    judge,
    listing,
    one,
    output,
    start,
    until_state,
)


def test_queued_executions_begin_in_order_and_take_the_slot_of_the_one_before(engine: Engine) -> None:
    engine.save(flow("concurrency: {limit: 1}\ntasks: [{id: p, type: +flow.Pause}]"))
    first = engine.start("tests.engine", "t")
    until_state(engine, first.id, State.PAUSED)
    waiting = [engine.start("tests.engine", "t").id for _ in range(3)]
    for execution_id in waiting:
        assert until_state(engine, execution_id, State.QUEUED).task_runs == ()
    current = first.id
    for following in waiting:
        engine.resume(current)
        assert engine.wait(current, 10).state is State.SUCCESS
        until_state(engine, following, State.PAUSED)
        current = following
    engine.resume(current)
    engine.wait(current, 10)


@pytest.mark.parametrize(("behavior", "state"), [("CANCEL", "CANCELLED"), ("FAIL", "FAILED")])
def test_one_too_many_is_cancelled_or_fails_without_a_task(engine: Engine, behavior: str, state: str) -> None:
    engine.save(
        flow(f"""
        concurrency: {{limit: 1, behavior: {behavior}}}
        tasks: [{{id: p, type: +flow.Pause}}]
        errors: [{{id: e, type: +log.Log, message: x}}]
        """)
    )
    first = engine.start("tests.engine", "t")
    until_state(engine, first.id, State.PAUSED)
    second = engine.wait(engine.start("tests.engine", "t").id, 10)
    assert (str(second.state), second.task_runs) == (state, ())
    if behavior == "FAIL":
        assert "concurrency limit exceeded" in engine.logs(second.id)[0].message
    engine.kill(first.id)
    engine.wait(first.id, 10)


@pytest.mark.parametrize(
    ("wish", "ends"), [(State.RUNNING, "SUCCESS"), (State.CANCELLED, "CANCELLED"), (State.FAILED, "FAILED")]
)
def test_unqueue_ignores_the_limit(engine: Engine, wish: State, ends: str) -> None:
    engine.save(flow("concurrency: {limit: 1}\ntasks: [{id: p, type: +flow.Pause}]"))
    first = engine.start("tests.engine", "t")
    until_state(engine, first.id, State.PAUSED)
    second = engine.start("tests.engine", "t")
    until_state(engine, second.id, State.QUEUED)
    engine.unqueue(second.id, wish)
    if wish is State.RUNNING:
        until_state(engine, second.id, State.PAUSED)
        engine.resume(second.id)
    assert str(engine.wait(second.id, 10).state) == ends
    engine.kill(first.id)
    engine.wait(first.id, 10)


TABLE = (
    *(
        Case(
            f"longest duration, {behavior}",
            f"""
            sla: [{{id: s, type: MAX_DURATION, duration: PT0.2S, behavior: {behavior}, labels: {{late: "yes"}}}}]
            tasks: [{{id: a, commands: [sleep {seconds}], type: shell}}]
            errors: [{{id: e, type: +log.Log, message: x}}]
            """,
            state,
            listing=("a",),
            states={"a": state},
            labels={"late": "yes"},
            logs=logs,
        )
        for behavior, state, seconds, logs in (
            ("FAIL", "FAILED", 30, ("SLA 's' violated",)),
            ("CANCEL", "CANCELLED", 30, ("SLA 's' violated",)),
            ("NONE", "SUCCESS", 0.6, ()),
        )
    ),
    Case(
        "a promise that is kept",
        """
        sla:
          - {id: s, type: MAX_DURATION, duration: PT1H, behavior: FAIL, labels: {late: "yes"}}
          - {id: t, type: EXECUTION_ASSERTION, assert: "{{ inputs.n == 1 }}", behavior: FAIL}
        inputs: [{id: n, type: INT, defaults: 1}]
        tasks: [{id: a, type: +log.Log, message: x}]
        """,
        labels={"late": None},  # type: ignore[dict-item]
    ),
    Case(
        "an assertion that breaks",
        """
        sla: [{id: s, type: EXECUTION_ASSERTION, assert: "{{ (outputs.a.value ?? 'good') == 'good' }}", behavior: FAIL}]
        tasks:
          - {id: a, type: +debug.Return, format: bad}
          - {id: b, type: +flow.Sleep, duration: PT1H}
        """,
        "FAILED",
        states={"a": "SUCCESS", "b": "FAILED"},
    ),
    Case(
        "typed outputs",
        """
        tasks: [{id: a, type: +debug.Return, format: "3"}]
        outputs:
          - {id: text, value: "{{ outputs.a.value }}"}
          - {id: int, type: INT, value: "{{ outputs.a.value }}"}
          - {id: bool, type: BOOL, value: "{{ outputs.a.value == '3' }}"}
          - {id: json, type: JSON, value: '{"a": [1, {"b": null}]}'}
          - {id: array, type: ARRAY, itemType: INT, value: '["1", 2]'}
          - {id: map, value: {k: "{{ outputs.a.value }}", l: ["{{ 1 + 1 }}", 5]}}
          - {id: absent, required: false, value: "{{ fromJson('{}').a }}"}
        """,
        outputs={
            "text": "3",
            "int": 3,
            "bool": True,
            "json": {"a": [1, {"b": None}]},
            "array": [1, 2],
            "map": {"k": "3", "l": ["2", 5]},
            "absent": None,
        },
    ),
    Case(
        "an output of the wrong type fails the execution",
        """
        tasks: [{id: a, type: +debug.Return, format: x}]
        outputs: [{id: o, type: INT, value: "{{ outputs.a.value }}"}]
        """,
        "FAILED",
        logs=("Failed to render output values: o",),
    ),
    Case(
        "outputs are rendered after a failure too",
        """
        tasks: [{id: a, type: +debug.Return, format: x}, {id: b, type: +execution.Fail}]
        outputs: [{id: o, value: "{{ outputs.a.value }}"}]
        """,
        "FAILED",
        outputs={"o": "x"},
    ),
    Case(
        "variables are not rendered by themselves",
        """
        variables: {greeting: "hi {{ inputs.n }}", m: {k: [1, 2]}}
        inputs: [{id: n, type: STRING, defaults: Ada}]
        tasks:
          - {id: raw, type: +debug.Return, format: "{{ vars.greeting }}"}
          - {id: rendered, type: +debug.Return, format: "{{ render(vars.greeting) }} {{ vars.m.k[1] }}"}
        """,
        values={"raw": "hi {{ inputs.n }}", "rendered": "hi Ada 2"},
    ),
    Case(
        "set and unset variables",
        """
        variables: {v: {a: "1"}, w: x}
        tasks:
          - {id: set, type: +execution.SetVariables, variables: {v: {b: "{{ vars.v.a }}2"}, new: y}}
          - {id: seen, type: +debug.Return, format: "{{ vars.v.a }} {{ vars.v.b }} {{ vars.new }}"}
          - {id: unset, type: +execution.UnsetVariables, variables: [v.a, new]}
          - {id: left, type: +debug.Return, format: "{{ vars.v.a is defined }} {{ vars.new is defined }} {{ vars.v.b }}"}
          - {id: again, type: +execution.SetVariables, variables: {w: z, n: 1}, overwrite: false}
        """,
        "FAILED",
        values={"seen": "1 12 y", "left": "false false 12"},
        logs=("`overwrite` is set to false and the following variables already exist: w",),
    ),
    Case(
        "labels as a map, changed by a task, nested by dots",
        """
        labels: {team: a, version: 1.1, flag: true, some.deep: x, my-label: y}
        tasks:
          - {id: l, type: +execution.Labels, labels: [{key: team, value: "{{ labels.some.deep }}"}]}
          - {id: r, type: +debug.Return, format: "{{ labels.team }} {{ labels.version }} {{ labels['my-label'] }} {{ labels.system.correlationId == execution.id }}"}
        """,
        values={"r": "x 1.1 y true"},
        labels={"team": "x", "version": "1.1", "flag": "true"},
    ),
    Case(
        "labels as a list",
        """
        labels: [{key: team, value: a}, {key: n, value: 5}]
        tasks: [{id: a, type: +log.Log, message: x}]
        """,
        labels={"team": "a", "n": "5"},
    ),
    Case(
        "system labels are refused to tasks",
        "tasks: [{id: l, type: +execution.Labels, labels: {system.x: y}}]",
        "FAILED",
        logs=("system.",),
    ),
)


@cases(*TABLE)
def test_flow_properties(engine: Engine, case: Case) -> None:
    judge(case, engine)


@pytest.mark.parametrize(
    ("behavior", "n", "ends"),
    [
        ("BLOCK_EXECUTION", 1, None),
        ("FAIL_EXECUTION", 1, "FAILED"),
        ("CREATE_EXECUTION", 1, "SUCCESS"),
        ("BLOCK_EXECUTION", 5, "SUCCESS"),
        ("FAIL_EXECUTION", 5, "SUCCESS"),
    ],
)
def test_checks_on_inputs(engine: Engine, behavior: str, n: int, ends: str | None) -> None:
    engine.save(
        flow(f"""
        inputs: [{{id: n, type: INT}}]
        checks: [{{condition: "{{{{ inputs.n > 3 }}}}", message: too small, behavior: {behavior}, style: ERROR}}]
        tasks: [{{id: a, type: +log.Log, message: x}}]
        """)
    )
    if ends is None:
        with pytest.raises(CheckFailed, match="too small"):
            engine.start("tests.engine", "t", inputs={"n": n})
        return
    ended = engine.wait(engine.start("tests.engine", "t", inputs={"n": n}).id, 10)
    assert (str(ended.state), len(ended.task_runs)) == (ends, 0 if ends == "FAILED" else 1)


def test_secret_inputs_are_stored_encrypted_and_masked_in_logs(engine: Engine) -> None:
    body = """
    inputs: [{id: key, type: SECRET}]
    tasks:
      - {id: a, type: +log.Log, message: "the key is {{ inputs.key }}"}
      - {id: b, commands: ["echo {{ inputs.key }}"], type: shell}
    """
    ended = engine.wait(start(engine, flow(body), {"key": "very-hidden-1"}).id, 20)
    assert ended.state is State.SUCCESS
    said = [entry.message for entry in engine.logs(ended.id)]
    assert not any("very-hidden-1" in message for message in said)
    assert any(message.startswith("the key is ") for message in said)
    assert "very-hidden-1" not in str(ended.inputs)
    assert "very-hidden-1" not in engine.render_in(ended.id, ended.task_runs[0].id, "{{ inputs.key }}")


@pytest.mark.parametrize(
    ("kind", "given", "seen"),
    [
        ("INT", "41", "41"),
        ("BOOL", "true", "true"),
        ("FLOAT", "1", "1.0"),
        ("DATE", "2024-01-31", "2024-01-31"),
        ("JSON", '{"a": [1]}', '{"a":[1]}'),
        ("STRING", "{{ 1 + 1 }}", "{{ 1 + 1 }}"),
    ],
)
def test_inputs_are_typed_and_never_rendered(engine: Engine, kind: str, given: Json, seen: str) -> None:
    body = f"""
    inputs: [{{id: x, type: {kind}}}]
    tasks: [{{id: r, type: +debug.Return, format: "{{{{ inputs.x }}}}"}}]
    """
    assert output(one(engine.wait(start(engine, flow(body), {"x": given}).id, 10), "r")) == seen


def test_bad_inputs_are_all_told_and_nothing_is_created(engine: Engine) -> None:
    body = """
    inputs: [{id: a, type: INT}, {id: b, type: STRING}, {id: c.d, type: INT, required: false}]
    tasks: [{id: r, type: +debug.Return, format: "{{ inputs.c.d is defined }}"}]
    """
    with pytest.raises(InputInvalid) as problem:
        start(engine, flow(body), {"a": "x"})
    assert "a" in str(problem.value) and "b" in str(problem.value)
    assert engine.store.executions.unfinished() == []
    ended = engine.wait(start(engine, flow(body), {"a": 1, "b": "x", "unknown": 1}).id, 10)
    assert output(one(ended, "r")) == "false"


def test_a_file_input_is_an_address_whose_text_can_be_read(engine: Engine) -> None:
    from engine.executor.inputs import Upload

    body = """
    inputs: [{id: f, type: FILE}]
    tasks: [{id: r, type: +debug.Return, format: "{{ inputs.f }} {{ read(inputs.f) }}"}]
    """
    row = engine.save(flow(body))
    started = engine.start(row.namespace, row.id, inputs={"f": Upload("a b.txt", b"hello")})
    address, _, text = str(output(one(engine.wait(started.id, 10), "r"))).rpartition(" ")
    assert address.startswith("kestra:///tests/engine/t/executions/") and text == "hello"


def test_revisions_count_up_only_when_something_changes(engine: Engine) -> None:
    one_, two = (
        "tasks: [{id: a, type: +debug.Return, format: '1'}]",
        "tasks: [{id: a, type: +debug.Return, format: '2'}]",
    )
    assert [engine.save(flow(body)).revision for body in (one_, one_, two, one_)] == [1, 1, 2, 3]
    old = engine.wait(engine.start("tests.engine", "t", revision=2).id, 10)
    assert (old.flow_revision, output(one(old, "a"))) == (2, "2")
    engine.delete_flow("tests.engine", "t")
    with pytest.raises(NotFound):
        engine.start("tests.engine", "t")
    assert engine.save(flow(two)).revision == 5


def test_a_disabled_flow_starts_nothing(engine: Engine) -> None:
    engine.save(flow("disabled: true\ntasks: [{id: a, type: +log.Log, message: x}]"))
    with pytest.raises(FlowDisabled):
        engine.start("tests.engine", "t")


def test_a_running_execution_keeps_its_revision(engine: Engine) -> None:
    engine.save(flow("tasks: [{id: p, type: +flow.Pause}, {id: old, type: +log.Log, message: x}]"))
    execution = engine.start("tests.engine", "t")
    until_state(engine, execution.id, State.PAUSED)
    engine.save(flow("tasks: [{id: p, type: +flow.Pause}, {id: new, type: +log.Log, message: x}]"))
    engine.resume(execution.id)
    assert listing(engine.wait(execution.id, 10)) == {"p": "SUCCESS", "old": "SUCCESS"}
