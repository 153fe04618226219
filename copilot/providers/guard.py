"""Around every provider: secrets are masked, what left can be viewed, tokens are counted."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field

from copilot.providers.port import Message, Provider, Reply, Schema, Usage
from copilot.redact import redact


@dataclass
class Meter:
    """What one turn used; payloads hold exactly what was sent."""

    input_tokens: int = 0
    output_tokens: int = 0
    calls: int = 0
    masked: list[str] = field(default_factory=list)

    def add(self, usage: Usage) -> None:
        """Count one call."""
        self.calls += 1
        self.input_tokens += usage.input_tokens
        self.output_tokens += usage.output_tokens


class Guard:
    """A provider that masks secrets; `secret_values` are the values known to the service."""

    def __init__(
        self, provider: Provider, secret_values: Callable[[], Iterable[str]] = tuple, *, kept: int = 20
    ) -> None:
        self._provider = provider
        self._values = secret_values
        self.payloads: deque[list[dict[str, str]]] = deque(maxlen=kept)

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
        reply = await self._provider.complete(
            self._masked(messages, meter), schema=schema, max_tokens=max_tokens
        )
        meter.add(reply.usage)
        return reply

    async def stream(
        self, messages: Sequence[Message], meter: Meter, *, max_tokens: int = 2000
    ) -> AsyncIterator[str]:
        """Send masked messages and yield pieces of the reply."""
        pieces = self._provider.stream(self._masked(messages, meter), max_tokens=max_tokens)
        try:
            async for piece in pieces:
                if isinstance(piece, Reply):
                    meter.add(piece.usage)
                else:
                    yield piece
        finally:
            close = getattr(pieces, "aclose", None)
            if close is not None:
                await close()

    async def close(self) -> None:
        """Close the provider."""
        await self._provider.close()

    def _masked(self, messages: Sequence[Message], meter: Meter) -> list[Message]:
        values = tuple(self._values())
        masked = []
        for message in messages:
            clean = redact(message.content, values)
            meter.masked += [kind for kind in clean.found if kind not in meter.masked]
            masked.append(Message(message.role, clean.text))
        self.payloads.append([{"role": item.role, "content": item.content} for item in masked])
        return masked
