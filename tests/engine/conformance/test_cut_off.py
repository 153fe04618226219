"""What an execution was about to become survives the end of its process."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from engine.engine import Engine, EngineOptions
from engine.feed import Event
from engine.model.execution import Execution, TaskRun
from engine.model.state import State
from engine.storage.ports import Changes
from tests.engine.conformance.language import flow, listing, one, start, until, until_run

LOG = "type: +log.Log, message: x"


@pytest.mark.parametrize(("behavior", "state"), [("FAIL", State.FAILED), ("CANCEL", State.CANCELLED)])
def test_a_broken_promise_is_kept_over_a_crash(tmp_path: Path, behavior: str, state: State) -> None:
    options = EngineOptions(home=tmp_path / "home", environment={}, schedule=False, threads=2)
    source = flow(
        f"""
        sla: [{{id: s, type: MAX_DURATION, duration: PT0.1S, behavior: {behavior}}}]
        tasks: [{{id: a, commands: [sleep 30], type: shell}}]
        """
    )
    stopping: list[Execution] = []
    runs: dict[str, TaskRun] = {}
    seen = threading.Event()

    def receive(event: Event) -> None:
        if isinstance(event, TaskRun) and not seen.is_set():
            runs[event.id] = event
        if isinstance(event, Execution) and event.state is State.KILLING:
            stopping.append(event)
            seen.set()

    with Engine.open(options) as engine:
        engine.feed.subscribe(receive)
        execution = start(engine, source)
        assert engine.wait(execution.id, 20).state is state
        # The rows as they were when the promise broke: what a crash at that moment would have left.
        rows = Changes({execution.id: replace(stopping[0], owner=None)}, dict(runs))
        with engine.store.executions.transaction() as transaction:
            transaction.write(rows)
        assert engine.execution(execution.id).state is State.KILLING
    with Engine.open(options) as engine:
        ended = engine.wait(execution.id, 20)
        assert (ended.state, listing(ended)) == (state, {"a": str(state)})


def test_a_pause_with_tasks_goes_on_after_a_new_start(tmp_path: Path) -> None:
    options = EngineOptions(home=tmp_path / "home", environment={}, schedule=False, threads=2)
    source = flow(
        f"""
        tasks:
          - id: p
            type: +flow.Pause
            onPause: {{id: tell, {LOG}}}
            tasks: [{{id: a, {LOG}}}, {{id: b, type: +flow.Pause}}]
            finally: [{{id: f, {LOG}}}]
        """
    )
    with Engine.open(options) as engine:
        execution = start(engine, source)
        until_run(engine, execution.id, "tell", State.SUCCESS)
    with Engine.open(options) as engine:
        assert listing(engine.execution(execution.id)) == {"p": "PAUSED", "tell": "SUCCESS"}
        engine.resume(execution.id)
        until(engine, execution.id, lambda found: listing(found).get("b") == "PAUSED")
    with Engine.open(options) as engine:
        engine.resume(execution.id)
        ended = engine.wait(execution.id, 20)
    assert listing(ended) == dict.fromkeys(("p", "tell", "a", "b", "f"), "SUCCESS")
    assert "resumed" in (one(ended, "p").outputs or {})
