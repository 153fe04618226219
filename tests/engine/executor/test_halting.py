"""Breakpoints survive the end of the process; an engine that is drained begins nothing and loses nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from engine.engine import Engine, EngineOptions
from engine.model.execution import Execution
from engine.model.state import State

T = TypeVar("T")

FLOW = """
id: stepping
namespace: company
tasks:
  - {id: a, type: io.kestra.plugin.core.debug.Return, format: first}
  - {id: b, type: io.kestra.plugin.core.debug.Return, format: "{{ outputs.a.value }} second"}
outputs:
  - {id: said, type: STRING, value: "{{ outputs.b.value }}"}
"""


def until(look: Callable[[], T | None], seconds: float = 30.0) -> T:
    deadline = time.monotonic() + seconds
    while (found := look()) is None:
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)
    return found


def at_breakpoint(engine: Engine, execution_id: str) -> Execution:
    def look() -> Execution | None:
        one = engine.execution(execution_id)
        return one if one.state is State.BREAKPOINT else None

    return until(look)


def test_a_breakpoint_outlives_the_process(tmp_path: Path) -> None:
    options = EngineOptions(home=tmp_path, schedule=False)
    with Engine.open(options) as engine:
        engine.save(FLOW)
        made = engine.start("company", "stepping", breakpoints=["b"])
        at_breakpoint(engine, made.id)
    with Engine.open(options) as engine:
        stopped = at_breakpoint(engine, made.id)
        assert {run.task_id: run.state for run in stopped.task_runs} == {
            "a": State.SUCCESS,
            "b": State.BREAKPOINT,
        }
        engine.resume_from_breakpoint(made.id)
        ended = engine.wait(made.id, 30)
    assert (ended.state, ended.outputs) == (State.SUCCESS, {"said": "first second"})
    again = [run for run in ended.task_runs if run.task_id == "a"]
    assert len(again[0].attempts) == 1


def test_it_holds_a_concurrency_slot(tmp_path: Path) -> None:
    with Engine.open(EngineOptions(home=tmp_path, schedule=False)) as engine:
        engine.save(FLOW + "concurrency: {limit: 1, behavior: QUEUE}\n")
        first = engine.start("company", "stepping", breakpoints=["a"])
        at_breakpoint(engine, first.id)
        second = engine.start("company", "stepping")
        until(lambda: engine.execution(second.id).state is State.QUEUED or None)
        engine.kill(first.id)
        assert engine.wait(first.id, 30).state is State.KILLED
        assert engine.wait(second.id, 30).state is State.SUCCESS


def test_a_drained_engine_lets_a_task_end_and_begins_nothing_after_it(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    source = (
        "id: held\nnamespace: company\ntasks:\n"
        "  - id: hold\n    type: io.kestra.plugin.scripts.shell.Commands\n"
        "    taskRunner: {type: io.kestra.plugin.core.runner.Process}\n"
        f"    commands: ['while [ ! -e {gate} ]; do sleep 0.02; done']\n"
        "  - {id: then, type: io.kestra.plugin.core.debug.Return, format: after}\n"
    )
    options = EngineOptions(home=tmp_path / "home", schedule=False)
    with Engine.open(options) as engine:
        engine.save(source)
        made = engine.start("company", "held")

        def running() -> bool | None:
            runs = engine.execution(made.id).task_runs
            return bool(runs and runs[0].state is State.RUNNING) or None

        until(running)
        assert engine.drain(0.0) is False, "the task still runs"
        waiting = threading.Thread(target=gate.touch)
        waiting.start()
        assert engine.drain(30) is True
        waiting.join()
        states = {run.task_id: run.state for run in engine.execution(made.id).task_runs}
        assert states == {"hold": State.SUCCESS, "then": State.CREATED}
    with Engine.open(options) as engine:
        ended = engine.wait(made.id, 30)
    assert ended.state is State.SUCCESS
    assert [len(run.attempts) for run in ended.task_runs] == [1, 1]
