"""Polling triggers: look every interval, start when there is something, wait for the end."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from engine.model.state import State
from tests.engine.triggers.conftest import Bench, Time, flow, opened


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    path = tmp_path / "orders.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE orders (id INTEGER, done INTEGER DEFAULT 0)")
    connection.close()
    return path


def add(path: Path, *ids: int) -> None:
    with sqlite3.connect(path) as connection:
        connection.executemany("INSERT INTO orders (id) VALUES (?)", [(id_,) for id_ in ids])
    connection.close()


def polling(path: Path, more: str = "") -> str:
    return flow(
        "poll",
        "type: io.kestra.plugin.jdbc.sqlite.Trigger\ninterval: PT1M\n"
        f"url: 'jdbc:sqlite:{path}'\nsql: SELECT id FROM orders WHERE done = 0\n"
        f"afterSQL: UPDATE orders SET done = 1\n{more}",
    )


def test_it_looks_at_once_and_then_every_interval(bench: Bench, orders: Path) -> None:
    add(orders, 1)
    bench.engine.save(polling(orders))
    bench.settle()
    assert len(bench.runs("poll")) == 1
    bench.forward(seconds=61)
    assert len(bench.runs("poll")) == 1
    add(orders, 2, 3)
    bench.forward(seconds=30)
    assert len(bench.runs("poll")) == 1
    bench.forward(seconds=31)
    [_, second] = bench.runs("poll")
    assert second.trigger is not None
    assert second.trigger.variables["rows"] == [{"id": 2}, {"id": 3}]


def test_it_does_not_look_while_its_execution_runs(bench: Bench, orders: Path) -> None:
    add(orders, 1)
    source = polling(orders).replace(
        "tasks:\n", "tasks:\n  - {id: hold, type: io.kestra.plugin.core.flow.Pause}\n"
    )
    bench.engine.save(source)
    bench.settle()
    [first] = bench.runs("poll")
    add(orders, 2)
    bench.forward(minutes=5)
    assert len(bench.runs("poll")) == 1
    bench.engine.resume(first.id)
    bench.engine.wait(first.id)
    bench.settle()
    assert len(bench.runs("poll")) == 2


def test_a_look_that_fails_starts_nothing_and_is_tried_again(bench: Bench, tmp_path: Path) -> None:
    missing = tmp_path / "later.db"
    bench.engine.save(polling(missing))
    bench.settle()
    assert bench.runs("poll") == []
    logs = bench.engine.store.executions.logs(flow_id="poll").results
    assert "could not look" in logs[0].message
    with sqlite3.connect(missing) as connection:
        connection.execute("CREATE TABLE orders (id INTEGER, done INTEGER DEFAULT 0)")
    connection.close()
    add(missing, 1)
    bench.forward(minutes=2)
    assert len(bench.runs("poll")) == 1


def test_conditions_are_asked_before_it_looks(bench: Bench, orders: Path) -> None:
    add(orders, 1)
    bench.engine.save(polling(orders, "when: \"{{ kv('go', errorOnMissing=false) ?? 'false' }}\""))
    bench.settle()
    assert bench.runs("poll") == []
    bench.engine.store.kv.put("demo", "go", "true", "STRING", bench.time.now)
    bench.forward(minutes=2)
    assert len(bench.runs("poll")) == 1


def test_a_condition_that_cannot_be_told_makes_a_failed_execution(bench: Bench, orders: Path) -> None:
    bench.engine.save(polling(orders, 'when: "{{ nothing.there }}"'))
    bench.settle()
    assert [one.state for one in bench.runs("poll")] == [State.FAILED]


def test_it_goes_on_after_a_restart(tmp_path: Path, orders: Path) -> None:
    time = Time()
    with opened(tmp_path / "home", time) as bench:
        bench.engine.save(polling(orders))
        bench.settle()
    add(orders, 1)
    with opened(tmp_path / "home", time) as bench:
        bench.settle()
        assert bench.runs("poll") == []
        bench.forward(minutes=1)
        assert len(bench.runs("poll")) == 1


def test_with_allow_concurrent_it_looks_while_its_execution_runs(bench: Bench, orders: Path) -> None:
    add(orders, 1)
    source = polling(orders, "allowConcurrent: true").replace(
        "tasks:\n", "tasks:\n  - {id: hold, type: io.kestra.plugin.core.flow.Pause}\n"
    )
    bench.engine.save(source)
    bench.settle()
    add(orders, 2)
    bench.forward(minutes=1)
    assert [one.state for one in bench.runs("poll")] == [State.PAUSED, State.PAUSED]
    assert bench.state("poll").execution_id is None
