"""What goes to a model and what comes back, in no provider's own form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from engine.model.json import Json

Role = Literal["system", "user", "assistant", "tool"]
Finish = Literal["STOP", "LENGTH", "TOOL_EXECUTION", "CONTENT_FILTER", "OTHER"]


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a message: text, or a file as base64 in `content` (an address for `url`)."""

    kind: Literal["TEXT", "IMAGE", "PDF"]
    content: str
    media_type: str = "text/plain"
    url: bool = False


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A wish of the model to use a tool; `arguments` is the text it wrote, meant to be a JSON map."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as the model sees it; `parameters` is a JSON schema of type object."""

    name: str
    description: str
    parameters: dict[str, Json]


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `tool_call_id` and `tool_name` say what a message of the role `tool` answers.

    `native` keeps what the provider wants back unchanged in the next round (signed thoughts).
    """

    role: Role
    text: str = ""
    blocks: tuple[Block, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""
    tool_name: str = ""
    native: Json = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens, None where the provider does not say."""

    input: int | None = None
    output: int | None = None
    total: int | None = None

    def __add__(self, other: Usage) -> Usage:
        pairs = ((self.input, other.input), (self.output, other.output), (self.total, other.total))
        return Usage(*(None if a is None and b is None else (a or 0) + (b or 0) for a, b in pairs))


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model answered in one round."""

    text: str
    usage: Usage
    finish: Finish
    id: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    thinking: str | None = None
    native: Json = None

    def as_message(self) -> Message:
        """Return the answer as it is sent back in the next round."""
        return Message("assistant", self.text, tool_calls=self.tool_calls, native=self.native)


@dataclass(frozen=True, slots=True)
class Vectors:
    """One vector for each text, in order, and the tokens they cost."""

    rows: Sequence[Sequence[float]]
    usage: Usage = Usage()


@dataclass(frozen=True, slots=True)
class Picture:
    """A generated image: its address, or its bytes."""

    url: str | None
    content: bytes | None
    usage: Usage = Usage()
