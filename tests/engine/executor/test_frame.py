"""Planning laws: everything once, within limits, and the same again after a crash."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.executor.frame import Frame, Start
from engine.executor.lane import Slot
from engine.model.branches import Branches
from engine.model.state import State

_IDS = ("a", "b", "c", "d")


@st.composite
def _branches(draw: st.DrawFn) -> Branches:
    tasks = _IDS[: draw(st.integers(0, 4))]
    kind = draw(st.sampled_from(["sequence", "parallel", "dag", "each", "flat"]))
    limit = draw(st.integers(0, 3))
    if kind == "dag":
        after = {
            task: tuple(dep for dep in tasks[:index] if draw(st.booleans()))
            for index, task in enumerate(tasks)
        }
        return Branches("dag", tasks, limit, after=after)
    if kind in ("each", "flat"):
        values = tuple(str(n) for n in range(draw(st.integers(0, 4))))
        return Branches("each", tasks, limit, values, flat=kind == "flat")
    return Branches(kind, tasks, limit)  # type: ignore[arg-type]


def _expected(branches: Branches) -> set[tuple[str, str | None]]:
    if branches.kind == "each":
        return {(task, value) for task in branches.tasks for value in branches.values}
    return {(task, None) for task in branches.tasks}


@given(_branches(), st.randoms(use_true_random=False))
def test_every_child_runs_once_and_the_frame_closes(branches: Branches, random: object) -> None:
    frame = Frame(branches)
    created: list[tuple[str, str | None]] = []
    running: list[Start] = []
    while not frame.closed:
        running += (starts := frame.advance())
        created += [(start.slot.task_id, start.slot.value) for start in starts]
        if running:
            done = running.pop(random.randrange(len(running)))  # type: ignore[attr-defined]
            frame.ended(done.section, done.slot, State.SUCCESS)
    assert len(created) == len(set(created))
    assert set(created) == _expected(branches)
    assert frame.result is State.SUCCESS


@given(_branches(), st.randoms(use_true_random=False))
def test_limits_hold(branches: Branches, random: object) -> None:
    frame = Frame(branches)
    running: list[Start] = []
    while not frame.closed:
        running += frame.advance()
        if branches.limit and branches.kind != "sequence":
            in_flight = (
                {s.slot.value for s in running} if branches.kind == "each" and not branches.flat else running
            )
            assert len(in_flight) <= branches.limit
        if branches.kind == "sequence":
            assert len(running) <= 1
        if running:
            done = running.pop(random.randrange(len(running)))  # type: ignore[attr-defined]
            frame.ended(done.section, done.slot, State.SUCCESS)


@given(_branches(), st.randoms(use_true_random=False), st.integers(0, 12), st.booleans())
def test_a_frame_rebuilt_from_facts_goes_on_the_same(
    branches: Branches, random: object, steps: int, fails: bool
) -> None:
    frame = Frame(branches, ("on-error",), ("at-last",))
    facts: list[tuple[Start, State | None]] = []
    for number in range(steps):
        facts += [(start, None) for start in frame.advance()]
        running = [index for index, (_, state) in enumerate(facts) if state is None]
        if not running:
            break
        index = random.choice(running)  # type: ignore[attr-defined]
        state = State.FAILED if fails and number == 1 else State.SUCCESS
        facts[index] = (facts[index][0], state)
        frame.ended(facts[index][0].section, facts[index][0].slot, state)
    again = Frame(branches, ("on-error",), ("at-last",))
    for start, state in facts:
        again.seen(start.section, start.slot)
        if state is not None:
            again.ended(start.section, start.slot, state)
    key = lambda start: (start.section, start.slot.task_id, start.slot.value or "")  # noqa: E731
    assert sorted(map(key, again.advance())) == sorted(map(key, frame.advance()))
    assert (again.closed, again.result, again.open) == (frame.closed, frame.result, frame.open)


def test_errors_start_when_a_child_fails_and_finally_after_them() -> None:
    frame = Frame(Branches("sequence", ("a", "b")), ("e1", "e2"), ("f",))
    assert _names(frame.advance()) == ["a"]
    frame.ended("tasks", Slot("a"), State.FAILED)
    assert _names(frame.advance()) == ["e1"]
    frame.ended("errors", Slot("e1"), State.SUCCESS)
    assert _names(frame.advance()) == ["e2"]
    frame.ended("errors", Slot("e2"), State.FAILED)
    assert _names(frame.advance()) == ["f"]
    frame.ended("finally", Slot("f"), State.SUCCESS)
    assert frame.advance() == []
    assert frame.closed
    assert frame.result is State.FAILED


def test_siblings_of_a_failed_child_finish_but_no_new_one_starts() -> None:
    frame = Frame(Branches("parallel", ("a", "b", "c"), 2))
    assert _names(frame.advance()) == ["a", "b"]
    frame.ended("tasks", Slot("a"), State.FAILED)
    assert frame.advance() == []
    assert not frame.closed
    frame.ended("tasks", Slot("b"), State.SUCCESS)
    assert frame.advance() == []
    assert frame.closed


def test_a_failed_finally_task_fails_the_parent() -> None:
    frame = Frame(Branches("sequence", ("a",)), (), ("f",))
    frame.advance()
    frame.ended("tasks", Slot("a"), State.SUCCESS)
    assert _names(frame.advance()) == ["f"]
    frame.ended("finally", Slot("f"), State.FAILED)
    frame.advance()
    assert frame.closed
    assert frame.result is State.FAILED


def test_a_stopped_frame_runs_neither_errors_nor_finally() -> None:
    frame = Frame(Branches("sequence", ("a", "b")), ("e",), ("f",))
    frame.advance()
    frame.stop()
    frame.ended("tasks", Slot("a"), State.KILLED)
    assert frame.advance() == []
    assert frame.closed
    assert frame.result is State.KILLED


def _names(starts: list[Start]) -> list[str]:
    return [start.slot.task_id for start in starts]
