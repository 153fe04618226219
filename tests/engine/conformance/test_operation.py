"""What people do to executions: pause, resume, restart, replay, states, labels, forced runs, deletion, eval."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.engine import Engine
from engine.errors import Conflict, NotFound
from engine.executor.inputs import Upload
from engine.executor.reopen import NothingToRestart
from engine.model.moment import now
from engine.model.state import State
from tests.engine.conformance.language import (
    flow,
    listing,
    one,
    output,
    passages,
    start,
    until_run,
    until_state,
)

NESTED = """
tasks:
  - {id: before, type: +debug.Return, format: kept}
  - id: each
    type: +flow.ForEach
    values: [1, 2, 3]
    tasks:
      - {id: a, type: +debug.Return, format: "a{{ taskrun.value }}"}
      - {id: b, type: +debug.Return, format: "{{ outputs.a[taskrun.value].value }}b"}
  - id: p
    type: +flow.Parallel
    tasks: [{id: p1, type: +debug.Return, format: x}, {id: p2, type: +debug.Return, format: x}]
  - id: dag
    type: +flow.Dag
    tasks:
      - {task: {id: d1, type: +debug.Return, format: x}}
      - {task: {id: d2, type: +debug.Return, format: x}, dependsOn: [d1]}
      - {task: {id: d3, type: +debug.Return, format: x}}
  - {id: end, type: +debug.Return, format: "{{ outputs.before.value }} {{ outputs.b['3'].value }}"}
"""
ALL = 1 + 1 + 6 + 3 + 4 + 1


@pytest.mark.parametrize(
    ("node", "again"),
    [
        ("before", ["before", "each", "a[1]", "b[1]", "a[2]", "b[2]", "a[3]", "b[3]"]),
        ("each", ["each", "a[1]", "b[1]", "a[2]", "b[2]", "a[3]", "b[3]"]),
        ("a[2]", ["a[2]", "b[2]", "a[3]", "b[3]"]),
        ("b[2]", ["b[2]", "a[3]", "b[3]"]),
        ("p1", ["p1", "dag", "d1", "d2", "d3", "end"]),
        ("d1", ["d1", "d2", "end"]),
        ("d3", ["d3", "end"]),
        ("end", ["end"]),
    ],
)
def test_replay_from_any_node_repeats_it_and_what_follows(
    engine: Engine, node: str, again: list[str]
) -> None:
    first = engine.wait(start(engine, flow(NESTED)).id, 20)
    assert (first.state, len(first.task_runs)) == (State.SUCCESS, ALL)
    replayed = engine.replay(first.id, task_run_id=one(first, node).id)
    ended = engine.wait(replayed.id, 20)
    assert (ended.state, len(ended.task_runs)) == (State.SUCCESS, ALL)
    assert output(one(ended, "end")) == "kept a3b"
    assert (ended.parent_id, ended.original_id) == (first.id, first.id)
    assert ended.labels["system.replayed"] == "true"
    repeated = {
        named
        for named in listing(ended)
        if one(ended, named).history.passages[-1].date > replayed.history.started
    }
    assert repeated >= set(again)
    earlier = {
        named
        for named in listing(first)
        if list(listing(first)).index(named) < list(listing(first)).index(node)
    }
    parents = {"each"} if node[0] in "ab" and "[" in node else {"p", "dag"}
    assert not repeated & (earlier - parents)


def test_replay_with_other_inputs_and_in_another_revision(engine: Engine) -> None:
    body = 'inputs: [{id: n, type: INT}]\ntasks: [{id: r, type: +debug.Return, format: "%s{{ inputs.n }}"}]'
    first = engine.wait(start(engine, flow(body % "a"), {"n": 1}).id, 10)
    engine.save(flow(body % "b"))
    assert output(one(engine.wait(engine.replay(first.id).id, 10), "r")) == "a1"
    other = engine.wait(engine.replay(first.id, inputs={"n": "2"}, revision=2).id, 10)
    assert (output(one(other, "r")), other.flow_revision) == ("b2", 2)
    with pytest.raises(NotFound):
        engine.replay(first.id, task_run_id="none")


def test_restart_in_a_newer_revision_is_a_new_execution(engine: Engine) -> None:
    broken = "tasks: [{id: a, type: +debug.Return, format: x}, {id: b, type: +execution.Fail}]"
    fixed = "tasks: [{id: a, type: +debug.Return, format: y}, {id: b, type: +debug.Return, format: z}]"
    failed = engine.wait(start(engine, flow(broken)).id, 10)
    engine.save(flow(fixed))
    ended = engine.wait(engine.restart(failed.id, revision=2).id, 10)
    assert ended.id != failed.id and ended.state is State.SUCCESS
    assert [output(run) for run in ended.task_runs] == ["x", "z"]
    assert engine.execution(failed.id).state is State.FAILED


def test_restart_below_a_loop_repeats_only_what_failed(engine: Engine) -> None:
    body = """
    tasks:
      - id: each
        type: +flow.ForEach
        values: [1, 2, 3]
        concurrencyLimit: 0
        tasks:
          - {id: x, type: +execution.Fail, condition: "{{ taskrun.value == '2' and taskrun.attemptsCount == 0 }}"}
          - {id: y, type: +log.Log, message: x}
      - {id: end, type: +log.Log, message: x}
    errors: [{id: e, type: +log.Log, message: x}]
    afterExecution: [{id: z, type: +log.Log, message: x}]
    """
    failed = engine.wait(start(engine, flow(body)).id, 10)
    assert listing(failed)["x[2]"] == "FAILED" and {"e", "z"} <= set(listing(failed))
    engine.restart(failed.id)
    ended = engine.wait(failed.id, 10)
    assert ended.state is State.SUCCESS
    assert {named: len(one(ended, named).attempts) for named in ("x[1]", "x[2]", "x[3]", "y[2]")} == {
        "x[1]": 1, "x[2]": 2, "x[3]": 1, "y[2]": 1,
    }  # fmt: skip
    assert "e" not in listing(ended) and listing(ended)["z"] == "SUCCESS"
    assert ended.labels["system.restarted"] == "true"


def test_restart_of_what_succeeded_or_runs_is_refused(engine: Engine) -> None:
    good = engine.wait(start(engine, flow("tasks: [{id: a, type: +log.Log, message: x}]")).id, 10)
    with pytest.raises(NothingToRestart, match="No task found to restart execution from!"):
        engine.restart(good.id)
    running = start(engine, flow("tasks: [{id: a, type: +flow.Sleep, duration: PT1H}]"))
    until_run(engine, running.id, "a", State.RUNNING)
    with pytest.raises(Conflict, match="must be terminated to be restarted, current state is 'RUNNING'"):
        engine.restart(running.id)
    engine.kill(running.id)
    engine.wait(running.id, 10)


def test_a_corrected_task_state_goes_on_behind_it(engine: Engine) -> None:
    body = """
    tasks:
      - id: s
        type: +flow.Sequential
        tasks: [{id: a, type: +execution.Fail}, {id: b, type: +log.Log, message: x}]
      - {id: c, type: +log.Log, message: x}
    errors: [{id: e, type: +log.Log, message: x}]
    """
    failed = engine.wait(start(engine, flow(body)).id, 10)
    changed = engine.change_task_state(failed.id, one(failed, "a").id, State.SUCCESS)
    assert (changed.id, str(changed.state)) == (failed.id, "RESTARTED")
    ended = engine.wait(failed.id, 10)
    assert (ended.state, listing(ended)) == (
        State.SUCCESS,
        {"s": "SUCCESS", "a": "SUCCESS", "b": "SUCCESS", "c": "SUCCESS"},
    )
    assert [str(attempt.state) for attempt in one(ended, "a").attempts] == ["SUCCESS"]
    with pytest.raises(Conflict, match="in which it has ended"):
        engine.change_task_state(failed.id, one(ended, "a").id, State.PAUSED)


def test_a_pause_task_can_be_ended_by_its_state(engine: Engine) -> None:
    body = "tasks: [{id: p, type: +flow.Pause}, {id: b, type: +log.Log, message: x}]"
    execution = start(engine, flow(body))
    found = until_state(engine, execution.id, State.PAUSED)
    engine.change_task_state(execution.id, one(found, "p").id, State.WARNING)
    assert listing(engine.wait(execution.id, 10)) == {"p": "WARNING", "b": "SUCCESS"}


def test_the_final_state_can_be_changed_to_another_final_one(engine: Engine) -> None:
    ended = engine.wait(start(engine, flow("tasks: [{id: a, type: +execution.Fail}]")).id, 10)
    engine.change_status(ended.id, State.SUCCESS)
    assert passages(engine.execution(ended.id))[-2:] == ["FAILED", "SUCCESS"]
    with pytest.raises(Conflict):
        engine.change_status(ended.id, State.RUNNING)


def test_labels_after_the_end(engine: Engine) -> None:
    paused = start(engine, flow("labels: {a: b}\ntasks: [{id: p, type: +flow.Pause}]"))
    until_state(engine, paused.id, State.PAUSED)
    with pytest.raises(Conflict):
        engine.set_labels(paused.id, {"x": "y"})
    engine.resume(paused.id)
    engine.wait(paused.id, 10)
    engine.set_labels(paused.id, {"x": "y"})
    assert engine.execution(paused.id).labels == {"x": "y", "system.correlationId": paused.id}


def test_a_scheduled_execution_waits_for_its_date_or_is_forced(engine: Engine) -> None:
    engine.save(flow("tasks: [{id: a, type: +log.Log, message: x}]"))
    soon = engine.start("tests.engine", "t", schedule_date=now() + timedelta(seconds=0.3))
    late = engine.start("tests.engine", "t", schedule_date=now() + timedelta(hours=1))
    assert engine.execution(late.id).state is State.CREATED
    engine.force_run(late.id)
    assert engine.wait(late.id, 10).state is State.SUCCESS
    ended = engine.wait(soon.id, 10)
    assert one(ended, "a").history.started >= soon.schedule_date  # type: ignore[operator]
    with pytest.raises(Conflict):
        engine.force_run(late.id)


def test_force_run_resumes_a_paused_execution_and_leaves_a_running_one_alone(engine: Engine) -> None:
    execution = start(
        engine, flow("tasks: [{id: p, type: +flow.Pause}, {id: s, type: +flow.Sleep, duration: PT0.2S}]")
    )
    until_state(engine, execution.id, State.PAUSED)
    engine.force_run(execution.id)
    until_run(engine, execution.id, "s", State.RUNNING)
    engine.force_run(execution.id)
    assert listing(engine.wait(execution.id, 10)) == {"p": "SUCCESS", "s": "SUCCESS"}


def test_pause_by_hand_lets_what_runs_finish_and_starts_nothing(engine: Engine) -> None:
    body = "tasks: [{id: a, commands: [sleep 0.3], type: shell}, {id: b, type: +log.Log, message: x}]"
    execution = start(engine, flow(body))
    until_run(engine, execution.id, "a", State.RUNNING)
    engine.pause(execution.id)
    with pytest.raises(Conflict):
        engine.pause(execution.id)
    found = until_run(engine, execution.id, "a", State.SUCCESS)
    assert (str(found.state), listing(found)) == ("PAUSED", {"a": "SUCCESS"})
    engine.resume(execution.id)
    ended = engine.wait(execution.id, 10)
    assert passages(ended) == ["CREATED", "RUNNING", "PAUSED", "RESTARTED", "RUNNING", "SUCCESS"]


def test_deletion_takes_logs_and_files_with_it(engine: Engine) -> None:
    body = "tasks: [{id: f, type: +storage.Write, content: x}, {id: l, type: +log.Log, message: x}]"
    ended = engine.wait(start(engine, flow(body)).id, 10)
    folder = f"tests/engine/t/executions/{ended.id}"
    assert engine.files.exists(folder)
    engine.delete_execution(ended.id)
    assert not engine.files.exists(folder) and engine.logs(ended.id) == []
    with pytest.raises(NotFound):
        engine.execution(ended.id)


def test_expressions_are_evaluated_where_a_task_run_stood(engine: Engine) -> None:
    ended = engine.wait(start(engine, flow(NESTED)).id, 20)
    run = one(ended, "b[2]")
    assert (
        engine.render_in(ended.id, run.id, "{{ taskrun.value }} {{ outputs.a[taskrun.value].value }}")
        == "2 a2"
    )
    assert (
        engine.render_in(ended.id, None, "{{ execution.state }} {{ outputs.before.value }}") == "SUCCESS kept"
    )
    with pytest.raises(NotFound):
        engine.render_in(ended.id, "none", "x")


def test_purging_removes_ended_executions_of_a_flow(engine: Engine) -> None:
    engine.save(
        flow("tasks: [{id: f, type: +storage.Write, content: x}, {id: l, type: +log.Log, message: x}]", "old")
    )
    old = [engine.wait(engine.start("tests.engine", "old").id, 10) for _ in range(3)]
    engine.save(flow("tasks: [{id: p, type: +flow.Pause}]", "open"))
    opened = engine.start("tests.engine", "open")
    until_state(engine, opened.id, State.PAUSED)
    body = """
    inputs: [{id: execution, type: BOOL}, {id: flow, type: STRING, required: false}]
    tasks:
      - id: purge
        type: +execution.PurgeExecutions
        namespace: tests
        endDate: "{{ now() }}"
        purgeExecution: "{{ inputs.execution }}"
        purgeStorage: "{{ inputs.execution }}"
        batchSize: 2
    """
    kept = engine.wait(start(engine, flow(body), {"execution": False}).id, 10)
    assert one(kept, "purge").outputs == {
        "executionsCount": 0, "logsCount": 3, "metricsCount": 0, "storagesCount": 0,
    }  # fmt: skip
    assert [engine.logs(one_.id) for one_ in old] == [[], [], []]
    done = engine.wait(start(engine, flow(body), {"execution": True}).id, 10)
    counts = one(done, "purge").outputs or {}
    assert (counts["executionsCount"], counts["storagesCount"]) == (4, 3)
    for execution in old:
        with pytest.raises(NotFound):
            engine.execution(execution.id)
    assert engine.execution(opened.id).state is State.PAUSED
    engine.kill(opened.id)
    engine.wait(opened.id, 10)


def test_a_file_given_to_a_replay_belongs_to_the_new_execution(engine: Engine) -> None:
    body = """
    inputs: [{id: f, type: FILE}]
    tasks: [{id: r, type: +debug.Return, format: "{{ read(inputs.f) }}"}]
    """
    first = start(engine, flow(body), {"f": Upload("a.txt", b"old")})
    engine.wait(first.id, 10)
    again = engine.wait(engine.replay(first.id, inputs={"f": Upload("b.txt", b"new")}).id, 10)
    assert (again.state, output(one(again, "r"))) == (State.SUCCESS, "new")
    assert f"/executions/{again.id}/inputs/f/" in (again.inputs or {})["f"]
