"""A conversation with a model: rounds of answers and tools until the last answer."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from copilot.plugins.ai._configuration import ChatConfiguration
from copilot.plugins.ai._message import Message, Reply, Usage
from copilot.plugins.ai._output import IntermediateResponse, TokenUsage, ToolExecution, ToolRequest
from copilot.plugins.ai._provider import ModelProvider, Request
from copilot.plugins.ai._tool import Toolbox
from engine.errors import TaskFailure
from engine.model.json import dumps, loads
from engine.plugin import RunContext

_LOGGED = 4_000


@dataclass(slots=True)
class Talk:
    """What happened: the last reply, with the tokens of all rounds, and what came before it.

    `messages` are all that were sent and received, the last answer included.
    """

    reply: Reply
    messages: list[Message]
    duration_ms: int
    executions: list[ToolExecution] = field(default_factory=list)
    intermediate: list[IntermediateResponse] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Conversation:
    """Asks a model until it answers without wanting a tool."""

    ctx: RunContext
    provider: ModelProvider
    configuration: ChatConfiguration
    tools: Toolbox = field(default_factory=lambda: Toolbox(()))
    max_tool_rounds: int | None = None

    def hold(self, messages: Sequence[Message]) -> Talk:
        """Return the talk; raises TaskFailure when model or tool fails, or the rounds are used up."""
        self.provider.check(self.ctx, self.configuration)
        begun = time.monotonic()
        known = list(messages)
        usage = Usage()
        talk = Talk(Reply("", usage, "OTHER"), known, 0)
        while True:
            started = time.monotonic()
            reply = self._ask(known)
            usage += reply.usage
            known.append(reply.as_message())
            if not reply.tool_calls:
                break
            talk.intermediate.append(_intermediate(reply, _ms_since(started)))
            if self.max_tool_rounds is not None and len(talk.intermediate) > self.max_tool_rounds:
                raise TaskFailure(
                    f"The model wanted tools more than {self.max_tool_rounds} times in a row "
                    "(maxSequentialToolsInvocations); raise the limit, or make the task clearer"
                )
            self._use_tools(reply, known, talk)
        talk.reply = replace(reply, usage=usage)
        talk.duration_ms = _ms_since(begun)
        self._measure(usage)
        return talk

    def _ask(self, messages: Sequence[Message]) -> Reply:
        if self.ctx.cancelled.is_set():
            raise TaskFailure("Stopped before the model was asked")
        if self.configuration.log_requests:
            for message in messages:
                self.ctx.debug(f"to {self.provider.model_name}: {message.role}: {message.text[:_LOGGED]}")
        request = Request(tuple(messages), self.configuration, self.tools.specs)
        reply = self.provider.chat(self.ctx, request)
        self.ctx.metric("ai.provider.calls", 1, provider=self.provider.name, model=self.provider.model_name)
        if self.configuration.log_responses:
            self.ctx.debug(f"from {self.provider.model_name}: {reply.finish}: {reply.text[:_LOGGED]}")
        return reply

    def _use_tools(self, reply: Reply, messages: list[Message], talk: Talk) -> None:
        for call in reply.tool_calls:
            self.ctx.info(f"The model uses the tool {call.name}")
            result = self.tools.use(call)
            messages.append(Message("tool", result, tool_call_id=call.id, tool_name=call.name))
            talk.executions.append(
                ToolExecution(
                    request_id=call.id,
                    request_name=call.name,
                    request_arguments=loads(call.arguments or "{}"),
                    result=result,
                )
            )

    def _measure(self, usage: Usage) -> None:
        measure_tokens(self.ctx, usage, self.provider)


def measure_tokens(ctx: RunContext, usage: Usage, provider: ModelProvider) -> None:
    """Publish the tokens as metrics."""
    counts = {"input": usage.input, "output": usage.output, "total": usage.total}
    for name, count in counts.items():
        if count is not None:
            ctx.metric(f"{name}.token.count", count, provider=provider.name, model=provider.model_name)


def _intermediate(reply: Reply, duration_ms: int) -> IntermediateResponse:
    return IntermediateResponse(
        id=reply.id or None,
        completion=reply.text or None,
        token_usage=TokenUsage.of(reply.usage),
        finish_reason=reply.finish,
        tool_execution_requests=[
            ToolRequest(id=call.id, name=call.name, arguments=call.arguments) for call in reply.tool_calls
        ],
        request_duration=duration_ms,
    )


def _ms_since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)


def json_text(value: object) -> str:
    """Return compact JSON as text, for a model."""
    return dumps(value).decode()
