"""An agent as a tool of another one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pydantic import Field

from copilot.plugins.ai._answer import Question, answer
from copilot.plugins.ai._configuration import ChatConfiguration
from copilot.plugins.ai._message import ToolSpec
from copilot.plugins.ai._output import AIOutput
from copilot.plugins.ai._provider import ModelProvider
from copilot.plugins.ai._recall import asked
from copilot.plugins.ai._retriever import ContentRetriever, augmented, retrieved
from copilot.plugins.ai._tool import Tool, ToolProvider, text_parameter
from engine.plugin import RunContext, Text


class AIAgent(ToolProvider):
    """Let the model hand a part of its work to another model with tools of its own."""

    name: Text = "tool"
    """Name of the agent; the model sees `kestra_agent_<name>`."""

    description: Text
    """What the agent is good for; the model decides by it."""

    provider: ModelProvider
    """The agent's model."""

    configuration: ChatConfiguration = ChatConfiguration()
    """How it answers."""

    system_message: Text | None = None
    """What it is told to be."""

    tools: list[ToolProvider] = []
    """What it may use."""

    max_sequential_tools_invocations: int | None = Field(default=None, gt=0)
    """How many times in a row it may want tools; without a limit when left out."""

    content_retrievers: list[ContentRetriever] = []
    """Sources of texts that are sent along with its prompt."""

    @contextmanager
    def opened(self, ctx: RunContext) -> Iterator[Sequence[Tool]]:
        """Yield the agent."""
        parameters = text_parameter("prompt", "What the agent shall do, with all it must know")
        spec = ToolSpec(f"kestra_agent_{self.name}", self.description, parameters)
        yield [Tool(spec, lambda arguments: self._ask(ctx, str(arguments.get("prompt") or "")))]

    def _ask(self, ctx: RunContext, prompt: str) -> str:
        *before, last = asked(prompt, self.system_message)
        question = Question(
            [*before, augmented(last, retrieved(ctx, prompt, self.content_retrievers))],
            prompt,
            self.provider,
            self.configuration,
            self.tools,
            max_tool_rounds=self.max_sequential_tools_invocations,
        )
        _, talk = answer(ctx, question, AIOutput)
        return talk.reply.text if talk else ""
