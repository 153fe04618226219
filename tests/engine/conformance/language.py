"""Short ways to write flows, to run them and to say how they must end."""

from __future__ import annotations

import textwrap
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from engine.engine import Engine
from engine.feed import Event
from engine.model.execution import Execution, TaskRun
from engine.model.json import Json
from engine.model.state import State

NAMESPACE = "tests.engine"
PROCESS = "taskRunner: {type: io.kestra.plugin.core.runner.Process}"


def flow(body: str, flow_id: str = "t") -> str:
    """Write a flow; `type: +flow.If` stands for the full name of a core type, `type: shell` for Commands."""
    text = textwrap.dedent(body).strip()
    text = text.replace("type: +", "type: io.kestra.plugin.core.")
    text = text.replace("type: shell", f"{PROCESS}, type: io.kestra.plugin.scripts.shell.Commands")
    return f"id: {flow_id}\nnamespace: {NAMESPACE}\n{text}\n"


@dataclass(frozen=True)
class Case:
    """A flow and the facts about its end. `states` and `values` need not be complete, `listing` is."""

    name: str
    body: str
    state: str = "SUCCESS"
    count: int | None = None
    """Number of task runs."""
    inputs: Mapping[str, Json] = field(default_factory=dict)
    states: Mapping[str, str] = field(default_factory=dict)
    """State of `task` or `task[value]`."""
    values: Mapping[str, str] = field(default_factory=dict)
    """Output `value` of `task` or `task[value]`."""
    listing: tuple[str, ...] | None = None
    """All task runs in order of creation."""
    attempts: Mapping[str, int] = field(default_factory=dict)
    logs: tuple[str, ...] = ()
    """Parts of log messages."""
    outputs: Mapping[str, Json] | None = None
    """The outputs of the flow."""
    labels: Mapping[str, str] = field(default_factory=dict)


def cases(*table: Case) -> pytest.MarkDecorator:
    """Parametrize a test with a table."""
    return pytest.mark.parametrize("case", table, ids=lambda case: case.name)


def judge(case: Case, engine: Engine, timeout: float = 20) -> Execution:
    """Run the flow of a case and compare its end with the facts."""
    execution = start(engine, flow(case.body), case.inputs)
    ended = engine.wait(execution.id, timeout)
    said = [entry.message for entry in engine.logs(ended.id)]
    assert (str(ended.state), said if ended.state != case.state else []) == (case.state, [])
    found = {name(run): run for run in ended.task_runs}
    if case.count is not None:
        assert len(ended.task_runs) == case.count, list(found)
    if case.listing is not None:
        assert tuple(name(run) for run in ended.task_runs) == case.listing
    assert {key: str(found[key].state) for key in case.states} == dict(case.states)
    assert {key: output(found[key]) for key in case.values} == dict(case.values)
    assert {key: len(found[key].attempts) for key in case.attempts} == dict(case.attempts)
    for part in case.logs:
        assert any(part in message for message in said), said
    if case.outputs is not None:
        assert ended.outputs == case.outputs
    assert {key: ended.labels.get(key) for key in case.labels} == dict(case.labels)
    return ended


def start(engine: Engine, source: str, inputs: Mapping[str, Json] | None = None) -> Execution:
    """Save a flow and start it."""
    row = engine.save(source)
    return engine.start(row.namespace, row.id, inputs=inputs or {})


def name(run: TaskRun) -> str:
    """Return `task` or `task[value]`."""
    return run.task_id if run.value is None else f"{run.task_id}[{run.value}]"


def listing(execution: Execution) -> dict[str, str]:
    """Map the names of the task runs to their states."""
    return {name(run): str(run.state) for run in execution.task_runs}


def output(run: TaskRun) -> Json:
    """Return the output `value` of a task run."""
    return (run.outputs or {}).get("value")


def one(execution: Execution, named: str) -> TaskRun:
    """Return the task run of this name."""
    return next(run for run in execution.task_runs if name(run) == named)


def passages(thing: Execution | TaskRun) -> list[str]:
    """Return the states a thing went through."""
    return [str(passage.state) for passage in thing.history.passages]


def until(engine: Engine, execution_id: str, holds: Callable[[Execution], bool]) -> Execution:
    """Return the execution as soon as something is true of it."""
    changed = threading.Event()

    def receive(event: Event) -> None:
        changed.set()

    unsubscribe = engine.feed.subscribe(receive, execution_id=execution_id)
    try:
        for _ in range(2000):
            found = engine.execution(execution_id)
            if holds(found):
                return found
            assert changed.wait(15), f"{found.state}: {listing(found)}"
            changed.clear()
    finally:
        unsubscribe()
    raise AssertionError("too many changes")


def until_state(engine: Engine, execution_id: str, state: State) -> Execution:
    """Return the execution as soon as it is in a state."""
    return until(engine, execution_id, lambda execution: execution.state is state)


def until_run(engine: Engine, execution_id: str, named: str, state: State) -> Execution:
    """Return the execution as soon as a task run is in a state."""
    return until(
        engine,
        execution_id,
        lambda execution: any(name(run) == named and run.state is state for run in execution.task_runs),
    )


def children(engine: Engine, execution: Execution, task_id: str) -> list[Any]:
    """Return the executions a task run started."""
    from engine.executor.calls import children_of

    run = next(run for run in execution.task_runs if run.task_id == task_id)
    return [engine.execution(id_) for id_ in children_of(run)]
