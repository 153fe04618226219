"""A database that does not answer for a while fails no task that only asks it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from engine.engine import Engine, EngineOptions
from engine.errors import StorageError
from engine.executor.patience import patiently
from engine.model.moment import now
from engine.model.state import State
from engine.registry import Registry
from engine.storage.files import FileStorage
from engine.storage.memory import MemoryStore

CHILD = """\
id: child
namespace: tests.patience
inputs:
  - {id: n, type: STRING}
tasks:
  - {id: a, type: io.kestra.plugin.core.debug.Return, format: "{{ kv('n') ~ inputs.n }}"}
outputs:
  - {id: value, type: STRING, value: "{{ outputs.a.value }}"}
"""
PARENT = """\
id: parent
namespace: tests.patience
tasks:
  - id: choose
    type: io.kestra.plugin.core.flow.If
    condition: "{{ kv('n') == 'one' }}"
    then:
      - id: call
        type: io.kestra.plugin.core.flow.Subflow
        runIf: "{{ kv('n') == 'one' }}"
        namespace: tests.patience
        flowId: child
        inputs: {n: "{{ kv('n') }}"}
outputs:
  - {id: said, type: STRING, value: "{{ outputs.call.outputs.value }} {{ kv('n') }}"}
"""
SET = """\
id: set
namespace: tests.patience
tasks:
  - {id: set, type: io.kestra.plugin.core.kv.Set, key: m, value: two}
"""


class _Silent:
    """A port that does not answer every other time."""

    def __init__(self, port: object) -> None:
        self._port = port
        self.silent = False
        self.asked = 0

    def __getattr__(self, name: str) -> object:
        method = getattr(self._port, name)

        def call(*arguments: object, **named: object) -> object:
            self.asked += 1
            if self.silent and self.asked % 2:
                raise StorageError("the database cannot be reached")
            return method(*arguments, **named)

        return call if callable(method) else method


class _Store(MemoryStore):
    """A store whose key-value entries cannot always be read."""

    def __init__(self) -> None:
        super().__init__()
        self.silent = _Silent(self.kv)
        self.kv = self.silent  # type: ignore[assignment]


@pytest.fixture
def store() -> _Store:
    return _Store()


@pytest.fixture
def engine(tmp_path: Path, store: _Store) -> Engine:
    options = EngineOptions(home=tmp_path, environment={}, schedule=False, threads=2, in_memory=True)
    return Engine(
        options, registry=Registry.load(), store=store, files=FileStorage(f"file://{tmp_path}/files")
    )


def test_what_only_asks_waits_for_the_database(engine: Engine, store: _Store) -> None:
    engine._start()
    with engine:
        for source in (CHILD, PARENT):
            engine.save(source)
        store.kv.put("tests.patience", "n", "one", "STRING", now())
        store.silent.silent = True
        ended = engine.wait(engine.start("tests.patience", "parent").id, 60)
        assert ended.state is State.SUCCESS
        assert ended.outputs == {"said": "oneone one"}
        assert all(len(run.attempts) <= 1 for run in ended.task_runs)


def test_what_may_have_taken_effect_is_not_repeated(engine: Engine, store: _Store) -> None:
    engine._start()
    with engine:
        engine.save(SET)
        store.silent.silent = True
        store.silent.asked = 0
        ended = engine.wait(engine.start("tests.patience", "set").id, 60)
        assert ended.state is State.FAILED


def test_patience_ends() -> None:
    with pytest.raises(StorageError):
        patiently(_refuse, threading.Event(), seconds=0)
    over = threading.Event()
    over.set()
    with pytest.raises(StorageError):
        patiently(_refuse, over)


def _refuse() -> None:
    raise StorageError("the database cannot be reached")
