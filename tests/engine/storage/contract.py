"""What every storage backend promises. A test class inherits `StoreContract` and gives a `store` fixture."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from engine.errors import Conflict
from engine.model.branches import Branches
from engine.model.execution import Attempt, Execution, ExecutionTrigger, TaskRun
from engine.model.flow import Flow
from engine.model.json import Json
from engine.model.log import Level, LogEntry, Metric
from engine.model.state import History, State
from engine.storage.ports import Changes, ExecutionQuery, Store, TriggerState

START = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """Return a moment after START."""
    return START + timedelta(seconds=seconds)


def history(*states: State, start: float = 0) -> History:
    """Return a history with a second between its states."""
    grown = History.begin(states[0], at(start))
    for number, state in enumerate(states[1:], 1):
        grown = grown.then(state, at(start + number))
    return grown


def execution(id_: str, *states: State, start: float = 0, **fields: Json) -> Execution:
    """Return an execution of company.team/daily, RUNNING unless told otherwise."""
    fields = {"namespace": "company.team", "flow_id": "daily", "flow_revision": 1, **fields}
    past = history(*(states or (State.CREATED, State.RUNNING)), start=start)
    return Execution(id=id_, history=past, original_id=id_, original_created=at(start), **fields)


def task_run(id_: str, execution_id: str, *states: State, index: int = 0, **fields: Json) -> TaskRun:
    """Return a task run, RUNNING unless told otherwise."""
    past = history(*(states or (State.CREATED, State.RUNNING)))
    return TaskRun(id=id_, execution_id=execution_id, task_id="extract", history=past, index=index, **fields)


def log(message: str, execution_id: str | None = "e1", *, seconds: float = 0, **fields: Json) -> LogEntry:
    """Return a log entry of company.team/daily, INFO unless told otherwise."""
    fields = {"namespace": "company.team", "flow_id": "daily", "level": Level.INFO, **fields}
    return LogEntry(execution_id=execution_id, timestamp=at(seconds), message=message, **fields)


def write(
    store: Store,
    *executions: Execution,
    runs: Iterable[TaskRun] = (),
    logs: Iterable[LogEntry] = (),
    metrics: Iterable[Metric] = (),
    dropped: Iterable[str] = (),
) -> Changes:
    """Write rows in one transaction."""
    changes = Changes(
        {one.id: one for one in executions},
        {run.id: run for run in runs},
        set(dropped),
        list(logs),
        list(metrics),
    )
    with store.executions.transaction() as transaction:
        transaction.write(changes)
    return changes


def ids(store: Store, **conditions: Json) -> list[str]:
    """Return the ids of the executions found."""
    return [found.id for found in store.executions.search(ExecutionQuery(**conditions)).results]


def flow(id_: str = "daily", source: str = "one", **fields: Json) -> Flow:
    """Return a flow of company.team."""
    return Flow(**{"id": id_, "namespace": "company.team", "source": source, "tasks": (), **fields})


def at_once(*calls: Callable[[], object]) -> list[object]:
    """Run calls in threads that begin together; returns their results, raises their errors."""
    gate = threading.Barrier(len(calls))

    def begin(call: Callable[[], object]) -> object:
        gate.wait(10)
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result(30) for future in [pool.submit(begin, call) for call in calls]]


FULL_RUN = TaskRun(
    id="r1",
    execution_id="e1",
    task_id="each",
    history=history(State.CREATED, State.RUNNING, State.SUCCESS),
    index=7,
    parent_id="r0",
    section="finally",
    value='{"a": "ü\\n😀"}',
    iteration=3,
    attempts=(
        Attempt(history(State.RUNNING, State.FAILED), "kestra:///log"),
        Attempt(history(State.RUNNING)),
    ),
    outputs={"uri": "kestra:///a", "deep": [{"x": None}, 1.5, True], "": ""},
    branches=Branches("dag", ("a", "b"), 2, ("v", "w"), {"b": ("a",)}, flat=True),
    due=at(99),
    inner={"count": 2},
    dynamic=True,
)

FULL_EXECUTION = Execution(
    id="e1",
    namespace="company.team",
    flow_id="daily",
    flow_revision=4,
    history=history(State.CREATED, State.RUNNING, State.PAUSED, State.RUNNING, State.WARNING),
    original_id="e0",
    original_created=at(-5),
    inputs={"date": "2024-01-31", "nested": {"n": None}},
    outputs={"rows": 3},
    labels={"team": "data", "ключ": "значение", 'a"b': "c,d"},
    variables={"x": [1]},
    parent_id="e0",
    trigger=ExecutionTrigger("schedule", "io.kestra.plugin.core.trigger.Schedule", {"date": "2026"}),
    attempt_number=2,
    schedule_date=at(60),
    kind="TEST",
    owner="worker-1",
    breakpoints=("a", "b.1"),
)


class StoreContract:
    """The promises. Times are given, nothing is waited for."""

    # -- executions

    def test_every_field_of_a_row_comes_back(self, store: Store) -> None:
        write(store, FULL_EXECUTION, runs=[FULL_RUN])
        assert store.executions.get("e1") == replace(FULL_EXECUTION, task_runs=(FULL_RUN,))
        assert store.executions.get("e1", task_runs=False) == FULL_EXECUTION
        assert store.executions.task_run("r1") == FULL_RUN

    def test_the_least_row_comes_back(self, store: Store) -> None:
        least, run = execution("e1", State.CREATED), task_run("r1", "e1")
        write(store, least, runs=[run])
        assert store.executions.get("e1") == replace(least, task_runs=(run,))

    def test_what_does_not_exist_is_none(self, store: Store) -> None:
        assert store.executions.get("nope") is None
        assert store.executions.task_run("nope") is None
        assert store.executions.logs(execution_id="nope").results == []
        assert store.executions.metrics("nope") == []

    def test_the_last_version_of_a_row_wins(self, store: Store) -> None:
        write(store, execution("e1"), runs=[task_run("r1", "e1", outputs={"a": 1}, inner={"x": 1})])
        ended = execution(
            "e1", State.CREATED, State.SUCCESS, owner="other", outputs={"o": 1}, inputs={"i": 2}
        )
        run = task_run(
            "r1", "e1", State.CREATED, State.SUCCESS, index=2, branches=Branches("sequence", ("a",))
        )
        write(store, ended, runs=[run])
        assert store.executions.get("e1") == replace(ended, task_runs=(run,))

    def test_the_order_of_task_runs_is_that_of_their_creation(self, store: Store) -> None:
        runs = [task_run(f"r{index}", "e1", index=index) for index in (11, 2, 30, 1)]
        write(store, execution("e1"), runs=runs)
        write(store, runs=[task_run("r0", "e1", index=0)])
        found = store.executions.get("e1")
        assert found is not None
        assert [run.index for run in found.task_runs] == [0, 1, 2, 11, 30]

    def test_an_error_leaves_nothing(self, store: Store) -> None:
        before = execution("e1")
        write(store, before, runs=[task_run("r1", "e1")], logs=[log("kept")])
        with pytest.raises(ZeroDivisionError), store.executions.transaction() as transaction:
            changes = Changes(
                {"e1": execution("e1", State.CREATED, State.SUCCESS), "e2": execution("e2")},
                {"r2": task_run("r2", "e2")},
                {"r1"},
                [log("gone")],
                [Metric("m", "counter", 1, execution_id="e1")],
            )
            transaction.write(changes)
            raise ZeroDivisionError
        assert store.executions.get("e1") == replace(before, task_runs=(task_run("r1", "e1"),))
        assert store.executions.get("e2") is None
        assert store.executions.task_run("r2") is None
        assert [entry.message for entry in store.executions.logs().results] == ["kept"]
        assert store.executions.metrics("e1") == []
        assert store.executions.unfinished() == [("e1", None)]

    def test_an_error_after_several_writes_leaves_the_first_version(self, store: Store) -> None:
        before, run = execution("e1"), task_run("r1", "e1")
        write(store, before, runs=[run])
        with pytest.raises(ZeroDivisionError), store.executions.transaction() as transaction:
            for owner in ("a", "b"):
                later = task_run("r1", "e1", value=owner)
                transaction.write(Changes({"e1": execution("e1", owner=owner)}, {"r1": later}))
            raise ZeroDivisionError
        assert store.executions.get("e1") == replace(before, task_runs=(run,))

    def test_a_failed_step_is_written_whole_when_tried_again(self, store: Store) -> None:
        changes = Changes(
            {"e1": execution("e1")}, {"r1": task_run("r1", "e1")}, logs=[log("a"), log("b")],
            metrics=[Metric("m", "counter", 1, execution_id="e1")],
        )  # fmt: skip
        with pytest.raises(ZeroDivisionError), store.executions.transaction() as transaction:
            transaction.write(changes)
            raise ZeroDivisionError
        with store.executions.transaction() as transaction:
            transaction.write(changes)
        found = store.executions.get("e1")
        assert found is not None
        assert len(found.task_runs) == 1
        assert [entry.message for entry in store.executions.logs().results] == ["a", "b"]
        assert len(store.executions.metrics("e1")) == 1

    def test_changes_that_grow_are_written_again_without_doubles(self, store: Store) -> None:
        changes = Changes({"e1": execution("e1", State.QUEUED)}, logs=[log("a")])
        changes.metrics.append(Metric("m", "counter", 1, execution_id="e1"))
        with store.executions.transaction() as transaction:
            transaction.write(changes)
            changes.logs.append(log("b"))
            changes.metrics.append(Metric("n", "counter", 1, execution_id="e1"))
            changes.executions["e1"] = running = execution("e1")
            transaction.write(changes)
            transaction.write(changes)
        assert [entry.message for entry in store.executions.logs().results] == ["a", "b"]
        assert [metric.name for metric in store.executions.metrics("e1")] == ["m", "n"]
        assert store.executions.get("e1") == running

    def test_dropped_task_runs_are_gone_even_if_written_in_the_same_step(self, store: Store) -> None:
        write(store, execution("e1"), runs=[task_run("r1", "e1"), task_run("r2", "e1", index=1)])
        write(store, runs=[task_run("r2", "e1", State.CREATED, State.FAILED)], dropped=["r2", "unknown"])
        found = store.executions.get("e1")
        assert found is not None
        assert [run.id for run in found.task_runs] == ["r1"]
        assert store.executions.task_run("r2") is None

    def test_slots_are_counted_with_what_the_transaction_wrote(self, store: Store) -> None:
        states = [
            State.RUNNING, State.PAUSED, State.RETRYING, State.KILLING, State.RESTARTED,
            State.CREATED, State.QUEUED, State.SUCCESS, State.FAILED,
        ]  # fmt: skip
        write(store, *(execution(f"e{number}", state) for number, state in enumerate(states)))
        write(store, execution("x1", State.RUNNING, flow_id="other"))
        write(store, execution("x2", State.RUNNING, namespace="company"))
        with store.executions.transaction() as transaction:
            assert transaction.active("company.team", "daily") == 5
            transaction.write(Changes({"new": execution("new", State.RUNNING)}))
            assert transaction.active("company.team", "daily") == 6
            transaction.write(Changes({"e0": execution("e0", State.RUNNING, State.SUCCESS)}))
            assert transaction.active("company.team", "daily") == 5
            assert transaction.active("company.team", "nope") == 0

    def test_queued_executions_come_oldest_first(self, store: Store) -> None:
        for id_, start in (("b", 2), ("c", 1), ("a", 3)):
            write(
                store,
                execution(id_, State.CREATED, State.QUEUED, start=start),
                runs=[task_run(f"r{id_}", id_)],
            )
        write(store, execution("x", State.QUEUED, flow_id="other"), execution("y", State.RUNNING))
        with store.executions.transaction() as transaction:
            queued = transaction.queued("company.team", "daily")
            assert [one.id for one in queued] == ["c", "b", "a"]
            assert queued[0].task_runs == ()
            transaction.write(Changes({"c": execution("c", State.QUEUED, State.RUNNING, start=1)}))
            assert [one.id for one in transaction.queued("company.team", "daily")] == ["b", "a"]

    def test_what_has_no_owner_can_be_taken(self, store: Store) -> None:
        write(
            store,
            execution("free"),
            execution("owned", owner="a"),
            execution("mine", owner="b"),
            execution("over", State.CREATED, State.SUCCESS),
        )
        with store.executions.transaction() as transaction:
            taken = transaction.take(["owned", "free", "over", "none", "mine"], "b")
            assert sorted(one.id for one in taken) == ["free", "mine"]
            assert transaction.take([], "b") == []

    def test_an_execution_that_was_changed_since_it_was_read_is_recognised(self, store: Store) -> None:
        failed = execution("e1", State.CREATED, State.RUNNING, State.FAILED)
        write(store, failed)
        read = store.executions.get("e1")
        assert read is not None
        with store.executions.transaction() as transaction:
            assert transaction.unchanged(read)
            assert not transaction.unchanged(execution("none"))
        write(store, replace(failed, owner="other"))
        with store.executions.transaction() as transaction:
            assert not transaction.unchanged(read)
        write(store, execution("e1", State.CREATED, State.RUNNING, State.FAILED, State.RESTARTED))
        with store.executions.transaction() as transaction:
            assert not transaction.unchanged(read)

    def test_unfinished_executions_come_oldest_first_with_their_owner(self, store: Store) -> None:
        write(store, execution("b", State.QUEUED, start=2), execution("a", start=1, owner="w1"))
        write(store, execution("c", State.SUCCESS, start=0), execution("d", State.PAUSED, start=3))
        assert store.executions.unfinished() == [("a", "w1"), ("b", None), ("d", None)]
        write(store, execution("a", State.RUNNING, State.KILLED, start=1))
        write(store, execution("c", State.SUCCESS, State.RESTARTED, start=0))
        assert [id_ for id_, _ in store.executions.unfinished()] == ["c", "b", "d"]

    def test_an_ended_execution_with_an_owner_is_unfinished(self, store: Store) -> None:
        write(store, execution("a", State.RUNNING, State.SUCCESS, owner="w1"))
        assert store.executions.unfinished() == [("a", "w1")]

    def test_an_execution_is_taken_over_from_the_owner_it_still_has(self, store: Store) -> None:
        write(store, execution("a", owner="gone"), execution("b", owner="other"), execution("c", start=1))
        write(store, execution("d", State.RUNNING, State.SUCCESS), execution("e", State.QUEUED, owner="gone"))
        write(store, execution("f", State.RUNNING, State.SUCCESS, owner="gone"))
        known = [("f", "gone"), ("a", "gone"), ("b", "gone"), ("c", None), ("d", None), ("e", "gone")]
        assert store.executions.take_over([*known, ("none", "gone")], "w1") == ["f", "a", "c", "e"]
        assert store.executions.take_over(known, "w2") == []
        owners = [one.owner for id_ in "abcdef" if (one := store.executions.get(id_)) is not None]
        assert owners == ["w1", "other", "w1", None, "w1", "w1"]

    def test_a_reader_sees_nothing_of_a_transaction_before_its_end(self, store: Store) -> None:
        write(store, execution("e1", State.CREATED))
        seen: list[State] = []

        def read() -> None:
            found = store.executions.get("e1")
            assert found is not None
            seen.append(found.state)

        reader = threading.Thread(target=read)
        with store.executions.transaction() as transaction:
            transaction.write(Changes({"e1": execution("e1", State.CREATED, State.RUNNING)}))
            reader.start()
            if not seen:
                reader.join(0.05)
        reader.join(10)
        # A backend may let the reader wait for the end; then it sees all of it.
        assert seen in ([State.CREATED], [State.RUNNING])

    def test_deleting_takes_everything_along_that_is_asked_for(self, store: Store) -> None:
        metric = Metric("m", "counter", 1, execution_id="e1")
        write(
            store, execution("e1", labels={"a": "b"}), execution("e2", labels={"a": "b"}),
            runs=[task_run("r1", "e1"), task_run("r2", "e2")], logs=[log("x"), log("y", "e2")], metrics=[metric],
        )  # fmt: skip
        assert store.executions.delete("e1", logs=False, metrics=False)
        assert store.executions.get("e1") is None
        assert store.executions.task_run("r1") is None
        assert ids(store, labels={"a": "b"}) == ["e2"]
        assert store.executions.logs(execution_id="e1").total == 1
        assert store.executions.metrics("e1") == [metric]
        assert not store.executions.delete("e1")
        assert store.executions.logs(execution_id="e1").total == 0
        assert store.executions.metrics("e1") == []
        assert store.executions.task_run("r2") is not None
        assert store.executions.unfinished() == [("e2", None)]

    def test_ended_executions_come_by_their_start_and_go_together(self, store: Store) -> None:
        over = (State.CREATED, State.RUNNING, State.SUCCESS)
        write(
            store,
            *(execution(f"e{n}", *over, start=n) for n in (3, 1, 2)),
            execution("runs", State.CREATED, State.RUNNING, start=0),
            execution("owned", *over, start=0, owner="a"),
            runs=[task_run("r1", "e1"), task_run("r2", "e2")],
            logs=[log("a", "e1"), log("a", "e2")],
            metrics=[Metric("m", "counter", 1, execution_id=one) for one in ("e1", "e2")],
        )
        executions = store.executions
        found = executions.ended(at(100), limit=2)
        assert [one.id for one in found] == ["e1", "e2"]
        last = (found[-1].history.started, found[-1].id)
        assert [one.id for one in executions.ended(at(100), after=last)] == ["e3"]
        assert executions.ended(at(-100)) == []
        assert executions.delete_ended(["e1", "runs", "owned", "none"]) == 1
        assert executions.get("e1") is None and executions.task_run("r1") is None
        assert executions.logs(execution_id="e1").total == 0 and executions.metrics("e1") == []
        assert executions.get("runs") is not None and executions.get("owned") is not None
        assert executions.task_run("r2") is not None and executions.logs(execution_id="e2").total == 1
        assert executions.metrics("e2") != []

    def test_old_log_entries_come_by_their_moment_and_go(self, store: Store) -> None:
        write(store, logs=[log(str(n), seconds=n) for n in (5, 1, 3)])
        found = store.executions.old_logs(at(5), limit=1)
        assert [one.message for one in found] == ["1"]
        more = store.executions.old_logs(at(5), after=(found[0].timestamp, found[0].index))
        assert [one.message for one in more] == ["3"]
        assert store.executions.delete_log_entries([found[0].index, more[0].index, 999_999]) == 2
        assert [one.message for one in store.executions.logs().results] == ["5"]

    def test_a_row_that_json_cannot_hold_is_bent_not_refused(self, store: Store) -> None:
        outputs = {"big": 2**70, "half": "a\ud800b", "very": [10**400]}
        write(store, execution("e1", inputs=outputs), runs=[task_run("r1", "e1", outputs=outputs)])
        write(store, logs=[log("nul \0 and half \ud800 ü")])
        found = store.executions.task_run("r1")
        assert found is not None and found.outputs is not None
        assert float(found.outputs["big"]) == 2**70
        assert [entry.message[:4] for entry in store.executions.logs().results] == ["nul "]

    def test_wide_branches_come_back(self, store: Store) -> None:
        branches = Branches("each", ("a",), 1, tuple(str(value) for value in range(10_000)))
        write(store, execution("e1"), runs=[task_run("r1", "e1", branches=branches)])
        found = store.executions.task_run("r1")
        assert found is not None
        assert found.branches == branches

    # -- search of executions

    def test_the_newest_come_first_and_pages_know_the_total(self, store: Store) -> None:
        write(store, *(execution(f"e{number}", start=number) for number in range(7)))
        page = store.executions.search(ExecutionQuery(offset=2, limit=3))
        assert [one.id for one in page.results] == ["e4", "e3", "e2"]
        assert page.total == 7
        assert store.executions.search(ExecutionQuery(offset=6, limit=3)).total == 7
        beyond = store.executions.search(ExecutionQuery(offset=50, limit=3))
        assert (beyond.results, beyond.total) == ([], 7)
        assert store.executions.search(ExecutionQuery(limit=0)).total == 7

    @pytest.mark.parametrize(
        ("sort", "expected"),
        [
            ([("id", False)], ["a", "b", "c"]),
            ([("state.startDate", False)], ["c", "a", "b"]),
            ([("startDate", True)], ["b", "a", "c"]),
            ([("state.endDate", False)], ["a", "c", "b"]),
            ([("ended", True)], ["c", "a", "b"]),
            ([("duration", True)], ["c", "a", "b"]),
            ([("flowId", True), ("id", False)], ["c", "a", "b"]),
            ([("namespace", False)], ["a", "b", "c"]),
            ([("state", False), ("id", True)], ["b", "c", "a"]),
        ],
        ids=lambda value: (
            "-".join(f"{name}{'>' if down else '<'}" for name, down in value)
            if isinstance(value[0], tuple)
            else None
        ),
    )
    def test_sorting(self, store: Store, sort: list[tuple[str, bool]], expected: list[str]) -> None:
        write(
            store,
            execution("a", State.RUNNING, State.SUCCESS, start=2),
            execution("b", State.RUNNING, start=3),
            execution(
                "c", State.RUNNING, State.PAUSED, State.RUNNING, State.SUCCESS, start=1, flow_id="weekly"
            ),
        )
        assert ids(store, sort=sort) == expected

    def test_an_unknown_sort_names_the_field(self, store: Store) -> None:
        with pytest.raises(ValueError, match="'colour'"):
            ids(store, sort=[("colour", False)])

    def test_a_prefix_is_the_namespace_and_those_below(self, store: Store) -> None:
        spaces = ["a.b", "a.b.c", "a.bc", "a", "a.b-c", "A.B"]
        write(store, *(execution(f"e{number}", namespace=space) for number, space in enumerate(spaces)))
        assert sorted(ids(store, namespace_prefix="a.b")) == ["e0", "e1"]
        assert ids(store, namespace="a.b") == ["e0"]
        assert sorted(ids(store, namespace_prefix="a")) == ["e0", "e1", "e2", "e3", "e4"]

    def test_conditions_hold_together(self, store: Store) -> None:
        by_flow = ExecutionTrigger("f", "Flow", {"executionId": "e1"})
        write(
            store,
            execution("e1", State.RUNNING, start=1, labels={"team": "data", "env": "prod"}),
            execution("e2", State.FAILED, start=2, labels={"team": "data"}, parent_id="e1"),
            execution("e3", State.SUCCESS, start=3, labels={"team": "web"}, trigger=by_flow),
            execution(
                "e4", State.SUCCESS, start=4, flow_id="weekly", trigger=ExecutionTrigger("s", "Schedule")
            ),
        )
        assert ids(store, states=frozenset({State.RUNNING, State.FAILED})) == ["e2", "e1"]
        assert ids(store, labels={"team": "data"}) == ["e2", "e1"]
        assert ids(store, labels={"team": "data", "env": "prod"}) == ["e1"]
        assert ids(store, labels={"team": "DATA"}) == []
        assert ids(store, flow_id="weekly") == ["e4"]
        assert ids(store, parent_id="e1") == ["e2"]
        assert ids(store, trigger_execution_id="e1") == ["e3"]
        assert ids(store, child=True) == ["e3"]
        assert ids(store, child=False) == ["e4", "e2", "e1"]
        assert ids(store, started_after=at(2), started_before=at(3)) == ["e3", "e2"]
        assert ids(store, flow_id="daily", states=frozenset({State.SUCCESS}), labels={"team": "web"}) == [
            "e3"
        ]
        assert store.executions.search(ExecutionQuery(child=False, limit=1)).total == 3

    def test_labels_are_found_as_they_are_now(self, store: Store) -> None:
        strange = {'k"e,y': 'v"a:l', "ключ": "значение", "": ""}
        write(store, execution("e1", labels=strange))
        for key, value in strange.items():
            assert ids(store, labels={key: value}) == ["e1"]
        write(store, execution("e1", labels={"new": "1"}))
        assert ids(store, labels={"ключ": "значение"}) == []
        assert ids(store, labels={"new": "1"}) == ["e1"]
        write(store, execution("e1", labels={}))
        assert ids(store, labels={"new": "1"}) == []

    def test_a_correlation_id_is_found_whether_it_is_the_own_one_or_another(self, store: Store) -> None:
        """The own one has no row of its own in a database."""
        key = "system.correlationId"
        write(
            store,
            execution("e1", labels={key: "e1"}),
            execution("e2", labels={key: "e1", "a": "b"}),
            execution("e3", labels={key: "e3", "a": "b"}),
            execution("e4", labels={"a": "b"}),
        )
        assert sorted(ids(store, labels={key: "e1"})) == ["e1", "e2"]
        assert ids(store, labels={key: "e3", "a": "b"}) == ["e3"]
        assert ids(store, labels={key: "e4"}) == []
        assert sorted(ids(store, text="correlationId")) == ["e1", "e2", "e3"]
        assert ids(store, text="correlationid:e3") == ["e3"]
        write(store, execution("e1", labels={key: "e3", "c": "d"}))
        assert sorted(ids(store, labels={key: "e3"})) == ["e1", "e3"]
        assert ids(store, labels={key: "e1"}) == ["e2"]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("ABC", ["abc1"]),
            ("TEAM.one", ["x2"]),
            ("nightly", ["x2"]),
            ("priority", ["x3"]),
            ("priority:hi", ["x3"]),
            ("50%", ["x3"]),
            ("5_%", []),
            ("a\\b", ["x4"]),
            ("absent", []),
            ("", ["x4", "x3", "x2", "abc1"]),
        ],
    )
    def test_text_is_found_without_case(self, store: Store, text: str, expected: list[str]) -> None:
        write(
            store,
            execution("abc1", start=1),
            execution("x2", start=2, namespace="company.team.one", flow_id="nightly"),
            execution("x3", start=3, labels={"Priority": "High", "share": "50%"}),
            execution("x4", start=4, labels={"path": "a\\b"}),
        )
        assert ids(store, text=text) == expected

    def test_a_search_brings_task_runs_when_asked(self, store: Store) -> None:
        write(store, execution("e1", start=1), execution("e2", start=2))
        write(store, runs=[task_run("r1", "e1", index=1), task_run("r0", "e1"), task_run("r2", "e2")])
        found = store.executions.search(ExecutionQuery(), task_runs=True).results
        assert [[run.id for run in one.task_runs] for one in found] == [["r2"], ["r0", "r1"]]
        assert all(one.task_runs == () for one in store.executions.search(ExecutionQuery()).results)

    # -- logs and metrics

    def test_log_entries_come_back_in_order_with_their_index(self, store: Store) -> None:
        full = log(
            "x", level=Level.ERROR, task_id="t", task_run_id="r", attempt=2, trigger_id="tr", thread="worker"
        )
        changes = write(store, logs=[log("first", seconds=9), full])
        found = store.executions.logs().results
        assert found == changes.logs
        assert [replace(entry, index=0) for entry in found] == [log("first", seconds=9), full]
        assert 0 < found[0].index < found[1].index
        later = write(store, logs=[log("third")]).logs
        assert later[0].index > found[1].index

    def test_an_index_is_never_given_twice_in_a_process(self, store: Store) -> None:
        (first,) = write(store, logs=[log("a")]).logs
        store.executions.delete_logs()
        (second,) = write(store, logs=[log("b")]).logs
        assert second.index > first.index
        assert [entry.message for entry in store.executions.logs(after_index=first.index).results] == ["b"]

    def test_a_reader_of_logs_continues_where_it_stopped(self, store: Store) -> None:
        write(store, logs=[log(str(number)) for number in range(5)])
        first = store.executions.logs(execution_id="e1", limit=2)
        assert ([entry.message for entry in first.results], first.total) == (["0", "1"], 5)
        rest = store.executions.logs(execution_id="e1", after_index=first.results[-1].index)
        assert [entry.message for entry in rest.results] == ["2", "3", "4"]
        newest = store.executions.logs(newest_first=True, offset=1, limit=2)
        assert ([entry.message for entry in newest.results], newest.total) == (["3", "2"], 5)
        assert [entry.message for entry in store.executions.logs(offset=3).results] == ["3", "4"]

    def test_log_conditions(self, store: Store) -> None:
        write(
            store,
            logs=[
                log("one", seconds=1, level=Level.TRACE, task_id="a", task_run_id="r1", attempt=0),
                log("TWO 100%", seconds=2, level=Level.WARN, task_id="b", task_run_id="r2", attempt=1),
                log("three", "e2", seconds=3, level=Level.ERROR, flow_id="weekly"),
                log("four", None, seconds=4, namespace="other", trigger_id="s"),
            ],
        )

        def found(**conditions: Json) -> list[str]:
            return [entry.message for entry in store.executions.logs(**conditions).results]

        assert found(execution_id="e1") == ["one", "TWO 100%"]
        assert found(namespace="other") == ["four"]
        assert found(flow_id="weekly") == ["three"]
        assert found(task_id="a") == found(task_run_id="r1") == found(attempt=0) == ["one"]
        assert found(min_level=Level.WARN) == ["TWO 100%", "three"]
        assert found(min_level=Level.TRACE, task_id="a") == ["one"]
        assert found(text="two") == ["TWO 100%"]
        assert found(text="0%") == ["TWO 100%"]
        assert found(text="_") == []
        assert found(started_after=at(2), started_before=at(3)) == ["TWO 100%", "three"]

    def test_log_entries_are_removed_by_conditions(self, store: Store) -> None:
        def refill() -> None:
            store.executions.delete_logs()
            write(
                store,
                logs=[
                    log("a", seconds=1, level=Level.DEBUG, task_id="t"),
                    log("b", "e2", seconds=2, level=Level.WARN, namespace="company.team.sub"),
                    log("c", "e2", seconds=3, level=Level.ERROR, namespace="company.teams", flow_id="weekly"),
                ],
            )

        def left(**conditions: Json) -> str:
            refill()
            removed = store.executions.delete_logs(**conditions)
            rest = "".join(entry.message for entry in store.executions.logs().results)
            assert removed == 3 - len(rest)
            return rest

        assert left() == ""
        assert left(execution_id="e2") == "a"
        assert left(namespace="company.team") == "bc"
        assert left(namespace_prefix="company.team") == "c"
        assert left(flow_id="weekly") == "ab"
        assert left(min_level=Level.WARN) == "a"
        assert left(levels=frozenset({Level.DEBUG, Level.ERROR})) == "b"
        assert left(task_id="t") == "bc"
        assert left(before=at(2)) == "bc"
        assert left(after=at(2)) == "a"
        assert left(execution_id="none") == "abc"
        assert (left(of_execution=True), left(of_execution=False)) == ("", "abc")

    def test_metrics_come_in_order_of_publication(self, store: Store) -> None:
        full = Metric(
            "rows", "counter", 3, {"table": "t"}, "company.team", "daily", "e1", "load", "r1", at(1)
        )
        more = Metric("took", "timer", 1.5, execution_id="e1")
        write(store, metrics=[full, more, Metric("x", "gauge", 1, execution_id="e2")])
        write(store, metrics=[full])
        assert store.executions.metrics("e1") == [full, more, full]

    def test_metrics_are_found_by_flow(self, store: Store) -> None:
        """However many executions there are, and in their order."""
        second = execution("e2", start=5)
        first = execution("e1", start=1)
        other = execution("e3", flow_id="other", start=2)
        made = [Metric("m", "counter", 1, execution_id=one) for one in ("e1", "e2", "e3")]
        write(store, second, first, other, metrics=reversed(made))
        assert store.executions.metrics_of_flow("company.team", "daily") == made[:2]
        assert store.executions.metrics_of_flow("company.team", "daily", started_after=at(2)) == made[1:2]
        assert store.executions.metrics_of_flow("company.team", "none") == []

    # -- flows

    def test_revisions_are_removed_except_the_latest(self, store: Store) -> None:
        for number in range(1, 5):
            store.flows.save(flow(source=f"text {number}"), at(number))
        assert store.flows.delete_revisions("company.team", "daily", [1, 3, 4, 9]) == 2
        assert [row.revision for row in store.flows.revisions("company.team", "daily")] == [2, 4]
        assert store.flows.get("company.team", "daily", 3) is None
        assert store.flows.save(flow(source="new"), at(9)).revision == 5
        assert store.flows.delete_revisions("company.team", "none", [1]) == 0

    def test_a_flow_gets_revisions_only_when_it_changes(self, store: Store) -> None:
        assert store.flows.get("company.team", "daily") is None
        first = store.flows.save(flow(revision=9, description="d", labels={"a": "b"}), at(1))
        assert (first.revision, first.updated, first.source) == (1, at(1), "one")
        assert store.flows.save(flow(), at(2)) == first
        second = store.flows.save(flow(source="two"), at(3))
        third = store.flows.save(flow(source="two", disabled=True), at(4))
        back = store.flows.save(flow(source="one"), at(5))
        assert [row.revision for row in (second, third, back)] == [2, 3, 4]
        assert store.flows.revisions("company.team", "daily") == [first, second, third, back]
        assert store.flows.get("company.team", "daily") == back
        assert store.flows.get("company.team", "daily", 1) == first
        assert store.flows.get("company.team", "daily", 7) is None
        assert (first.description, dict(first.labels)) == ("d", {"a": "b"})

    def test_a_deleted_flow_is_remembered_but_not_listed(self, store: Store) -> None:
        store.flows.save(flow("b"), at(1))
        store.flows.save(flow("a"), at(1))
        store.flows.save(flow("c", namespace="company"), at(1))
        gone = store.flows.save(flow("a", deleted=True), at(2))
        assert [(row.namespace, row.id) for row in store.flows.latest()] == [
            ("company", "c"),
            ("company.team", "b"),
        ]
        assert store.flows.get("company.team", "a") == gone
        again = store.flows.save(flow("a"), at(3))
        assert (again.revision, again.deleted) == (3, False)
        assert [row.id for row in store.flows.latest()] == ["c", "a", "b"]

    def test_flows_are_searched(self, store: Store) -> None:
        store.flows.save(flow("taxi", labels={"team": "data"}, description="Loads Trips"), at(3))
        store.flows.save(flow("zones", namespace="company.team.sub", labels={"team": "web"}), at(1))
        store.flows.save(flow("other", namespace="company.teams"), at(2))
        store.flows.save(flow("other", source="two", namespace="company.teams"), at(2))

        def found(**conditions: Json) -> list[str]:
            return [row.id for row in store.flows.search(**conditions).results]

        assert found() == ["taxi", "zones", "other"]
        assert found(text="TRIPS") == found(text="taxi") == found(text="data") == ["taxi"]
        assert found(text="two") == []
        assert found(namespace="company.team") == ["taxi"]
        assert found(prefix="company.team") == ["taxi", "zones"]
        assert found(labels={"team": "web"}) == ["zones"]
        assert found(sort=[("updated", True)]) == ["taxi", "other", "zones"]
        assert found(sort=[("id", False)]) == ["other", "taxi", "zones"]
        page = store.flows.search(offset=2, limit=2)
        assert ([(row.id, row.revision, row.source) for row in page.results], page.total) == (
            [("other", 2, "two")],
            3,
        )
        with pytest.raises(ValueError, match="'colour'"):
            found(sort=[("colour", False)])

    def test_revisions_are_given_once_when_saved_at_the_same_time(self, store: Store) -> None:
        calls = [lambda n=n: store.flows.save(flow(source=f"text {n}"), at(n)) for n in range(8)]
        revisions = sorted(row.revision for row in at_once(*calls))  # type: ignore[attr-defined]
        assert revisions == list(range(1, 9))

    # -- key-value

    @pytest.mark.parametrize(
        "value", [None, "", "x", 1, 1.5, True, [], {"a": [None]}, "ü😀", b"", b"\x00\xff raw"], ids=repr
    )
    def test_values_come_back(self, store: Store, value: Json | bytes) -> None:
        kind = "BYTES" if isinstance(value, bytes) else "JSON"
        entry = store.kv.put("ns", "k", value, kind, at(1))
        found = store.kv.get("ns", "k")
        assert found == entry
        assert type(found.value) is type(value)
        assert list(store.kv.items("ns")) == [("k", value)]

    def test_putting_again_counts_revisions_and_keeps_the_creation(self, store: Store) -> None:
        store.kv.put("ns", "k", 1, "NUMBER", at(1), expires=at(9), description="old")
        entry = store.kv.put("ns", "k", "two", "STRING", at(2), description="new")
        assert (entry.revision, entry.created, entry.updated) == (2, at(1), at(2))
        found = store.kv.get("ns", "k")
        assert found == entry
        assert (found.expires, found.description, found.value, found.kind) == (None, "new", "two", "STRING")

    def test_overwriting_may_be_forbidden_while_the_entry_lives(self, store: Store) -> None:
        store.kv.put("ns", "k", 1, "NUMBER", at(1), expires=at(5), overwrite=False)
        with pytest.raises(Conflict, match="'k'"):
            store.kv.put("ns", "k", 2, "NUMBER", at(4), overwrite=False)
        assert store.kv.put("ns", "k", 3, "NUMBER", at(5), overwrite=False).value == 3
        assert store.kv.put("other", "k", 4, "NUMBER", at(4), overwrite=False).revision == 1

    def test_expired_entries_are_returned_but_not_listed(self, store: Store) -> None:
        store.kv.put("ns", "old", 1, "NUMBER", at(1), expires=at(5))
        store.kv.put("ns", "new", 2, "NUMBER", at(1), expires=at(6))
        assert store.kv.get("ns", "old") is not None
        assert [entry.key for entry in store.kv.search(namespace="ns", now=at(5)).results] == ["new"]
        assert store.kv.search(namespace="ns").total == 2

    def test_entries_are_listed_by_namespace_and_key(self, store: Store) -> None:
        for namespace, key in (("b", "x"), ("a", "z"), ("a", "x1"), ("a", "x2"), ("a", "X")):
            store.kv.put(namespace, key, key, "STRING", at(1))

        def found(**conditions: Json) -> list[tuple[str, str]]:
            return [(entry.namespace, entry.key) for entry in store.kv.search(**conditions).results]

        assert found() == [("a", "X"), ("a", "x1"), ("a", "x2"), ("a", "z"), ("b", "x")]
        assert found(prefix="x") == [("a", "x1"), ("a", "x2"), ("b", "x")]
        assert found(namespace="a", prefix="x") == [("a", "x1"), ("a", "x2")]
        page = store.kv.search(namespace="a", offset=1, limit=2)
        assert ([entry.key for entry in page.results], page.total) == (["x1", "x2"], 4)
        assert store.kv.search(namespace="a", offset=9, limit=2).total == 4
        assert [key for key, _ in store.kv.items("a", "x")] == ["x1", "x2"]
        assert list(store.kv.items("nope")) == []

    def test_what_the_service_keeps_for_itself_is_only_listed_by_its_name(self, store: Store) -> None:
        for namespace in ("_own", "company", "a_b"):
            store.kv.put(namespace, "k", 1, "NUMBER", at(1))
        assert [entry.namespace for entry in store.kv.search().results] == ["a_b", "company"]
        assert store.kv.search(namespace="_own").total == 1

    def test_many_are_stored_replaced_and_removed_together(self, store: Store) -> None:
        store.kv.put_many("ns", {f"k{number:04}": number for number in range(1200)}, "NUMBER", at(1))
        assert [value for _, value in store.kv.items("ns")] == list(range(1200))
        store.kv.replace_many("ns", {"k0000": "new", "new": b"raw"}, "JSON", at(2), delete=["k0001", "none"])
        found = dict(store.kv.items("ns"))
        assert (len(found), found["k0000"], found["new"], "k0001" in found) == (1200, "new", b"raw", False)
        entry = store.kv.get("ns", "k0000")
        assert entry is not None
        assert (entry.revision, entry.created, entry.updated, entry.kind) == (2, at(1), at(2), "JSON")
        assert store.kv.delete_many("ns", (f"k{number:04}" for number in range(1, 4))) == 2
        assert store.kv.delete("ns", "new") and not store.kv.delete("ns", "new")

    def test_a_replacement_that_fails_changes_nothing(self, store: Store) -> None:
        store.kv.put_many("ns", {"a": 1, "b": 2}, "NUMBER", at(1))

        def broken() -> Iterable[str]:
            yield "a"
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            store.kv.replace_many("ns", {"c": 3}, "NUMBER", at(2), delete=broken())
        assert list(store.kv.items("ns")) == [("a", 1), ("b", 2)]

    def test_a_reader_of_items_sees_one_state(self, store: Store) -> None:
        store.kv.put_many("ns", {f"k{number:04}": 1 for number in range(1500)}, "NUMBER", at(1))
        reading = store.kv.items("ns")
        first = next(reading)
        store.kv.replace_many(
            "ns", {f"k{number:04}": 2 for number in range(1500)}, "NUMBER", at(2), delete=["x"]
        )
        assert store.kv.get("ns", "k1499").value == 2  # type: ignore[union-attr]
        assert {value for _, value in (first, *reading)} == {1}
        assert {value for _, value in store.kv.items("ns")} == {2}

    # -- triggers

    def test_trigger_states_are_kept(self, store: Store) -> None:
        least = TriggerState("company.team", "daily", "b", "POLLING", at(1))
        full = TriggerState(
            "company.team", "daily", "a", "SCHEDULE", at(1), next_date=at(2), last_date=at(3),
            last_triggered=at(4), execution_id="e1", disabled=True, backfill={"start": "2026"}, facts={"n": 1},
        )  # fmt: skip
        assert store.triggers.get(*least.key) is None
        store.triggers.save(least)
        store.triggers.save(full)
        assert store.triggers.all() == [full, least]
        assert store.triggers.of_flow("company.team", "daily") == [full, least]
        assert store.triggers.of_flow("company.team", "dail") == []
        assert store.triggers.get(*full.key) == full
        changed = replace(full, backfill=None, disabled=False, next_date=None)
        store.triggers.save(changed)
        assert store.triggers.get(*full.key) == changed
        assert store.triggers.delete(*full.key) and not store.triggers.delete(*full.key)
        assert store.triggers.all() == [least]

    def test_a_trigger_state_is_changed_in_one_step(self, store: Store) -> None:
        new = TriggerState("ns", "f", "t", "SCHEDULE", at(1), facts={"n": 0})
        assert store.triggers.update("ns", "f", "t", lambda before: None) is None
        assert store.triggers.update("ns", "f", "t", lambda before: new if before is None else None) == new
        assert store.triggers.update("ns", "f", "t", lambda before: None) == new
        with pytest.raises(ZeroDivisionError):
            store.triggers.update("ns", "f", "t", lambda before: 1 // 0)  # type: ignore[arg-type,return-value]

        def count(before: TriggerState | None) -> TriggerState:
            assert before is not None and before.facts is not None
            return replace(before, facts={"n": before.facts["n"] + 1})

        at_once(*[lambda: [store.triggers.update("ns", "f", "t", count) for _ in range(25)]] * 4)
        assert store.triggers.get("ns", "f", "t").facts == {"n": 100}  # type: ignore[union-attr]

    # -- all together

    def test_threads_write_and_read_at_the_same_time(self, store: Store) -> None:
        def work(name: str) -> None:
            for number in range(15):
                write(
                    store,
                    execution(f"{name}{number}"),
                    runs=[task_run(f"{name}r{number}", f"{name}{number}")],
                )
                store.kv.put("ns", f"{name}{number}", number, "NUMBER", at(1))
                assert store.executions.get(f"{name}{number}") is not None
                assert store.executions.search(ExecutionQuery()).total > number
                assert len(list(store.kv.items("ns", name))) == number + 1

        at_once(*[lambda name=name: work(name) for name in "abcd"])
        assert store.executions.search(ExecutionQuery()).total == 60
