"""Webhooks: a call finds the trigger with its key and starts the flow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.errors import FlowDisabled, FlowsmithError, NotFound
from engine.executor.compiled import CompiledFlow
from engine.model.execution import Execution
from engine.model.flow import TriggerSpec
from engine.model.id import new_id
from engine.model.json import Json
from engine.model.log import Level
from engine.plugin import Fired
from engine.plugin.build import build
from engine.plugins.core.trigger.webhook import Webhook
from engine.triggers.claim import Claim
from engine.triggers.claims import Claims
from engine.triggers.condition import all_hold
from engine.triggers.context import Contexts
from engine.triggers.entry import read_entry


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a webhook's address. `body` is the raw text; headers and parameters have lists of values."""

    key: str
    body: str | None = None
    headers: Mapping[str, list[str]] | None = None
    parameters: Mapping[str, list[str]] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call has started, if its conditions held, and how the trigger wants it answered."""

    execution: Execution | None
    webhook: Webhook


class Webhooks:
    """Answers calls."""

    def __init__(self, contexts: Contexts, claims: Claims) -> None:
        self._contexts = contexts
        self._claims = claims

    def call(self, namespace: str, flow_id: str, call: Call) -> Answer:
        """Start the flow; raises NotFound for an unknown flow or key, FlowDisabled, InputInvalid."""
        try:
            flow = self._contexts.starter.find(namespace, flow_id, None)
        except NotFound:
            raise NotFound(f"Flow not found: {namespace}.{flow_id} does not exist") from None
        answers = list(self._answering(flow, call))
        if not answers:
            raise NotFound(
                f"Webhook not found: no enabled webhook of flow {namespace}.{flow_id} has this key"
            )
        if flow.flow.disabled:
            raise FlowDisabled(f"Flow {namespace}.{flow_id} is disabled; set `disabled: false` to run it")
        spec, webhook, fired = answers[0]
        variables = dict(fired.variables)
        if not self._holds(flow, spec, variables):
            return Answer(None, webhook)
        return Answer(self._start(flow, spec, variables), webhook)

    def _answering(self, flow: CompiledFlow, call: Call) -> Iterator[tuple[TriggerSpec, Webhook, Fired]]:
        """Yield the webhooks with the key of the call; every one is asked, whatever the others answer."""
        event: dict[str, Json] = {
            "key": call.key,
            "body": call.body,
            "headers": dict(call.headers or {}),
            "parameters": dict(call.parameters or {}),
        }
        for spec in flow.flow.triggers:
            plugin = self._contexts.world.resolver.resolve(spec.type)
            if not issubclass(plugin, Webhook):
                continue
            with self._contexts.open(flow, spec) as ctx:
                try:
                    webhook = build(plugin, spec.properties, ctx, ctx.world.resolver)
                    fired = webhook.matches(ctx, event)
                except FlowsmithError as error:
                    ctx.warn(f"The webhook cannot answer, its properties cannot be rendered: {error.message}")
                    continue
            if fired is not None and not spec.disabled and not self._is_off(flow, spec):
                yield spec, webhook, fired

    def _is_off(self, flow: CompiledFlow, spec: TriggerSpec) -> bool:
        state = self._contexts.world.store.triggers.get(flow.flow.namespace, flow.flow.id, spec.id)
        return state is not None and state.disabled

    def _holds(self, flow: CompiledFlow, spec: TriggerSpec, variables: dict[str, Json]) -> bool:
        try:
            with self._contexts.open(flow, spec, variables) as ctx:
                return all_hold(spec, ctx)
        except FlowsmithError as error:
            message = f"The conditions count as false: {error.message}"
            self._contexts.log(flow, spec, Level.WARN, message)
            return False

    def _start(self, flow: CompiledFlow, spec: TriggerSpec, variables: dict[str, Json]) -> Execution | None:
        entry = read_entry(flow, spec, self._contexts)
        if entry is None:
            return None
        execution_id = new_id()
        claim: Claim = {"variables": variables, "refuse": True}
        if not spec.stop_after:
            return self._claims.launch(entry, execution_id, claim)
        self._claims.make(entry, execution_id, claim, lambda state: state)
        return self._contexts.world.store.executions.get(execution_id, task_runs=False)
