"""The recorder, when the database fails in the worst moment: after it has committed, or before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from engine.errors import StorageError
from engine.executor.recorder import Recorder
from engine.executor.step import Step
from engine.model.execution import Execution
from engine.model.state import State
from engine.storage.memory import MemoryStore
from engine.storage.ports import Changes, ExecutionStore, ExecutionTransaction, Handed
from tests.engine.storage.contract import execution, task_run, write

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Failing:
    """Executions whose first transaction fails: `late`, when it is committed already."""

    def __init__(self, real: ExecutionStore, *, late: bool, meanwhile: Callable[[], object]) -> None:
        self._real = real
        self._late = late
        self._meanwhile: Callable[[], object] | None = meanwhile

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    @contextmanager
    def transaction(
        self, owner: str | None = None, *, admits: bool = False
    ) -> Iterator[ExecutionTransaction]:
        meanwhile, self._meanwhile = self._meanwhile, None
        failure = StorageError("the connection broke")
        if meanwhile is None:
            with self._real.transaction(owner, admits=admits) as transaction:
                yield transaction
            return
        try:
            with self._real.transaction(owner, admits=admits) as transaction:
                yield transaction
                if not self._late:
                    raise failure
        finally:
            meanwhile()
        raise failure


class Idle:
    """What the recorder needs of a conductor."""

    owner = "me"

    def fill(self, step: Step) -> None:
        """Nobody waits for a worker."""


TakeUp = Callable[[str, Step, Execution | None], None]


def recorder(executions: Any, taken_up: TakeUp = lambda id_, step, known: None) -> Recorder:
    return Recorder(
        executions,
        Idle(),  # type: ignore[arg-type]
        load=lambda found: None,  # type: ignore[arg-type,return-value]
        take_up=taken_up,
        draining=lambda: False,
        closing=lambda: False,
    )


def test_what_was_handed_out_after_all_is_not_written_over() -> None:
    store = MemoryStore()
    new = execution("e1", State.CREATED)
    running = execution("e1", State.CREATED, State.RUNNING, owner="worker")
    failing = Failing(store.executions, late=True, meanwhile=lambda: write(store, running))
    kept = execution("e2", State.CREATED, owner="me")
    step = Step(NOW, Changes({"e1": new, "e2": kept}, handed=[Handed("e1")]))
    step.changes.task_runs["r1"] = task_run("r1", "e1", State.CREATED)
    assert recorder(failing).store(step)
    found = store.executions.get("e1")
    assert found is not None and (found.state, found.owner) == (State.RUNNING, "worker")
    assert step.changes.handed == [] and step.changes.task_runs == {}
    assert store.executions.get("e2") is not None


def test_what_was_not_handed_out_is_written_again() -> None:
    store = MemoryStore()
    failing = Failing(store.executions, late=False, meanwhile=lambda: None)
    step = Step(NOW, Changes({"e1": execution("e1", State.CREATED)}, handed=[Handed("e1")]))
    assert recorder(failing).store(step)
    assert store.executions.get("e1") is not None
    assert step.changes.handed == [Handed("e1")]


def take(id_: str, step: Step, known: Execution | None) -> None:
    """Run an execution that was taken."""
    assert known is not None and known.id == id_
    found = execution(id_, State.CREATED, State.RUNNING)
    step.changes.executions[id_] = replace(found, owner="me")


def test_an_execution_that_was_taken_is_kept_when_the_answer_was_lost() -> None:
    store = MemoryStore()
    write(store, execution("e1", State.CREATED))
    failing = Failing(store.executions, late=True, meanwhile=lambda: None)
    step = Step(NOW, taking=["e1", "none"])
    assert recorder(failing, take).store(step)
    assert step.taken == {"e1"}
    assert store.executions.get("e1").owner == "me"  # type: ignore[union-attr]


def test_an_execution_that_somebody_else_took_before_it_was_stored_is_given_up() -> None:
    store = MemoryStore()
    write(store, execution("e1", State.CREATED))
    failing = Failing(
        store.executions, late=False, meanwhile=lambda: write(store, execution("e1", owner="other"))
    )
    step = Step(NOW, taking=["e1"])
    assert not recorder(failing, take).store(step)
    assert store.executions.get("e1").owner == "other"  # type: ignore[union-attr]
