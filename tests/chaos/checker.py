"""What must be true however the fleet was treated. Pure: facts in, violations out."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from engine.model.execution import Execution, TaskRun
from engine.model.json import Json
from engine.model.state import TERMINAL, State
from tests.chaos.flows import Shape
from tests.chaos.observer import Passage

_ENDED = {str(state) for state in TERMINAL}


@dataclass(frozen=True, slots=True)
class Accepted:
    """An execution somebody was told has been accepted."""

    id: str
    flow: str
    n: int


@dataclass(frozen=True, slots=True)
class Effect:
    """A side effect that was recorded outside: by which task run, and whether after a confirmed kill."""

    run: str
    late: bool


@dataclass(slots=True)
class Facts:
    """Everything that is known when all is over."""

    accepted: Sequence[Accepted]
    executions: Mapping[str, Execution]
    """Every stored execution by id, with its task runs."""
    passages: Sequence[Passage]
    effects: Mapping[str, Sequence[Effect]]
    """By execution."""
    shapes: Mapping[str, Shape]
    undisturbed: Mapping[tuple[str, int], Json] = field(default_factory=dict)
    """By flow and input: what a run without any fault led to, as `result` tells it."""
    killed: frozenset[str] = frozenset()
    """Executions whose kill was acknowledged."""
    asked: frozenset[str] = frozenset()
    """Those that somebody tried to kill; what came of it is open."""
    dates: Mapping[str, Sequence[datetime]] = field(default_factory=dict)
    """By flow with a schedule: the dates of its executions."""
    steps: Mapping[str, timedelta] = field(default_factory=dict)
    """By flow with a schedule: from one date to the next."""
    disk_was_full: bool = False
    """Whether tasks that write files had reason to fail."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One invariant that does not hold, and where."""

    invariant: str
    where: str


def check(facts: Facts) -> list[Violation]:
    """Return every violation."""
    return [Violation(name, where) for name, holds in INVARIANTS.items() for where in holds(facts)]


def result(execution: Execution, executions: Mapping[str, Execution]) -> Json:
    """Return what an execution led to: states, outputs of the flow and of every task run by its place.

    Ids and dates are left out; executions that it called are part of it.
    """
    runs = {run.id: run for run in execution.task_runs}
    places = sorted(
        (_place(run, runs), str(run.state), repr(_plain(run.outputs, executions)))
        for run in execution.task_runs
    )
    return [str(execution.state), repr(_plain(execution.outputs, executions)), places]


def _place(run: TaskRun, runs: Mapping[str, TaskRun]) -> str:
    above = runs.get(run.parent_id) if run.parent_id else None
    here = f"{run.task_id}[{run.value or ''}]"
    return here if above is None else f"{_place(above, runs)}/{here}"


def _plain(value: Json, executions: Mapping[str, Execution]) -> Json:
    if isinstance(value, dict):
        plain = {
            key: _plain(item, executions) for key, item in value.items() if key not in ("resumed", "uri")
        }
        child = executions.get(str(value.get("executionId")))
        return plain if child is None else {**plain, "executionId": result(child, executions)}
    if isinstance(value, list):
        return [_plain(item, executions) for item in value]
    return value


# -- the invariants


def _end(facts: Facts) -> Iterator[str]:
    """Every execution that was accepted, or called by another one, ends, and leaves nothing behind."""
    for one in facts.accepted:
        if one.id not in facts.executions:
            yield f"{one.id} ({one.flow}) was accepted and is not stored"
    for execution in facts.executions.values():
        open_ = [run.task_id for run in execution.task_runs if not run.state.ended]
        if not execution.state.ended:
            yield f"{execution.id} ({execution.flow_id}) is {execution.state}"
        elif open_:
            yield f"{execution.id} ({execution.flow_id}) has ended, but {open_} have not"
        elif execution.owner is not None:
            yield f"{execution.id} ({execution.flow_id}) has ended and still has an owner"


def _final(facts: Facts) -> Iterator[str]:
    """A terminal state never changes, nor is anything that was stored lost."""
    for one in facts.passages:
        if one.former in _ENDED and one.state != one.former:
            yield f"{one.kind} {one.id} of {one.execution} became {one.state or 'nothing'} after {one.former}"
    for execution in facts.executions.values():
        ends = [passage.state for passage in execution.history.passages if passage.state.ended]
        if len(ends) > 1:
            yield f"{execution.id} says that it ended more than once: {[str(state) for state in ends]}"


def _attempts(facts: Facts) -> Iterator[str]:
    """A task run is tried once, and once more for each owner its execution lost or failure of its own."""
    lost = losses(facts.passages)
    for execution in facts.executions.values():
        shape = facts.shapes.get(execution.flow_id)
        if shape is None:
            continue
        for run in execution.task_runs:
            failed = sum(attempt.state is State.FAILED for attempt in run.attempts)
            may_fail = 1 if run.task_id in shape.flaky else 0
            if not (facts.disk_was_full and run.task_id in shape.writes) and failed > may_fail:
                yield f"{execution.id}/{run.task_id}: {failed} attempts failed, {may_fail} had reason to"
            if len(run.attempts) - failed > 1 + lost[execution.id]:
                yield (
                    f"{execution.id}/{run.task_id}: {len(run.attempts) - failed} attempts that did not fail, "
                    f"and {lost[execution.id]} owners lost"
                )


def losses(passages: Sequence[Passage]) -> Counter[str]:
    """Return how often each execution lost its owner before its end."""
    return Counter(
        one.execution
        for one in passages
        if one.kind == "execution"
        and one.former_owner is not None
        and one.owner != one.former_owner
        and one.state not in _ENDED
    )


def _effects(facts: Facts) -> Iterator[str]:
    """Every task that should take effect does, and never more often than it was tried."""
    for execution in facts.executions.values():
        shape = facts.shapes.get(execution.flow_id)
        if shape is None:
            continue
        counts = Counter(effect.run for effect in facts.effects.get(execution.id, ()))
        runs = {run.id: run for run in execution.task_runs}
        for id_, count in counts.items():
            if id_ not in runs:
                yield f"{execution.id}: an effect of task run {id_}, which is not stored"
            elif count > len(runs[id_].attempts):
                yield f"{execution.id}/{runs[id_].task_id}: {count} effects, {len(runs[id_].attempts)} attempts"
        if execution.state is State.SUCCESS and len(counts) != shape.effects:
            yield f"{execution.id} ({execution.flow_id}): {len(counts)} effects instead of {shape.effects}"


def _children(facts: Facts) -> Iterator[str]:
    """An execution that is called is made once."""
    made: dict[str, list[str]] = defaultdict(list)
    for execution in facts.executions.values():
        if execution.trigger is not None and "executionId" in execution.trigger.variables:
            made[str(execution.trigger.variables["executionId"])].append(execution.id)
    for execution in facts.executions.values():
        shape = facts.shapes.get(execution.flow_id)
        known = {str((run.inner or {}).get("executionId")) for run in execution.task_runs}
        for id_ in made[execution.id]:
            if id_ not in known:
                yield f"{execution.id}: {id_} was made, and no task run knows of it"
        if (
            shape is not None
            and execution.state is State.SUCCESS
            and len(made[execution.id]) != shape.children
        ):
            yield f"{execution.id}: {len(made[execution.id])} executions called instead of {shape.children}"


def _kills(facts: Facts) -> Iterator[str]:
    """Nothing starts after a kill was acknowledged, and what is killed stays so."""
    told: set[str] = set()
    for one in facts.passages:
        if one.kind == "kill":
            told.add(one.execution)
        elif one.kind == "task run" and one.state == "RUNNING" and one.execution in told:
            yield f"{one.execution}: task run {one.id} began after the kill was acknowledged"
    for id_ in facts.killed:
        late = [effect.run for effect in facts.effects.get(id_, ()) if effect.late]
        if late:
            yield f"{id_}: {len(late)} effects after the kill was acknowledged"
        execution = facts.executions.get(id_)
        if execution is not None and execution.state is not State.KILLED:
            yield f"{id_}: {execution.state} though its kill was acknowledged"


def _dates(facts: Facts) -> Iterator[str]:
    """Every date of a schedule fires exactly once."""
    for flow, dates in facts.dates.items():
        counts = Counter(dates)
        for date, count in counts.items():
            if count > 1:
                yield f"{flow}: {date:%H:%M:%S} fired {count} times"
        known = sorted(counts)
        for date, following in itertools.pairwise(known):
            missing = round((following - date) / facts.steps[flow]) - 1
            if missing:
                yield f"{flow}: {missing} dates after {date:%H:%M:%S} did not fire"


def _outputs(facts: Facts) -> Iterator[str]:
    """What was not killed leads to what an undisturbed run leads to."""
    for one in facts.accepted:
        execution = facts.executions.get(one.id)
        wanted = facts.undisturbed.get((one.flow, one.n))
        if execution is None or wanted is None or not execution.state.ended:
            continue
        if one.id in facts.asked | facts.killed and execution.state is State.KILLED:
            continue
        found = result(execution, facts.executions)
        if found != wanted:
            yield f"{one.id} ({one.flow}, n={one.n}): {_difference(found, wanted)}"


def _difference(found: Json, wanted: Json) -> str:
    if found[:2] != wanted[:2]:
        return f"{found[:2]} instead of {wanted[:2]}"
    extra = [place for place in found[2] if place not in wanted[2]]
    lacking = [place for place in wanted[2] if place not in found[2]]
    return f"{extra[:3]} instead of {lacking[:3]}"


INVARIANTS: dict[str, Callable[[Facts], Iterator[str]]] = {
    "every accepted execution ends": _end,
    "terminal states never change": _final,
    "attempts ≤ 1 + owners lost": _attempts,
    "every effect, never without an attempt": _effects,
    "what is called is made once": _children,
    "nothing starts after an acknowledged kill": _kills,
    "every date fires exactly once": _dates,
    "outputs as in an undisturbed run": _outputs,
}
