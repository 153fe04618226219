"""The planner that asks a model: any OpenAI-compatible one. The model writes a plan, never a file."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from typing import TypeVar

from pydantic import BaseModel

from copilot.errors import ReplyError
from copilot.plan import target
from copilot.plan.operation import Edit
from copilot.plan.plan import Plan
from copilot.planner.prompt import edit_messages, plan_messages
from copilot.planner.reply import read
from copilot.planner.request import CALLS, Failed, Request
from copilot.planner.suggest import Catalogue, suggested
from copilot.providers.guard import Guard, Meter
from copilot.providers.port import Message, Schema
from copilot.threads import run_sync
from engine.errors import SourceError
from engine.model.moment import Clock, now
from engine.registry import Registry
from engine.source.document import read_document

logger = logging.getLogger(__name__)

M = TypeVar("M", bound=BaseModel)

_ALWAYS = (
    "io.kestra.plugin.core.log.Log",
    "io.kestra.plugin.core.trigger.Schedule",
    "io.kestra.plugin.core.flow.ForEach",
    "io.kestra.plugin.core.flow.If",
    "io.kestra.plugin.core.http.Download",
    "io.kestra.plugin.scripts.python.Script",
)


class ModelPlanner:
    """Plans with a model. A reply that is no plan is asked for once more, a cut one with more room.

    One draft costs at most `CALLS` calls, repairs included.
    """

    repairs = True

    def __init__(
        self,
        guard: Guard,
        registry: Registry,
        catalogue: Catalogue | None,
        *,
        clock: Clock = now,
        budget_tokens: int = 12_000,
        max_tokens: int = 2_000,
        cards: int = 14,
    ) -> None:
        self._guard = guard
        self._registry = registry
        self._catalogue = catalogue
        self._clock = clock
        self._budget_tokens = budget_tokens
        self._max_tokens = max_tokens
        self._cards = cards

    @property
    def name(self) -> str:
        """Name shown with the draft."""
        return self._guard.model

    async def plan(self, request: Request, meter: Meter, failed: Failed | None = None) -> Plan:
        """Ask for the plan of a new flow."""
        types = await run_sync(self._types, request)
        messages, schema = await run_sync(
            plan_messages,
            request,
            types,
            self._registry,
            self._clock(),
            budget_tokens=self._budget_tokens,
            failed=failed,
        )
        plan = await self._ask(messages, schema, Plan, meter)
        plan.namespace = request.namespace or plan.namespace
        plan.id = request.flow_id or plan.id
        return plan

    async def edit(self, request: Request, meter: Meter, failed: Failed | None = None) -> Edit:
        """Ask for the changes of the current flow."""
        types = await run_sync(self._types, request)
        messages, schema = await run_sync(
            edit_messages,
            request,
            types,
            self._registry,
            self._clock(),
            budget_tokens=self._budget_tokens,
            failed=failed,
        )
        return await self._ask(messages, schema, Edit, meter)

    async def _ask(self, messages: Sequence[Message], schema: Schema, shape: type[M], meter: Meter) -> M:
        reply = await self._guard.complete(messages, meter, schema=schema, max_tokens=self._max_tokens)
        try:
            return read(reply, shape)
        except ReplyError as error:
            if meter.calls >= CALLS:
                raise
            logger.info("reply is no plan", extra={"model": self._guard.model, "reason": str(error)})
            hint = Message("user", f"{error} Answer with the JSON object only.")
            room = self._max_tokens * (2 if reply.cut else 1)
            again = await self._guard.complete([*messages, hint], meter, schema=schema, max_tokens=room)
            return read(again, shape)

    def _types(self, request: Request) -> list[str]:
        """Return the types of the flow at hand, those each clause means, and the usual ones."""
        found: dict[str, None] = {}
        if request.current_yaml:
            try:
                data = read_document(request.current_yaml).data
            except SourceError:
                data = None
            for _, task in target.tasks_of(data):
                found.setdefault(task["type"])
        parts = [request.words, *re.split(r"[.,;\n]|\b(?:and|then)\b", request.words)]
        lists = [
            suggested(self._catalogue, self._registry, part, 5) for part in parts if len(part.strip()) > 3
        ]
        for rank in range(5):
            for hits in lists:
                if rank < len(hits):
                    found.setdefault(hits[rank])
        chosen = list(found)[: self._cards]
        chosen += [name for name in _ALWAYS if name not in chosen]
        return [name for name in dict.fromkeys(chosen) if self._registry.find(name) is not None]
