"""Any server that speaks OpenAI's chat API: OpenAI, Ollama, vLLM, llama.cpp, LM Studio, Gemini, Mistral …"""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any

from copilot.errors import ProviderBusy, ProviderError, ProviderRefused, ProviderSilent
from copilot.providers.port import Message, Reply, Schema, Usage

if TYPE_CHECKING:
    from openai import AsyncOpenAI

logger = logging.getLogger(__name__)

_OPTIONAL = ("response_format", "temperature", "stream_options", "max_tokens", "max_completion_tokens")
_TRIES = 6


class OpenAICompatible:
    """Sends chats to `{base_url}/chat/completions`.

    A parameter the server refuses is left out from then on: a JSON schema becomes plain JSON mode and then a
    wish in words, `max_tokens` becomes `max_completion_tokens`, the temperature is dropped.
    """

    name = "openai-compatible"

    def __init__(
        self,
        *,
        base_url: str,
        model: str,
        api_key: str = "",
        timeout_s: float = 120.0,
        temperature: float | None = 0.0,
        retries: int = 1,
    ) -> None:
        self.base_url = base_url
        self.model = model
        self._key = api_key or "none"
        self._timeout_s = timeout_s
        self._temperature = temperature
        self._retries = retries
        self._refused: set[str] = set()
        self._client: AsyncOpenAI | None = None

    def _open(self) -> AsyncOpenAI:
        if self._client is None:
            from openai import AsyncOpenAI

            self._client = AsyncOpenAI(
                base_url=self.base_url, api_key=self._key, timeout=self._timeout_s, max_retries=self._retries
            )
        return self._client

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def complete(
        self, messages: Sequence[Message], *, schema: Schema | None = None, max_tokens: int = 2000
    ) -> Reply:
        """Return the whole reply."""
        answer = await self._send(messages, schema, max_tokens, stream=False)
        if not answer.choices:
            raise ProviderSilent(f"{self.model} answered without a choice")
        choice = answer.choices[0]
        refusal = getattr(choice.message, "refusal", None)
        text = choice.message.content or refusal or ""
        if not text.strip():
            raise ProviderSilent(
                f"{self.model} answered with an empty text; try again, or choose another model"
            )
        return Reply(text, _usage(answer.usage), cut=choice.finish_reason == "length")

    async def stream(
        self, messages: Sequence[Message], *, max_tokens: int = 2000
    ) -> AsyncIterator[str | Reply]:
        """Yield pieces of text, at last the whole reply."""
        chunks = await self._send(messages, None, max_tokens, stream=True)
        parts: list[str] = []
        usage, cut = Usage(), False
        try:
            async for chunk in chunks:
                usage = _usage(chunk.usage) if getattr(chunk, "usage", None) else usage
                if not chunk.choices:
                    continue
                cut = cut or chunk.choices[0].finish_reason == "length"
                piece = chunk.choices[0].delta.content
                if piece:
                    parts.append(piece)
                    yield piece
        except Exception as error:
            raise self._explained(error) from error
        finally:
            await chunks.close()
        if not "".join(parts).strip():
            raise ProviderSilent(
                f"{self.model} answered with an empty text; try again, or choose another model"
            )
        yield Reply("".join(parts), usage, cut)

    async def _send(
        self, messages: Sequence[Message], schema: Schema | None, max_tokens: int, *, stream: bool
    ) -> Any:
        """Send, leaving out one refused parameter after another."""
        from openai import BadRequestError, UnprocessableEntityError

        client = self._open()
        chat: Any = [{"role": item.role, "content": item.content} for item in messages]
        for _ in range(_TRIES):
            sent = self._parameters(schema, max_tokens, stream)
            try:
                return await client.chat.completions.create(
                    model=self.model,
                    messages=chat,
                    stream=stream,
                    **sent,
                )
            except (BadRequestError, UnprocessableEntityError) as error:
                name = self._blamed(str(error), sent)
                if name is None:
                    raise self._explained(error) from error
                logger.info("parameter refused by the model", extra={"parameter": name, "model": self.model})
                self._refused.add(name)
            except Exception as error:
                raise self._explained(error) from error
        raise ProviderRefused(f"{self.model} refuses every form of the request")

    def _parameters(self, schema: Schema | None, max_tokens: int, stream: bool) -> dict[str, Any]:
        sent: dict[str, Any] = {}
        if self._temperature is not None and "temperature" not in self._refused:
            sent["temperature"] = self._temperature
        if "max_tokens" not in self._refused:
            sent["max_tokens"] = max_tokens
        elif "max_completion_tokens" not in self._refused:
            sent["max_completion_tokens"] = max_tokens
        if stream and "stream_options" not in self._refused:
            sent["stream_options"] = {"include_usage": True}
        if schema is not None and "json_schema" not in self._refused:
            sent["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": schema.name, "schema": schema.body},
            }
        elif schema is not None and "response_format" not in self._refused:
            sent["response_format"] = {"type": "json_object"}
        return sent

    def _blamed(self, message: str, sent: dict[str, Any]) -> str | None:
        """Return the parameter an error message speaks of, if it can be left out."""
        low = message.lower()
        if "response_format" in sent and re.search(
            r"response_format|json_schema|schema|structured|grammar", low
        ):
            return "json_schema" if sent["response_format"]["type"] == "json_schema" else "response_format"
        for name in _OPTIONAL:
            if name in sent and name in low:
                return name
        return None

    def _explained(self, error: Exception) -> ProviderError:
        """Say in one sentence what went wrong and what helps."""
        import openai

        if isinstance(error, ProviderError):
            return error
        if isinstance(error, openai.RateLimitError):
            wait = error.response.headers.get("retry-after", "")
            seconds = float(wait) if re.fullmatch(r"\d+(?:\.\d+)?", wait) else None
            hint = f"; try again in {seconds:g} s" if seconds is not None else "; try again later"
            return ProviderBusy(
                f"{self.model} at {self.base_url} is over its limit{hint}", retry_after_s=seconds
            )
        if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
            return ProviderRefused(f"{self.base_url} refused the API key; check the key of the provider")
        if isinstance(error, openai.NotFoundError):
            return ProviderRefused(
                f"{self.base_url} does not know the model '{self.model}'; check its name and the address"
            )
        if isinstance(error, openai.APITimeoutError):
            return ProviderSilent(f"{self.model} did not answer within {self._timeout_s:g} s")
        if isinstance(error, openai.APIConnectionError):
            return ProviderSilent(f"{self.base_url} cannot be reached; check that the model server runs")
        if isinstance(error, openai.APIStatusError):
            return ProviderError(
                f"{self.model} answered with status {error.status_code}: {_short(error.message)}"
            )
        return ProviderError(f"{self.model} could not be used: {_short(str(error)) or type(error).__name__}")


def _short(text: str) -> str:
    return " ".join(text.split())[:200]


def _usage(found: Any) -> Usage:
    if found is None:
        return Usage()
    return Usage(int(found.prompt_tokens or 0), int(found.completion_tokens or 0))
