"""Any flow under any operations at any moment: it ends, nothing of it is left open or counted twice."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.engine import Engine
from engine.errors import Conflict
from engine.executor.reopen import NothingToRestart
from engine.model.state import State
from tests.engine.executor.test_crash import _ended, _flows

OPERATIONS = st.lists(
    st.sampled_from(["pause", "resume", "kill", "restart", "force_run", "look"]), min_size=1, max_size=8
)


@given(_flows(), OPERATIONS, st.booleans())
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.function_scoped_fixture,
    ],
)
def test_an_execution_always_ends(engine: Engine, source: str, operations: list[str], again: bool) -> None:
    row = engine.save(source)
    execution_id = engine.start(row.namespace, row.id).id
    for operation in operations:
        with suppress(Conflict, NothingToRestart):
            if operation == "look":
                engine.render_in(execution_id, None, "{{ execution.state }}")
            else:
                getattr(engine, operation)(execution_id)
    _end(engine, execution_id)
    if again:
        with suppress(Conflict, NothingToRestart):
            engine.restart(execution_id)
        _end(engine, execution_id)


def _end(engine: Engine, execution_id: str) -> None:
    with suppress(Conflict):
        engine.resume(execution_id)
    ended = _ended(engine, execution_id)
    assert all(run.state.ended for run in ended.task_runs)
    assert engine.executor.ask(lambda step: engine.executor.live(execution_id)) is None
    own = {run.state for run in ended.task_runs if run.section == "tasks" and run.parent_id is None}
    assert ended.state is not State.SUCCESS or own <= {State.SUCCESS, State.SKIPPED}
    places = [(run.parent_id, run.task_id, run.value, run.iteration) for run in ended.task_runs]
    assert len(places) == len(set(places))
