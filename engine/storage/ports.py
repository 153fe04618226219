"""The storage ports: what the engine and retrieval need kept, and nothing about how.

Every backend (memory, SQLite, PostgreSQL) passes the same contract suite,
`tests/engine/storage/contract.py`. All methods are thread-safe and synchronous. Moments are UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from engine.model.execution import Execution, TaskRun
from engine.model.flow import Flow
from engine.model.json import Json
from engine.model.log import Level, LogEntry, Metric
from engine.model.state import State

T = TypeVar("T")

ACTIVE = frozenset(
    {State.RUNNING, State.PAUSED, State.BREAKPOINT, State.RETRYING, State.KILLING, State.RESTARTED}
)
"""States in which an execution holds a concurrency slot."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of results and the number of all of them."""

    results: list[T]
    total: int


# --- flows -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FlowRow:
    """A stored revision of a flow: its text and what is needed to list and find it without parsing."""

    namespace: str
    id: str
    revision: int
    source: str
    updated: datetime
    disabled: bool = False
    deleted: bool = False
    description: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


class FlowStore(Protocol):
    """Flows and their revisions. A revision never changes, and its number is never given again."""

    def save(self, flow: Flow, updated: datetime) -> FlowRow:
        """Store as the next revision, or return the latest one if source, disabled and deleted are equal.

        The revision number is given by the store, atomically; `flow.revision` is ignored.
        """

    def get(self, namespace: str, flow_id: str, revision: int | None = None) -> FlowRow | None:
        """Return the given or the latest revision, deleted ones included; None when there is none."""

    def revisions(self, namespace: str, flow_id: str) -> list[FlowRow]:
        """Return all revisions, oldest first."""

    def delete_revisions(self, namespace: str, flow_id: str, revisions: Iterable[int]) -> int:
        """Remove these revisions, the latest one excepted; returns how many there were."""

    def latest(self) -> list[FlowRow]:
        """Return the latest revision of every flow that is not deleted, by namespace and id."""

    def search(
        self,
        *,
        text: str | None = None,
        namespace: str | None = None,
        prefix: str | None = None,
        labels: Mapping[str, str] | None = None,
        sort: Sequence[tuple[str, bool]] = (),
        offset: int = 0,
        limit: int = 10,
    ) -> Page[FlowRow]:
        """Find latest, not deleted flows. `text` is in id, namespace, description or labels, without case;
        `namespace` is exact, `prefix` includes children; `sort` is (field, descending) pairs.
        """


# --- executions --------------------------------------------------------------------------------------------


DEFAULT_QUEUE = "default"
"""The queue of executions whose flow names none."""


@dataclass(frozen=True, slots=True)
class Handed:
    """An execution that any worker of a queue may take up; a greater priority goes first."""

    execution_id: str
    queue: str = DEFAULT_QUEUE
    priority: int = 0


@dataclass(slots=True)
class Changes:
    """Rows to be written together; the last version of a row wins."""

    executions: dict[str, Execution] = field(default_factory=dict)
    task_runs: dict[str, TaskRun] = field(default_factory=dict)
    dropped_task_runs: set[str] = field(default_factory=set)
    logs: list[LogEntry] = field(default_factory=list)
    metrics: list[Metric] = field(default_factory=list)
    handed: list[Handed] = field(default_factory=list)
    """Executions without owner that are handed out, where several processes share the work."""

    def __bool__(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.executions or self.task_runs or self.logs or self.dropped_task_runs or self.metrics)


@dataclass(frozen=True, slots=True)
class ExecutionQuery:
    """Conditions on executions; all given ones must hold. Newest first unless `sort` says otherwise."""

    namespace: str | None = None
    namespace_prefix: str | None = None
    flow_id: str | None = None
    states: frozenset[State] = frozenset()
    labels: Mapping[str, str] = field(default_factory=dict)
    text: str | None = None
    started_after: datetime | None = None
    started_before: datetime | None = None
    parent_id: str | None = None
    trigger_execution_id: str | None = None
    child: bool | None = None
    sort: Sequence[tuple[str, bool]] = ()
    offset: int = 0
    limit: int = 10


class ExecutionTransaction(Protocol):
    """Reads and writes of one atomic step of the executor."""

    def active(self, namespace: str, flow_id: str) -> int:
        """Count executions of the flow that hold a concurrency slot: those in an ACTIVE state."""

    def queued(self, namespace: str, flow_id: str) -> list[Execution]:
        """Return QUEUED executions of the flow, oldest first, without task runs."""

    def take(self, execution_ids: Sequence[str], owner: str) -> list[Execution]:
        """Return those that have not ended and have no owner, or this one, without task runs; nobody else
        takes them until the end of the transaction."""

    def unchanged(self, known: Execution) -> bool:
        """Tell whether an execution is stored with the states and the owner it was read with; nobody else
        changes it until the end of the transaction. False as well while somebody else is changing it."""

    def write(self, changes: Changes) -> None:
        """Insert or update the rows. Seen by others only after the transaction.

        The entries of `changes.logs` become their stored form, with `index`. The same Changes may be written
        again in the same transaction after they have grown: nothing is stored twice.
        """


class ExecutionStore(Protocol):
    """Executions, their task runs, logs and metrics."""

    def transaction(
        self, owner: str | None = None, *, admits: bool = False
    ) -> AbstractContextManager[ExecutionTransaction]:
        """Open the writing transaction; commits at the end, rolls back on an error.

        Raises OwnerLost when `owner`, the process that writes, was declared dead. With `admits` nobody else
        counts or takes concurrency slots until the end.
        """

    def get(self, execution_id: str, *, task_runs: bool = True) -> Execution | None:
        """Return the execution, by default with its task runs in order of creation."""

    def task_run(self, task_run_id: str) -> TaskRun | None:
        """Return one task run."""

    def search(self, query: ExecutionQuery, *, task_runs: bool = False) -> Page[Execution]:
        """Find executions."""

    def unfinished(self) -> list[tuple[str, str | None]]:
        """Return (id, owner) of executions that have not ended, QUEUED ones included, or that still have an
        owner (tasks run after the end), oldest first."""

    def take_over(self, executions: Sequence[tuple[str, str | None]], owner: str) -> list[str]:
        """Give executions another owner, each only if its owner is still the given one and it is unfinished.

        Returns the ids of those that were given, in the order of `executions`. This is how an execution whose
        process died is taken up by one process only.
        """

    def delete(self, execution_id: str, *, logs: bool = True, metrics: bool = True) -> bool:
        """Remove the execution with its task runs; tells whether it existed."""

    def ended(
        self, before: datetime, *, after: tuple[datetime, str] | None = None, limit: int = 100
    ) -> list[Execution]:
        """Return executions that ended before a moment and of which nothing runs any more, without task runs,
        by start date and id; `after` are those of the last one a reader has seen."""

    def delete_ended(self, execution_ids: Sequence[str]) -> int:
        """Remove executions with all that belongs to them in one transaction, except those that do not exist
        or have been begun again meanwhile; returns how many."""

    def old_logs(
        self, before: datetime, *, after: tuple[datetime, int] | None = None, limit: int = 1000
    ) -> list[LogEntry]:
        """Return log entries written before a moment, by their moment and index; `after` are those of the
        last one a reader has seen."""

    def delete_log_entries(self, indexes: Sequence[int]) -> int:
        """Remove log entries in one transaction; returns how many."""

    def logs(
        self,
        *,
        execution_id: str | None = None,
        namespace: str | None = None,
        flow_id: str | None = None,
        task_id: str | None = None,
        task_run_id: str | None = None,
        attempt: int | None = None,
        min_level: Level | None = None,
        text: str | None = None,
        started_after: datetime | None = None,
        started_before: datetime | None = None,
        after_index: int = 0,
        newest_first: bool = False,
        offset: int = 0,
        limit: int | None = None,
    ) -> Page[LogEntry]:
        """Find log entries, oldest first by default; `after_index` continues where a reader stopped."""

    def delete_logs(
        self,
        *,
        execution_id: str | None = None,
        namespace: str | None = None,
        flow_id: str | None = None,
        min_level: Level | None = None,
        task_id: str | None = None,
        before: datetime | None = None,
        namespace_prefix: str | None = None,
        levels: frozenset[Level] = frozenset(),
        after: datetime | None = None,
        of_execution: bool | None = None,
    ) -> int:
        """Remove log entries; returns how many. `namespace_prefix` includes the namespaces below it, `levels`
        are exactly these (empty: all), `after` includes the moment itself, `before` does not. `of_execution`:
        only those that belong to an execution, or only the others, which triggers wrote.
        """

    def metrics(self, execution_id: str) -> list[Metric]:
        """Return the metrics of an execution in order of publication."""

    def metrics_of_flow(
        self, namespace: str, flow_id: str, *, started_after: datetime | None = None
    ) -> list[Metric]:
        """Return the metrics of all executions of a flow, the oldest execution first."""


# --- key-value ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KeyValue:
    """An entry of the key-value store. `value` is JSON (`kind` names its type for clients: STRING, NUMBER,
    BOOLEAN, DATETIME, DATE, DURATION, JSON) or raw bytes (`kind` BYTES, used by retrieval).
    """

    namespace: str
    key: str
    value: Json | bytes
    kind: str
    created: datetime
    updated: datetime
    revision: int = 1
    expires: datetime | None = None
    description: str | None = None


class KeyValueStore(Protocol):
    """Values by namespace and key. Expired entries are returned by `get` (the caller decides), not listed."""

    def get(self, namespace: str, key: str) -> KeyValue | None:
        """Return the entry, also when it has expired."""

    def put(
        self,
        namespace: str,
        key: str,
        value: Json | bytes,
        kind: str,
        now: datetime,
        *,
        expires: datetime | None = None,
        description: str | None = None,
        overwrite: bool = True,
    ) -> KeyValue:
        """Store the value; raises Conflict when the key exists and `overwrite` is false."""

    def put_many(self, namespace: str, entries: Mapping[str, Json | bytes], kind: str, now: datetime) -> None:
        """Store many values in one transaction."""

    def delete(self, namespace: str, key: str) -> bool:
        """Remove the entry; tells whether it existed."""

    def delete_many(self, namespace: str, keys: Iterable[str]) -> int:
        """Remove entries in one transaction; returns how many existed."""

    def replace_many(
        self,
        namespace: str,
        entries: Mapping[str, Json | bytes],
        kind: str,
        now: datetime,
        *,
        delete: Iterable[str] = (),
    ) -> None:
        """Store and remove in one transaction: readers see all of it or nothing."""

    def search(
        self,
        *,
        namespace: str | None = None,
        prefix: str = "",
        now: datetime | None = None,
        offset: int = 0,
        limit: int | None = None,
    ) -> Page[KeyValue]:
        """List entries by namespace and key; those expired at `now` are left out.

        Without a namespace it lists all but those the service keeps for itself: their names begin with `_`.
        """

    def items(self, namespace: str, prefix: str = "") -> Iterator[tuple[str, Json | bytes]]:
        """Yield (key, value) of a namespace in the order of the keys; cheap for many thousands."""


# --- triggers ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TriggerState:
    """What is remembered of a trigger between its evaluations. `facts` are the plugin's own."""

    namespace: str
    flow_id: str
    trigger_id: str
    kind: str
    updated: datetime
    next_date: datetime | None = None
    last_date: datetime | None = None
    last_triggered: datetime | None = None
    execution_id: str | None = None
    disabled: bool = False
    backfill: dict[str, Json] | None = None
    facts: dict[str, Json] | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """Namespace, flow and trigger id."""
        return (self.namespace, self.flow_id, self.trigger_id)


class TriggerStore(Protocol):
    """States of triggers, found by what is due."""

    def get(self, namespace: str, flow_id: str, trigger_id: str) -> TriggerState | None:
        """Return the state, or None before the first evaluation."""

    def save(self, state: TriggerState) -> None:
        """Insert or replace the state."""

    def update(
        self,
        namespace: str,
        flow_id: str,
        trigger_id: str,
        change: Callable[[TriggerState | None], TriggerState | None],
    ) -> TriggerState | None:
        """Read, change and write in one transaction; `change` may return None to leave it as it is.

        This is how two processes on one database fire one date only once.
        """

    def delete(self, namespace: str, flow_id: str, trigger_id: str) -> bool:
        """Forget the trigger; tells whether it was known."""

    def of_flow(self, namespace: str, flow_id: str) -> list[TriggerState]:
        """Return the states of one flow's triggers, by trigger."""

    def all(self) -> list[TriggerState]:
        """Return every state, by namespace, flow and trigger."""


# --- members -----------------------------------------------------------------------------------------------


class Signals(Protocol):
    """Short notices to all processes. One may be lost when a connection breaks; `missed` is called then."""

    def tell(self, topic: str, text: str) -> None:
        """Tell all processes, this one too."""

    def listen(self, receive: Callable[[str, str], None], missed: Callable[[], None]) -> None:
        """Call `receive(topic, text)` for every notice from now on; it must not take long."""

    def close(self) -> None:
        """Listen no more."""


class Calls(Protocol):
    """Questions to one process."""

    def ask(self, member: str, request: Json, seconds: float, alive: Callable[[], bool]) -> Json:
        """Ask a process and return its answer; raises TimeoutError when there is none in time, and OwnerLost
        when the process is no longer alive."""

    def answered(self, call: str) -> None:
        """Take notice of the signal that a call was answered."""

    def serve(self, member: str, perform: Callable[[Json], Json]) -> None:
        """Answer what this process was asked."""


class WorkQueue(Protocol):
    """Executions without owner, each handed to one worker. What is put there comes by `Changes.handed`."""

    def release(self, make: Callable[[str], Handed]) -> int:
        """Hand out again what belongs to nobody alive and waits nowhere; returns how many."""

    def consume(
        self, queues: Sequence[str], most: int, room: Callable[[], bool], take: Callable[[str], bool]
    ) -> Callable[[], None]:
        """Let executions be taken as long as there is room; returns the end of it."""

    def depth(self) -> dict[str, int]:
        """Return how many wait, by queue."""

    def oldest(self) -> dict[str, float]:
        """Return for how many seconds the oldest has waited, by queue."""


class Members(Protocol):
    """The processes that run executions of one database, where the database itself tells who is alive."""

    def enter(self, member: str, role: str) -> None:
        """Take a process in; from now on it has to beat."""

    def beat(self, member: str) -> bool:
        """Say that a process is alive; False when it was declared dead meanwhile. Raises StorageError."""

    def alive(self, member: str) -> bool:
        """Tell whether a process is alive; one that is not is declared dead by this, and writes no more."""

    def bury(self) -> bool:
        """Declare dead who is, so that they can write nothing more; tells whether an unfinished execution
        belongs to one that is not alive."""

    def leave(self, member: str) -> None:
        """Let a process go that ends in order."""

    def first(self, roles: Sequence[str]) -> str | None:
        """Return the process of these roles that has been here longest."""

    def roles(self) -> dict[str, int]:
        """Return how many processes there are, by role."""

    def owned(self) -> list[tuple[str, str, int, float]]:
        """Return role, host, number of executions and seconds since the last beat of every process."""

    @property
    def signals(self) -> Signals:
        """What processes tell each other."""

    @property
    def calls(self) -> Calls:
        """What processes ask each other."""

    @property
    def queue(self) -> WorkQueue:
        """The executions that wait for a worker."""

    def close(self) -> None:
        """Release every connection."""


class Store(Protocol):
    """One database: all ports of it."""

    @property
    def members(self) -> Members | None:
        """The processes on this database; None where lock files tell who is alive."""

    @property
    def flows(self) -> FlowStore:
        """Flows and revisions."""

    @property
    def executions(self) -> ExecutionStore:
        """Executions, task runs, logs, metrics."""

    @property
    def kv(self) -> KeyValueStore:
        """Key-value entries."""

    @property
    def triggers(self) -> TriggerStore:
        """Trigger states."""

    def close(self) -> None:
        """Release every connection."""
