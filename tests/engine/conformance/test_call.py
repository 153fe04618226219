"""Executions started by tasks: Subflow and ForEachItem."""

from __future__ import annotations

import pytest

from engine.engine import Engine
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
    start,
    until,
    until_state,
)

CHILD = """
inputs:
  - {id: n, type: INT, defaults: 7}
  - {id: l, type: ARRAY, itemType: STRING, required: false}
tasks:
  - {id: bad, type: +execution.Fail, condition: "{{ inputs.n == 0 }}"}
  - {id: warn, type: +execution.Fail, condition: "{{ inputs.n == 1 }}", allowFailure: true}
  - {id: r, type: +debug.Return, format: "{{ trigger.flowId }} {{ inputs.n + 1 }} {{ inputs.l }}"}
outputs: [{id: o, value: "{{ outputs.r.value }}"}]
"""
SUB = "{id: sub, type: +flow.Subflow, namespace: tests.engine, flowId: child"

TABLE = (
    Case(
        "values are rendered to text and read by the child's types",
        f"""
        inputs: [{{id: list, type: JSON, defaults: '["a","b"]'}}]
        tasks:
          - {SUB}, inputs: {{n: "{{{{ 1 + 1 }}}}", l: "{{{{ inputs.list }}}}"}}}}
          - {{id: r, type: +debug.Return, format: "{{{{ outputs.sub.outputs.o }}}} {{{{ outputs.sub.state }}}}"}}
        """,
        values={"r": 't 3 ["a","b"] SUCCESS'},
    ),
    Case(
        "null is not given: the child's default counts",
        f"""
        tasks:
          - {SUB}, inputs: {{n: null}}}}
          - {{id: r, type: +debug.Return, format: "{{{{ outputs.sub.outputs.o }}}}"}}
        """,
        values={"r": "t 8 "},
    ),
    *(
        Case(
            f"child {n}, {more}", f"tasks: [{SUB}, inputs: {{n: {n}}}{more}}}]", state, states={"sub": state}
        )
        for n, more, state in (
            (0, "", "FAILED"),
            (1, "", "WARNING"),
            (2, "", "SUCCESS"),
            (0, ", transmitFailed: false", "SUCCESS"),
            (0, ", allowFailure: true", "WARNING"),
            (0, ", allowFailure: true, allowWarning: true", "SUCCESS"),
            (0, ", wait: false", "SUCCESS"),
            ("x", "", "FAILED"),
        )
    ),
    Case(
        "a flow that does not exist",
        "tasks: [{id: sub, type: +flow.Subflow, namespace: tests.engine, flowId: none}]",
        "FAILED",
        logs=("Unable to find flow 'tests.engine'.'none' with revision '0'",),
    ),
    Case(
        "a retry starts the child anew",
        f"tasks: [{SUB}, inputs: {{n: 0}}, retry: {{type: constant, interval: PT0.01S, maxAttempts: 3}}}}]",
        "FAILED",
        attempts={"sub": 3},
    ),
)


@cases(*TABLE)
def test_subflows(engine: Engine, case: Case) -> None:
    engine.save(flow(CHILD, "child"))
    judge(case, engine)


def test_without_waiting_there_are_no_outputs(engine: Engine) -> None:
    engine.save(flow(CHILD, "child"))
    ended = engine.wait(start(engine, flow(f"tasks: [{SUB}, wait: false}}]")).id, 10)
    child = children(engine, ended, "sub")[0]
    assert one(ended, "sub").outputs == {"executionId": child.id, "state": "CREATED"}
    assert engine.wait(child.id, 10).state is State.SUCCESS


def test_a_disabled_child_fails_the_task(engine: Engine) -> None:
    engine.save(flow("disabled: true" + CHILD, "child"))
    ended = engine.wait(start(engine, flow(f"tasks: [{SUB}}}]")).id, 10)
    assert ended.state is State.FAILED
    assert any("Cannot execute a flow which is disabled" in entry.message for entry in engine.logs(ended.id))


def test_the_child_knows_its_parent(engine: Engine) -> None:
    body = (
        'tasks: [{id: r, type: +debug.Return, format: "{{ trigger.executionId }} {{ trigger.namespace }}"}]'
    )
    engine.save(flow(body, "child"))
    ended = engine.wait(start(engine, flow(f"tasks: [{SUB}}}]")).id, 10)
    child = children(engine, ended, "sub")[0]
    assert output(one(child, "r")) == f"{ended.id} tests.engine"
    assert (child.trigger.id, child.trigger.type) == ("sub", "io.kestra.plugin.core.flow.Subflow")


@pytest.mark.parametrize("behavior", ["RETRY_FAILED", "NEW_EXECUTION"])
def test_restart_of_the_parent_restarts_or_renews_the_child(engine: Engine, behavior: str) -> None:
    failing = """
    tasks:
      - {id: kept, type: +log.Log, message: x}
      - {id: bad, type: +execution.Fail, condition: "{{ kv('ok', errorOnMissing=false) != 'yes' }}"}
    """
    engine.save(flow(failing, "child"))
    failed = engine.wait(start(engine, flow(f"tasks: [{SUB}, restartBehavior: {behavior}}}]")).id, 10)
    first = children(engine, failed, "sub")[0]
    engine.save(flow("tasks: [{id: other, type: +log.Log, message: x}]", "child"))
    from engine.model.moment import now

    engine.store.kv.put("tests.engine", "ok", "yes", "STRING", now())
    engine.restart(failed.id)
    ended = engine.wait(failed.id, 10)
    second = children(engine, ended, "sub")[0]
    assert ended.state is State.SUCCESS
    if behavior == "RETRY_FAILED":
        assert second.id == first.id
        assert listing(second) == {"kept": "SUCCESS", "bad": "SUCCESS"}  # its own revision, not the newer one
    else:
        assert second.id != first.id and listing(second) == {"other": "SUCCESS"}


def test_a_waiting_parent_goes_on_when_its_paused_child_is_resumed(engine: Engine) -> None:
    engine.save(flow("tasks: [{id: p, type: +flow.Pause}]", "child"))
    parent = start(engine, flow(f"tasks: [{SUB}}}]"))
    found = until(engine, parent.id, lambda e: bool(e.task_runs and e.task_runs[0].inner))
    child = children(engine, found, "sub")[0]
    until_state(engine, child.id, State.PAUSED)
    assert engine.execution(parent.id).state is State.RUNNING
    engine.resume(child.id)
    assert engine.wait(parent.id, 10).state is State.SUCCESS


def test_a_task_resumes_another_execution(engine: Engine) -> None:
    engine.save(
        flow(
            """
            tasks:
              - {id: p, type: +flow.Pause, onResume: [{id: n, type: INT}]}
              - {id: r, type: +debug.Return, format: "{{ outputs.p.onResume.n + 1 }}"}
            """,
            "child",
        )
    )
    paused = engine.start("tests.engine", "child")
    until_state(engine, paused.id, State.PAUSED)
    body = """
    inputs: [{id: e, type: STRING}, {id: n, type: STRING}]
    tasks: [{id: r, type: +execution.Resume, executionId: "{{ inputs.e }}", inputs: {n: "{{ inputs.n }}"}}]
    """
    bad = engine.wait(start(engine, flow(body), {"e": paused.id, "n": "x"}).id, 10)
    assert (bad.state, engine.execution(paused.id).state) == (State.FAILED, State.PAUSED)
    good = engine.wait(start(engine, flow(body), {"e": paused.id, "n": "41"}).id, 10)
    assert good.state is State.SUCCESS
    assert output(one(engine.wait(paused.id, 10), "r")) == "42"
    late = engine.wait(start(engine, flow(body), {"e": paused.id, "n": "41"}).id, 10)
    assert late.state is State.FAILED
    assert any("only a PAUSED one can be resumed" in entry.message for entry in engine.logs(late.id))


PER_BATCH = """
inputs: [{id: file, type: FILE}, {id: i, type: INT}]
tasks:
  - {id: r, type: +debug.Return, format: "{{ inputs.i }}:{{ read(inputs.file) | trim | replace({'\\n': '+'}) }}"}
  - {id: bad, type: +execution.Fail, condition: "{{ outputs.r.value contains 'bad' }}"}
outputs: [{id: said, value: "{{ outputs.r.value }}"}]
"""


def items(batch: str, more: str = "", lines: str = "a\\\\nb\\\\nc\\\\n") -> str:
    """Write a flow that runs `child` for every batch of a file."""
    return f"""
    tasks:
      - {{id: file, type: +storage.Write, content: "{lines}", extension: .txt}}
      - id: each
        type: +flow.ForEachItem
        items: "{{{{ outputs.file.uri }}}}"
        batch: {batch}
        namespace: tests.engine
        flowId: child
        inputs: {{file: "{{{{ taskrun.items }}}}", i: "{{{{ taskrun.iteration }}}}"}}
        {more}
      - id: end
        type: +output.OutputValues
        values:
          n: "{{{{ outputs.each_items.numberOfBatches ?? '' }}}}"
          states: "{{{{ outputs.each_items.iterations ?? '' }}}}"
    """


@pytest.mark.parametrize(
    ("batch", "said"),
    [
        ("{rows: 1}", ["0:a", "1:b", "2:c"]),
        ("{rows: 2}", ["0:a+b", "1:c"]),
        ("{partitions: 2}", ["0:a+c", "1:b"]),
        ('{bytes: "4"}', ["0:a+b", "1:c"]),
        ("{rows: 9}", ["0:a+b+c"]),
    ],
)
def test_for_each_item_runs_the_flow_for_every_batch(engine: Engine, batch: str, said: list[str]) -> None:
    engine.save(flow(PER_BATCH, "child"))
    body = items(batch).replace("\\\\n", "\\n")
    ended = engine.wait(start(engine, flow(body)).id, 20)
    assert ended.state is State.SUCCESS, [entry.message for entry in engine.logs(ended.id)]
    assert list(listing(ended)) == ["file", "each", "each_split", "each_items", "each_merge", "end"]
    found = [(child.outputs or {})["said"] for child in children(engine, ended, "each_items")]
    assert sorted(found) == sorted(said)
    values = (one(ended, "end").outputs or {})["values"]
    assert values == {"n": str(len(said)), "states": f'{{"SUCCESS":{len(said)}}}'}
    from engine.model import uri as uris

    merged = (one(ended, "each_merge").outputs or {})["subflowOutputs"]
    assert len(engine.files.read(uris.to_path(merged)).decode().splitlines()) == len(said)
    splits = (one(ended, "each_split").outputs or {})["splits"]
    assert len(engine.files.read(uris.to_path(splits)).decode().splitlines()) == len(said)


@pytest.mark.parametrize(
    ("more", "state", "own"),
    [
        ("", "FAILED", "FAILED"),
        ("transmitFailed: false", "SUCCESS", "SUCCESS"),
        ("wait: false", "SUCCESS", "SUCCESS"),
        ("allowFailure: true", "WARNING", "WARNING"),
        ("errors: [{id: e, type: +log.Log, message: x}]", "FAILED", "FAILED"),
    ],
)
def test_for_each_item_ends_as_the_worst_of_its_executions(
    engine: Engine, more: str, state: str, own: str
) -> None:
    engine.save(flow(PER_BATCH, "child"))
    body = items("{rows: 1}", more, "a\\nbad\\n")
    ended = engine.wait(start(engine, flow(body)).id, 20)
    assert (str(ended.state), listing(ended)["each"]) == (state, own)
    if "errors" in more:
        assert listing(ended)["e"] == "SUCCESS"
    for child in children(engine, ended, "each_items"):
        engine.wait(child.id, 10)


def test_for_each_item_over_an_empty_file(engine: Engine) -> None:
    engine.save(flow(PER_BATCH, "child"))
    ended = engine.wait(start(engine, flow(items("{rows: 1}", lines=""))).id, 20)
    assert ended.state is State.SUCCESS
    assert (one(ended, "end").outputs or {})["values"]["n"] == "0"


def test_for_each_item_wants_the_address_of_a_stored_file(engine: Engine) -> None:
    body = items("{rows: 1}").replace("{{ outputs.file.uri }}", "file.txt").replace("\\\\n", "\\n")
    engine.save(flow(PER_BATCH, "child"))
    ended = engine.wait(start(engine, flow(body)).id, 20)
    assert listing(ended)["each_split"] == "FAILED"
    assert any("is not the address of a stored file" in entry.message for entry in engine.logs(ended.id))


def test_kill_reaches_the_executions_of_every_batch(engine: Engine) -> None:
    engine.save(
        flow(
            "inputs: [{id: file, type: FILE}, {id: i, type: INT}]\ntasks: [{id: p, type: +flow.Pause}]",
            "child",
        )
    )
    execution = start(engine, flow(items("{rows: 1}").replace("\\\\n", "\\n")))
    found = until(
        engine,
        execution.id,
        lambda e: any(run.task_id == "each_items" and run.inner for run in e.task_runs),
    )
    started = children(engine, found, "each_items")
    for child in started:
        until_state(engine, child.id, State.PAUSED)
    engine.kill(execution.id)
    assert engine.wait(execution.id, 10).state is State.KILLED
    assert [engine.wait(child.id, 10).state for child in started] == [State.KILLED] * 3


@pytest.mark.parametrize("behavior", ["RETRY_FAILED", "NEW_EXECUTION"])
def test_a_restart_of_for_each_item_restarts_only_what_failed(engine: Engine, behavior: str) -> None:
    failing = """
    inputs: [{id: file, type: FILE}, {id: i, type: INT}]
    tasks:
      - {id: kept, type: +log.Log, message: x}
      - id: bad
        type: +execution.Fail
        condition: "{{ inputs.i == 1 and kv('ok', errorOnMissing=false) != 'yes' }}"
    """
    engine.save(flow(failing, "child"))
    body = items("{rows: 1}", f"restartBehavior: {behavior}").replace("\\\\n", "\\n")
    failed = engine.wait(start(engine, flow(body)).id, 20)
    assert failed.state is State.FAILED
    first = children(engine, failed, "each_items")
    assert [str(child.state) for child in first] == ["SUCCESS", "FAILED", "SUCCESS"]
    from engine.model.moment import now

    engine.store.kv.put("tests.engine", "ok", "yes", "STRING", now())
    engine.restart(failed.id)
    ended = engine.wait(failed.id, 20)
    second = children(engine, ended, "each_items")
    assert ended.state is State.SUCCESS
    assert (one(ended, "end").outputs or {})["values"] == {"n": "3", "states": '{"SUCCESS":3}'}
    if behavior == "RETRY_FAILED":
        assert [child.id for child in second] == [child.id for child in first]
        assert [child.attempt_number for child in second] == [1, 2, 1]
    else:
        assert not {child.id for child in second} & {child.id for child in first}
