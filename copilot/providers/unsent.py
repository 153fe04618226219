"""A provider that sends nothing: what would leave can be looked at first."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from copilot.errors import ProviderSilent
from copilot.providers.port import Message, Reply, Schema


class Unsent:
    """Answers every call with ProviderSilent; the guard around it has kept the payload by then."""

    name = "unsent"
    model = "none"

    async def complete(
        self, messages: Sequence[Message], *, schema: Schema | None = None, max_tokens: int = 2000
    ) -> Reply:
        """Raise ProviderSilent."""
        raise ProviderSilent("Nothing was sent: this is a preview")

    async def stream(
        self, messages: Sequence[Message], *, max_tokens: int = 2000
    ) -> AsyncIterator[str | Reply]:
        """Raise ProviderSilent."""
        reply = await self.complete(messages, max_tokens=max_tokens)
        yield reply

    async def close(self) -> None:
        """Nothing is open."""
