"""Light tasks are stored when they have ended; everything else before it begins as well."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from engine.engine import Engine, EngineOptions
from engine.model.state import State
from engine.registry import Registry
from engine.storage.files import FileStorage
from engine.storage.memory import MemoryStore
from engine.storage.ports import Changes, ExecutionTransaction

FLOW = """\
id: t
namespace: demo
tasks:
  - {id: a, type: io.kestra.plugin.core.debug.Return, format: x}
  - {id: b, type: io.kestra.plugin.core.log.Log, message: "{{ outputs.a.value }}"}
  - id: c
    type: io.kestra.plugin.core.flow.If
    condition: "true"
    then:
      - {id: d, type: io.kestra.plugin.core.kv.Set, key: k, value: v}
  - {id: e, type: io.kestra.plugin.core.debug.Return, format: x, timeout: PT1M}
"""


class Writing:
    """Remembers every state of a task run that was stored, in order."""

    def __init__(self, real: Any, stored: list[tuple[str, str]]) -> None:
        self._real = real
        self._stored = stored

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    @contextmanager
    def transaction(
        self, owner: str | None = None, *, admits: bool = False
    ) -> Iterator[ExecutionTransaction]:
        with self._real.transaction(owner, admits=admits) as transaction:
            write = transaction.write

            def remember(changes: Changes) -> None:
                self._stored.extend((run.task_id, str(run.state)) for run in changes.task_runs.values())
                write(changes)

            transaction.write = remember
            yield transaction


@pytest.fixture
def stored() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def engine(tmp_path: Path, stored: list[tuple[str, str]]) -> Iterator[Engine]:
    store = MemoryStore()
    store.executions = Writing(store.executions, stored)  # type: ignore[assignment]
    options = EngineOptions(home=tmp_path, in_memory=True, environment={}, schedule=False, threads=2)
    files = FileStorage(f"file://{tmp_path}/files")
    engine = Engine(options, registry=Registry.load(), store=store, files=files)
    engine.executor.start([])
    yield engine
    engine.close()


def test_a_light_task_is_stored_once_and_others_before_they_begin(
    engine: Engine, stored: list[tuple[str, str]]
) -> None:
    engine.save(FLOW)
    ended = engine.wait(engine.start("demo", "t").id, 30)
    assert ended.state is State.SUCCESS
    of = {task: [state for name, state in stored if name == task] for task in "abcde"}
    assert of["a"] == of["b"] == ["SUCCESS"]
    assert of["c"] == ["RUNNING", "SUCCESS"]  # with what it chose, and at its end
    assert of["d"] == of["e"] == ["RUNNING", "SUCCESS"]
    for run in ended.task_runs:
        states = [str(passage.state) for passage in run.history.passages]
        assert states == ["CREATED", "RUNNING", "SUCCESS"] and len(run.attempts) == 1
    assert [entry.message for entry in engine.logs(ended.id) if entry.task_id == "b"] == ["x"]
