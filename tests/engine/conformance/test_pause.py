"""A Pause with tasks of its own: one while it is paused, others when it is over."""

from __future__ import annotations

import pytest

from engine.engine import Engine
from engine.model.state import State
from tests.engine.conformance.language import (
    Case,
    cases,
    flow,
    judge,
    listing,
    one,
    passages,
    start,
    until_run,
    until_state,
)

PAUSE = "id: p, type: +flow.Pause"
LOG = "type: +log.Log, message: x"
FAIL = "type: +execution.Fail"


def body(more: str) -> str:
    return f"tasks:\n  - {{{PAUSE}, {more}}}\n  - {{id: end, {LOG}}}\n"


@cases(
    Case(
        "a task while paused",
        body(f"pauseDuration: PT0.1S, onPause: {{id: tell, {LOG}}}"),
        listing=("p", "tell", "end"),
    ),
    Case(
        "a longer task is awaited",
        body("pauseDuration: PT0.01S, onPause: {id: tell, type: +flow.Sleep, duration: PT0.2S}"),
        listing=("p", "tell", "end"),
        states={"tell": "SUCCESS", "p": "SUCCESS"},
    ),
    Case(
        "tasks when it is over",
        body(
            f"pauseDuration: PT0.05S, onPause: {{id: tell, {LOG}}}, "
            f"tasks: [{{id: a, {LOG}}}, {{id: b, {LOG}}}], finally: [{{id: f, {LOG}}}]"
        ),
        listing=("p", "tell", "a", "b", "f", "end"),
    ),
    Case(
        "a warning stays",
        body(f"pauseDuration: PT0.05S, behavior: WARN, tasks: [{{id: a, {LOG}}}]"),
        "WARNING",
        states={"p": "WARNING", "a": "SUCCESS"},
    ),
    Case(
        "a pause that fails runs its errors, not its tasks",
        body(
            f"pauseDuration: PT0.05S, behavior: FAIL, tasks: [{{id: a, {LOG}}}], "
            f"errors: [{{id: e, {LOG}}}], finally: [{{id: f, {LOG}}}]"
        ),
        "FAILED",
        listing=("p", "e", "f"),
    ),
    Case(
        "a failing task while paused fails the pause when it is over",
        body(f"pauseDuration: PT0.1S, onPause: {{id: tell, {FAIL}}}, errors: [{{id: e, {LOG}}}]"),
        "FAILED",
        listing=("p", "tell", "e"),
        states={"p": "FAILED", "e": "SUCCESS"},
    ),
    Case(
        "cancelled while its task runs",
        body(
            "pauseDuration: PT0.01S, behavior: CANCEL, "
            "onPause: {id: tell, type: shell, commands: ['sleep 0.3']}"
        ),
        "CANCELLED",
        listing=("p", "tell"),
        states={"p": "CANCELLED"},
    ),
)
def test_a_pause_with_tasks(case: Case, engine: Engine) -> None:
    judge(case, engine)


@pytest.mark.parametrize("duration", ["", "pauseDuration: PT1H, "])
def test_it_is_resumed_by_hand_and_its_children_belong_to_it(engine: Engine, duration: str) -> None:
    more = (
        f"{duration}onResume: [{{id: n, type: INT}}], onPause: {{id: tell, {LOG}}}, tasks: [{{id: a, {LOG}}}]"
    )
    execution = start(engine, flow(body(more)))
    paused = until_run(engine, execution.id, "tell", State.SUCCESS)
    assert (paused.state, listing(paused)) == (State.PAUSED, {"p": "PAUSED", "tell": "SUCCESS"})
    engine.resume(execution.id, {"n": 3})
    ended = engine.wait(execution.id, 10)
    assert listing(ended) == dict.fromkeys(("p", "tell", "a", "end"), "SUCCESS")
    pause = one(ended, "p")
    assert [one(ended, name).parent_id for name in ("tell", "a")] == [pause.id, pause.id]
    assert (pause.outputs or {})["onResume"] == {"n": 3}
    assert passages(pause) == ["CREATED", "RUNNING", "PAUSED", "RUNNING", "SUCCESS"]


@pytest.mark.parametrize("duration", ["", "pauseDuration: PT1H, "])
@pytest.mark.parametrize("task", [LOG, "type: +flow.Sleep, duration: PT1H"])
def test_killing_ends_it(engine: Engine, duration: str, task: str) -> None:
    execution = start(
        engine, flow(body(f"{duration}onPause: {{id: tell, {task}}}, finally: [{{id: f, {LOG}}}]"))
    )
    until_state(engine, execution.id, State.PAUSED)
    engine.kill(execution.id)
    ended = engine.wait(execution.id, 10)
    assert (ended.state, listing(ended)["p"]) == (State.KILLED, "KILLED")
    assert "f" not in listing(ended)
