"""A provider that says what is on a tape."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from copilot.errors import BudgetSpent, ProviderBusy, ProviderError, ProviderRefused, ProviderSilent
from copilot.evaluate.tape import Call, Places, Tape, placed
from copilot.providers.port import Message, Reply, Schema, Usage
from engine.model.json import Json

_ERRORS: dict[str, type[ProviderError]] = {
    kind.code: kind for kind in (ProviderError, ProviderRefused, ProviderBusy, BudgetSpent, ProviderSilent)
}


class Player:
    """A provider that says what is on a tape."""

    name = "tape"

    def __init__(self, tape: Tape) -> None:
        self.places: Places = {}
        self.tape = tape

    @property
    def model(self) -> str:
        """Name of the model that was recorded."""
        return self.tape.head.model

    async def complete(
        self, messages: Sequence[Message], *, schema: Schema | None = None, max_tokens: int = 2000
    ) -> Reply:
        """Say it again, failures too. Raises TapeError for a call that is not on the tape."""
        said = self.tape.take(Call.of(self.model, messages, schema, max_tokens, self.places))
        if "error" in said:
            raise _failed(said)
        tokens = said["tokens"]
        return Reply(placed(said["text"], self.places), Usage(*map(int, tokens)), bool(said["cut"]))

    async def stream(
        self, messages: Sequence[Message], *, max_tokens: int = 2000
    ) -> AsyncIterator[str | Reply]:
        """Say it again in one piece."""
        reply = await self.complete(messages, max_tokens=max_tokens)
        yield reply.text
        yield reply

    async def close(self) -> None:
        """Nothing is open."""


def _failed(said: Json) -> ProviderError:
    kind = _ERRORS.get(said["error"], ProviderError)
    if issubclass(kind, ProviderBusy):
        return kind(said["message"], retry_after_s=said.get("retryAfterS"))
    return kind(said["message"])
