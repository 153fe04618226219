"""Providers that speak OpenAI's API, through the `openai` client."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from copilot.plugins.ai import _failure
from copilot.plugins.ai._await import awaited
from copilot.plugins.ai._message import Picture, Reply, Usage, Vectors
from copilot.plugins.ai._openai_wire import chat_body, reply_of, usage_of
from copilot.plugins.ai._provider import RETRIES, ModelProvider, Request
from engine.errors import TaskFailure
from engine.plugin import RunContext

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_BATCH = 256
"""Texts in one request for embeddings; OpenAI takes 2048, others fewer."""


class OpenAICompatible(ModelProvider):
    """A provider whose API is OpenAI's, or has the same form."""

    abstract: ClassVar[bool] = True

    embeds: ClassVar[bool] = True
    """Whether there are embedding models."""

    draws: ClassVar[bool] = False
    """Whether there are image models."""

    refuses: ClassVar[tuple[str, ...]] = ("top_k",)
    """Settings of a chat the provider does not have."""

    length_parameter: ClassVar[str] = "max_tokens"
    """How the provider calls the longest answer."""

    batch: ClassVar[int] = _BATCH
    """Texts in one request for embeddings."""

    def key(self, ctx: RunContext) -> str | None:
        """Return the API key, None when there is none."""
        raise NotImplementedError

    def options(self, ctx: RunContext) -> dict[str, Any]:
        """Return further options of the client."""
        return {}

    def extra(self, request: Request) -> dict[str, Any]:
        """Return what this provider wants in a chat request besides the standard."""
        return {}

    def chat(self, ctx: RunContext, request: Request) -> Reply:
        """Return the answer to the messages."""
        body = chat_body(self.model_name, request, self.length_parameter)
        body["extra_body"] = self.extra(request)

        async def ask() -> Any:
            async with self._client(ctx) as client:
                return await client.chat.completions.create(**body)

        answer = awaited(ctx, ask)
        if not getattr(answer, "choices", None):
            raise _failure.unreadable(self.name, self.address(ctx))
        return reply_of(answer)

    def embed(self, ctx: RunContext, texts: Sequence[str], kind: Literal["query", "passage"]) -> Vectors:
        """Return a vector for each text."""
        if not self.embeds:
            return super().embed(ctx, texts, kind)
        rows: list[Sequence[float]] = []
        usage = Usage()

        async def ask(batch: list[str]) -> Any:
            async with self._client(ctx) as client:
                return await client.embeddings.create(
                    model=self.model_name, input=batch, encoding_format="float"
                )

        for at in range(0, len(texts), self.batch):
            batch = list(texts[at : at + self.batch])
            answer = awaited(ctx, lambda batch=batch: ask(batch))  # type: ignore[misc]  # bound per round
            data = sorted(getattr(answer, "data", None) or (), key=lambda item: item.index)
            if len(data) != len(batch):
                raise _failure.unreadable(self.name, self.address(ctx))
            rows += [item.embedding for item in data]
            usage += usage_of(answer.usage)
        return Vectors(rows, usage)

    def draw(self, ctx: RunContext, prompt: str) -> Picture:
        """Return an image made after a description."""
        if not self.draws:
            return super().draw(ctx, prompt)

        async def ask() -> Any:
            async with self._client(ctx) as client:
                return await client.images.generate(model=self.model_name, prompt=prompt)

        answer = awaited(ctx, ask)
        if not getattr(answer, "data", None):
            raise _failure.unreadable(self.name, self.address(ctx))
        image = answer.data[0]
        content = base64.b64decode(image.b64_json) if image.b64_json else None
        used = getattr(answer, "usage", None)
        usage = Usage(used.input_tokens, used.output_tokens, used.total_tokens) if used else Usage()
        return Picture(image.url, content, usage)

    def make_client(self, ctx: RunContext, http: Any) -> AsyncOpenAI:
        """Return the client."""
        from openai import AsyncOpenAI

        return AsyncOpenAI(
            api_key=self.key(ctx) or "none",
            base_url=self.address(ctx),
            timeout=self.patience_s(ctx),
            max_retries=RETRIES,
            http_client=http,
            **self.options(ctx),
        )

    @asynccontextmanager
    async def _client(self, ctx: RunContext) -> AsyncIterator[AsyncOpenAI]:
        """Yield a client; its errors become failures of the task."""
        import openai

        try:
            http = openai.DefaultAsyncHttpxClient(verify=self.verify())
            async with self.make_client(ctx, http) as client:
                yield client
        except openai.APIStatusError as error:
            raise self._refused(ctx, error) from error
        except openai.APITimeoutError as error:
            seconds = self.patience_s(ctx)
            raise _failure.silent(self.name, self.model_name, self.address(ctx), seconds) from error
        except openai.APIConnectionError as error:
            raise _failure.unreachable(self.name, self.address(ctx), error) from error
        except openai.APIResponseValidationError as error:
            raise _failure.unreadable(self.name, self.address(ctx)) from error
        except ValueError as error:  # an answer that is no JSON
            raise _failure.unreadable(self.name, self.address(ctx)) from error
        except openai.OpenAIError as error:
            said = _failure.short(str(error), [self.key(ctx) or ""])
            raise TaskFailure(f"{self.name}: {said}") from error

    def _refused(self, ctx: RunContext, error: Any) -> TaskFailure:
        return _failure.refused(
            self.name,
            self.model_name,
            self.address(ctx),
            error.status_code,
            _said(error),
            keys=[self.key(ctx) or ""],
            wait=error.response.headers.get("retry-after"),
        )


def _said(error: Any) -> str:
    body = error.body
    if isinstance(body, list) and body:
        body = body[0]
    if isinstance(body, dict):
        body = body.get("error", body)
    message = body.get("message") if isinstance(body, dict) else None
    return str(message or error.message or "")
