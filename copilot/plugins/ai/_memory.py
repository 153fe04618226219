"""Chat memory: what was said in earlier executions, within a window."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal

from pydantic import Field

from copilot.plugins.ai._message import Message, ToolCall
from engine.errors import TaskFailure
from engine.model.json import Json
from engine.plugin import Duration, Plugin, RunContext, Text

Drop = Literal["NEVER", "BEFORE_TASKRUN", "AFTER_TASKRUN"]


class ChatMemory(Plugin):
    """Remembers the last messages under an id. Calls raise TaskFailure."""

    abstract: ClassVar[bool] = True

    messages: int = Field(default=10, gt=0)
    """How many messages are kept, the system message not counted."""

    ttl: Duration = timedelta(hours=1)
    """How long they are kept after the last one."""

    memory_id: Text | None = None
    """What the messages are kept under; by default the correlation id of the execution, which it shares with
    the executions it starts."""

    drop: Drop = "NEVER"
    """When to forget: `BEFORE_TASKRUN`, `AFTER_TASKRUN` or never."""

    def recall(self, ctx: RunContext) -> list[Message]:
        """Return what is remembered, oldest first."""
        if self.drop == "BEFORE_TASKRUN":
            self.forget(ctx, self.key(ctx))
            return []
        return [read_message(one) for one in self.load(ctx, self.key(ctx))]

    def remember(self, ctx: RunContext, messages: Sequence[Message]) -> None:
        """Keep the last messages, or forget all if the task says so."""
        if self.drop == "AFTER_TASKRUN":
            self.forget(ctx, self.key(ctx))
            return
        kept = [written(one) for one in within(messages, self.messages)]
        self.save(ctx, self.key(ctx), kept, ctx.clock() + self.ttl)

    def key(self, ctx: RunContext) -> str:
        """Return what the messages are kept under."""
        return self.memory_id or str(ctx.render("{{ labels.system.correlationId }}"))

    def load(self, ctx: RunContext, key: str) -> list[Json]:
        """Return the stored messages; empty when there are none or they have expired."""
        raise NotImplementedError

    def save(self, ctx: RunContext, key: str, messages: list[Json], expires: datetime) -> None:
        """Replace the stored messages."""
        raise NotImplementedError

    def forget(self, ctx: RunContext, key: str) -> None:
        """Remove the stored messages."""
        raise NotImplementedError


def within(messages: Sequence[Message], window: int) -> list[Message]:
    """Return the system message and the last others; answers of tools never without the wish for them."""
    system = [one for one in messages if one.role == "system"][-1:]
    others = [one for one in messages if one.role != "system"][-window:]
    while others and others[0].role == "tool":
        others.pop(0)
    return [*system, *others]


def written(message: Message) -> dict[str, Json]:
    """Return a message in the form LangChain4j stores it in, so that Kestra reads it."""
    if message.role == "system":
        return {"type": "SYSTEM", "text": message.text}
    if message.role == "user":
        return {"type": "USER", "contents": [{"type": "TEXT", "text": message.text}]}
    if message.role == "tool":
        return {
            "type": "TOOL_EXECUTION_RESULT",
            "id": message.tool_call_id,
            "toolName": message.tool_name,
            "text": message.text,
        }
    found: dict[str, Json] = {"type": "AI", "text": message.text}
    if message.tool_calls:
        found["toolExecutionRequests"] = [
            {"id": call.id, "name": call.name, "arguments": call.arguments} for call in message.tool_calls
        ]
    return found


def read_message(stored: Json) -> Message:
    """Return a stored message; raises TaskFailure when it is none."""
    try:
        return _read(stored)
    except (KeyError, TypeError, AttributeError) as error:
        raise TaskFailure("memory: what is stored are no messages; choose another `memoryId`") from error


def _read(stored: Any) -> Message:
    kind = stored["type"]
    if kind == "USER":
        texts = [one.get("text") or "" for one in stored.get("contents") or ()]
        return Message("user", "\n".join(texts))
    text = stored.get("text") or ""
    if kind == "SYSTEM":
        return Message("system", text)
    if kind == "TOOL_EXECUTION_RESULT":
        return Message("tool", text, tool_call_id=stored.get("id") or "", tool_name=stored["toolName"])
    calls = stored.get("toolExecutionRequests") or ()
    return Message(
        "assistant",
        text,
        tool_calls=tuple(ToolCall(one.get("id") or "", one["name"], one["arguments"]) for one in calls),
    )
