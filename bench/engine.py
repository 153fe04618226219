"""The engine against the bare database: the same rows written straight to SQLite, no engine."""

from __future__ import annotations

import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from engine.engine import Engine, EngineOptions
from engine.model.id import new_id
from engine.model.moment import now, to_text

STEPS = 40
ROUNDS = 7


def main() -> None:
    """Print sequential and loop figures."""
    with tempfile.TemporaryDirectory() as folder:
        _sequential(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        _loop(Path(folder))


def _sequential(folder: Path) -> None:
    source = "id: seq\nnamespace: bench\ntasks:\n" + "".join(
        f"  - {{id: t{n}, type: io.kestra.plugin.core.debug.Return, format: step {n}}}\n"
        for n in range(STEPS)
    )
    with Engine.open(EngineOptions(home=folder / "home", environment={}, schedule=False)) as engine:
        engine.save(source)
        _run(engine, "seq")
        measured, reference = [], []
        for number in range(ROUNDS):
            reference.append(_timed(lambda n=number: _direct(folder / f"direct-{n}.db")))  # type: ignore[misc]
            measured.append(_timed(lambda: _run(engine, "seq")))
    here, bare = statistics.median(measured), statistics.median(reference)
    print(f"{STEPS} sequential tasks      engine {here * 1e3:7.1f} ms   bare SQLite {bare * 1e3:7.1f} ms")
    print(f"  ratio {here / bare:.2f} (target <= 4)")


def _loop(folder: Path) -> None:
    def source(count: int) -> str:
        return (
            f"id: loop-{count}\nnamespace: bench\ntasks:\n"
            "  - id: each\n    type: io.kestra.plugin.core.flow.ForEach\n"
            f'    values: "{{{{ range(1, {count}) }}}}"\n    concurrencyLimit: 8\n    tasks:\n'
            '      - {id: t, type: io.kestra.plugin.core.debug.Return, format: "{{ taskrun.value }}"}\n'
        )

    with Engine.open(EngineOptions(home=folder / "home", environment={}, schedule=False)) as engine:
        for count in (100, 10_000):
            engine.save(source(count))
        _run(engine, "loop-100")
        small = statistics.median([_timed(lambda: _run(engine, "loop-100")) / 100 for _ in range(ROUNDS)])
        large = statistics.median([_timed(lambda: _run(engine, "loop-10000")) / 10_000 for _ in range(3)])
    print(f"ForEach, per task run    of 100 {small * 1e6:6.0f} us   of 10,000 {large * 1e6:6.0f} us")
    print(f"  ratio {large / small:.2f} (target <= 1.3)")


def _run(engine: Engine, flow_id: str) -> None:
    execution = engine.wait(engine.start("bench", flow_id).id)
    assert execution.state == "SUCCESS", execution.state


def _direct(path: Path) -> None:
    """CREATED, RUNNING, SUCCESS of every step, each row change with a commit of its own."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute(
        "CREATE TABLE runs (id TEXT PRIMARY KEY, task TEXT, state TEXT, date TEXT, outputs TEXT)"
    )
    for step in range(STEPS):
        id_ = new_id()
        connection.execute(
            "INSERT INTO runs VALUES (?, ?, 'CREATED', ?, NULL)", (id_, f"t{step}", to_text(now()))
        )
        connection.execute("UPDATE runs SET state='RUNNING', date=? WHERE id=?", (to_text(now()), id_))
        connection.execute(
            "UPDATE runs SET state='SUCCESS', date=?, outputs=? WHERE id=?",
            (to_text(now()), f'{{"value":"step {step}"}}', id_),
        )
    connection.close()


def _timed(action: Callable[[], None]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started
