"""A process that is killed in the middle of a flow loses nothing: the next one finishes the flow."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from engine.engine import Engine, EngineOptions
from engine.model.state import State
from tests.engine.conftest import runs_of

FLOW = """
id: long
namespace: tests.recovery
tasks:
  - {id: first, type: io.kestra.plugin.core.debug.Return, format: kept}
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: ["a", "b", "c"]
    tasks:
      - id: work
        type: io.kestra.plugin.scripts.shell.Commands
        taskRunner: {type: io.kestra.plugin.core.runner.Process}
        commands:
          - echo "{{ taskrun.value }}" >> "{{ inputs.trace }}"
          - if [ "{{ taskrun.value }}" = b ] && [ ! -e "{{ inputs.trace }}.again" ]; then touch "{{ inputs.trace }}.again"; sleep 60; fi
  - {id: last, type: io.kestra.plugin.core.debug.Return, format: "{{ outputs.first.value }}"}
inputs:
  - {id: trace, type: STRING}
"""

SERVE = """
import sys, time
from pathlib import Path
from engine.engine import Engine, EngineOptions
engine = Engine.open(EngineOptions(home=Path(sys.argv[1]), environment={}, schedule=False, threads=4))
engine.save(Path(sys.argv[2]).read_text())
print(engine.start("tests.recovery", "long", inputs={"trace": sys.argv[3]}).id, flush=True)
time.sleep(600)
"""


def test_sigkill_in_the_middle_and_a_new_start_finish_the_flow(tmp_path: Path) -> None:
    home, trace = tmp_path / "home", tmp_path / "trace"
    source = tmp_path / "flow.yaml"
    source.write_text(FLOW)
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(home), str(source), str(trace)],
        stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert process.stdout is not None
    execution_id = process.stdout.readline().strip()
    again = Path(f"{trace}.again")
    deadline = time.monotonic() + 30
    while not again.exists() and time.monotonic() < deadline:
        os.sched_yield()
    assert again.exists()
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    process.stdout.close()

    with Engine.open(EngineOptions(home=home, environment={}, schedule=False, threads=4)) as engine:
        ended = engine.wait(execution_id, 30)
    assert ended.state is State.SUCCESS
    assert trace.read_text().split() == ["a", "b", "b", "c"]
    states = {run.value: [str(attempt.state) for attempt in run.attempts] for run in runs_of(ended, "work")}
    assert states == {"a": ["SUCCESS"], "b": ["KILLED", "SUCCESS"], "c": ["SUCCESS"]}
    assert runs_of(ended, "last")[0].outputs == {"value": "kept"}
    assert len(runs_of(ended, "first")[0].attempts) == 1


def test_waiting_executions_wait_on_after_a_restart(tmp_path: Path) -> None:
    options = EngineOptions(home=tmp_path / "home", environment={}, schedule=False, threads=2)
    sleep = "io.kestra.plugin.core.flow.Sleep"
    with Engine.open(options) as engine:
        engine.save(
            f"id: s\nnamespace: tests.recovery\ntasks:\n  - {{id: a, type: {sleep}, duration: PT1S}}\n"
        )
        engine.save(
            "id: p\nnamespace: tests.recovery\ntasks:\n  - {id: a, type: io.kestra.plugin.core.flow.Pause}\n"
        )
        sleeping = engine.start("tests.recovery", "s").id
        paused = engine.start("tests.recovery", "p").id
        while engine.execution(paused).state is not State.PAUSED:
            os.sched_yield()
        while not engine.execution(sleeping).task_runs or engine.execution(sleeping).task_runs[0].due is None:
            os.sched_yield()
    with Engine.open(options) as engine:
        assert engine.execution(paused).state is State.PAUSED
        engine.resume(paused)
        assert engine.wait(paused, 10).state is State.SUCCESS
        slept = engine.wait(sleeping, 10)
    assert slept.state is State.SUCCESS
    assert len(slept.task_runs[0].attempts) == 1
