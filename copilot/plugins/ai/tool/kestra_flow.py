"""Flows as tools."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from pydantic import Field

from copilot.plugins.ai._conversation import json_text
from copilot.plugins.ai._message import ToolSpec
from copilot.plugins.ai._tool import Tool, ToolProvider
from engine.errors import FlowsmithError, NotFound, TaskFailure
from engine.model.execution import ExecutionTrigger
from engine.model.flow import Flow
from engine.model.json import Json
from engine.model.label import SYSTEM_PREFIX
from engine.plugin import RunContext, Text
from engine.plugin.flows import Flows
from engine.plugins.core.execution.labels import read_labels

_TEXT: dict[str, Json] = {"type": "string"}
_TYPES = {
    "INT": "integer",
    "FLOAT": "number",
    "BOOL": "boolean",
    "BOOLEAN": "boolean",
    "JSON": "object",
    "ARRAY": "array",
    "MULTISELECT": "array",
}


class KestraFlow(ToolProvider):
    """Let the model start a flow; it gets the new execution and does not wait for its end.

    With `namespace` and `flowId` the model can start that flow only, by the tool
    `kestra_flow_<namespace>_<flow>`; without them it names the flow itself, by the tool `kestra_flow`. A flow
    that is given needs a description, here or its own.
    """

    namespace: Text | None = None
    """Namespace of the flow."""

    flow_id: Text | None = None
    """Id of the flow."""

    revision: int | None = Field(default=None, ge=1)
    """Revision of the flow; the latest when left out."""

    description: Text | None = None
    """What the flow is good for; by default its own description."""

    inputs: dict[str, Any] = {}
    """Values for its inputs; the model may give the others."""

    labels: str | dict[str, Any] | list[Any] = {}
    """Labels of the execution: a map, or a list of `key` and `value`."""

    inherit_labels: bool = False
    """Give the labels of this execution to the new one."""

    schedule_date: datetime | None = None
    """Start the execution at this date."""

    kestra_url: Text | None = None
    """Accepted; the flow is started on this server."""

    auth: dict[str, Any] | None = None
    """Accepted; nobody logs in to start a flow on this server."""

    tenant_id: Text | None = None
    """Accepted; there is one tenant."""

    @contextmanager
    def opened(self, ctx: RunContext) -> Iterator[Sequence[Tool]]:
        """Yield the tool."""
        flows = ctx.world.flows
        if flows is None:
            raise TaskFailure("Flows cannot be started here: there is no engine")
        if bool(self.namespace) != bool(self.flow_id):
            raise TaskFailure("tools: KestraFlow needs both `namespace` and `flowId`, or neither")
        spec = self._one(flows, self.namespace or "", self.flow_id) if self.flow_id else self._any()
        yield [Tool(spec, lambda arguments: self._start(ctx, flows, arguments))]

    def _one(self, flows: Flows, namespace: str, flow_id: str) -> ToolSpec:
        flow = _find(flows, namespace, flow_id, self.revision)
        description = self.description or flow.description
        if not description:
            raise TaskFailure(
                f"tools: the flow {namespace}.{flow_id} has no description, so the model cannot know what it "
                "is for; give the tool a `description`"
            )
        name = f"kestra_flow_{namespace.replace('.', '_')}_{flow_id}"
        return ToolSpec(name, description, _schema({}, _inputs(flow, self.inputs)))

    def _any(self) -> ToolSpec:
        named: dict[str, Json] = {
            "namespace": {**_TEXT, "description": "Namespace of the flow"},
            "flowId": {**_TEXT, "description": "Id of the flow"},
        }
        description = self.description or "Starts a flow and returns its execution."
        return ToolSpec("kestra_flow", description, _schema(named, {"type": "object"}))

    def _start(self, ctx: RunContext, flows: Flows, arguments: Mapping[str, Json]) -> str:
        namespace = self.namespace or str(arguments.get("namespace") or "")
        flow_id = self.flow_id or str(arguments.get("flowId") or "")
        given = arguments.get("inputs")
        try:
            started = flows.start(
                namespace,
                flow_id,
                inputs={**(given if isinstance(given, dict) else {}), **self.inputs},
                labels={**self._inherited(ctx), **read_labels(self.labels)},
                revision=self.revision,
                schedule_date=self.schedule_date,
                trigger=self._trigger(ctx),
            )
        except FlowsmithError as error:
            raise TaskFailure(f"{namespace}.{flow_id} cannot be started: {error.message}") from error
        ctx.info(f"Started execution {started.id} of {namespace}.{flow_id}")
        return json_text(
            {
                "id": started.id,
                "namespace": started.namespace,
                "flowId": started.flow_id,
                "flowRevision": started.flow_revision,
                "state": str(started.state),
            }
        )

    def _trigger(self, ctx: RunContext) -> ExecutionTrigger:
        at = ctx.where
        origin = {
            "executionId": at.execution_id,
            "namespace": at.namespace,
            "flowId": at.flow_id,
            "flowRevision": at.flow_revision,
            "taskRunId": at.task_run_id,
        }
        return ExecutionTrigger(at.task_id, self.type_id, origin)

    def _inherited(self, ctx: RunContext) -> dict[str, str]:
        """Return the labels that pass on: the system's always, others if wanted."""
        execution = ctx.world.store.executions.get(ctx.where.execution_id, task_runs=False)
        known = execution.labels if execution else {}
        return {
            key: value for key, value in known.items() if key.startswith(SYSTEM_PREFIX) or self.inherit_labels
        }


def _find(flows: Flows, namespace: str, flow_id: str, revision: int | None) -> Flow:
    try:
        return flows.flow(namespace, flow_id, revision)
    except NotFound as error:
        raise TaskFailure(error.message) from error


def _schema(named: Mapping[str, Json], inputs: Json) -> dict[str, Json]:
    return {"type": "object", "properties": {**named, "inputs": inputs}, "required": list(named)}


def _inputs(flow: Flow, fixed: Mapping[str, Json]) -> dict[str, Json]:
    """Return the schema of the inputs the model may give."""
    free = [one for one in flow.inputs if one.id not in fixed]
    properties = {
        one.id: {
            "type": _TYPES.get(one.type, "string"),
            "description": f"{one.description or one.display_name or one.id} ({one.type})",
        }
        for one in free
    }
    required = [one.id for one in free if one.required and one.defaults is None]
    return {"type": "object", "properties": properties, "required": required}
