"""A provider that says what a case wrote down: broken plans, refusals, silence; no network, no model."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import AsyncIterator, Sequence

from copilot.errors import ProviderBusy, ProviderError, ProviderSilent
from copilot.providers.port import Message, Reply, Schema, Usage
from engine.model.json import Json

_FAILS: dict[str, type[ProviderError]] = {
    "busy": ProviderBusy,
    "silent": ProviderSilent,
    "down": ProviderError,
}


class ScriptedProvider:
    """Answers call after call with `replies`; after the last one it says the last one again.

    A reply is a text, a map (sent as JSON, `{cut: text}` as a reply that was cut off), or `{fails: busy}`,
    `silent` or `down`. `calls` counts what was asked for, `sent` keeps what came.
    """

    name = "script"
    model = "scripted"

    def __init__(self, replies: Sequence[Json]) -> None:
        self._replies = deque(replies)
        self.calls = 0
        self.sent: list[str] = []

    async def complete(
        self, messages: Sequence[Message], *, schema: Schema | None = None, max_tokens: int = 2000
    ) -> Reply:
        """Return the next reply, or raise what it stands for."""
        self.calls += 1
        self.sent.append("\n".join(message.content for message in messages))
        said = self._replies.popleft() if len(self._replies) > 1 else self._replies[0]
        if isinstance(said, dict) and said.keys() == {"fails"}:
            raise _FAILS[str(said["fails"])](f"the model is {said['fails']}")
        cut = isinstance(said, dict) and said.keys() == {"cut"}
        text = said["cut"] if cut else said if isinstance(said, str) else json.dumps(said)
        return Reply(text, Usage(100, 20), cut=cut)

    async def stream(
        self, messages: Sequence[Message], *, max_tokens: int = 2000
    ) -> AsyncIterator[str | Reply]:
        """Yield the next reply in one piece."""
        reply = await self.complete(messages, max_tokens=max_tokens)
        yield reply.text
        yield reply

    async def close(self) -> None:
        """Nothing is open."""
