"""From a question to outputs: guardrails, tools, the talk, and the form of the answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from copilot.plugins.ai._configuration import ChatConfiguration
from copilot.plugins.ai._conversation import Conversation, Talk
from copilot.plugins.ai._guardrail import Guardrails
from copilot.plugins.ai._message import Message
from copilot.plugins.ai._observability import Observability
from copilot.plugins.ai._output import AIOutput, Source, TokenUsage
from copilot.plugins.ai._provider import ModelProvider
from copilot.plugins.ai._tool import ToolProvider, toolbox
from engine.errors import TaskFailure
from engine.model.json import loads
from engine.plugin import RunContext

Given = TypeVar("Given", bound=AIOutput)
_FENCED = re.compile(r"^\s*```(?:json)?\s*\n(.*)\n\s*```\s*$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Question:
    """What a task asks a model. `text` is what guardrails see: the last message of the user."""

    messages: Sequence[Message]
    text: str
    provider: ModelProvider
    configuration: ChatConfiguration
    tools: Sequence[ToolProvider] = ()
    guardrails: Guardrails | None = None
    observability: Observability | None = None
    max_tool_rounds: int | None = None
    sources: Sequence[Source] = field(default_factory=tuple)


def answer(
    ctx: RunContext, question: Question, output: type[Given], **more: Any
) -> tuple[Given, Talk | None]:
    """Ask and return the outputs, and the talk unless a guardrail held the question back.

    `more` are further outputs, by name. Raises TaskFailure.
    """
    rails = question.guardrails or Guardrails()
    violated = rails.of_question(ctx, question.text)
    if violated:
        ctx.warn(violated)
        return output(guardrail_violated=True, guardrail_violation_message=violated), None
    with toolbox(ctx, question.tools) as tools:
        talk = Conversation(
            ctx, question.provider, question.configuration, tools, question.max_tool_rounds
        ).hold(question.messages)
    if question.observability is not None:
        question.observability.record(ctx, question.provider, question.messages, talk)
    violated = rails.of_answer(ctx, talk.reply)
    if violated:
        ctx.warn(violated)
        return output(guardrail_violated=True, guardrail_violation_message=violated), talk
    return _output(question, talk, output, more), talk


def _output(question: Question, talk: Talk, output: type[Given], more: dict[str, Any]) -> Given:
    reply, wanted = talk.reply, question.configuration
    return output(
        text_output=None if wanted.wants_json else reply.text,
        json_output=parsed(reply.text) if wanted.wants_json else None,
        token_usage=TokenUsage.of(reply.usage),
        finish_reason=reply.finish,
        tool_executions=talk.executions,
        intermediate_responses=talk.intermediate,
        request_duration=talk.duration_ms,
        thinking=reply.thinking if wanted.return_thinking else None,
        sources=list(question.sources),
        **more,
    )


def parsed(text: str) -> Any:
    """Return the JSON of an answer, also out of a fenced block; raises TaskFailure."""
    fenced = _FENCED.match(text)
    try:
        return loads(fenced[1] if fenced else text)
    except ValueError as error:
        raise TaskFailure(
            f"The model's answer is no JSON ({error}): {text[:200]!r}; give a `jsonSchema`, or raise "
            "`maxToken` if the answer was cut"
        ) from error
