from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.engine import Engine, EngineOptions
from engine.errors import SettingsError, StorageError
from engine.executor.meter import Meter
from engine.model import uri as uris
from engine.model.state import State
from engine.retention import BATCH, Retention, read_rules

NOW = datetime(2026, 6, 1, tzinfo=UTC)
FLOW = """\
id: {id}
namespace: {namespace}
tasks:
  - {{id: a, type: io.kestra.plugin.core.{type}}}
"""
RULES = "P90D, FAILED=P180D, company.dev=P7D, company.dev:FAILED=P30D, company.dev.night=P1D"


class Clock:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.mark.parametrize(
    ("namespace", "state", "days"),
    [
        ("company", State.SUCCESS, 90),
        ("company", State.FAILED, 180),
        ("company.dev", State.SUCCESS, 7),
        ("company.dev.a", State.FAILED, 30),
        ("company.dev.night", State.FAILED, 1),
        ("company.devil", State.SUCCESS, 90),
    ],
)
def test_the_longest_namespace_decides_and_then_the_state(namespace: str, state: State, days: int) -> None:
    assert read_rules(RULES, "X").keep(namespace, state) == timedelta(days=days)


def test_what_no_rule_fits_is_kept() -> None:
    rules = read_rules("FAILED=P1D", "X")
    assert rules.keep("a", State.SUCCESS) is None
    assert rules.keep("a", State.FAILED) == rules.shortest == timedelta(days=1)
    assert read_rules("", "X").shortest is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("90 days", "X: '90 days': '90 days' is not a duration"),
        ("P1D, P2D", "'P2D' is said twice"),
        ("a=P0D", "longer than nothing"),
        ("=P1D", "longer than nothing"),
        ("a:RUNNING=P1D", "'RUNNING' is no state to go by; use one of CANCELLED, "),
        ("RUNNING=P1D", "'RUNNING' is no state to go by"),
        ("a:LOUD=P1D", "'LOUD' is no state to go by"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_part(text: str, told: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_rules(text, "X")
    assert told in str(refused.value)


def test_log_entries_have_no_state() -> None:
    with pytest.raises(SettingsError, match="log entries have no state"):
        read_rules("FAILED=P1D", "X", states=False)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "memory"])
def engine(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Engine]:
    options = EngineOptions(
        home=tmp_path,
        in_memory=request.param == "memory",
        environment={},
        schedule=False,
        threads=2,
        clock=clock,
        collect_rarely=False,
    )
    with Engine.open(options) as opened:
        for namespace in ("company", "company.dev"):
            opened.save(FLOW.format(id="good", namespace=namespace, type="log.Log, message: x"))
            opened.save(FLOW.format(id="bad", namespace=namespace, type="execution.Fail"))
        yield opened


def _retention(engine: Engine, executions: str = RULES, logs: str = "") -> Retention:
    return Retention(
        engine.world,
        executions=read_rules(executions, "X"),
        logs=read_rules(logs, "X", states=False),
        meter=engine.executor.meter,
        clock=engine.clock,
        acts=lambda: True,
    )


def _ended(engine: Engine, namespace: str, flow: str) -> str:
    execution = engine.wait(engine.start(namespace, flow).id, 30)
    engine.files.put(uris.execution_prefix(namespace, flow, execution.id) + "/a.txt", b"a")
    return execution.id


def _has_files(engine: Engine, namespace: str, flow: str, id_: str) -> bool:
    return engine.files.exists(uris.execution_prefix(namespace, flow, id_))


def test_what_is_old_goes_with_its_logs_and_files(engine: Engine, clock: Clock) -> None:
    made = {
        (namespace, flow): _ended(engine, namespace, flow)
        for namespace in ("company", "company.dev")
        for flow in ("good", "bad")
    }
    left = []
    for days in (6, 8, 31, 91, 181):
        clock.now = NOW + timedelta(days=days)
        _retention(engine).sweep()
        there = {key for key, id_ in made.items() if engine.store.executions.get(id_) is not None}
        assert there == {key for key, id_ in made.items() if _has_files(engine, *key, id_)}
        assert there == {key for key, id_ in made.items() if engine.logs(id_)}
        left.append(len(there))
    assert left == [4, 3, 2, 1, 0]
    assert engine.executor.meter.expired_executions == 4


def test_what_has_not_ended_stays(engine: Engine, clock: Clock) -> None:
    engine.save(FLOW.format(id="waits", namespace="company", type="flow.Pause"))
    paused = engine.start("company", "waits").id
    clock.now += timedelta(days=999)
    _retention(engine).sweep()
    assert engine.execution(paused).id == paused


def test_logs_go_before_their_executions_by_namespace(engine: Engine, clock: Clock) -> None:
    ours, dev = _ended(engine, "company", "good"), _ended(engine, "company.dev", "good")
    clock.now += timedelta(days=3)
    assert _retention(engine, "", "P30D, company.dev=P2D").sweep()[0] == 0
    assert engine.logs(ours) and not engine.logs(dev)
    assert engine.execution(dev).state is State.SUCCESS


def test_more_than_a_batch_is_removed_in_one_sweep(engine: Engine, clock: Clock) -> None:
    ids = [engine.start("company", "good").id for _ in range(BATCH + 3)]
    for id_ in ids:
        engine.wait(id_, 60)
    clock.now += timedelta(days=91)
    assert _retention(engine).sweep()[0] == len(ids)


def test_files_of_a_sweep_that_was_cut_off_are_removed_by_the_next(engine: Engine, clock: Clock) -> None:
    """The folders are noted before the rows go; those of executions that are still there are left alone."""
    gone, there = _ended(engine, "company", "good"), _ended(engine, "company", "good")
    folders = {id_: uris.execution_prefix("company", "good", id_) for id_ in (gone, there)}
    engine.store.kv.put("_retention", "folders", dict(folders), "JSON", clock())
    engine.store.executions.delete_ended([gone])
    _retention(engine).sweep()
    assert not _has_files(engine, "company", "good", gone) and _has_files(engine, "company", "good", there)
    assert engine.store.kv.get("_retention", "folders") is None


def test_files_that_cannot_be_removed_are_tried_again(engine: Engine, clock: Clock) -> None:
    class Refusing:
        def delete(self, path: str) -> bool:
            raise StorageError("the bucket is away")

    id_ = _ended(engine, "company", "good")
    clock.now += timedelta(days=91)
    broken = Retention(
        replace(engine.world, files=Refusing()),  # type: ignore[arg-type]
        executions=read_rules(RULES, "X"),
        logs=read_rules("", "X"),
        meter=Meter(),
        clock=clock,
        acts=lambda: True,
    )
    with pytest.raises(StorageError):
        broken.sweep()
    assert _has_files(engine, "company", "good", id_)
    _retention(engine).sweep()
    assert not _has_files(engine, "company", "good", id_)


def test_an_engine_with_a_rule_sweeps_by_itself(tmp_path: Path) -> None:
    def options(keep: str, shift: int) -> EngineOptions:
        return EngineOptions(
            home=tmp_path,
            environment={},
            threads=1,
            keep_executions=keep,
            collect_rarely=False,
            clock=lambda: datetime.now(UTC) + timedelta(days=shift),
        )

    with Engine.open(options("", 0)) as engine:
        engine.save(FLOW.format(id="good", namespace="company", type="log.Log, message: x"))
        id_ = engine.wait(engine.start("company", "good").id, 30).id
    with Engine.open(options("P1D", 2)) as engine:
        for _ in range(2000):
            if engine.store.executions.get(id_) is None:
                break
            threading.Event().wait(0.01)
        assert engine.store.executions.get(id_) is None


def test_an_engine_refuses_a_rule_it_cannot_read(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="FLOWSMITH_KEEP_EXECUTIONS: 'soon'"):
        Engine.open(EngineOptions(home=tmp_path, environment={}, keep_executions="soon", in_memory=True))
