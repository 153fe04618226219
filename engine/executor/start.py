"""Start: the only way an execution is born — by API, schedule, event, backfill or subflow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from engine.errors import CheckFailed, Conflict, FlowDisabled, NotFound, TaskFailure
from engine.executor import variables
from engine.executor.compiled import CompiledFlow, FlowCache
from engine.executor.inputs import Upload, decrypt, resolve
from engine.executor.reopen import NothingToRestart, Opening, restart
from engine.executor.services import RunServices
from engine.executor.stored import scope_of
from engine.expression.scope import Scope
from engine.expression.template import render, render_text
from engine.model import uri as uris
from engine.model.execution import Execution, ExecutionTrigger, TaskRun
from engine.model.flow import InputSpec, TaskSpec
from engine.model.id import new_id
from engine.model.input_type import OPTIONS
from engine.model.json import Json
from engine.model.label import CORRELATION_ID, SYSTEM_PREFIX, Labels
from engine.model.state import History, State
from engine.model.truth import is_truthy
from engine.plugin import Call, Resume
from engine.plugin.context import World
from engine.storage.cipher import Cipher

if TYPE_CHECKING:
    from engine.executor.live import LiveExecution


@dataclass(frozen=True, slots=True)
class Birth:
    """An execution that is ready to be stored for the first time."""

    execution: Execution
    flow: CompiledFlow
    refusal: str | None = None
    """A check says that it must end FAILED before it begins; this is its message."""


class Starter:
    """Prepares executions: finds the flow, resolves inputs, sets labels. Stores nothing but input files."""

    def __init__(
        self, flows: FlowCache, world: World, cipher: Cipher | None, clock: Callable[[], datetime]
    ) -> None:
        self._flows = flows
        self._world = world
        self._cipher = cipher
        self._clock = clock

    def prepare(
        self,
        namespace: str,
        flow_id: str,
        *,
        revision: int | None = None,
        inputs: Mapping[str, Json | Upload] | None = None,
        labels: Labels | None = None,
        trigger: ExecutionTrigger | None = None,
        schedule_date: datetime | None = None,
        kind: str = "NORMAL",
        breakpoints: tuple[str, ...] = (),
        execution_id: str | None = None,
        may_lack: bool = False,
    ) -> Birth:
        """Return the execution to be; raises NotFound, FlowDisabled or InputInvalid.

        With `may_lack`, required inputs nobody gives are left out instead of being refused.
        """
        flow = self.find(namespace, flow_id, revision)
        if flow.flow.disabled:
            raise FlowDisabled(f"Flow {namespace}.{flow_id} is disabled; set `disabled: false` to run it")
        execution_id = execution_id or new_id()
        moment = self._clock()
        all_labels = {**flow.flow.labels, **(labels or {})}
        all_labels.setdefault(CORRELATION_ID, execution_id)
        values = self.inputs_of(flow, execution_id, all_labels, inputs or {}, trigger, may_lack=may_lack)
        refusal = self._check(flow, all_labels, values, trigger)
        execution = Execution(
            id=execution_id,
            namespace=namespace,
            flow_id=flow_id,
            flow_revision=flow.flow.revision,
            history=History.begin(State.CREATED, moment),
            original_id=execution_id,
            original_created=moment,
            inputs=values,
            labels=all_labels,
            trigger=trigger,
            schedule_date=schedule_date,
            kind=kind,
            breakpoints=breakpoints,
        )
        return Birth(execution, flow, refusal)

    def child(self, live: LiveExecution, run: TaskRun, spec: TaskSpec, call: Call) -> Birth:
        """Return the execution a task run starts; raises TaskFailure."""
        parent = live.execution
        inherited = {
            key: value
            for key, value in parent.labels.items()
            if key.startswith(SYSTEM_PREFIX) or call.inherit_labels
        }
        trigger = ExecutionTrigger(
            spec.id,
            spec.type,
            {
                "executionId": parent.id,
                "namespace": parent.namespace,
                "flowId": parent.flow_id,
                "flowRevision": parent.flow_revision,
                "taskRunId": run.id,
            },
        )
        try:
            return self.prepare(
                call.namespace,
                call.flow_id,
                revision=call.revision,
                inputs={key: value for key, value in call.inputs.items() if value is not None},
                labels={**inherited, **call.labels},
                trigger=trigger,
                schedule_date=call.schedule_date,
            )
        except NotFound as error:
            raise TaskFailure(
                f"Unable to find flow '{call.namespace}'.'{call.flow_id}' "
                f"with revision '{call.revision or 0}'"
            ) from error
        except FlowDisabled as error:
            raise TaskFailure("Cannot execute a flow which is disabled") from error

    def goes_on(self, execution_id: str) -> bool:
        """Tell whether an execution has ended well or has not ended yet."""
        known = self._world.store.executions.get(execution_id, task_runs=False)
        return known is not None and (known.state.good or not known.state.ended)

    def restarted(self, execution_id: str) -> tuple[Opening, CompiledFlow] | None:
        """Return the restart of an execution in its own revision, None when there is nothing to restart."""
        known = self._world.store.executions.get(execution_id)
        if known is None:
            return None
        try:
            opening = restart(known, self._clock())
            return opening, self._flows.get(known.namespace, known.flow_id, known.flow_revision)
        except (Conflict, NothingToRestart):
            return None

    def render_in(self, execution_id: str, value: Json) -> Json:
        """Render a value with the variables of a stored execution whose flow declares no outputs.

        Null when its flow declares some: those are the outputs then.
        """
        known = self._world.store.executions.get(execution_id)
        if known is None:
            return None
        flow = self._flows.get(known.namespace, known.flow_id, known.flow_revision)
        if flow.flow.outputs:
            return None
        return render(value, scope_of(self._world, self._flows, self._cipher, known, None)[0])

    def resumption(self, wanted: Resume) -> Mapping[str, Json]:
        """Return the values another execution is resumed with; raises TaskFailure or InputInvalid."""
        execution = self._world.store.executions.get(wanted.execution_id)
        if execution is None:
            raise TaskFailure(f"Execution {wanted.execution_id} does not exist")
        if execution.state is not State.PAUSED:
            state = execution.state
            raise TaskFailure(f"Execution {execution.id} is {state}; only a PAUSED one can be resumed")
        return self.resume_values(execution, wanted.inputs)

    def find(self, namespace: str, flow_id: str, revision: int | None) -> CompiledFlow:
        """Return the flow ready to run; raises NotFound."""
        row = self._world.store.flows.get(namespace, flow_id, revision)
        if row is None or row.deleted:
            wanted = f" with revision {revision}" if revision else ""
            raise NotFound(f"Flow {namespace}.{flow_id}{wanted} does not exist")
        return self._flows.get(namespace, flow_id, row.revision)

    def scope(
        self, flow: CompiledFlow, labels: Labels, masks: set[str], extra: Mapping[str, Json] | None = None
    ) -> Scope:
        """Return the scope of what is rendered before the execution exists."""
        known = variables.of_flow(flow.variables, labels, self._world)
        if flow.flow.variables:
            known["vars"] = flow.flow.variables
        services = RunServices(self._world, flow.flow.namespace, masks, clock=self._clock)
        return Scope({**known, **(extra or {})}, services, self._world.zone)

    def _check(
        self,
        flow: CompiledFlow,
        labels: Labels,
        inputs: dict[str, Json] | None,
        trigger: ExecutionTrigger | None,
    ) -> str | None:
        """Evaluate the flow's checks; raises CheckFailed, or returns why the execution must fail."""
        if not flow.flow.checks:
            return None
        known, secrets = decrypt(inputs or {}, self._cipher)
        extra = {"inputs": known, **({"trigger": trigger.variables} if trigger else {})}
        scope = self.scope(flow, labels, set(secrets), extra)
        failed = [
            check for check in flow.flow.checks if not is_truthy(render_text(check.condition, scope).strip())
        ]
        for check in failed:
            if check.behavior == "BLOCK_EXECUTION":
                raise CheckFailed(check.message)
        return next((one.message for one in failed if one.behavior == "FAIL_EXECUTION"), None)

    def inputs_of(
        self,
        flow: CompiledFlow,
        execution_id: str,
        labels: Labels,
        given: Mapping[str, Json | Upload],
        trigger: ExecutionTrigger | None,
        *,
        may_lack: bool = False,
    ) -> dict[str, Json] | None:
        """Resolve the inputs of an execution, None where the flow has none; raises InputInvalid."""
        if not flow.flow.inputs:
            return None
        extra = {"trigger": trigger.variables} if trigger else None
        folder = uris.execution_prefix(flow.flow.namespace, flow.flow.id, execution_id)

        return resolve(
            flow.flow.inputs,
            given,
            self.scope(flow, labels, set(), extra),
            store_file=lambda input_id, upload: self._store(folder, input_id, upload),
            cipher=self._cipher,
            may_lack=may_lack,
        )

    def _store(self, folder: str, input_id: str, upload: Upload) -> str:
        name = uris.safe_path(upload.filename).rpartition("/")[2] or input_id
        path = f"{folder}/inputs/{input_id}/{name}"
        self._world.files.put(path, upload.content)
        return uris.to_uri(path)

    def resume_values(self, execution: Execution, given: Mapping[str, Json | Upload]) -> dict[str, Json]:
        """Resolve the values a Pause task asks for; raises InputInvalid."""
        flow = self._flows.get(execution.namespace, execution.flow_id, execution.flow_revision)
        paused = next((run for run in execution.task_runs if run.state is State.PAUSED), None)
        if paused is None:
            return {}
        wanted = flow.tasks[paused.task_id].properties.get("onResume") or []
        specs = [declared(one) for one in wanted]
        scope = self.scope(flow, execution.labels, set())
        folder = uris.execution_prefix(execution.namespace, execution.flow_id, execution.id)
        return resolve(
            specs,
            given,
            scope,
            store_file=lambda input_id, upload: self._store(folder, input_id, upload),
            cipher=self._cipher,
        )


def declared(raw: Mapping[str, Json]) -> InputSpec:
    """Read an input as a Pause task declares it; the flow was checked when it was saved."""
    kind = str(raw.get("type") or "STRING")
    options = {name: raw[name] for name in OPTIONS[kind] if raw.get(name) is not None}
    return InputSpec(
        id=str(raw["id"]),
        type=kind,
        required=bool(raw.get("required", True)),
        defaults=raw.get("defaults"),
        options=options,
    )
