"""What the copilot needs of a model: whole replies and streamed replies."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from engine.model.json import Json


@dataclass(frozen=True, slots=True)
class Message:
    """One message to a model."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call; 0 where the provider does not say."""

    input_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Price:
    """What a million tokens cost, in the currency the operator thinks in."""

    input_per_million: float
    output_per_million: float

    def of(self, usage: Usage) -> float:
        """Return the cost of a call."""
        spent = usage.input_tokens * self.input_per_million + usage.output_tokens * self.output_per_million
        return spent / 1_000_000


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply; `cut` when the model stopped at its length limit."""

    text: str
    usage: Usage
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Schema:
    """The JSON schema a reply must follow, where the provider can hold the model to it."""

    name: str
    body: dict[str, Json]


class Provider(Protocol):
    """A model behind some API. Raises ProviderError and nothing else."""

    @property
    def name(self) -> str:
        """Name of the provider, for people."""

    @property
    def model(self) -> str:
        """Name of the model."""

    async def complete(
        self, messages: Sequence[Message], *, schema: Schema | None = None, max_tokens: int = 2000
    ) -> Reply:
        """Return the whole reply."""

    def stream(self, messages: Sequence[Message], *, max_tokens: int = 2000) -> AsyncIterator[str | Reply]:
        """Yield pieces of text, at last the whole reply."""

    async def close(self) -> None:
        """Release connections."""
