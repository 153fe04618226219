"""Whatever is done to an execution and whenever: it ends, and everything in it has ended then."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from engine.engine import Engine
from engine.errors import Conflict
from engine.model.execution import Execution
from engine.model.state import State
from tests.engine.conformance.language import (
    children,
    flow,
    listing,
    name,
    one,
    start,
    until,
    until_run,
    until_state,
)

RETRYING = """
tasks:
  - id: p
    type: +flow.Parallel
    tasks:
      - {id: bad, type: +execution.Fail, retry: {type: constant, interval: PT1H}}
      - {id: other, type: +flow.Sleep, duration: PT1H}
finally: [{id: f, type: +log.Log, message: x}]
"""
PAUSED = """
tasks:
  - id: p
    type: +flow.Parallel
    tasks: [{id: pause, type: +flow.Pause}, {id: quick, type: +log.Log, message: x}]
  - {id: never, type: +log.Log, message: x}
"""
SLEEPING = """
tasks:
  - id: each
    type: +flow.ForEach
    values: [a, b, c]
    concurrencyLimit: 2
    tasks: [{id: s, type: +flow.Sleep, duration: PT1H}]
"""
LOOPING = """
tasks:
  - id: loop
    type: +flow.LoopUntil
    condition: "{{ false }}"
    checkFrequency: {interval: PT1H}
    tasks: [{id: r, type: +log.Log, message: x}]
"""
SHELL = """
tasks:
  - {id: s, commands: ["sleep 60 & wait"], type: shell}
  - {id: never, type: +log.Log, message: x}
errors: [{id: e, type: +log.Log, message: x}]
"""
GROUP = """
tasks:
  - id: folder
    type: +flow.WorkingDirectory
    tasks: [{id: s, commands: ["sleep 60"], type: shell}, {id: never, commands: [ls], type: shell}]
"""

Wish = Callable[[Execution], bool]


def running(named: str) -> Wish:
    return lambda execution: any(
        name(run) == named and run.state is State.RUNNING for run in execution.task_runs
    )


def in_state(state: State) -> Wish:
    return lambda execution: execution.state is state


def all_ended(execution: Execution) -> bool:
    return all(run.state.ended for run in execution.task_runs)


WAITING = [
    pytest.param(RETRYING, in_state(State.RETRYING), id="retrying"),
    pytest.param(PAUSED, in_state(State.PAUSED), id="paused"),
    pytest.param(SLEEPING, running("s[b]"), id="sleeping"),
    pytest.param(
        LOOPING, lambda e: any(run.task_id == "loop" and run.due for run in e.task_runs), id="between rounds"
    ),
]
WORKING = [
    pytest.param(SHELL, running("s"), id="in a process"),
    pytest.param(GROUP, running("s"), id="in a shared folder"),
]
MOMENTS = pytest.mark.parametrize(("body", "moment"), WAITING + WORKING)


@MOMENTS
def test_kill_ends_everything(engine: Engine, body: str, moment: Wish) -> None:
    execution = start(engine, flow(body))
    until(engine, execution.id, moment)
    engine.kill(execution.id)
    ended = engine.wait(execution.id, 15)
    assert ended.state is State.KILLED
    assert all_ended(ended), listing(ended)
    assert not {"f", "e", "never"} & {run.task_id for run in ended.task_runs}
    with pytest.raises(Conflict):
        engine.kill(execution.id)


@MOMENTS
def test_pause_by_hand_resume_and_kill(engine: Engine, body: str, moment: Wish) -> None:
    execution = start(engine, flow(body))
    until(engine, execution.id, moment)
    if engine.execution(execution.id).state is State.RUNNING:
        engine.pause(execution.id)
        assert engine.execution(execution.id).state is State.PAUSED
        engine.resume(execution.id)
        assert engine.execution(execution.id).state is State.RUNNING
        engine.pause(execution.id)
    engine.kill(execution.id)
    ended = engine.wait(execution.id, 15)
    assert (ended.state, all_ended(ended)) == (State.KILLED, True)


@pytest.mark.parametrize("body", [pytest.param(one_.values[0], id=one_.id) for one_ in WAITING])
def test_exit_beside_what_waits_ends_the_execution(engine: Engine, body: str) -> None:
    inner = "\n".join("          " + line for line in body.strip().splitlines()[1:] if "finally" not in line)
    around = f"""
    tasks:
      - id: both
        type: +flow.Parallel
        tasks:
          - id: waits
            type: +flow.Sequential
            tasks:
{inner}
          - id: leaves
            type: +flow.Sequential
            tasks:
              - {{id: before_exit, type: +flow.Sleep, duration: PT0.3S}}
              - {{id: exit, type: +execution.Exit, state: WARNING}}
    """
    execution = start(engine, flow(around))
    ended = engine.wait(execution.id, 15)
    assert (ended.state, all_ended(ended)) == (State.WARNING, True), listing(ended)
    assert listing(ended)["leaves"] == listing(ended)["both"] == "WARNING"


def test_exit_as_killed_kills_what_runs(engine: Engine) -> None:
    body = """
    tasks:
      - id: both
        type: +flow.Parallel
        tasks:
          - {id: long, commands: [sleep 60], type: shell}
          - {id: exit, type: +execution.Exit, state: KILLED}
    """
    ended = engine.wait(start(engine, flow(body)).id, 15)
    assert ended.state is State.KILLED
    assert listing(ended) == {"both": "KILLED", "long": "KILLED", "exit": "KILLED"}


def test_kill_after_a_pause_by_hand_when_nothing_is_left_to_run(engine: Engine) -> None:
    body = "tasks: [{id: s, type: +flow.Sleep, duration: PT0.2S}]"
    execution = start(engine, flow(body))
    until_run(engine, execution.id, "s", State.RUNNING)
    engine.pause(execution.id)
    until(engine, execution.id, lambda e: e.task_runs[0].due is None)
    engine.kill(execution.id)
    ended = engine.wait(execution.id, 10)
    assert (ended.state, all_ended(ended)) == (State.KILLED, True)


def test_kill_after_a_pause_by_hand_when_the_last_task_has_ended(engine: Engine) -> None:
    body = "tasks: [{id: s, commands: [sleep 0.4], type: shell}]"
    execution = start(engine, flow(body))
    until_run(engine, execution.id, "s", State.RUNNING)
    engine.pause(execution.id)
    until_run(engine, execution.id, "s", State.SUCCESS)
    assert engine.execution(execution.id).state is State.PAUSED
    engine.kill(execution.id)
    assert engine.wait(execution.id, 10).state is State.KILLED


def test_resume_after_a_pause_by_hand_when_the_last_task_has_ended(engine: Engine) -> None:
    body = "tasks: [{id: s, commands: [sleep 0.4], type: shell}]"
    execution = start(engine, flow(body))
    until_run(engine, execution.id, "s", State.RUNNING)
    engine.pause(execution.id)
    until_run(engine, execution.id, "s", State.SUCCESS)
    engine.resume(execution.id)
    assert engine.wait(execution.id, 10).state is State.SUCCESS


def test_resume_of_a_killed_execution_is_refused(engine: Engine) -> None:
    execution = start(engine, flow(PAUSED))
    until_state(engine, execution.id, State.PAUSED)
    engine.kill(execution.id)
    with pytest.raises(Conflict):
        engine.resume(execution.id)
    ended = engine.wait(execution.id, 10)
    assert (ended.state, all_ended(ended)) == (State.KILLED, True)


def test_a_pause_beside_a_retry_can_be_resumed(engine: Engine) -> None:
    body = """
    tasks:
      - id: p
        type: +flow.Parallel
        tasks:
          - id: bad
            type: +execution.Fail
            condition: "{{ taskrun.attemptsCount == 0 }}"
            retry: {type: constant, interval: PT0.4S}
          - id: later
            type: +flow.Sequential
            tasks: [{id: s, type: +flow.Sleep, duration: PT0.1S}, {id: pause, type: +flow.Pause}]
    """
    execution = start(engine, flow(body))
    until_state(engine, execution.id, State.RETRYING)
    until_state(engine, execution.id, State.PAUSED)
    until_run(engine, execution.id, "bad", State.SUCCESS)
    assert engine.execution(execution.id).state is State.PAUSED
    engine.resume(execution.id)
    assert engine.wait(execution.id, 10).state is State.SUCCESS


FAILING = """
tasks:
  - {id: a, type: +log.Log, message: x}
  - {id: bad, type: +execution.Fail}
"""


def test_restarting_twice_at_once_is_refused_or_done_and_always_ends(engine: Engine) -> None:
    execution = engine.wait(start(engine, flow(FAILING)).id, 10)
    done = 0
    for _ in range(6):
        try:
            engine.restart(execution.id)
            done += 1
        except Conflict:
            pass
    ended = engine.wait(execution.id, 10)
    assert (ended.state, len(ended.task_runs)) == (State.FAILED, 2)
    assert ended.attempt_number == done + 1
    assert len(one(ended, "bad").attempts) == done + 1


def test_an_old_restart_cannot_overwrite_a_newer_one(engine: Engine) -> None:
    from engine.executor import operations, reopen
    from engine.model.moment import now

    execution = engine.wait(start(engine, flow(FAILING)).id, 10)
    opening = reopen.restart(execution, now())
    engine.restart(execution.id)
    engine.wait(execution.id, 10)
    compiled = engine.starter.find("tests.engine", "t", None)
    with pytest.raises(Conflict, match="meanwhile"):
        operations.reopen(engine.executor, compiled, opening)


def test_restarting_a_paused_execution_runs_nothing_twice(engine: Engine, tmp_path: object) -> None:
    body = f"""
    tasks:
      - id: p
        type: +flow.Parallel
        tasks:
          - {{id: pause, type: +flow.Pause}}
          - {{id: work, commands: ["echo x >> {tmp_path}/trace; sleep 0.3; echo y >> {tmp_path}/trace"], type: shell}}
    """
    execution = start(engine, flow(body))
    until(
        engine,
        execution.id,
        lambda e: e.state is State.PAUSED and listing(e).get("work") == "RUNNING",
    )
    engine.restart(execution.id)
    until_run(engine, execution.id, "pause", State.PAUSED)
    until_run(engine, execution.id, "work", State.SUCCESS)
    engine.resume(execution.id)
    ended = engine.wait(execution.id, 10)
    assert (ended.state, all_ended(ended)) == (State.SUCCESS, True)
    assert str(one(ended, "work").state) == "SUCCESS"


@pytest.mark.parametrize("cascade", [True, False])
def test_kill_goes_down_to_subflows_if_wanted(engine: Engine, cascade: bool) -> None:
    engine.save(flow("tasks: [{id: s, type: +flow.Pause}]", "child"))
    sub = "tasks: [{id: sub, type: +flow.Subflow, namespace: tests.engine, flowId: child}]"
    parent = start(engine, flow(sub))
    found = until(engine, parent.id, lambda e: bool(e.task_runs and e.task_runs[0].inner))
    child = children(engine, found, "sub")[0]
    until_state(engine, child.id, State.PAUSED)
    engine.kill(parent.id, cascade=cascade)
    assert engine.wait(parent.id, 10).state is State.KILLED
    if cascade:
        assert engine.wait(child.id, 10).state is State.KILLED
    else:
        assert engine.execution(child.id).state is State.PAUSED
        engine.resume(child.id)
        assert engine.wait(child.id, 10).state is State.SUCCESS


def test_kill_of_queued_and_scheduled_executions(engine: Engine) -> None:
    from datetime import timedelta

    from engine.model.moment import now

    engine.save(flow("concurrency: {limit: 1}\ntasks: [{id: s, type: +flow.Pause}]"))
    first = engine.start("tests.engine", "t")
    until_state(engine, first.id, State.PAUSED)
    queued = engine.start("tests.engine", "t")
    until_state(engine, queued.id, State.QUEUED)
    planned = engine.start("tests.engine", "t", schedule_date=now() + timedelta(hours=1))
    for execution in (queued, planned):
        engine.kill(execution.id)
        ended = engine.wait(execution.id, 10)
        assert (ended.state, ended.task_runs) == (State.KILLED, ())
    engine.resume(first.id)
    assert engine.wait(first.id, 10).state is State.SUCCESS


def test_a_killed_process_takes_its_children_with_it(engine: Engine, tmp_path: object) -> None:
    from pathlib import Path

    mark = Path(str(tmp_path)) / "pid"
    body = f"tasks: [{{id: s, commands: ['sh -c \"sleep 60\" & echo $! > {mark}; wait'], type: shell}}]"
    execution = start(engine, flow(body))
    until_run(engine, execution.id, "s", State.RUNNING)
    while not (mark.exists() and mark.read_text().strip()):
        os.sched_yield()
    engine.kill(execution.id)
    assert engine.wait(execution.id, 15).state is State.KILLED
    status = Path(f"/proc/{mark.read_text().strip()}/status")
    assert not status.exists() or "zombie" in status.read_text()


def test_a_retry_by_new_execution_leaves_nothing_open(engine: Engine) -> None:
    body = """
    tasks:
      - id: p
        type: +flow.Parallel
        tasks:
          - {id: long, commands: [sleep 60], type: shell}
          - {id: waits, type: +flow.Sleep, duration: PT1H}
          - id: bad
            type: +flow.Sequential
            tasks:
              - {id: s, type: +flow.Sleep, duration: PT0.2S}
              - id: fails
                type: +execution.Fail
                retry: {type: constant, interval: PT1H, maxAttempts: 2, behavior: CREATE_NEW_EXECUTION}
    """
    ended = engine.wait(start(engine, flow(body)).id, 15)
    assert (ended.state, all_ended(ended)) == (State.RETRIED, True), listing(ended)
    assert listing(ended)["fails"] == listing(ended)["bad"] == listing(ended)["p"] == "RETRIED"


def test_a_pause_after_the_end_does_not_keep_the_execution_open(engine: Engine) -> None:
    body = """
    tasks: [{id: a, type: +log.Log, message: x}]
    afterExecution: [{id: p, type: +flow.Pause}]
    """
    ended = engine.wait(start(engine, flow(body)).id, 10)
    assert (str(ended.state), listing(ended)["p"]) == ("SUCCESS", "FAILED")
