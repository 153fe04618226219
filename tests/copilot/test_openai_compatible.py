"""The provider against a real HTTP server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from copilot.errors import ProviderBusy, ProviderError, ProviderRefused, ProviderSilent
from copilot.providers.openai_compatible import OpenAICompatible
from copilot.providers.port import Message, Reply, Schema
from copilot.providers.table import open_provider
from tests.copilot.scripted import Say, Scripted, scripted_model

HELLO = [Message("user", "hello")]
SCHEMA = Schema("plan", {"type": "object"})


def talk(
    act: Callable[[OpenAICompatible], Coroutine[Any, Any, Any]], *answers: str | Say, **options: Any
) -> tuple[Any, Scripted]:
    async def run(base_url: str) -> Any:
        provider = OpenAICompatible(base_url=base_url, model="tiny", retries=0, **options)
        try:
            return await act(provider)
        finally:
            await provider.close()

    with scripted_model(*answers) as server:
        return asyncio.run(run(server.base_url)), server


def test_a_whole_reply_has_its_text_and_its_tokens() -> None:
    reply, server = talk(lambda p: p.complete(HELLO), Say("hi", tokens=(7, 3)))
    assert (reply.text, reply.usage.input_tokens, reply.usage.output_tokens, reply.cut) == ("hi", 7, 3, False)
    assert server.requests[0]["temperature"] == 0.0


def test_a_reply_at_the_length_limit_is_cut() -> None:
    reply, _ = talk(lambda p: p.complete(HELLO), Say("hi", finish="length"))
    assert reply.cut


@pytest.mark.parametrize(
    ("message", "gone"),
    [
        ("Unsupported value: 'temperature' does not support 0", "temperature"),
        ("Unsupported parameter: 'max_tokens', use 'max_completion_tokens'", "max_tokens"),
    ],
)
def test_a_refused_parameter_is_left_out_from_then_on(message: str, gone: str) -> None:
    async def twice(provider: OpenAICompatible) -> None:
        await provider.complete(HELLO)
        await provider.complete(HELLO)

    _, server = talk(twice, Say(status=400, error=message), "one", "two")
    assert [gone in request for request in server.requests] == [True, False, False]
    if gone == "max_tokens":
        assert server.requests[1]["max_completion_tokens"] == 2000


def test_a_schema_falls_back_to_json_mode_and_then_to_words() -> None:
    refused = Say(status=400, error="response_format json_schema is not supported")
    _, server = talk(lambda p: p.complete(HELLO, schema=SCHEMA), refused, refused, "{}")
    kinds = [(request.get("response_format") or {}).get("type") for request in server.requests]
    assert kinds == ["json_schema", "json_object", None]


@pytest.mark.parametrize(
    ("say", "error", "words"),
    [
        (Say(status=429, error="slow down", headers={"retry-after": "12"}), ProviderBusy, "12 s"),
        (Say(status=401, error="no"), ProviderRefused, "API key"),
        (Say(status=404, error="no such model"), ProviderRefused, "'tiny'"),
        (Say(status=500, error="boom"), ProviderError, "status 500"),
        (Say(status=400, error="the prompt is too long"), ProviderError, "too long"),
        (Say(""), ProviderSilent, "empty"),
    ],
    ids=["busy", "key", "model", "server", "request", "empty"],
)
def test_a_failure_says_what_helps(say: Say, error: type[ProviderError], words: str) -> None:
    with pytest.raises(error, match=words):
        talk(lambda p: p.complete(HELLO), say)


def test_a_busy_provider_tells_how_long_to_wait() -> None:
    with pytest.raises(ProviderBusy) as caught:
        talk(lambda p: p.complete(HELLO), Say(status=429, error="x", headers={"retry-after": "12"}))
    assert caught.value.retry_after_s == 12


def test_a_slow_reply_ends_in_time() -> None:
    with pytest.raises(ProviderSilent, match=r"within 0\.2 s"):
        talk(lambda p: p.complete(HELLO), Say(hold=True), timeout_s=0.2)


def test_a_server_that_is_not_there_is_named() -> None:
    async def run() -> None:
        provider = OpenAICompatible(base_url="http://127.0.0.1:9/v1", model="tiny", retries=0)
        try:
            await provider.complete(HELLO)
        finally:
            await provider.close()

    with pytest.raises(ProviderSilent, match="cannot be reached"):
        asyncio.run(run())


def test_a_stream_gives_pieces_and_then_the_whole() -> None:
    async def collect(provider: OpenAICompatible) -> list[str | Reply]:
        return [piece async for piece in provider.stream(HELLO)]

    pieces, _ = talk(collect, Say("hello there", tokens=(5, 2)))
    assert "".join(piece for piece in pieces if isinstance(piece, str)) == "hello there"
    assert isinstance(pieces[-1], Reply)
    assert pieces[-1].usage.output_tokens == 2


def test_providers_are_found_by_name_or_address() -> None:
    assert open_provider("Ollama", model="m").model == "m"
    assert open_provider("mine", model="m", base_url="http://localhost:1/v1").model == "m"
    with pytest.raises(ProviderRefused, match="did you mean 'ollama'"):
        open_provider("olama", model="m")
    with pytest.raises(ProviderRefused, match="name of a model"):
        open_provider("vllm", model="")
