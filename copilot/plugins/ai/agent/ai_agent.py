"""An agent: a model that uses tools until it has the answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from copilot.plugins.ai._answer import Question
from copilot.plugins.ai._configuration import ChatConfiguration
from copilot.plugins.ai._guardrail import Guardrails
from copilot.plugins.ai._memory import ChatMemory
from copilot.plugins.ai._observability import Observability
from copilot.plugins.ai._output import AIOutput
from copilot.plugins.ai._provider import ModelProvider
from copilot.plugins.ai._recall import answer_with, asked
from copilot.plugins.ai._retriever import ContentRetriever
from copilot.plugins.ai._tool import ToolProvider
from engine.model.json import Json
from engine.plugin import STATIC, Example, Output, Task, Text

if TYPE_CHECKING:
    from engine.plugin import RunContext


class AIAgent(Task):
    """Give a model a task and tools, and let it work until it has the answer.

    Tools are run one after the other, in this task. Fails when the provider cannot be used, when a tool
    fails, and when the model wants tools more often in a row than allowed.
    """

    gives: ClassVar[type[Output]] = AIOutput
    extra_variables: ClassVar[tuple[str, ...]] = ("workingDir",)
    row_properties: ClassVar[tuple[str, ...]] = ("guardrails", "tools")
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "An agent that may write to the log and search the web",
            """\
id: research
namespace: company.team
tasks:
  - id: agent
    type: io.kestra.plugin.ai.agent.AIAgent
    provider:
      type: io.kestra.plugin.ai.provider.OpenAI
      modelName: gpt-4o-mini
      apiKey: "{{ secret('OPENAI_API_KEY') }}"
    systemMessage: You are brief and name your sources.
    prompt: Find out when the next DuckDB release comes, and log the date.
    maxSequentialToolsInvocations: 10
    tools:
      - type: io.kestra.plugin.ai.tool.TavilyWebSearch
        apiKey: "{{ secret('TAVILY_API_KEY') }}"
      - type: io.kestra.plugin.ai.tool.KestraTask
        tasks:
          - id: log
            type: io.kestra.plugin.core.log.Log
            message: "..."
""",
        ),
        Example(
            "An agent that remembers",
            """\
id: remembering
namespace: company.team
inputs:
  - id: prompt
    type: STRING
    defaults: My name is Grace.
tasks:
  - id: agent
    type: io.kestra.plugin.ai.agent.AIAgent
    provider:
      type: io.kestra.plugin.ai.provider.Ollama
      modelName: llama3.2
      endpoint: http://localhost:11434
    memory:
      type: io.kestra.plugin.ai.memory.KestraKVStore
      memoryId: grace
      ttl: P1D
    prompt: "{{ inputs.prompt }}"
""",
        ),
    )

    prompt: Text
    """What to do."""

    system_message: Text | None = None
    """What the model is told to be."""

    provider: ModelProvider
    """The model."""

    configuration: ChatConfiguration = ChatConfiguration()
    """How it answers."""

    tools: list[ToolProvider] = []
    """What it may use."""

    max_sequential_tools_invocations: int | None = Field(default=None, gt=0)
    """How many times in a row it may want tools; without a limit when left out."""

    content_retrievers: list[ContentRetriever] = []
    """Sources of texts that are sent along with the prompt; they are always asked."""

    memory: ChatMemory | None = None
    """What was said in earlier executions."""

    guardrails: Annotated[Guardrails | None, STATIC] = None
    """What must hold of prompt and answer."""

    observability: Observability | None = None
    """Where to keep a record of the chat."""

    output_files: list[Text] | None = None
    """Patterns of files in the working directory to keep, for example `*.md`; tools write them there, and the
    prompt may use `{{ workingDir }}`."""

    @classmethod
    def variables_for(cls, ctx: RunContext, properties: Mapping[str, Json]) -> Mapping[str, Json]:
        """Return the working directory, when files are wanted."""
        return {"workingDir": str(ctx.work_dir)} if properties.get("outputFiles") else {}

    def run(self, ctx: RunContext) -> AIOutput:
        """Work."""
        question = Question(
            asked(self.prompt, self.system_message),
            self.prompt,
            self.provider,
            self.configuration,
            self.tools,
            self.guardrails,
            self.observability,
            self.max_sequential_tools_invocations,
        )
        output = answer_with(ctx, question, AIOutput, memory=self.memory, retrievers=self.content_retrievers)
        if not self.output_files:
            return output
        kept = {name: ctx.put(name, path) for name, path in self._files(ctx)}
        return output.model_copy(update={"output_files": kept})

    def _files(self, ctx: RunContext) -> Iterator[tuple[str, Path]]:
        root = ctx.work_dir.resolve()
        for pattern in self.output_files or ():
            for path in sorted(root.glob(pattern.lstrip("/"))):
                if path.is_file() and path.resolve().is_relative_to(root):
                    yield path.relative_to(root).as_posix(), path
