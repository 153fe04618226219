"""Contexts: what the code of a trigger is given, and where its messages go."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from engine.executor.compiled import CompiledFlow
from engine.executor.start import Starter
from engine.feed import Feed
from engine.model.flow import TriggerSpec
from engine.model.json import Json
from engine.model.log import Level, LogEntry
from engine.plugin.context import RunContext, Where, World
from engine.secrets import mask
from engine.storage.ports import Changes


@dataclass(frozen=True, slots=True)
class Contexts:
    """Makes contexts for triggers. They belong to a flow, but to no execution yet."""

    world: World
    starter: Starter
    feed: Feed
    clock: Callable[[], datetime]

    @contextmanager
    def open(
        self,
        flow: CompiledFlow,
        spec: TriggerSpec,
        variables: Mapping[str, Json] | None = None,
        *,
        world: World | None = None,
    ) -> Iterator[RunContext]:
        """Lend a context; what was logged is stored at the end. `variables` are seen under `trigger`."""
        masks: set[str] = set()
        entries: list[LogEntry] = []
        extra = {"trigger": variables} if variables is not None else None
        lowest = (spec.log_level or Level.TRACE).rank

        def emit(level: Level, message: str) -> None:
            if level.rank >= lowest:
                entries.append(self._entry(flow, spec, level, mask(message, list(masks))))

        ctx = RunContext(
            Where(flow.flow.namespace, flow.flow.id, flow.flow.revision, trigger_id=spec.id),
            world or self.world,
            self.starter.scope(flow, flow.flow.labels, masks, extra),
            emit_log=emit,
            emit_metric=lambda metric: None,
            clock=self.clock,
        )
        try:
            yield ctx
        finally:
            ctx.close()
            self.store(entries)

    def log(self, flow: CompiledFlow, spec: TriggerSpec, level: Level, message: str) -> None:
        """Write one message to the log of the flow."""
        self.store([self._entry(flow, spec, level, message)])

    def store(self, entries: list[LogEntry]) -> None:
        """Store messages, then hand them to those who follow."""
        if not entries:
            return
        changes = Changes(logs=entries)
        with self.world.store.executions.transaction() as transaction:
            transaction.write(changes)
        for entry in changes.logs:
            self.feed.publish(entry)

    def _entry(self, flow: CompiledFlow, spec: TriggerSpec, level: Level, message: str) -> LogEntry:
        return LogEntry(
            namespace=flow.flow.namespace,
            flow_id=flow.flow.id,
            execution_id=None,
            timestamp=self.clock(),
            level=level,
            message=message,
            trigger_id=spec.id,
            thread=threading.current_thread().name,
        )
