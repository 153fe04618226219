"""Resume equals an undisturbed run: an engine that dies at any commit is succeeded by one that ends the same.

The dying engine's loop ends in the middle: from its n-th transaction on nothing is stored any more.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.engine import Engine, EngineOptions
from engine.errors import Conflict, FlowsmithError
from engine.model.execution import Execution, TaskRun
from engine.model.json import Json
from engine.model.state import State
from engine.registry import Registry
from engine.storage.files import FileStorage
from engine.storage.memory import MemoryStore
from engine.storage.ports import ExecutionTransaction

CORE = "io.kestra.plugin.core"


class _Numbers:
    def __init__(self) -> None:
        self.last = 0

    def next(self, prefix: str) -> str:
        self.last += 1
        return f"{prefix}{self.last}"


@st.composite
def _tasks(draw: st.DrawFn, numbers: _Numbers, depth: int) -> list[Json]:
    return [draw(_task(numbers, depth)) for _ in range(draw(st.integers(1, 3)))]


@st.composite
def _task(draw: st.DrawFn, numbers: _Numbers, depth: int) -> Json:
    kinds = ["return", "return", "fails", "sleep", "pause", "ask"]
    if depth:
        kinds += ["sequential", "parallel", "each", "if", "loop", "until", "pause_with_tasks"]
    kind = draw(st.sampled_from(kinds))
    if kind == "return":
        return {"id": numbers.next("r"), "type": f"{CORE}.debug.Return", "format": "v {{ task.id }}"}
    if kind == "sleep":
        return {"id": numbers.next("s"), "type": f"{CORE}.flow.Sleep", "duration": "PT0.005S"}
    if kind.startswith("pause"):
        return draw(_pause(numbers, depth if kind == "pause_with_tasks" else 0))
    if kind == "ask":
        asked = {"id": "answer", "type": "STRING", "defaults": "yes"}
        return {"id": numbers.next("q"), "type": f"{CORE}.flow.Pause", "onResume": [asked]}
    if kind == "fails":
        task: Json = {"id": numbers.next("x"), "type": f"{CORE}.execution.Fail"}
        task["allowFailure"] = draw(st.booleans())
        if draw(st.booleans()):
            task["retry"] = {"type": "constant", "interval": "PT0.001S", "maxAttempts": 2}
        return task
    if kind == "if":
        return {
            "id": numbers.next("i"), "type": f"{CORE}.flow.If", "condition": draw(st.sampled_from(["true", "false"])),
            "then": draw(_tasks(numbers, depth - 1)), "else": draw(_tasks(numbers, depth - 1)),
        }  # fmt: skip
    inner = {"tasks": draw(_tasks(numbers, depth - 1))}
    if draw(st.booleans()):
        inner["errors"] = draw(_tasks(numbers, 0))
    if draw(st.booleans()):
        inner["finally"] = draw(_tasks(numbers, 0))
    if kind == "each":
        limit = draw(st.integers(0, 2))
        return {
            "id": numbers.next("e"), "type": f"{CORE}.flow.ForEach", "values": ["a", "b", "c"],
            "concurrencyLimit": limit, **inner,
        }  # fmt: skip
    if kind == "loop":
        return {
            "id": numbers.next("l"), "type": f"{CORE}.flow.Loop", "values": ["a", "b", "b"],
            "concurrencyLimit": draw(st.integers(0, 2)), "transmitFailed": draw(st.booleans()),
            "outputs": [{"id": "key", "value": "{{ item.index }}"}], **inner,
        }  # fmt: skip
    if kind == "until":
        name = numbers.next("u")
        return {
            "id": name, "type": f"{CORE}.flow.LoopUntil",
            "condition": f"{{{{ outputs.{name}.iterationCount >= 2 }}}}",
            "checkFrequency": {"interval": "PT0.002S", "maxIterations": 3}, **inner,
        }  # fmt: skip
    name = {"sequential": "Sequential", "parallel": "Parallel"}[kind]
    return {"id": numbers.next(kind[0]), "type": f"{CORE}.flow.{name}", **inner}


@st.composite
def _pause(draw: st.DrawFn, numbers: _Numbers, depth: int) -> Json:
    behavior = draw(st.sampled_from(["RESUME", "WARN", "FAIL"]))
    pause: Json = {
        "id": numbers.next("p"), "type": f"{CORE}.flow.Pause", "pauseDuration": "PT0.004S", "behavior": behavior,
    }  # fmt: skip
    if depth:
        pause["onPause"] = {"id": numbers.next("o"), "type": f"{CORE}.debug.Return", "format": "meanwhile"}
        pause["tasks"] = draw(_tasks(numbers, depth - 1))
    return pause


@st.composite
def _flows(draw: st.DrawFn) -> str:
    numbers = _Numbers()
    flow: Json = {"id": "random", "namespace": "tests.crash", "tasks": draw(_tasks(numbers, 2))}
    for name in ("errors", "finally", "afterExecution"):
        if draw(st.booleans()):
            flow[name] = draw(_tasks(numbers, 0))
    for task in flow.get("afterExecution", ()):
        task.pop("onResume", None)  # nobody can resume what has ended
    if draw(st.booleans()):
        sla: Json = {
            "id": "promise",
            "type": "EXECUTION_ASSERTION",
            "assert": "{{ false }}",
            "behavior": "NONE",
        }
        flow["sla"] = [{**sla, "labels": {"broken": "yes"}}]
    return yaml.safe_dump(flow, sort_keys=False)


class _DyingStore(MemoryStore):
    """Stores nothing from a certain transaction on."""

    def __init__(self, store: MemoryStore, transactions: int) -> None:
        self.__dict__.update(store.__dict__)
        self.dead = threading.Event()
        self._dying = _DyingExecutions(store.executions, transactions, self.dead)

    @property
    def executions(self):  # type: ignore[no-untyped-def]
        return self._dying

    def close(self) -> None:
        """Keep what the next engine needs."""


class _DyingExecutions:
    def __init__(self, executions: object, transactions: int, dead: threading.Event) -> None:
        self._executions = executions
        self._left = transactions
        self._dead = dead

    def __getattr__(self, name: str) -> object:
        return getattr(self._executions, name)

    @contextmanager
    def transaction(
        self, owner: str | None = None, *, admits: bool = False
    ) -> Iterator[ExecutionTransaction]:
        if self._left <= 0:
            self._dead.set()
            raise SystemExit  # ends the loop thread, silently
        self._left -= 1
        with self._executions.transaction(owner, admits=admits) as transaction:  # type: ignore[attr-defined]
            yield transaction


def _engine(home: Path, store: MemoryStore) -> Engine:
    options = EngineOptions(home=home, environment={}, schedule=False, threads=3, in_memory=True)
    engine = Engine(options, registry=Registry.load(), store=store, files=FileStorage(f"file://{home}/files"))
    engine._start()
    return engine


def _concurrent(task: object) -> set[str]:
    """The ids of the tasks, in a flow or a part of one, whose branches run at the same time."""
    if isinstance(task, list):
        return set().union(*map(_concurrent, task))
    if not isinstance(task, dict):
        return set()
    at_once = task.get("type") == f"{CORE}.flow.Parallel" or task.get("concurrencyLimit", 1) != 1
    return ({str(task["id"])} if at_once else set()).union(*map(_concurrent, task.values()))


def _result(source: str, execution: Execution) -> tuple[str, list[tuple[Json, ...]]]:
    """States, values and outputs; without ids, dates and the number of attempts.

    How far the other branches come before a failed one stops them is a matter of time: of concurrent
    branches that failed, only the state is told.
    """
    by_id = {run.id: run for run in execution.task_runs}
    concurrent = _concurrent(yaml.safe_load(source))

    def stopped(run_id: str | None) -> bool:
        if run_id is None:
            return False
        run = by_id[run_id]
        return (run.task_id in concurrent and run.state is State.FAILED) or stopped(run.parent_id)

    def place(run_id: str | None) -> tuple[Json, ...]:
        if run_id is None:
            return ()
        run = by_id[run_id]
        return (*place(run.parent_id), run.task_id, run.value or "")

    def outputs(run: TaskRun) -> str:
        if stopped(run.id):
            return ""
        known = {
            key: value for key, value in (run.outputs or {}).items() if key != "resumed"
        }  # it has a date
        return str(known)

    runs = [
        (place(run.id), str(run.state), outputs(run))
        for run in execution.task_runs
        if not stopped(run.parent_id)
    ]
    labels = {key: value for key, value in execution.labels.items() if not key.startswith("system.")}
    return f"{execution.state} {labels}", sorted(runs)


def _ended(engine: Engine, execution_id: str) -> Execution:
    """Resume whatever asks until the execution is over."""
    changed = threading.Event()
    unsubscribe = engine.feed.subscribe(lambda _: changed.set(), execution_id=execution_id)
    try:
        for _ in range(3000):
            if engine.is_over(execution_id):
                return engine.execution(execution_id)
            _answer(engine, execution_id)
            changed.wait(0.01)
            changed.clear()
    finally:
        unsubscribe()
    raise AssertionError(f"it does not end: {engine.execution(execution_id)}")


def _answer(engine: Engine, execution_id: str) -> None:
    paused = [run for run in engine.execution(execution_id).task_runs if run.state is State.PAUSED]
    first = min(paused, key=lambda run: run.index, default=None)  # the one a resume ends
    if first is not None and first.task_id.startswith("q"):
        with suppress(FlowsmithError):  # it was not yet, or is no longer, paused; or its engine has died
            engine.resume(execution_id)


@given(_flows(), st.integers(1, 25))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
def test_an_interrupted_execution_ends_like_an_undisturbed_one(source: str, transactions: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        store = MemoryStore()
        whole = _engine(home, store)
        whole.save(source)
        expected = _ended(whole, whole.start("tests.crash", "random").id)
        dying_store = _DyingStore(store, transactions)
        dying = _engine(home, dying_store)
        execution_id = dying.start("tests.crash", "random").id
        while not dying_store.dead.wait(0.005) and not dying.is_over(execution_id):
            _answer(dying, execution_id)
        dying.executor.abandon()
        dying._owner.close()
        successor = _engine(home, store)
        ended = _ended(successor, execution_id)
        successor.executor.close()
        successor._owner.close()
        whole.executor.close()
        whole._owner.close()
    assert _result(source, ended) == _result(source, expected), source


def test_what_is_asked_of_a_loop_that_has_died_is_refused_and_hangs_nobody(tmp_path: Path) -> None:
    store = MemoryStore()
    first = _engine(tmp_path, store)
    first.save(
        "{id: t, namespace: tests.crash, tasks: [{id: a, type: io.kestra.plugin.core.log.Log, message: x}]}"
    )
    first.close()
    dying = _engine(tmp_path, _DyingStore(store, 0))
    with pytest.raises(Conflict, match="stopping"):
        dying.start("tests.crash", "t")
    dying.executor.abandon()
    dying._owner.close()
