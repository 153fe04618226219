"""Contexts: what plugin code is given when it runs for a task run or for an execution."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from engine.executor import variables
from engine.executor.inputs import decrypt
from engine.executor.live import LiveExecution
from engine.executor.log_file import LogFile
from engine.executor.logbook import Logbook
from engine.executor.services import RunServices
from engine.expression.scope import Scope
from engine.model.execution import Execution, TaskRun
from engine.model.flow import TaskSpec
from engine.model.json import Json
from engine.model.log import Level
from engine.plugin.context import RunContext, Where, World
from engine.storage.cipher import Cipher, is_encrypted


class Contexts:
    """Builds run contexts; used on the loop thread, where the state is at rest."""

    def __init__(
        self, world: World, cipher: Cipher | None, logbook: Logbook, clock: Callable[[], datetime]
    ) -> None:
        self._world = world
        self._cipher = cipher
        self._logbook = logbook
        self._clock = clock

    def log_file(self, live: LiveExecution, spec: TaskSpec) -> LogFile | None:
        """Return where the messages of a task with `logToFile` go."""
        if not spec.log_to_file:
            return None
        return LogFile(self._world.home / "work", live.masks, spec.log_level, self._clock)

    def of_run(
        self, live: LiveExecution, run: TaskRun, spec: TaskSpec, log: LogFile | None = None
    ) -> RunContext:
        """Return the context of a task run; `log` takes its messages instead of the log store."""
        self._read_secrets(live)
        execution = live.execution
        where = Where(
            namespace=execution.namespace,
            flow_id=execution.flow_id,
            flow_revision=execution.flow_revision,
            execution_id=execution.id,
            task_id=spec.id,
            task_run_id=run.id,
            attempt=max(len(run.attempts), 1),
            value=run.value,
        )
        known = variables.of_task_run(live, run, spec, self._world)
        folder, wakes = self._folder(live, run), not live.flow.is_light(spec.id)
        return self._context(live, where, known, spec.log_level, folder, log, wakes=wakes)

    def _folder(self, live: LiveExecution, run: TaskRun) -> Path | None:
        """Return the folder the task run shares with others, if it is in such a group."""
        for one in (run, *live.ancestors(run)):
            if getattr(live.flow.classes[one.task_id], "shares_folder", False):
                return shared_folder(self._world, one)
        return None

    def of_execution(self, live: LiveExecution) -> RunContext:
        """Return the context of what is rendered for the execution as a whole."""
        self._read_secrets(live)
        execution = live.execution
        where = Where(execution.namespace, execution.flow_id, execution.flow_revision, execution.id)
        return self._context(live, where, variables.of_execution(live, self._world), None)

    def _read_secrets(self, live: LiveExecution) -> None:
        """Make encrypted inputs and outputs readable for templates; logs hide what they hold."""
        if live.inputs is None and live.execution.inputs is not None:
            live.inputs, secrets = decrypt(live.execution.inputs, self._cipher)
            live.masks.update(secrets)
        while live.sealed:
            level, key = live.sealed.pop()
            level[key], secrets = decrypt(level.get(key), self._cipher)
            live.masks.update(secrets)

    def _context(
        self,
        live: LiveExecution,
        where: Where,
        known: Mapping[str, Json],
        threshold: Level | None,
        folder: Path | None = None,
        log: LogFile | None = None,
        *,
        wakes: bool = True,
    ) -> RunContext:
        parents = _parents(live.execution)
        trigger = known.get("trigger")
        if isinstance(trigger, dict) and any(is_encrypted(value) for value in trigger.values()):
            clear, secrets = decrypt(trigger, self._cipher)
            known = {**known, "trigger": clear}
            live.masks.update(secrets)
        services = RunServices(
            self._world,
            where.namespace,
            live.masks,
            execution_id=where.execution_id,
            parents=parents,
            runs=live.runs.values,
            clock=self._clock,
        )
        return RunContext(
            where,
            self._world,
            Scope(known, services, self._world.zone),
            emit_log=log or self._logbook.writer(where, live.masks, threshold, wakes=wakes),
            emit_metric=self._logbook.metric_writer(where, wakes=wakes),
            parents=parents,
            work_dir=folder,
            clock=self._clock,
        )


def shared_folder(world: World, run: TaskRun) -> Path:
    """Return the folder of a group of tasks that work together; every attempt has its own, since the one
    of the last attempt may be removed just now."""
    return world.home.resolve() / "work" / f"{run.id}-{len(run.attempts)}"


def _parents(execution: Execution) -> frozenset[str]:
    """Executions whose files this one may read: those it came from."""
    known = {execution.parent_id, execution.original_id}
    if execution.trigger is not None:
        known.add(execution.trigger.variables.get("executionId"))
    return frozenset(str(one) for one in known if one)
