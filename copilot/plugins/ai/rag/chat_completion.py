"""Ask a model that answers from documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from copilot.plugins.ai._answer import Question
from copilot.plugins.ai._configuration import ChatConfiguration
from copilot.plugins.ai._embedding_store import EmbeddingStore
from copilot.plugins.ai._guardrail import Guardrails
from copilot.plugins.ai._memory import ChatMemory
from copilot.plugins.ai._output import AIOutput
from copilot.plugins.ai._provider import ModelProvider
from copilot.plugins.ai._recall import answer_with, asked
from copilot.plugins.ai._retriever import ContentRetriever, Embedded
from copilot.plugins.ai._tool import ToolProvider
from engine.errors import TaskFailure
from engine.plugin import STATIC, Example, Output, Part, Task, Text

if TYPE_CHECKING:
    from engine.plugin import RunContext


class ContentRetrieverConfiguration(Part):
    """How many texts are sent along, and how near they must be."""

    max_results: int = Field(default=3, gt=0)
    """At most this many texts."""

    min_score: float = Field(default=0.0, ge=0, le=1)
    """Only texts with at least this score: 1 is the same direction, 0.5 has nothing in common."""


class RagChatCompletionOutput(AIOutput):
    """Outputs of `ChatCompletion`."""

    completion: str | None = None
    """Deprecated: the same as `textOutput`."""


class ChatCompletion(Task):
    """Ask a model that answers from documents.

    The question is embedded, the nearest texts of the store are found and sent along with it. When nothing is
    found the question goes out alone. Fails when a provider cannot be used and when there is neither a store
    nor a retriever.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.langchain4j.rag.ChatCompletion",)
    gives: ClassVar[type[Output]] = RagChatCompletionOutput
    row_properties: ClassVar[tuple[str, ...]] = ("guardrails", "tools")
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Answer from documents that were ingested",
            """\
id: answer
namespace: company.team
inputs:
  - id: question
    type: STRING
    defaults: Which cars drive outside of Manhattan?
tasks:
  - id: ingest
    type: io.kestra.plugin.ai.rag.IngestDocument
    provider:
      type: io.kestra.plugin.ai.provider.GoogleGemini
      modelName: gemini-embedding-001
      apiKey: "{{ secret('GEMINI_API_KEY') }}"
    embeddings:
      type: io.kestra.plugin.ai.embeddings.KestraKVStore
    drop: true
    fromDocuments:
      - content: Green taxis serve the outer boroughs.
  - id: ask
    type: io.kestra.plugin.ai.rag.ChatCompletion
    chatProvider:
      type: io.kestra.plugin.ai.provider.GoogleGemini
      modelName: gemini-2.5-flash
      apiKey: "{{ secret('GEMINI_API_KEY') }}"
    embeddingProvider:
      type: io.kestra.plugin.ai.provider.GoogleGemini
      modelName: gemini-embedding-001
      apiKey: "{{ secret('GEMINI_API_KEY') }}"
    embeddings:
      type: io.kestra.plugin.ai.embeddings.KestraKVStore
    systemMessage: Answer in one sentence, and only from the information you are given.
    prompt: "{{ inputs.question }}"
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.ask.textOutput }}"
""",
        ),
        Example(
            "Answer from the web",
            """\
id: answer-from-the-web
namespace: company.team
tasks:
  - id: ask
    type: io.kestra.plugin.ai.rag.ChatCompletion
    chatProvider:
      type: io.kestra.plugin.ai.provider.OpenAI
      modelName: gpt-4o-mini
      apiKey: "{{ secret('OPENAI_API_KEY') }}"
    contentRetrievers:
      - type: io.kestra.plugin.ai.retriever.TavilyWebSearch
        apiKey: "{{ secret('TAVILY_API_KEY') }}"
    prompt: What is new in DuckDB?
""",
        ),
    )

    prompt: Text
    """The question."""

    system_message: Text | None = None
    """What the model is told to be."""

    chat_provider: ModelProvider
    """The model that answers."""

    embeddings: EmbeddingStore | None = None
    """The store of the documents."""

    embedding_provider: ModelProvider | None = None
    """The model the documents were embedded with; by default `chatProvider`."""

    chat_configuration: ChatConfiguration = ChatConfiguration()
    """How the model answers."""

    content_retriever_configuration: ContentRetrieverConfiguration = ContentRetrieverConfiguration()
    """What is taken out of the store."""

    content_retrievers: list[ContentRetriever] = []
    """Further sources of texts; they are always asked."""

    tools: list[ToolProvider] = []
    """What the model may use."""

    memory: ChatMemory | None = None
    """What was said in earlier executions."""

    guardrails: Annotated[Guardrails | None, STATIC] = None
    """What must hold of question and answer."""

    def run(self, ctx: RunContext) -> RagChatCompletionOutput:
        """Find texts and ask."""
        retrievers: list[ContentRetriever | Embedded] = []
        if self.embeddings is not None:
            wanted = self.content_retriever_configuration
            provider = self.embedding_provider or self.chat_provider
            retrievers.append(Embedded(self.embeddings, provider, wanted.max_results, wanted.min_score))
        retrievers += self.content_retrievers
        if not retrievers:
            raise TaskFailure("Give `embeddings` or `contentRetrievers`: there is nothing to answer from")
        question = Question(
            asked(self.prompt, self.system_message),
            self.prompt,
            self.chat_provider,
            self.chat_configuration,
            self.tools,
            self.guardrails,
        )
        output = answer_with(
            ctx, question, RagChatCompletionOutput, memory=self.memory, retrievers=retrievers
        )
        return output.model_copy(update={"completion": output.text_output})
