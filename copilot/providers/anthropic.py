"""Anthropic's Messages API, spoken directly.

Its OpenAI-compatible endpoint ignores `response_format` and moves system messages: a plan could not be held
to its schema there; the API itself does so with a forced tool. httpx is installed anyway, no SDK is needed.
Source: https://docs.anthropic.com/en/api/messages
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx

from copilot.errors import ProviderBusy, ProviderError, ProviderRefused, ProviderSilent
from copilot.providers.port import Message, Reply, Schema, Usage
from engine.model.json import Json

logger = logging.getLogger(__name__)

VERSION = "2023-06-01"
ADDRESS = "https://api.anthropic.com"
_OPTIONAL = ("temperature", "tool_choice", "tools")
_TRIES = 4
_BUSY = frozenset({429, 503, 529})


class Anthropic:
    """Sends chats to `{base_url}/v1/messages`. A parameter the model refuses is left out from then on."""

    name = "anthropic"

    def __init__(
        self,
        *,
        model: str,
        api_key: str,
        base_url: str = ADDRESS,
        timeout_s: float = 120.0,
        temperature: float | None = 0.0,
    ) -> None:
        self.base_url = base_url.rstrip("/").removesuffix("/v1")
        self.model = model
        self._key = api_key
        self._timeout_s = timeout_s
        self._temperature = temperature
        self._refused: set[str] = set()
        self._client: httpx.AsyncClient | None = None

    def _open(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(
                base_url=self.base_url,
                timeout=self._timeout_s,
                headers={"x-api-key": self._key, "anthropic-version": VERSION},
            )
        return self._client

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def complete(
        self, messages: Sequence[Message], *, schema: Schema | None = None, max_tokens: int = 2000
    ) -> Reply:
        """Return the whole reply; with a schema it is the input of the forced tool, as JSON."""
        for _ in range(_TRIES):
            body = self._body(messages, schema, max_tokens)
            try:
                response = await self._open().post("/v1/messages", json=body)
            except httpx.HTTPError as error:
                raise self._unsent(error) from error
            if response.status_code == 400 and (name := self._blamed(response.text, body)) is not None:
                self._leave_out(name)
                continue
            return self._reply(self._checked(response))
        raise ProviderRefused(f"{self.model} refuses every form of the request")

    async def stream(
        self, messages: Sequence[Message], *, max_tokens: int = 2000
    ) -> AsyncIterator[str | Reply]:
        """Yield pieces of text, at last the whole reply."""
        parts: list[str] = []
        found: dict[str, Any] = {"input": 0, "output": 0, "stop": ""}
        try:
            async for event in self._events(messages, max_tokens):
                piece = _taken(event, found, self._failed)
                if piece:
                    parts.append(piece)
                    yield piece
        except httpx.HTTPError as error:
            raise self._unsent(error) from error
        text = "".join(parts)
        if not text.strip():
            raise ProviderSilent(
                f"{self.model} answered with an empty text; try again, or choose another model"
            )
        yield Reply(text, Usage(found["input"], found["output"]), found["stop"] == "max_tokens")

    async def _events(self, messages: Sequence[Message], max_tokens: int) -> AsyncIterator[dict[str, Any]]:
        for _ in range(_TRIES):
            body = {**self._body(messages, None, max_tokens), "stream": True}
            async with self._open().stream("POST", "/v1/messages", json=body) as response:
                if response.status_code != 200:
                    await response.aread()
                    name = self._blamed(response.text, body) if response.status_code == 400 else None
                    if name is None:
                        self._checked(response)
                    else:
                        self._leave_out(name)
                    continue
                async for line in response.aiter_lines():
                    if line.startswith("data:"):
                        yield _object(line[5:])
                return
        raise ProviderRefused(f"{self.model} refuses every form of the request")

    def _body(self, messages: Sequence[Message], schema: Schema | None, max_tokens: int) -> dict[str, Any]:
        system = "\n\n".join(item.content for item in messages if item.role == "system")
        body: dict[str, Any] = {
            "model": self.model,
            "max_tokens": max_tokens,
            "messages": _alternating([item for item in messages if item.role != "system"]),
        }
        if system:
            body["system"] = system
        if self._temperature is not None and "temperature" not in self._refused:
            body["temperature"] = self._temperature
        if schema is not None and "tools" not in self._refused:
            body["tools"] = [
                {
                    "name": schema.name,
                    "description": "Hand over the answer.",
                    "input_schema": {"type": "object", **schema.body},
                }
            ]
            if "tool_choice" not in self._refused:
                body["tool_choice"] = {"type": "tool", "name": schema.name}
        return body

    def _blamed(self, message: str, sent: dict[str, Any]) -> str | None:
        """Return the parameter an error message speaks of, if it can be left out."""
        low = message.lower()
        return next((name for name in _OPTIONAL if name in sent and re.search(rf"\b{name}\b", low)), None)

    def _leave_out(self, name: str) -> None:
        logger.info("parameter refused by the model", extra={"parameter": name, "model": self.model})
        self._refused.add(name)

    def _reply(self, answer: dict[str, Any]) -> Reply:
        blocks = [block for block in answer.get("content") or () if isinstance(block, dict)]
        tools = [block["input"] for block in blocks if block.get("type") == "tool_use" and "input" in block]
        texts = "".join(str(block.get("text", "")) for block in blocks if block.get("type") == "text")
        text = json.dumps(tools[0], ensure_ascii=False) if tools else texts
        if not text.strip():
            raise ProviderSilent(
                f"{self.model} answered with an empty text; try again, or choose another model"
            )
        used = answer.get("usage") or {}
        return Reply(text, Usage(_input(used), int(used.get("output_tokens") or 0)), _cut(answer))

    def _checked(self, response: httpx.Response) -> dict[str, Any]:
        """Return the answer, or raise what helps."""
        if response.status_code == 200:
            return _object(response.text)
        error = _object(response.text).get("error")
        said = error.get("message", "") if isinstance(error, dict) else ""
        raise self._failed(response.status_code, str(said), response.headers.get("retry-after", ""))

    def _failed(self, status: int, said: str, wait: str = "") -> ProviderError:
        if status in _BUSY:
            seconds = float(wait) if re.fullmatch(r"\d+(?:\.\d+)?", wait) else None
            hint = f"; try again in {seconds:g} s" if seconds is not None else "; try again later"
            return ProviderBusy(
                f"{self.model} at {self.base_url} is over its limit{hint}", retry_after_s=seconds
            )
        if status in (401, 403):
            return ProviderRefused(f"{self.base_url} refused the API key; check the key of the provider")
        if status == 404:
            return ProviderRefused(
                f"{self.base_url} does not know the model '{self.model}'; check its name and the address"
            )
        return ProviderError(f"{self.model} answered with status {status}: {' '.join(said.split())[:200]}")

    def _unsent(self, error: httpx.HTTPError) -> ProviderError:
        if isinstance(error, httpx.TimeoutException):
            return ProviderSilent(f"{self.model} did not answer within {self._timeout_s:g} s")
        return ProviderSilent(f"{self.base_url} cannot be reached; check the address and the network")


def _alternating(messages: Sequence[Message]) -> list[dict[str, str]]:
    """Join neighbours of one role, as the API wants the roles to change."""
    joined: list[dict[str, str]] = []
    for item in messages:
        if joined and joined[-1]["role"] == item.role:
            joined[-1]["content"] += f"\n\n{item.content}"
        else:
            joined.append({"role": item.role, "content": item.content})
    return joined


def _taken(event: dict[str, Any], found: dict[str, Any], failed: Any) -> str:
    """Keep what an event says about tokens and the end; return its text."""
    kind = event.get("type")
    if kind == "error":
        error = event.get("error") or {}
        raise failed(529 if error.get("type") == "overloaded_error" else 500, str(error.get("message", "")))
    if kind == "message_start":
        found["input"] = _input((event.get("message") or {}).get("usage") or {})
    elif kind == "message_delta":
        found["output"] = int((event.get("usage") or {}).get("output_tokens") or 0)
        found["stop"] = (event.get("delta") or {}).get("stop_reason") or found["stop"]
    elif kind == "content_block_delta":
        delta = event.get("delta") or {}
        return str(delta.get("text", "")) if delta.get("type") == "text_delta" else ""
    return ""


def _object(text: str) -> dict[str, Json]:
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _input(used: dict[str, Any]) -> int:
    """Count what was read from or written to the prompt cache as well."""
    names = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
    return sum(int(used.get(name) or 0) for name in names)


def _cut(answer: dict[str, Any]) -> bool:
    return answer.get("stop_reason") == "max_tokens"
