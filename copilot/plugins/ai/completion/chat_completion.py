"""Ask a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

from copilot.plugins.ai._answer import Question, answer
from copilot.plugins.ai._configuration import ChatConfiguration
from copilot.plugins.ai._content import ChatMessage, read_messages
from copilot.plugins.ai._guardrail import Guardrails
from copilot.plugins.ai._observability import Observability
from copilot.plugins.ai._output import AIOutput
from copilot.plugins.ai._provider import ModelProvider
from copilot.plugins.ai._tool import ToolProvider
from engine.plugin import STATIC, Example, Output, Task

if TYPE_CHECKING:
    from engine.plugin import RunContext

_WINDOW = 100


class ChatCompletionOutput(AIOutput):
    """Outputs of `ChatCompletion`."""

    ai_response: str | None = None
    """Deprecated: the same as `textOutput`."""


class ChatCompletion(Task):
    """Ask a model and give its answer as output.

    The last message is the question; those before it are what was said earlier. The model may use tools
    before it answers. Fails when the provider cannot be used, when there is more than one SYSTEM message,
    when the last message is not of type USER, and when JSON was asked for and the answer is none.
    """

    aliases: ClassVar[tuple[str, ...]] = (
        "io.kestra.plugin.langchain4j.completion.ChatCompletion",
        "io.kestra.plugin.langchain4j.ChatCompletion",
    )
    gives: ClassVar[type[Output]] = ChatCompletionOutput
    row_properties: ClassVar[tuple[str, ...]] = ("guardrails", "tools")
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Ask a model of Google",
            """\
id: ask
namespace: company.team
tasks:
  - id: ask
    type: io.kestra.plugin.ai.completion.ChatCompletion
    provider:
      type: io.kestra.plugin.ai.provider.GoogleGemini
      modelName: gemini-2.5-flash
      apiKey: "{{ secret('GEMINI_API_KEY') }}"
    messages:
      - type: SYSTEM
        content: You answer in one sentence.
      - type: USER
        content: What is a workflow engine?
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.ask.textOutput }}"
""",
        ),
        Example(
            "JSON from a model on this machine",
            """\
id: sentiment
namespace: company.team
tasks:
  - id: ask
    type: io.kestra.plugin.ai.completion.ChatCompletion
    provider:
      type: io.kestra.plugin.ai.provider.Ollama
      modelName: llama3.2
      endpoint: http://localhost:11434
    configuration:
      temperature: 0
      responseFormat:
        type: JSON
        jsonSchema:
          type: object
          required: [mood]
          properties:
            mood:
              type: string
              enum: [good, bad]
    messages:
      - type: USER
        content: "What is the mood of: 'The trip was late and the seat was wet'?"
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.ask.jsonOutput.mood }}"
""",
        ),
    )

    messages: list[ChatMessage]
    """The conversation, oldest message first. Of a very long one the last 100 are sent."""

    provider: ModelProvider
    """The model to ask."""

    configuration: ChatConfiguration = ChatConfiguration()
    """How it answers."""

    tools: list[ToolProvider] = []
    """What it may use."""

    guardrails: Annotated[Guardrails | None, STATIC] = None
    """What must hold of question and answer."""

    observability: Observability | None = None
    """Where to keep a record of the chat."""

    def run(self, ctx: RunContext) -> ChatCompletionOutput:
        """Ask."""
        messages = read_messages(ctx, self.messages)
        system = [one for one in messages if one.role == "system"]
        said = [one for one in messages if one.role != "system"][-_WINDOW:]
        question = Question(
            [*system, *said],
            said[-1].text,
            self.provider,
            self.configuration,
            self.tools,
            self.guardrails,
            self.observability,
        )
        output, _ = answer(ctx, question, ChatCompletionOutput)
        return output.model_copy(update={"ai_response": output.text_output})
