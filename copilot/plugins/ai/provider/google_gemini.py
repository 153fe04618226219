"""Gemini models of Google AI."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from copilot.plugins.ai import _failure
from copilot.plugins.ai._await import awaited
from copilot.plugins.ai._http import exchange
from copilot.plugins.ai._message import Vectors
from copilot.plugins.ai._openai import OpenAICompatible
from copilot.plugins.ai._provider import RETRIES, Request
from engine.errors import TaskFailure
from engine.plugin import Duration, Part, RunContext, Text

_FORM = "/openai"
_BATCH = 100


class EmbeddingModelConfiguration(Part):
    """How Gemini embeds."""

    task_type: Text | None = None
    """What the vectors are for, for example `RETRIEVAL_QUERY` or `RETRIEVAL_DOCUMENT`."""

    title_metadata_key: Text | None = None
    """Accepted, not used: texts are embedded without a title."""

    max_retries: int | None = None
    """Further tries of a request that met a limit or a server error."""

    timeout: Duration | None = None
    """Longest time of a request."""

    output_dimensionality: int | None = None
    """Shorten the vectors to this length."""


class GoogleGemini(OpenAICompatible):
    """Gemini models of Google AI.

    Chats and embeds; makes no images. Chats use the part of Gemini's API that has OpenAI's form, embeddings
    its own form, the only one with a task type. `topK` exists only in the other form of chats and is left out
    with a warning. Models of the family `gemini-2.5-flash` do not think unless `thinkingEnabled` is true.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.langchain4j.provider.GoogleGemini",)
    default_url: ClassVar[str] = "https://generativelanguage.googleapis.com/v1beta"
    refuses: ClassVar[tuple[str, ...]] = ()
    ignores: ClassVar[tuple[str, ...]] = ("top_k", "seed")

    api_key: Text | None = None
    """The API key of Google AI Studio, best kept as a secret. Needed unless `clientPem` is given."""

    embedding_model_configuration: EmbeddingModelConfiguration | None = None
    """How texts are embedded."""

    def key(self, ctx: RunContext) -> str | None:
        """Return the API key; raises TaskFailure when there is neither a key nor a client certificate."""
        if not self.api_key and not self.client_pem:
            raise TaskFailure("provider: GoogleGemini needs an `apiKey` (or a `clientPem`)")
        return self.api_key

    def address(self, ctx: RunContext) -> str:
        """Return the part of the API that has OpenAI's form."""
        found = super().address(ctx)
        return found if found.endswith(_FORM) else f"{found}{_FORM}"

    def extra(self, request: Request) -> dict[str, Any]:
        """Return whether and how long to think."""
        wanted = request.configuration
        thinking: dict[str, Any] = {}
        if wanted.thinking_enabled:
            if wanted.thinking_budget_tokens is not None:
                thinking["thinking_budget"] = wanted.thinking_budget_tokens
            thinking["include_thoughts"] = bool(wanted.return_thinking)
        elif "gemini-2.5-flash" in self.model_name:
            thinking["thinking_budget"] = 0
        # `extra_body` twice: once for the client, once in Gemini's own form.
        return {"extra_body": {"google": {"thinking_config": thinking}}} if thinking else {}

    def embed(self, ctx: RunContext, texts: Sequence[str], kind: Literal["query", "passage"]) -> Vectors:
        """Return a vector for each text; Gemini does not say what they cost."""
        wanted = self.embedding_model_configuration or EmbeddingModelConfiguration()
        model = f"models/{self.model_name.removeprefix('models/')}"
        key = self.key(ctx)
        url = f"{self.address(ctx).removesuffix(_FORM)}/{model}:batchEmbedContents"
        options = {"taskType": wanted.task_type, "outputDimensionality": wanted.output_dimensionality}
        own = {name: value for name, value in options.items() if value is not None}
        rows: list[Sequence[float]] = []
        for at in range(0, len(texts), _BATCH):
            batch = texts[at : at + _BATCH]
            asked = [{"model": model, "content": {"parts": [{"text": one}]}, **own} for one in batch]
            found = awaited(
                ctx,
                lambda asked=asked: exchange(  # type: ignore[misc]  # bound per round
                    self,
                    url,
                    {"requests": asked},
                    headers={"x-goog-api-key": key} if key else {},
                    keys=[key or ""],
                    timeout_s=wanted.timeout.total_seconds() if wanted.timeout else self.patience_s(ctx),
                    retries=RETRIES if wanted.max_retries is None else wanted.max_retries,
                ),
            )
            vectors = found.get("embeddings") or ()
            if len(vectors) != len(batch):
                raise _failure.unreadable(self.name, url)
            rows += [one["values"] for one in vectors]
        return Vectors(rows)
