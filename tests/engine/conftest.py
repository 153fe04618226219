"""An engine for tests, in memory, and a way to run a flow in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.engine import Engine, EngineOptions
from engine.model.execution import Execution, TaskRun
from engine.model.json import Json

KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An engine without triggers."""
    options = EngineOptions(
        home=tmp_path / "home", environment={}, in_memory=True, schedule=False, threads=4, encryption_key=KEY
    )
    with Engine.open(options) as opened:
        yield opened


Run = Callable[..., Execution]


@pytest.fixture
def run(engine: Engine) -> Run:
    """Save the tasks as a flow, run it, and return the ended execution."""

    def run_flow(source: str, *, timeout: float = 20, **inputs: Json) -> Execution:
        row = engine.save(source)
        started = engine.start(row.namespace, row.id, inputs=inputs)
        return engine.wait(started.id, timeout)

    return run_flow


def runs_of(execution: Execution, task_id: str) -> list[TaskRun]:
    """Return the task runs of a task, in order of creation."""
    return [run for run in execution.task_runs if run.task_id == task_id]


def states(execution: Execution) -> dict[str, str]:
    """Map `task` or `task[value]` to its state."""
    return {
        run.task_id if run.value is None else f"{run.task_id}[{run.value}]": str(run.state)
        for run in execution.task_runs
    }
