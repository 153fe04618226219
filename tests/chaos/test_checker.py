"""The checker finds a violation of every invariant, and nothing in a run that nobody disturbed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from engine.engine import Engine, EngineOptions
from engine.model.execution import Execution, TaskRun
from engine.model.state import State
from tests.chaos.checker import INVARIANTS, Accepted, Effect, Facts, check
from tests.chaos.observer import Passage
from tests.chaos.scene import Scene
from tests.postgres import Database, Server

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def database(postgres_server: Server) -> Iterator[Database]:
    database = postgres_server.make()
    yield database
    postgres_server.drop(database)


@pytest.fixture(scope="module")
def engine(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    home = tmp_path_factory.mktemp("home")
    options = EngineOptions(
        home=home, database_url=database.url, environment={}, schedule=False, collect_rarely=False, threads=4
    )
    with Engine.open(options) as engine:
        yield engine


@pytest.fixture(scope="module")
def scene(engine: Engine, database: Database, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """One run of each flow that nobody disturbed, one of each that is judged by it, and one that was killed."""
    scene = Scene(database, tmp_path_factory.mktemp("world"))
    scene.prepare(engine, seed=5, flows=3)
    scene.run_undisturbed(engine, 1, 120)
    for flow in scene.shapes:
        scene.accept(engine.start("chaos", flow).id, flow, 1)
    for one in scene.accepted:
        engine.wait(one.id, 120)
    engine.save(
        "id: stays\nnamespace: chaos\ntasks: [{id: p, type: io.kestra.plugin.core.flow.Sleep, duration: P1D}]"
    )
    killed = engine.start("chaos", "stays").id
    engine.kill(killed)
    scene.acknowledge(killed)
    engine.wait(killed, 120)
    return scene


@pytest.fixture
def facts(scene: Scene, engine: Engine) -> Facts:
    facts = copy(scene.facts(engine))
    facts.dates = {"ticks": [NOON, NOON + timedelta(seconds=1), NOON + timedelta(seconds=2)]}
    facts.steps = {"ticks": timedelta(seconds=1)}
    return facts


def test_an_undisturbed_run_violates_nothing(facts: Facts) -> None:
    assert check(facts) == []
    assert len(facts.accepted) == 6
    assert len(facts.passages) > 50
    assert {shape.effects > 0 for shape in facts.shapes.values()} == {True}
    assert sum(shape.children for shape in facts.shapes.values()) > 0
    assert any(shape.flaky for shape in facts.shapes.values())


# -- what a seed of a violation changes


def _one(facts: Facts) -> Execution:
    """Return the accepted execution of the flow that has everything."""
    return facts.executions[facts.accepted[-1].id]


def _change(facts: Facts, execution: Execution) -> None:
    facts.executions = {**facts.executions, execution.id: execution}


def _change_run(
    facts: Facts, change: Callable[[TaskRun], TaskRun], wanted: Callable[[TaskRun], bool]
) -> None:
    execution = _one(facts)
    run = next(run for run in execution.task_runs if wanted(run))
    runs = tuple(change(one) if one.id == run.id else one for one in execution.task_runs)
    _change(facts, replace(execution, task_runs=runs))


def _effective(facts: Facts) -> str:
    return facts.effects[_one(facts).id][0].run


def _note(facts: Facts, **values: object) -> None:
    last = facts.passages[-1].number
    blank = Passage(last + 1, "execution", "x", "x", None, None, None, None)
    facts.passages = [*facts.passages, replace(blank, **values)]  # type: ignore[arg-type]


def _lost(facts: Facts) -> None:
    facts.accepted = [*facts.accepted, Accepted("gone", "flow0", 1)]


def _endless(facts: Facts) -> None:
    execution = _one(facts)
    _change(facts, replace(execution, history=execution.history.then(State.RUNNING, NOON)))


def _left_open(facts: Facts) -> None:
    _change_run(
        facts, lambda run: replace(run, history=run.history.then(State.RUNNING, NOON)), lambda run: True
    )


def _owned(facts: Facts) -> None:
    _change(facts, replace(_one(facts), owner="somebody"))


def _reopened(facts: Facts) -> None:
    _note(facts, former="SUCCESS", state="RUNNING")


def _deleted(facts: Facts) -> None:
    _note(facts, kind="task run", former="SUCCESS", state=None)


def _ended_twice(facts: Facts) -> None:
    execution = _one(facts)
    _change(facts, replace(execution, history=execution.history.then(State.SUCCESS, NOON)))


def _tried_too_often(facts: Facts) -> None:
    _change_run(
        facts,
        lambda run: replace(run, attempts=(*run.attempts, run.attempts[-1])),
        lambda run: len(run.attempts) == 1,
    )


def _failed_too_often(facts: Facts) -> None:
    flaky = facts.shapes[_one(facts).flow_id].flaky
    _change_run(
        facts,
        lambda run: replace(run, attempts=(run.attempts[0], *run.attempts)),
        lambda run: run.task_id in flaky,
    )


def _no_effect(facts: Facts) -> None:
    facts.effects = {**facts.effects, _one(facts).id: facts.effects[_one(facts).id][1:]}


def _twice_in_one_attempt(facts: Facts) -> None:
    here = facts.effects[_one(facts).id]
    facts.effects = {**facts.effects, _one(facts).id: [*here, *[Effect(_effective(facts), False)] * 2]}


def _effect_of_nobody(facts: Facts) -> None:
    here = facts.effects[_one(facts).id]
    facts.effects = {**facts.effects, _one(facts).id: [*here, Effect("nobody", False)]}


def _called_twice(facts: Facts) -> None:
    child = next(one for one in facts.executions.values() if one.trigger is not None)
    _change(facts, replace(child, id="twin"))


def _never_called(facts: Facts) -> None:
    (child, *_) = (one for one in facts.executions.values() if one.trigger is not None)
    facts.executions = {id_: one for id_, one in facts.executions.items() if id_ != child.id}


def _began_after_the_kill(facts: Facts) -> None:
    (killed,) = facts.killed
    _note(facts, kind="task run", execution=killed, former="CREATED", state="RUNNING")


def _effect_after_the_kill(facts: Facts) -> None:
    (killed,) = facts.killed
    facts.effects = {**facts.effects, killed: [Effect("run", True)]}


def _killed_in_vain(facts: Facts) -> None:
    facts.killed = facts.killed | {facts.accepted[0].id}


def _fired_twice(facts: Facts) -> None:
    facts.dates = {"ticks": [NOON, *facts.dates["ticks"]]}


def _did_not_fire(facts: Facts) -> None:
    facts.dates = {"ticks": [NOON, NOON + timedelta(seconds=2)]}


def _other_output(facts: Facts) -> None:
    execution = _one(facts)
    _change(facts, replace(execution, outputs={"all": "something else"}))


def _other_output_of_a_task(facts: Facts) -> None:
    _change_run(facts, lambda run: replace(run, outputs={"value": "x"}), lambda run: bool(run.outputs))


def _failed(facts: Facts) -> None:
    execution = _one(facts)
    passages = (*execution.history.passages[:-1], replace(execution.history.passages[-1], state=State.FAILED))
    _change(facts, replace(execution, history=replace(execution.history, passages=passages)))


SEEDS: list[tuple[str, Callable[[Facts], None]]] = [
    *(("every accepted execution ends", seed) for seed in (_lost, _endless, _left_open, _owned)),
    *(("terminal states never change", seed) for seed in (_reopened, _deleted, _ended_twice)),
    *(("attempts ≤ 1 + owners lost", seed) for seed in (_tried_too_often, _failed_too_often)),
    *(
        ("every effect, never without an attempt", seed)
        for seed in (_no_effect, _twice_in_one_attempt, _effect_of_nobody)
    ),
    *(("what is called is made once", seed) for seed in (_called_twice, _never_called)),
    *(
        ("nothing starts after an acknowledged kill", seed)
        for seed in (_began_after_the_kill, _effect_after_the_kill, _killed_in_vain)
    ),
    *(("every date fires exactly once", seed) for seed in (_fired_twice, _did_not_fire)),
    *(
        ("outputs as in an undisturbed run", seed)
        for seed in (_other_output, _other_output_of_a_task, _failed)
    ),
]


@pytest.mark.parametrize(("invariant", "seed"), SEEDS, ids=[seed.__name__[1:] for _, seed in SEEDS])
def test_a_seeded_violation_is_found(facts: Facts, invariant: str, seed: Callable[[Facts], None]) -> None:
    seed(facts)
    assert invariant in {one.invariant for one in check(facts)}


def test_every_invariant_has_a_seed() -> None:
    assert {invariant for invariant, _ in SEEDS} == set(INVARIANTS)


def test_an_owner_that_was_lost_allows_one_attempt_more(facts: Facts) -> None:
    _tried_too_often(facts)
    _note(facts, execution=_one(facts).id, former="RUNNING", state="RUNNING", former_owner="a", owner="b")
    assert "attempts ≤ 1 + owners lost" not in {one.invariant for one in check(facts)}


# -- the observer


@pytest.mark.parametrize(
    ("tampering", "invariant"),
    [
        ("UPDATE flowsmith.executions SET state = 'RUNNING' WHERE id = %s", "terminal states never change"),
        (
            "UPDATE flowsmith.task_runs SET state = 'RUNNING' WHERE execution_id = %s",
            "terminal states never change",
        ),
        ("DELETE FROM flowsmith.task_runs WHERE execution_id = %s", "terminal states never change"),
    ],
    ids=["execution", "task run", "deletion"],
)
def test_the_observer_sees_what_is_changed_behind_the_engine(
    scene: Scene, engine: Engine, database: Database, tampering: str, invariant: str
) -> None:
    flow = next(iter(scene.shapes))
    id_ = engine.start("chaos", flow).id
    engine.wait(id_, 120)
    before = len(scene.facts(engine).passages)
    database.rows(tampering, (id_,))
    facts = scene.facts(engine)
    facts.passages = facts.passages[before:]
    assert invariant in {one.invariant for one in check(facts)}
    assert {one.execution for one in facts.passages} == {id_}
    database.rows("DELETE FROM chaos.passages WHERE execution = %s", (id_,))
    database.rows("DELETE FROM flowsmith.executions WHERE id = %s", (id_,))
    database.rows("DELETE FROM chaos.passages WHERE execution = %s", (id_,))
