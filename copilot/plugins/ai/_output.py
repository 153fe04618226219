"""Outputs of the tasks that ask a model."""

from __future__ import annotations

from typing import Any, Self

from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

from copilot.plugins.ai._message import Finish, Usage
from engine.plugin import Output


class _Record(Output):
    model_config = ConfigDict(alias_generator=to_camel, frozen=True, extra="forbid")


class TokenUsage(_Record):
    """Tokens of all calls of the task."""

    input_token_count: int | None = None
    """Tokens sent."""

    output_token_count: int | None = None
    """Tokens answered."""

    total_token_count: int | None = None
    """Both."""

    @classmethod
    def of(cls, usage: Usage) -> Self:
        """Return the output form."""
        return cls(
            input_token_count=usage.input, output_token_count=usage.output, total_token_count=usage.total
        )


class ToolExecution(_Record):
    """A tool the model used."""

    request_id: str | None = None
    """Id of the model's wish."""

    request_name: str
    """Name of the tool."""

    request_arguments: Any = None
    """What the model gave it."""

    result: str | None = None
    """What it answered."""


class ToolRequest(_Record):
    """A wish of the model to use a tool."""

    id: str | None = None
    """Id of the wish."""

    name: str
    """Name of the tool."""

    arguments: str | None = None
    """The arguments as the model wrote them."""


class IntermediateResponse(_Record):
    """An answer of the model before its last one."""

    id: str | None = None
    """The provider's id of the answer."""

    completion: str | None = None
    """Its text."""

    token_usage: TokenUsage | None = None
    """Its tokens."""

    finish_reason: Finish | None = None
    """Why the model stopped."""

    tool_execution_requests: list[ToolRequest] = []
    """The tools it wanted."""

    request_duration: int | None = None
    """Milliseconds it took."""


class Source(_Record):
    """A text the answer could use."""

    content: str
    """The text."""

    metadata: dict[str, Any] = {}
    """Where it comes from."""


class GuardedOutput(Output):
    """What every task with guardrails gives."""

    token_usage: TokenUsage | None = None
    """Tokens that were used."""

    finish_reason: Finish | None = None
    """Why the model stopped: STOP, LENGTH, TOOL_EXECUTION, CONTENT_FILTER or OTHER."""

    guardrail_violated: bool = False
    """Whether a guardrail did not hold; the other outputs are empty then."""

    guardrail_violation_message: str | None = None
    """Which one, and its message."""


class AIOutput(GuardedOutput):
    """What a model answered, and how it got there."""

    text_output: str | None = None
    """The answer; null when JSON was asked for."""

    json_output: Any = None
    """The answer, parsed, when JSON was asked for."""

    tool_executions: list[ToolExecution] = []
    """The tools the model used, in order."""

    intermediate_responses: list[IntermediateResponse] = []
    """Its answers before the last one: those that asked for tools."""

    request_duration: int | None = None
    """Milliseconds from the first request to the last answer."""

    thinking: str | None = None
    """The model's thoughts, with `returnThinking`."""

    sources: list[Source] = []
    """The texts that were found and sent along."""

    output_files: dict[str, str] | None = None
    """Files that were made, by name, as `kestra:///` addresses."""
