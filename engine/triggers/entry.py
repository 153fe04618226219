"""An entry: a trigger of the latest revision of a flow, made ready to be evaluated."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from engine.errors import FlowsmithError
from engine.executor.compiled import CompiledFlow
from engine.model.flow import TriggerSpec
from engine.model.json import Json, dumps
from engine.model.log import Level
from engine.plugin import EventTrigger, PollingTrigger, ScheduleTrigger, Trigger
from engine.plugin.build import build
from engine.plugins.core.trigger.webhook import Webhook
from engine.storage.ports import TriggerState
from engine.triggers.claim import claims_of
from engine.triggers.condition import Reach, all_hold, reach_of
from engine.triggers.context import Contexts
from engine.triggers.dates import Dates

Key: TypeAlias = tuple[str, str, str]
"""Namespace, flow and trigger id."""

LOCKING = frozenset({"SCHEDULE", "POLLING"})
"""Kinds that, unless `allowConcurrent`, do not fire again until the execution they made has ended."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A trigger as it is written now. `dates` only of a schedule whose properties are possible."""

    key: Key
    spec: TriggerSpec
    flow: CompiledFlow
    plugin: type[Trigger]
    kind: str
    reach: Reach
    dates: Dates | None = None

    @property
    def revision(self) -> int:
        """The revision of the flow it was read from."""
        return self.flow.flow.revision

    @property
    def active(self) -> bool:
        """Whether neither the flow nor the trigger is disabled in the text."""
        return not (self.spec.disabled or self.flow.flow.disabled)

    @property
    def locks(self) -> bool:
        """Whether it waits for the end of an execution it made before it makes another one."""
        return self.kind in LOCKING and not self.spec.allow_concurrent

    @property
    def mark(self) -> str:
        """A text that changes when the dates may."""
        spec = self.spec
        said = [spec.type, dict(spec.properties), [dict(one) for one in spec.conditions], spec.when]
        return hashlib.blake2b(dumps(said), digest_size=12).hexdigest()


def locked(entry: Entry, state: TriggerState) -> bool:
    """Tell whether a trigger must wait for the end of an execution it made."""
    return entry.locks and bool(claims_of(state))


def read_entry(flow: CompiledFlow, spec: TriggerSpec, contexts: Contexts) -> Entry | None:
    """Return the entry, None when its type is no trigger; what is wrong with a schedule is logged."""
    plugin = contexts.world.resolver.resolve(spec.type)
    if not issubclass(plugin, Trigger):
        return None
    key = (flow.flow.namespace, flow.flow.id, spec.id)
    reach = reach_of(spec)
    dates = None
    if issubclass(plugin, ScheduleTrigger):
        try:
            dates = _dates(flow, spec, plugin, reach, contexts)
        except FlowsmithError as error:
            contexts.log(flow, spec, Level.ERROR, f"The trigger cannot be scheduled: {error.message}")
    return Entry(key, spec, flow, plugin, _kind(plugin), reach, dates)


def _kind(plugin: type[Trigger]) -> str:
    if issubclass(plugin, ScheduleTrigger):
        return "SCHEDULE"
    if issubclass(plugin, PollingTrigger):
        return "POLLING"
    if issubclass(plugin, Webhook):
        return "WEBHOOK"
    return "FLOW" if issubclass(plugin, EventTrigger) else "OTHER"


def _dates(
    flow: CompiledFlow,
    spec: TriggerSpec,
    plugin: type[ScheduleTrigger],
    reach: Reach,
    contexts: Contexts,
) -> Dates:
    with contexts.open(flow, spec) as ctx:
        schedule = build(plugin, spec.properties, ctx, contexts.world.resolver)
    if not reach.any or not reach.fixed:
        return Dates(schedule)
    plain = ctx.scope

    def holds(variables: Mapping[str, Json]) -> bool:
        with contexts.open(flow, spec) as asked:
            asked.scope = plain.with_variables({"trigger": variables, "schedule": variables})
            return all_hold(spec, asked)

    return Dates(schedule, holds, reach.neighbours)
