"""The heart of the language once more, on an engine whose rows are in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.engine import Engine, EngineOptions
from engine.model.state import State
from tests.engine.conformance.language import Case, cases, flow, judge, start, until
from tests.postgres import Database, Server


@pytest.fixture(scope="module")
def database(postgres_server: Server) -> Iterator[Database]:
    made = postgres_server.make()
    yield made
    postgres_server.drop(made)


@pytest.fixture
def engine(database: Database, tmp_path: Path) -> Iterator[Engine]:
    with _open(database, tmp_path) as opened:
        yield opened


def _open(database: Database, home: Path) -> Engine:
    return Engine.open(
        EngineOptions(
            home=home,
            database_url=database.url,
            environment={},
            threads=4,
            schedule=False,
            collect_rarely=False,
        )
    )


@cases(
    Case(
        "a loop, a branch and outputs",
        """
        tasks:
          - id: each
            type: +flow.ForEach
            values: [1, 2, 3]
            tasks:
              - {id: a, type: +debug.Return, format: "{{ taskrun.value }}"}
          - id: if
            type: +flow.If
            condition: "{{ outputs.a['2'].value == '2' }}"
            then:
              - {id: chosen, type: +debug.Return, format: "{{ outputs.a['3'].value }}"}
        outputs:
          - {id: last, type: STRING, value: "{{ outputs.chosen.value }}"}
        """,
        values={"a[1]": "1", "chosen": "3"},
        outputs={"last": "3"},
    ),
    Case(
        "a failure, its errors and its finally",
        """
        tasks:
          - {id: x, type: +execution.Fail}
        errors:
          - {id: e, type: +debug.Return, format: sorry}
        finally:
          - {id: f, type: +debug.Return, format: bye}
        """,
        state="FAILED",
        states={"x": "FAILED", "e": "SUCCESS", "f": "SUCCESS"},
    ),
    Case(
        "a retry",
        """
        tasks:
          - {id: x, type: +execution.Fail, retry: {type: constant, interval: PT0.01S, maxAttempts: 3}}
        """,
        state="FAILED",
        attempts={"x": 3},
    ),
    Case(
        "what is side by side",
        """
        tasks:
          - id: p
            type: +flow.Parallel
            tasks:
              - {id: a, type: +debug.Return, format: a}
              - {id: b, type: +log.Log, message: "héllo 😀"}
        """,
        count=3,
        logs=("héllo 😀",),
    ),
)
def test_flows_end_as_everywhere(case: Case, engine: Engine) -> None:
    judge(case, engine)


def test_what_was_interrupted_goes_on_at_the_next_start(database: Database, tmp_path: Path) -> None:
    body = """
    tasks:
      - {id: p, type: +flow.Pause}
      - {id: last, type: +debug.Return, format: done}
    """
    with _open(database, tmp_path) as first:
        execution = start(first, flow(body, "interrupted"))
        until(first, execution.id, lambda found: found.state is State.PAUSED)
    with _open(database, tmp_path) as second:
        second.resume(execution.id)
        ended = second.wait(execution.id, 20)
    assert [run.state for run in ended.task_runs] == [State.SUCCESS] * 2


def test_a_limit_of_concurrency_queues(engine: Engine) -> None:
    body = """
    concurrency: {limit: 1, behavior: QUEUE}
    tasks:
      - {id: p, type: +flow.Pause}
    """
    first, second = start(engine, flow(body, "limited")), start(engine, flow(body, "limited"))
    until(engine, first.id, lambda found: found.state is State.PAUSED)
    until(engine, second.id, lambda found: found.state is State.QUEUED)
    engine.resume(first.id)
    until(engine, second.id, lambda found: found.state is State.PAUSED)
    engine.resume(second.id)
    assert engine.wait(second.id, 20).state is State.SUCCESS
