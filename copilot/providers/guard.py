"""Around every provider: secrets are masked, what left can be viewed, tokens and cost are counted."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from copilot.providers.port import Message, Price, Provider, Reply, Schema, Usage
from copilot.redact import redact
from copilot.threads import run_sync

Payload = list[dict[str, str]]
"""The messages of one call, exactly as they left."""


class Tally(Protocol):
    """Where calls are counted and limited: see `copilot.ledger`."""

    def check(self) -> None:
        """Raise BudgetSpent when nothing may be sent any more."""

    def count(self, model: str, usage: Usage, cost: float | None) -> None:
        """Count one call that was answered."""


@dataclass
class Meter:
    """What one turn used; `payloads` hold exactly what was sent, `cost` is None where no price is known."""

    input_tokens: int = 0
    output_tokens: int = 0
    calls: int = 0
    cost: float | None = None
    model: str = ""
    masked: list[str] = field(default_factory=list)
    payloads: list[Payload] = field(default_factory=list)

    def add(self, usage: Usage, cost: float | None = None) -> None:
        """Count one call."""
        self.calls += 1
        self.input_tokens += usage.input_tokens
        self.output_tokens += usage.output_tokens
        if cost is not None:
            self.cost = (self.cost or 0.0) + cost


class Guard:
    """A provider that masks secrets; `secret_values` are the values known to the service."""

    def __init__(
        self,
        provider: Provider,
        secret_values: Callable[[], Iterable[str]] = tuple,
        *,
        tally: Tally | None = None,
        price: Price | None = None,
        kept: int = 20,
    ) -> None:
        self._provider = provider
        self._values = secret_values
        self._tally = tally
        self._price = price
        self.payloads: deque[Payload] = deque(maxlen=kept)

    @property
    def name(self) -> str:
        """Name of the provider."""
        return self._provider.name

    @property
    def model(self) -> str:
        """Name of the model."""
        return self._provider.model

    async def complete(
        self,
        messages: Sequence[Message],
        meter: Meter,
        *,
        schema: Schema | None = None,
        max_tokens: int = 2000,
    ) -> Reply:
        """Send masked messages and count the tokens."""
        masked = await self._prepared(messages, meter)
        try:
            reply = await self._provider.complete(masked, schema=schema, max_tokens=max_tokens)
        except asyncio.CancelledError:  # stopped by the user: what left is spent
            self._counted(meter, _estimated(masked, ""))
            raise
        await run_sync(self._counted, meter, _known(reply.usage, masked, reply.text))
        return reply

    async def stream(
        self, messages: Sequence[Message], meter: Meter, *, max_tokens: int = 2000
    ) -> AsyncIterator[str]:
        """Send masked messages and yield pieces of the reply."""
        masked = await self._prepared(messages, meter)
        pieces = self._provider.stream(masked, max_tokens=max_tokens)
        said: list[str] = []
        counted = False
        try:
            async for piece in pieces:
                if isinstance(piece, Reply):
                    counted = True
                    self._counted(meter, _known(piece.usage, masked, piece.text))
                else:
                    said.append(piece)
                    yield piece
        finally:
            if said and not counted:  # left before its end
                self._counted(meter, _estimated(masked, "".join(said)))
            close = getattr(pieces, "aclose", None)
            if close is not None:
                await close()

    async def close(self) -> None:
        """Close the provider."""
        await self._provider.close()

    async def _prepared(self, messages: Sequence[Message], meter: Meter) -> list[Message]:
        if self._tally is not None:
            await run_sync(self._tally.check)
        return await run_sync(self._masked, messages, meter)

    def _masked(self, messages: Sequence[Message], meter: Meter) -> list[Message]:
        values = tuple(self._values())
        masked = []
        for message in messages:
            clean = redact(message.content, values, own=message.role == "system")
            meter.masked += [kind for kind in clean.found if kind not in meter.masked]
            masked.append(Message(message.role, clean.text))
        payload = [{"role": item.role, "content": item.content} for item in masked]
        self.payloads.append(payload)
        meter.payloads.append(payload)
        meter.model = self.model
        return masked

    def _counted(self, meter: Meter, usage: Usage) -> None:
        cost = None if self._price is None else self._price.of(usage)
        meter.add(usage, cost)
        if self._tally is not None:
            self._tally.count(self.model, usage, cost)


def _known(usage: Usage, sent: Sequence[Message], text: str) -> Usage:
    """Take the provider's own count; estimate where it says nothing."""
    return usage if usage.input_tokens or usage.output_tokens else _estimated(sent, text)


def _estimated(sent: Sequence[Message], text: str) -> Usage:
    return Usage(sum(len(item.content) for item in sent) // 4 + 1, len(text) // 4)
