"""Several processes on one PostgreSQL database share the work; here each is an engine in this process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from engine.engine import Engine, EngineOptions
from engine.errors import Conflict, InputInvalid, OwnerLost, SettingsError, StorageError
from engine.executor.inputs import Upload
from engine.executor.reopen import NothingToRestart
from engine.model.execution import Execution
from engine.model.state import State
from engine.storage.postgresql import PostgresStore
from tests.engine.storage.contract import at_once
from tests.postgres import Database, Server

KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
TWO = """\
id: two
namespace: demo
tasks:
  - {id: a, type: io.kestra.plugin.core.debug.Return, format: x}
  - {id: b, type: io.kestra.plugin.core.debug.Return, format: "{{ outputs.a.value }}y"}
"""
HOLD = """\
id: hold
namespace: demo
tasks:
  - id: wait
    type: io.kestra.plugin.core.flow.Pause
    onResume:
      - {id: amount, type: INT, required: false}
      - {id: sheet, type: FILE, required: false}
  - {id: last, type: io.kestra.plugin.core.debug.Return, format: "{{ outputs.wait.onResume.amount ?? 0 }}"}
"""
FAIL = """\
id: fail
namespace: demo
tasks:
  - {id: a, type: io.kestra.plugin.core.execution.Fail}
"""
PARENT = """\
id: parent
namespace: demo
tasks:
  - {id: child, type: io.kestra.plugin.core.flow.Subflow, namespace: demo, flowId: two, wait: false}
"""
SLEEP = """\
id: sleep
namespace: demo
tasks:
  - {id: long, type: io.kestra.plugin.core.flow.Sleep, duration: PT1H}
"""
SCRIPT = """\
id: script
namespace: demo
tasks:
  - id: run
    type: io.kestra.plugin.scripts.shell.Commands
    taskRunner: {type: io.kestra.plugin.core.runner.Process}
    commands: ["touch %s/begun", "while [ ! -e %s/free ]; do sleep 0.05; done", "echo done >> %s/effects"]
"""

Open = Callable[..., Engine]


@pytest.fixture(scope="module")
def shared(postgres_server: Server) -> Iterator[Database]:
    """One database for all tests: making one for each takes longer than most of them."""
    database = postgres_server.make()
    PostgresStore(database.url).close()
    yield database
    postgres_server.drop(database)


@pytest.fixture
def postgres(shared: Database) -> Database:
    """The database, empty again."""
    for (name,) in shared.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'flowsmith'"):
        if name != "migrations":
            shared.rows(f"DELETE FROM flowsmith.{name}")
    return shared


@pytest.fixture
def process(postgres: Database, tmp_path: Path) -> Iterator[Open]:
    """Open engines that share a database and the place of files, each with a home of its own."""
    opened: list[Engine] = []

    def open_one(role: str, **options: Any) -> Engine:
        options = {"threads": 4, "schedule": role in ("up", "scheduler"), **options}
        engine = Engine.open(
            EngineOptions(
                home=tmp_path / f"home-{len(opened)}",
                database_url=postgres.url,
                storage_url=f"file://{tmp_path}/files",
                environment={},
                encryption_key=KEY,
                collect_rarely=False,
                role=role,  # type: ignore[arg-type]
                **options,
            )
        )
        opened.append(engine)
        return engine

    yield open_one
    for engine in reversed(opened):
        engine.close()


def until(holds: Callable[[], object], seconds: float = 20) -> None:
    """Wait until something is true."""
    for _ in range(int(seconds * 100)):
        if holds():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it did not become true")


def started(engine: Engine, flow: str, state: State = State.PAUSED, **inputs: Any) -> Execution:
    """Start a flow and return it once it is in a state and somebody owns it."""
    execution = engine.start("demo", flow, inputs=inputs)

    def there() -> bool:
        found = engine.execution(execution.id)
        return found.state is state and found.owner is not None

    until(there)
    return engine.execution(execution.id)


# -- hand-out


def test_what_a_server_starts_is_run_by_a_worker_and_followed_at_the_server(process: Open) -> None:
    server, worker = process("server"), process("worker")
    server.save(TWO)
    heard: list[str] = []
    server.feed.subscribe(lambda event: heard.append(str(getattr(event, "state", "log"))))
    execution = server.start("demo", "two")
    seen = threading.Event()
    server.feed.subscribe(
        lambda event: seen.set() if isinstance(event, Execution) and event.state.ended else None,
        execution_id=execution.id,
    )
    ended = server.wait(execution.id, 20)
    assert ended.state is State.SUCCESS
    assert [run.outputs for run in ended.task_runs] == [{"value": "x"}, {"value": "xy"}]
    assert seen.wait(10)
    assert execution.id not in worker.executor._conductor.live


def test_without_a_worker_it_waits_and_is_run_by_the_first_that_comes(process: Open) -> None:
    server = process("server")
    server.save(TWO)
    execution = server.start("demo", "two")
    assert server.store.members is not None
    assert server.store.members.queue.depth() == {"default": 1}
    assert server.execution(execution.id).state is State.CREATED
    process("worker")
    assert server.wait(execution.id, 20).state is State.SUCCESS


def test_a_worker_takes_only_from_its_queues(process: Open, postgres: Database) -> None:
    server, _ = process("server"), process("worker")
    server.save(TWO.replace("id: two", "id: heavy") + "workerGroup: {key: gpu}\n")
    server.save(TWO)
    heavy = server.start("demo", "heavy")
    assert server.wait(server.start("demo", "two").id, 20).state is State.SUCCESS
    assert server.execution(heavy.id).state is State.CREATED
    postgres.rows("DELETE FROM flowsmith.pgqueuer")  # handed out again, it waits in the same queue
    until(lambda: server.store.members.queue.depth() == {"gpu": 1})  # type: ignore[union-attr]
    process("worker", queues=("gpu",))
    assert server.wait(heavy.id, 20).state is State.SUCCESS


def test_executions_of_a_namespace_wait_in_its_queue(process: Open, postgres: Database) -> None:
    server = process("server", namespace_queues="demo=first, other=second")
    process("worker", queues=("default", "second"))
    server.save(TWO)
    server.save(TWO.replace("namespace: demo", "namespace: other.deep"))
    server.save(
        TWO.replace("namespace: demo", "namespace: demo\nworkerGroup: {key: second}", 1).replace("two", "own")
    )
    waits = server.start("demo", "two").id
    assert server.wait(server.start("other.deep", "two").id, 20).state is State.SUCCESS
    assert server.wait(server.start("demo", "own").id, 20).state is State.SUCCESS
    assert server.store.members is not None and server.store.members.queue.depth() == {"first": 1}
    assert server.store.members.queue.oldest()["first"] >= 0
    postgres.rows("DELETE FROM flowsmith.pgqueuer")
    process("worker", queues=("first",), namespace_queues="demo=first")
    assert server.wait(waits, 30).state is State.SUCCESS


def test_children_go_before_others_because_somebody_waits_for_them(process: Open, postgres: Database) -> None:
    server = process("server")
    server.save(TWO.replace("namespace: demo", "namespace: demo\nworkerGroup: {key: away}"))
    server.save(PARENT)
    own = server.start("demo", "two").id
    process("worker")
    parent = server.wait(server.start("demo", "parent").id, 20)
    child = parent.task_runs[0].outputs["executionId"]  # type: ignore[index]
    waiting = postgres.rows(
        "SELECT dedupe_key FROM flowsmith.pgqueuer WHERE entrypoint = 'away' ORDER BY priority DESC, id"
    )
    assert waiting == [(child,), (own,)]


@pytest.mark.parametrize(
    ("text", "told"), [("a", "'a': write namespace=queue"), ("a=b, a=c", "'a' is named twice")]
)
def test_queues_that_cannot_be_read_are_refused(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SettingsError, match=f"FLOWSMITH_NAMESPACE_QUEUES: {told}"):
        Engine.open(EngineOptions(home=tmp_path, in_memory=True, environment={}, namespace_queues=text))


def test_children_are_run_by_any_worker_and_their_parent_hears_of_their_ends(process: Open) -> None:
    server, first, second = process("server"), process("worker", threads=2), process("worker", threads=2)
    server.save(TWO)
    server.save(
        """\
id: many
namespace: demo
tasks:
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: [1, 2, 3, 4, 5, 6, 7, 8]
    concurrencyLimit: 0
    tasks:
      - {id: call, type: io.kestra.plugin.core.flow.Subflow, namespace: demo, flowId: two, wait: true}
"""
    )
    ended = server.wait(server.start("demo", "many").id, 30)
    assert ended.state is State.SUCCESS
    assert sum(run.task_id == "call" for run in ended.task_runs) == 8
    assert not first.executor._conductor.callers and not second.executor._conductor.callers


def test_a_concurrency_limit_holds_over_all_workers(process: Open) -> None:
    server = process("server")
    process("worker"), process("worker")
    server.save(HOLD + "concurrency: {limit: 2, behavior: QUEUE}\n")
    ids = [server.start("demo", "hold").id for _ in range(5)]

    def states() -> list[str]:
        return sorted(str(server.execution(id_).state) for id_ in ids)

    until(lambda: states() == ["PAUSED", "PAUSED", "QUEUED", "QUEUED", "QUEUED"])
    for _ in ids:
        until(lambda: "PAUSED" in states())
        paused = next(id_ for id_ in ids if server.execution(id_).state is State.PAUSED)
        server.resume(paused)
        server.wait(paused, 20)
        assert states().count("PAUSED") <= 2
    assert states() == ["SUCCESS"] * 5


def test_who_is_there_and_what_waits_can_be_measured(process: Open) -> None:
    server, _ = process("server"), process("worker", queues=("gpu",))
    server.save(TWO)
    for _ in range(3):
        server.start("demo", "two")
    assert server.store.members is not None
    assert server.store.members.roles() == {"server": 1, "worker": 1}
    assert server.store.members.queue.depth() == {"default": 3}


# -- whichever process the client talks to


def test_kill_pause_and_resume_reach_the_process_that_runs_it(process: Open) -> None:
    server, worker = process("server"), process("worker")
    server.save(HOLD)
    server.save(SLEEP)
    held = started(server, "hold")
    assert held.owner == worker._owner.id
    server.resume(held.id, {"amount": 7})
    ended = server.wait(held.id, 20)
    assert ended.task_runs[-1].outputs == {"value": "7"}

    asleep = started(server, "sleep", State.RUNNING)
    server.pause(asleep.id)
    until(lambda: server.execution(asleep.id).state is State.PAUSED)
    server.kill(asleep.id)
    assert server.wait(asleep.id, 20).state is State.KILLED


def test_what_the_owner_refuses_is_refused_with_the_same_words(process: Open) -> None:
    server, _ = process("server"), process("worker")
    server.save(HOLD)
    server.save(SLEEP)
    held = started(server, "hold")
    with pytest.raises(InputInvalid, match="amount"):
        server.resume(held.id, {"amount": "many"})
    with pytest.raises(Conflict, match="only a RUNNING one can be paused"):
        server.pause(held.id)
    assert server.execution(held.id).state is State.PAUSED


def test_a_file_is_given_to_a_pause_of_another_process(process: Open) -> None:
    server, _ = process("server"), process("worker")
    server.save(HOLD)
    held = started(server, "hold")
    server.resume(held.id, {"sheet": Upload("a.csv", b"1,2")})
    ended = server.wait(held.id, 20)
    assert ended.state is State.SUCCESS
    uri = (ended.task_runs[0].outputs or {})["onResume"]["sheet"]
    with server.files.open(uri.removeprefix("kestra:///")) as file:
        assert file.read() == b"1,2"


def test_what_waits_for_a_worker_can_be_killed(process: Open) -> None:
    server = process("server")
    server.save(TWO)
    execution = server.start("demo", "two")
    server.kill(execution.id)
    assert server.execution(execution.id).state is State.KILLED
    process("worker")
    assert server.store.members is not None
    until(lambda: server.store.members.queue.depth() == {})  # type: ignore[union-attr]
    assert server.execution(execution.id).task_runs == ()


def test_children_of_another_process_are_killed_with_their_parent(process: Open) -> None:
    server = process("server")
    process("worker", threads=1), process("worker", threads=1)
    server.save(SLEEP)
    server.save(
        """\
id: parent
namespace: demo
tasks:
  - {id: call, type: io.kestra.plugin.core.flow.Subflow, namespace: demo, flowId: sleep, wait: true}
"""
    )
    parent = server.start("demo", "parent")
    until(lambda: [run.outputs for run in server.execution(parent.id).task_runs if run.outputs])
    child = server.execution(parent.id).task_runs[0].outputs["executionId"]  # type: ignore[index]
    until(lambda: server.execution(child).state is State.RUNNING)
    server.kill(parent.id)
    assert server.wait(parent.id, 20).state is State.KILLED
    assert server.wait(child, 20).state is State.KILLED


def test_a_failed_execution_is_restarted_from_any_process(process: Open, tmp_path: Path) -> None:
    server = process("server")
    process("worker")
    server.save(
        SCRIPT.replace("while [ ! -e %s/free ]; do sleep 0.05; done", "test -e %s/free").replace(
            "%s", str(tmp_path)
        )
    )
    failed = server.wait(server.start("demo", "script").id, 20)
    assert failed.state is State.FAILED
    (tmp_path / "free").touch()
    server.restart(failed.id)
    until(lambda: server.execution(failed.id).state is State.SUCCESS)


def test_of_two_restarts_at_the_same_moment_one_is_made(process: Open) -> None:
    servers = [process("server"), process("server")]
    worker = process("worker")
    servers[0].save(FAIL)
    failed = [servers[0].wait(servers[0].start("demo", "fail").id, 20) for _ in range(8)]
    worker.close()

    def restart(server: Engine, execution: Execution) -> bool:
        return _whether(lambda: server.restart(execution.id))

    for one in failed:
        made = at_once(*[partial(restart, server, one) for server in servers * 2])
        assert made.count(True) == 1, made
        states = [str(passage.state) for passage in servers[0].execution(one.id).history.passages]
        assert states == ["CREATED", "RUNNING", "FAILED", "RESTARTED"]
    process("worker")
    for one in failed:
        ended = servers[1].wait(one.id, 20)
        assert ended.state is State.FAILED and len(ended.task_runs[0].attempts) == 2


def test_a_restart_and_a_change_of_state_at_the_same_moment_do_not_mix(process: Open) -> None:
    first, second = process("server"), process("server")
    worker = process("worker")
    first.save(FAIL)
    failed = [first.wait(first.start("demo", "fail").id, 20) for _ in range(8)]
    worker.close()
    for one in failed:
        made = at_once(
            lambda: _whether(lambda: first.restart(one.id)),  # noqa: B023  # called in this round
            lambda: _whether(lambda: second.change_status(one.id, State.WARNING)),  # noqa: B023
        )
        states = [str(passage.state) for passage in first.execution(one.id).history.passages][3:]
        possible = [["RESTARTED"], ["WARNING"], ["WARNING", "RESTARTED"]]
        assert states in possible and len(states) == made.count(True), (states, made)


def _whether(act: Callable[[], object]) -> bool:
    try:
        act()
    except (Conflict, NothingToRestart):  # the second, when its task runs were read after the first restart
        return False
    return True


# -- who is gone


def test_what_a_dead_worker_ran_goes_on_elsewhere_and_it_writes_nothing_more(
    process: Open, postgres: Database, tmp_path: Path
) -> None:
    server, frozen = process("server"), process("worker")
    server.save(SCRIPT.replace("%s", str(tmp_path)))
    execution = started(server, "script", State.RUNNING)
    until((tmp_path / "begun").exists)
    former = frozen._owner.id
    postgres.rows(
        "DELETE FROM flowsmith.members WHERE id = %s", (former,)
    )  # as others do with one that is silent
    with pytest.raises(OwnerLost), frozen.store.executions.transaction(former) as transaction:
        transaction.active("demo", "script")
    until(lambda: server.execution(execution.id).owner not in (None, former))
    (tmp_path / "free").touch()
    ended = server.wait(execution.id, 20)
    assert ended.state is State.SUCCESS
    assert [str(attempt.state) for attempt in ended.task_runs[0].attempts] == ["KILLED", "SUCCESS"]
    until(lambda: frozen._owner.id != former)
    server.save(TWO)
    assert server.wait(server.start("demo", "two").id, 20).state is State.SUCCESS


def test_who_leaves_hands_over_what_it_ran(process: Open) -> None:
    server, first = process("server"), process("worker")
    server.save(HOLD)
    held = started(server, "hold")
    second = process("worker")
    first.close()
    until(lambda: server.execution(held.id).owner == second._owner.id)
    server.resume(held.id)
    assert server.wait(held.id, 20).state is State.SUCCESS


def test_an_execution_that_lost_its_job_is_handed_out_again(process: Open, postgres: Database) -> None:
    server = process("server")
    server.save(TWO)
    execution = server.start("demo", "two")
    postgres.rows("DELETE FROM flowsmith.pgqueuer")
    process("worker")
    assert server.wait(execution.id, 20).state is State.SUCCESS


# -- triggers


def test_of_several_schedulers_one_fires_and_another_takes_over(process: Open) -> None:
    first, second = process("scheduler"), process("scheduler")
    worker = process("worker")
    assert first.scheduler.started and not second.scheduler.started and not worker.scheduler.started
    first.close()
    until(lambda: second.scheduler.started)


def test_a_scheduler_that_was_taken_for_dead_lets_the_other_fire(process: Open, postgres: Database) -> None:
    first, second = process("scheduler"), process("scheduler")
    postgres.rows("DELETE FROM flowsmith.members WHERE id = %s", (first._owner.id,))
    until(lambda: second.scheduler.started and first.scheduler.resting)
    second.close()
    until(lambda: not first.scheduler.resting)


def test_who_is_asked_and_dies_is_replaced(process: Open, postgres: Database) -> None:
    server, worker = process("server"), process("worker")
    server.save(HOLD)
    held = started(server, "hold")
    worker._share._members.signals.close()  # type: ignore[union-attr]  # it hears nothing any more
    asked: list[object] = []
    asking = threading.Thread(target=lambda: asked.append(server.kill(held.id)))
    asking.start()
    until(lambda: postgres.rows("SELECT 1 FROM flowsmith.calls"))
    postgres.rows("DELETE FROM flowsmith.members WHERE id = %s", (worker._owner.id,))
    asking.join(20)
    assert asked == [None]
    assert server.execution(held.id).state is State.KILLED


def test_a_flow_that_is_saved_at_a_server_fires_at_the_scheduler(process: Open) -> None:
    server, scheduler, _ = process("server"), process("scheduler"), process("worker")
    server.save(TWO)
    server.save(
        """\
id: after
namespace: demo
tasks:
  - {id: a, type: io.kestra.plugin.core.debug.Return, format: x}
triggers:
  - id: flow
    type: io.kestra.plugin.core.trigger.Flow
    preconditions:
      id: p
      flows: [{namespace: demo, flowId: two}]
"""
    )
    until(lambda: ("demo", "after", "flow") in scheduler.scheduler._events.entries)
    ended = server.wait(server.start("demo", "two").id, 20)
    until(lambda: [row for row in scheduler.store.triggers.all() if row.last_triggered])
    state = scheduler.triggers.get(("demo", "after", "flow"))
    assert state.last_triggered is not None and state.last_triggered >= ended.history.ended  # type: ignore[operator]


def test_a_webhook_is_called_at_a_server(process: Open) -> None:
    server, _ = process("server"), process("worker")
    server.save(
        TWO + "triggers:\n  - {id: hook, type: io.kestra.plugin.core.trigger.Webhook, key: secret-key}\n"
    )
    execution = server.webhook("demo", "two", "secret-key", "{}")
    assert execution is not None
    assert server.wait(execution.id, 20).state is State.SUCCESS


# -- what is refused


@pytest.mark.parametrize("role", ["server", "worker", "scheduler"])
def test_roles_need_a_database_of_many_processes(tmp_path: Path, role: str) -> None:
    with pytest.raises(StorageError, match=f"A {role} shares.*FLOWSMITH_DATABASE_URL=postgresql://"):
        Engine.open(EngineOptions(home=tmp_path, environment={}, role=role))  # type: ignore[arg-type]


def test_one_process_that_does_everything_runs_what_it_starts_itself(process: Open) -> None:
    engine = process("up")
    engine.save(TWO)
    assert engine.wait(engine.start("demo", "two").id, 20).state is State.SUCCESS
    assert engine.scheduler.started
