"""Anthropic's API against a real HTTP server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from copilot.errors import ProviderBusy, ProviderError, ProviderRefused, ProviderSilent
from copilot.providers.anthropic import Anthropic
from copilot.providers.check import check_provider
from copilot.providers.port import Message, Reply, Schema
from copilot.providers.table import open_provider
from tests.copilot.scripted_anthropic import Say, Script, scripted, text

CHAT = [
    Message("system", "rules"),
    Message("user", "one"),
    Message("user", "two"),
    Message("assistant", "hm"),
    Message("user", "three"),
]
SCHEMA = Schema("plan", {"type": "object", "properties": {"id": {"type": "string"}}})


def talk(
    act: Callable[[Anthropic], Coroutine[Any, Any, Any]], *answers: Say, **options: Any
) -> tuple[Any, Script]:
    async def run(base_url: str) -> Any:
        provider = Anthropic(base_url=base_url, model="small", api_key="k-123", **options)
        try:
            return await act(provider)
        finally:
            await provider.close()

    with scripted(*answers) as server:
        return asyncio.run(run(server.base_url)), server


def test_roles_alternate_and_the_system_text_stands_apart() -> None:
    reply, server = talk(lambda p: p.complete(CHAT), Say([text("hi")]))
    assert (reply.text, reply.usage.input_tokens, reply.usage.output_tokens, reply.cut) == ("hi", 7, 3, False)
    sent = server.requests[0]
    assert sent["path"] == "/v1/messages"
    assert sent["system"] == "rules"
    assert [item["role"] for item in sent["messages"]] == ["user", "assistant", "user"]
    assert sent["messages"][0]["content"] == "one\n\ntwo"
    assert server.headers[0]["x-api-key"] == "k-123"
    assert server.headers[0]["anthropic-version"]


def test_a_schema_is_a_forced_tool_and_thinking_is_left_out() -> None:
    blocks = [
        {"type": "thinking", "thinking": "hm {"},
        text("Here:"),
        {"type": "tool_use", "name": "plan", "input": {"id": "a"}},
    ]
    reply, server = talk(lambda p: p.complete(CHAT, schema=SCHEMA), Say(blocks))
    assert json.loads(reply.text) == {"id": "a"}
    assert server.requests[0]["tool_choice"] == {"type": "tool", "name": "plan"}


@pytest.mark.parametrize("name", ["temperature", "tool_choice"])
def test_a_refused_parameter_is_left_out_from_then_on(name: str) -> None:
    async def twice(provider: Anthropic) -> None:
        await provider.complete(CHAT, schema=SCHEMA)
        await provider.complete(CHAT, schema=SCHEMA)

    refused = Say(status=400, error=f"`{name}` is not supported by this model")
    _, server = talk(twice, refused, Say([text("{}")]), Say([text("{}")]))
    assert [name in request for request in server.requests] == [True, False, False]


@pytest.mark.parametrize(
    ("say", "error", "words"),
    [
        (Say(status=429, error="slow", headers={"retry-after": "7"}), ProviderBusy, "7 s"),
        (Say(status=529, error="overloaded"), ProviderBusy, "over its limit"),
        (Say(status=401, error="no"), ProviderRefused, "API key"),
        (Say(status=404, error="no"), ProviderRefused, "'small'"),
        (Say(status=500, error="boom"), ProviderError, "status 500"),
        (Say(status=400, error="prompt is too long"), ProviderError, "too long"),
        (Say([]), ProviderSilent, "empty"),
    ],
    ids=["busy", "overloaded", "key", "model", "server", "request", "empty"],
)
def test_a_failure_says_what_helps(say: Say, error: type[ProviderError], words: str) -> None:
    with pytest.raises(error, match=words):
        talk(lambda p: p.complete(CHAT), say)


def test_a_slow_reply_ends_in_time() -> None:
    with pytest.raises(ProviderSilent, match=r"within 0\.2 s"):
        talk(lambda p: p.complete(CHAT), Say(hold=True), timeout_s=0.2)


def test_a_cut_reply_says_so() -> None:
    reply, _ = talk(lambda p: p.complete(CHAT), Say([text("hi")], stop="max_tokens"))
    assert reply.cut


async def _collect(provider: Anthropic) -> list[str | Reply]:
    return [piece async for piece in provider.stream(CHAT)]


def test_a_stream_gives_pieces_and_then_the_whole() -> None:
    pieces, _ = talk(_collect, Say([text("hello there")]))
    assert "".join(piece for piece in pieces if isinstance(piece, str)) == "hello there"
    whole = pieces[-1]
    assert isinstance(whole, Reply)
    assert (whole.usage.input_tokens, whole.usage.output_tokens) == (7, 4)


def test_a_stream_that_breaks_is_an_error() -> None:
    with pytest.raises(ProviderBusy):
        talk(_collect, Say([text("hel")], error="overloaded"))


def test_it_is_opened_by_name_and_needs_a_key() -> None:
    assert open_provider("Anthropic", model="m", api_key="k").name == "anthropic"
    with pytest.raises(ProviderRefused, match="API key"):
        open_provider("anthropic", model="m")


def test_the_check_tries_answers_json_and_stream() -> None:
    tool = {"type": "tool_use", "name": "answer", "input": {"word": "ready", "number": 7}}
    result, _ = talk(
        lambda p: check_provider("x", p), Say([text("ready")]), Say([tool]), Say([text("ready")])
    )
    assert result.works
    assert [step.name for step in result.steps] == ["answers", "writes JSON", "streams"]
    assert "follows the schema" in result.steps[1].said
    result, _ = talk(lambda p: check_provider("x", p), Say(status=401, error="no"))
    assert not result.works
    assert "API key" in result.steps[0].said
