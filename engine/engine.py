"""The facade: flows are saved, executions started, followed and steered here."""

from __future__ import annotations

import gc
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from types import TracebackType
from typing import Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.errors import Conflict, FlowInvalid, NotFound, StorageError
from engine.executor import operations, reopen, stored
from engine.executor.compiled import CompiledFlow, FlowCache
from engine.executor.executor import Executor
from engine.executor.inputs import Upload
from engine.executor.member import Member
from engine.executor.orphan import adopt
from engine.executor.owner import FileOwner, Owner
from engine.executor.queues import Queues
from engine.executor.start import Starter
from engine.expression.template import render_text
from engine.feed import Event, Feed
from engine.model import uri as uris
from engine.model.execution import Execution, ExecutionTrigger
from engine.model.flow import Flow
from engine.model.json import Json
from engine.model.label import SYSTEM_PREFIX, Labels
from engine.model.log import Level, LogEntry
from engine.model.moment import now
from engine.model.state import State
from engine.plugin.context import World
from engine.registry import Registry
from engine.retention import Retention, read_rules
from engine.secrets import Secrets
from engine.share import Share, read_whole, sent
from engine.storage.cipher import Cipher
from engine.storage.files import FileStorage, open_files
from engine.storage.memory import MemoryStore
from engine.storage.opening import open_store, owners_folder
from engine.storage.ports import FlowRow, Store
from engine.triggers.scheduler import Scheduler
from engine.triggers.states import States
from engine.triggers.webhook import Answer, Call
from engine.validation import Checked, check

Role = Literal["up", "server", "worker", "scheduler"]
"""`up` does everything, and runs itself what it starts. The others hand out: a `worker` runs, a `scheduler`
fires triggers, a `server` does neither."""


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How an engine is opened. `environment` brings `SECRET_*` and `ENV_*`; `plugin_settings` are for
    plugins, by their own names. `schedule`: whether this process fires triggers.
    """

    home: Path
    database_url: str | None = None
    storage_url: str | None = None
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    encryption_key: str | None = None
    threads: int = 16
    in_memory: bool = False
    schedule: bool = True
    role: Role = "up"
    """What this process does of the work that processes on a PostgreSQL database share."""
    queues: tuple[str, ...] = ("default",)
    """Which executions this process takes up."""
    namespace_queues: str = ""
    """In which queues executions wait, by namespace, as `engine.executor.queues` reads it."""
    keep_executions: str = ""
    """How long ended executions are kept, and `keep_logs`: log entries, as `engine.retention` reads it."""
    keep_logs: str = ""
    plugin_settings: Mapping[str, Json] = field(default_factory=dict)
    collect_rarely: bool = True
    """Let the garbage collector of this process look at young objects only: executions hold many small
    objects without cycles, and walking them took a third of the time of a loop over 10,000 values."""
    clock: Callable[[], datetime] = now


class Engine:
    """An open engine. Thread-safe; close it, or use it as a context manager."""

    def __init__(
        self, options: EngineOptions, *, registry: Registry, store: Store, files: FileStorage
    ) -> None:
        kept = read_rules(options.keep_executions, "FLOWSMITH_KEEP_EXECUTIONS")
        kept_logs = read_rules(options.keep_logs, "FLOWSMITH_KEEP_LOGS", states=False)
        self.queues = Queues(options.namespace_queues)
        self.options = options
        self.registry = registry
        self.store = store
        self.files = files
        self.feed = Feed()
        self.secrets = Secrets(options.environment)
        self.zone = _zone(options.environment)
        self.clock = options.clock
        self.cipher = Cipher(options.encryption_key) if options.encryption_key else None
        self.world = World(
            store=store,
            files=files,
            secrets=self.secrets,
            home=options.home,
            settings=options.plugin_settings,
            resolver=registry,
            environment=_template_environment(options.environment),
            zone=self.zone,
            trigger_changed=self._trigger_changed,
            flows=self,
            cipher=self.cipher,
        )
        self._owner = self._own()
        self._flows = FlowCache(self._parsed, registry)
        self.starter = Starter(self._flows, self.world, self.cipher, self.clock)
        self.executor = Executor(
            world=self.world,
            flows=self._flows,
            starter=self.starter,
            feed=self.feed,
            cipher=self.cipher,
            owner=self._owner,
            threads=options.threads,
            clock=self.clock,
            queues=self.queues,
            hands_out=store.members is not None and options.role != "up",
            kill_elsewhere=self._kill_soon,
            resume_elsewhere=self._resume_soon,
        )
        self.scheduler = Scheduler(
            self.world, self.starter, self.executor, self.feed, self.clock, self._owner
        )
        self.triggers = States(self.scheduler)
        self.retention = Retention(
            self.world,
            executions=kept,
            logs=kept_logs,
            meter=self.executor.meter,
            clock=self.clock,
            acts=lambda: self.scheduler.started and not self.scheduler.resting,
        )
        self._share: Share | None = None
        if store.members is not None:
            self._share = Share(self, store.members, self._owner)

    @classmethod
    def open(cls, options: EngineOptions) -> Engine:
        """Open data folder, database and files, take up interrupted executions, start the threads.

        Raises StorageError when something cannot be opened.
        """
        options.home.mkdir(parents=True, exist_ok=True)
        store = MemoryStore() if options.in_memory else open_store(options.database_url, options.home)
        try:
            files = open_files(options.storage_url, options.home)
        except BaseException:
            store.close()
            raise
        engine = cls(options, registry=Registry.load(), store=store, files=files)
        engine._start()
        if options.collect_rarely:
            gc.freeze()
            gc.set_threshold(20_000, 50, 1_000)
        return engine

    def _own(self) -> Owner:
        """Return this process as an owner: told by the database, or by a lock file where it cannot tell."""
        if self.store.members is not None:
            guest = self.options.role == "up" and not self.options.schedule
            return Member(self.store.members, "guest" if guest else self.options.role)
        if self.options.role != "up":
            raise StorageError(
                f"A {self.options.role} shares its work with other processes by a PostgreSQL database; "
                "set FLOWSMITH_DATABASE_URL=postgresql://user:password@host/database"
            )
        url = None if self.options.in_memory else self.options.database_url
        return FileOwner(owners_folder(url, self.options.home))

    def _start(self) -> None:
        if self.options.schedule and self.options.role in ("up", "scheduler"):
            self.retention.start()
        if self._share is not None:
            self.executor.start([])
            self._share.start()
            return
        self.executor.start(adopt(self.store.executions, self._owner))
        if self.options.schedule:
            self.scheduler.start()

    def _kill_soon(self, execution_id: str) -> None:
        """Kill an execution that another process may run; the loop does not wait for it."""
        if self._share is not None:
            self._share.soon(lambda: self.kill(execution_id))

    def _resume_soon(self, execution_id: str, values: Mapping[str, Json]) -> bool:
        """Resume an execution that another process may run; False when there are no others."""
        if self._share is None:
            return False
        self._share.soon(lambda: self.resume(execution_id, values))
        return True

    def drain(self, seconds: float) -> bool:
        """Fire no triggers, begin no tasks, let those that run finish; tells whether they have in that time.

        Only `close` is useful afterwards.
        """
        self.scheduler.close()
        return self.executor.drain(seconds)

    def close(self) -> None:
        """Stop the threads and release everything; what still runs is taken up by the next start."""
        self.retention.close()
        if self._share is not None:
            self._share.stop()
        self.scheduler.close()
        self.executor.close()
        if self._share is not None:
            self._share.close()
        self._owner.close()
        if self._share is not None:
            self._share.release()
        self.store.close()
        self.files.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- flows

    def check(self, source: str) -> Checked:
        """Validate the text of a flow; saves nothing."""
        return check(source, self.registry)

    def save(
        self,
        source: str,
        *,
        mode: Literal["create", "update", "any"] = "any",
        expected: tuple[str, str] | None = None,
    ) -> FlowRow:
        """Save a flow as its next revision.

        `expected` is the (namespace, id) the caller speaks of. Raises FlowInvalid; Conflict when it must be
        new but exists, or speaks of another flow; NotFound when it must exist but does not.
        """
        checked = self.check(source)
        if checked.flow is None:
            raise FlowInvalid(checked.findings)
        flow = checked.flow
        if expected is not None and expected != (flow.namespace, flow.id):
            raise Conflict(
                f"The text is flow {flow.namespace}.{flow.id}, not {'.'.join(expected)}; "
                f"id and namespace of a flow cannot be changed"
            )
        known = self.store.flows.get(flow.namespace, flow.id)
        exists = known is not None and not known.deleted
        if mode == "create" and exists:
            raise Conflict(f"Flow {flow.namespace}.{flow.id} already exists; update it instead")
        if mode == "update" and not exists:
            raise NotFound(f"Flow {flow.namespace}.{flow.id} does not exist; create it first")
        row = self.store.flows.save(flow, self.clock())
        saved = replace(flow, revision=row.revision, disabled=row.disabled)
        self._flows.put(saved)
        self.scheduler.flow_saved(saved)
        return row

    def flow(self, namespace: str, flow_id: str, revision: int | None = None) -> Flow:
        """Return a flow, typed; raises NotFound."""
        return self.starter.find(namespace, flow_id, revision).flow

    def flow_row(self, namespace: str, flow_id: str, revision: int | None = None) -> FlowRow:
        """Return a stored revision; raises NotFound."""
        row = self.store.flows.get(namespace, flow_id, revision)
        if row is None or row.deleted:
            raise NotFound(f"Flow {namespace}.{flow_id} does not exist")
        return row

    def delete_flow(self, namespace: str, flow_id: str) -> None:
        """Delete a flow: its next revision says so. Executions stay."""
        row = self.flow_row(namespace, flow_id)
        flow = Flow(flow_id, namespace, row.source, (), deleted=True, disabled=row.disabled)
        self.store.flows.save(flow, self.clock())
        self.scheduler.flow_deleted(namespace, flow_id)

    def _parsed(self, namespace: str, flow_id: str, revision: int) -> Flow:
        row = self.store.flows.get(namespace, flow_id, revision)
        if row is None:
            raise NotFound(f"Flow {namespace}.{flow_id} with revision {revision} does not exist")
        checked = self.check(row.source)
        if checked.flow is None:
            raise FlowInvalid(checked.findings)
        return replace(checked.flow, revision=revision, disabled=row.disabled)

    # -- triggers

    def webhook(
        self,
        namespace: str,
        flow_id: str,
        key: str,
        body: str | None = None,
        headers: Mapping[str, list[str]] | None = None,
        parameters: Mapping[str, list[str]] | None = None,
    ) -> Execution | None:
        """Start a flow by a call of its webhook; None when the trigger's conditions do not hold.

        Raises NotFound for an unknown flow or key, FlowDisabled, InputInvalid.
        """
        return self.call_webhook(namespace, flow_id, Call(key, body, headers, parameters)).execution

    def call_webhook(self, namespace: str, flow_id: str, call: Call) -> Answer:
        """Do what `webhook` does, and tell how the trigger wants the call answered."""
        return self.scheduler.webhooks.call(namespace, flow_id, call)

    def _trigger_changed(self, namespace: str, flow_id: str, trigger_id: str) -> None:
        self.scheduler.changed(namespace, flow_id, trigger_id)

    # -- executions

    def start(
        self,
        namespace: str,
        flow_id: str,
        *,
        inputs: Mapping[str, Json | Upload] | None = None,
        labels: Labels | None = None,
        revision: int | None = None,
        schedule_date: datetime | None = None,
        trigger: ExecutionTrigger | None = None,
        kind: str = "NORMAL",
        breakpoints: Sequence[str] = (),
    ) -> Execution:
        """Start an execution; returns it, CREATED, when it is stored.

        Raises NotFound, FlowDisabled or InputInvalid.
        """
        birth = self.starter.prepare(
            namespace,
            flow_id,
            revision=revision,
            inputs=inputs,
            labels=labels,
            trigger=trigger,
            schedule_date=schedule_date,
            kind=kind,
            breakpoints=tuple(breakpoints),
        )
        return self.executor.submit(birth)

    def execution(self, execution_id: str) -> Execution:
        """Return an execution with its task runs; raises NotFound."""
        found = self.store.executions.get(execution_id)
        if found is None:
            raise NotFound(f"Execution {execution_id} does not exist")
        return found

    def wait(self, execution_id: str, timeout: float | None = None) -> Execution:
        """Return the execution when it has ended, afterExecution included; raises TimeoutError.

        An execution of another process is looked at every half second.
        """
        ended = threading.Event()

        def receive(event: Event) -> None:
            if isinstance(event, Execution) and event.state.ended:
                ended.set()

        unsubscribe = self.feed.subscribe(receive, execution_id=execution_id)
        deadline = None if timeout is None else time.monotonic() + timeout
        try:
            while not self.is_over(execution_id):
                left = 0.5 if deadline is None else min(0.5, deadline - time.monotonic())
                if left <= 0:
                    raise TimeoutError(f"Execution {execution_id} did not end within {timeout} s")
                ended.wait(left)
        finally:
            unsubscribe()
        return self.execution(execution_id)

    def is_over(self, execution_id: str) -> bool:
        """Tell whether an execution has ended and nothing of it runs any more; raises NotFound."""
        found = self.store.executions.get(execution_id, task_runs=False)
        if found is None:
            raise NotFound(f"Execution {execution_id} does not exist")
        return found.state.ended and found.owner is None

    def kill(self, execution_id: str, *, cascade: bool = True) -> None:
        """Ask an execution to end, its children too; raises NotFound, or Conflict when it has ended."""
        if not self._done_elsewhere(execution_id, "kill", cascade=cascade):
            operations.kill(self.executor, self.execution(execution_id), cascade=cascade)

    def _done_elsewhere(self, execution_id: str, method: str, **arguments: Json) -> bool:
        """Let the process that runs an execution do something; False when this one is to do it."""
        return self._share is not None and self._share.peers.at_owner(execution_id, method, arguments)

    def pause(self, execution_id: str) -> None:
        """Start nothing new until resumed; raises Conflict unless it is RUNNING."""
        if not self._done_elsewhere(execution_id, "pause"):
            operations.pause(self.executor, self.execution(execution_id))

    def resume(self, execution_id: str, inputs: Mapping[str, Json | Upload] | None = None) -> None:
        """Go on after a pause; `inputs` are what the Pause task asks for.

        Raises Conflict unless it is PAUSED, InputInvalid when the inputs do not fit (it stays paused).
        """
        given = inputs or {}
        if self._share is not None:
            given = read_whole(given)
            if self._done_elsewhere(execution_id, "resume", inputs=sent(given)):
                return
        operations.resume(self.executor, self.starter, self.execution(execution_id), given)

    def resume_from_breakpoint(self, execution_id: str, breakpoints: Sequence[str] | None = None) -> None:
        """Go on after a breakpoint; with `breakpoints`, stop at these from now on.

        Raises Conflict when it does not stand at one.
        """
        wanted = None if breakpoints is None else list(breakpoints)
        if not self._done_elsewhere(execution_id, "resume_from_breakpoint", breakpoints=wanted):
            operations.resume_from_breakpoint(self.executor, self.execution(execution_id), breakpoints)

    def restart(self, execution_id: str, *, revision: int | None = None) -> Execution:
        """Run the failed tasks again; with `revision`, as a new execution of that revision.

        Raises Conflict while it runs, NothingToRestart when no task failed.
        """
        wanted = {"revision": revision}
        if self._done_elsewhere(execution_id, "restart", **wanted):
            return self.execution(execution_id)
        execution = self.execution(execution_id)
        opening = reopen.restart(execution, self.clock())
        if revision is not None and revision != execution.flow_revision:
            failed = next(run.id for run in opening.runs if run.state is State.RESTARTED)
            return self.replay(execution_id, task_run_id=failed, revision=revision)
        return operations.reopen(self.executor, self._compiled(execution), opening)

    def replay(
        self,
        execution_id: str,
        *,
        task_run_id: str | None = None,
        revision: int | None = None,
        inputs: Mapping[str, Json | Upload] | None = None,
        breakpoints: Sequence[str] = (),
    ) -> Execution:
        """Repeat an execution as a new one, from a task run on if one is named.

        Raises NotFound, or InputInvalid when other inputs are given and do not fit.
        """
        execution = self.execution(execution_id)
        flow = self.starter.find(execution.namespace, execution.flow_id, revision or execution.flow_revision)
        opening = reopen.replay(execution, flow.flow, self.clock(), task_run_id=task_run_id)
        if breakpoints:
            stopping = replace(opening.execution, breakpoints=tuple(breakpoints))
            opening = replace(opening, execution=stopping)
        if inputs is not None:
            fresh = opening.execution
            given = self.starter.inputs_of(flow, fresh.id, fresh.labels, inputs, fresh.trigger)
            opening = replace(opening, execution=replace(fresh, inputs=given))
        return operations.reopen(self.executor, flow, opening)

    def change_task_state(self, execution_id: str, task_run_id: str, state: State) -> Execution:
        """Say that a task run ended otherwise and go on after it; raises NotFound or Conflict."""
        wanted = {"task_run_id": task_run_id, "state": str(state)}
        if self._done_elsewhere(execution_id, "change_task_state", **wanted):
            return self.execution(execution_id)
        execution = self.execution(execution_id)
        flow = self._compiled(execution)
        opening = reopen.with_run_state(execution, flow.flow, task_run_id, state, self.clock())
        return operations.reopen(self.executor, flow, opening)

    def change_status(self, execution_id: str, state: State) -> Execution:
        """Give an ended execution another final state; raises Conflict."""
        return operations.change_status(self.executor, self.execution(execution_id), state, self.clock())

    def force_run(self, execution_id: str) -> None:
        """Begin an execution that waits, whatever for; raises Conflict when it does not wait."""
        if self._done_elsewhere(execution_id, "force_run"):
            return
        execution = self.execution(execution_id)
        if execution.state is State.PAUSED:
            self.resume(execution_id)
        else:
            operations.force_run(self.executor, execution)

    def unqueue(self, execution_id: str, state: State = State.RUNNING) -> None:
        """Take an execution out of the queue: to run, or to end as CANCELLED or FAILED."""
        if self._done_elsewhere(execution_id, "unqueue", state=str(state)):
            return
        execution = self.execution(execution_id)
        if execution.state is not State.QUEUED:
            raise Conflict(f"Execution {execution_id} is {execution.state}, not QUEUED")
        operations.force_run(self.executor, execution, state)

    def set_labels(self, execution_id: str, labels: Labels) -> Execution:
        """Replace the labels of an ended execution, system labels stay; raises Conflict."""
        execution = self.execution(execution_id)
        system = {k: v for k, v in execution.labels.items() if k.startswith(SYSTEM_PREFIX)}
        return operations.set_labels(self.executor, execution, {**system, **labels})

    def _compiled(self, execution: Execution) -> CompiledFlow:
        return self._flows.get(execution.namespace, execution.flow_id, execution.flow_revision)

    def delete_execution(self, execution_id: str, *, logs: bool = True, files: bool = True) -> None:
        """Remove an ended execution, its logs and its files; raises NotFound or Conflict."""
        execution = self.execution(execution_id)
        if not execution.state.ended:
            raise Conflict(f"Execution {execution_id} is {execution.state}; kill it before deleting it")
        self.store.executions.delete(execution_id, logs=logs)
        if files:
            self.files.delete(uris.execution_prefix(execution.namespace, execution.flow_id, execution_id))

    def logs(self, execution_id: str, min_level: Level | None = None) -> list[LogEntry]:
        """Return the log of an execution, oldest first."""
        return self.store.executions.logs(execution_id=execution_id, min_level=min_level).results

    def render_in(self, execution_id: str, task_run_id: str | None, expression: str) -> str:
        """Render an expression in the context of an execution (and a task run); secrets are masked."""
        scope, masks = stored.scope_of(
            self.world, self._flows, self.cipher, self.execution(execution_id), task_run_id
        )
        return operations.masked(render_text(expression, scope), masks)


def _template_environment(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name.removeprefix("ENV_").lower(): value
        for name, value in environment.items()
        if name.startswith("ENV_")
    }


def _zone(environment: Mapping[str, str]) -> tzinfo:
    try:
        return ZoneInfo(environment.get("TZ") or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC
