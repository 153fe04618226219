"""Providers in their own forms: what each one is sent, and what it cannot do."""

from __future__ import annotations

from typing import Any

import pytest

from tests.copilot.plugins.ai.conftest import AI, KEY, provider, says
from tests.emulators.models import Models, Say

CHAT = "completion.ChatCompletion"


def at(models: Models, name: str) -> dict[str, Any]:
    """Return a provider of each kind at the server."""
    own: dict[str, dict[str, Any]] = {
        "Ollama": {"endpoint": models.root, "apiKey": None},
        "LocalAI": {"baseUrl": f"{models.root}/v1"},
        "GitHubModels": {"gitHubToken": KEY, "apiKey": None, "baseUrl": models.root},
        "WorkersAI": {"accountId": "account", "baseUrl": models.root},
        "AzureOpenAI": {"endpoint": models.root},
    }
    given = provider(name, **own.get(name, {"baseUrl": f"{models.root}/v1"}))
    return {key: value for key, value in given.items() if value is not None}


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("OpenAI", "/v1/chat/completions"),
        ("GoogleGemini", "/v1/openai/chat/completions"),
        ("MistralAI", "/v1/chat/completions"),
        ("DeepSeek", "/v1/chat/completions"),
        ("OpenRouter", "/v1/chat/completions"),
        ("HuggingFace", "/v1/chat/completions"),
        ("DockerModel", "/v1/chat/completions"),
        ("LocalAI", "/v1/chat/completions"),
        ("Ollama", "/v1/chat/completions"),
        ("GitHubModels", "/chat/completions"),
        ("WorkersAI", "/chat/completions"),
        ("AzureOpenAI", "/openai/deployments/some-model/chat/completions"),
    ],
)
def test_a_provider_answers_at_its_address(run, models: Models, name: str, path: str) -> None:
    models.says("yes")
    ran = run(CHAT, provider=at(models, name), messages=says("there?"))
    assert ran.outputs.get("textOutput") == "yes", ran.log
    [request] = models.seen
    assert request.path.partition("?")[0] == path
    key = request.headers.get("api-key") or request.headers["authorization"].removeprefix("Bearer ")
    assert key == ("none" if name == "Ollama" else KEY)


@pytest.mark.parametrize(
    ("name", "configuration", "problem"),
    [
        ("OpenAI", {"topK": 3}, "OpenAI has no `topK`"),
        ("MistralAI", {"topK": 3}, "MistralAI has no `topK`"),
        ("Anthropic", {"seed": 3}, "Anthropic has no `seed`"),
        ("Anthropic", {"responseFormat": {"type": "JSON"}}, "Anthropic has no `responseFormat`"),
    ],
)
def test_a_setting_the_provider_does_not_have_fails(
    run, models: Models, name: str, configuration: object, problem: str
) -> None:
    ran = run(CHAT, provider=at(models, name), configuration=configuration, messages=says("?"))
    assert (ran.state, models.seen) == ("FAILED", [])
    assert problem in ran.log


def test_gemini_warns_of_what_its_form_lacks_and_does_not_think(run, models: Models) -> None:
    models.says("yes", "no")
    gemini = provider("GoogleGemini", "gemini-2.5-flash")
    ran = run(CHAT, provider=gemini, configuration={"topK": 3}, messages=says("?"))
    assert ran.state == "SUCCESS", ran.log
    assert "`topK` cannot be sent to GoogleGemini" in ran.log
    thinking = {"thinkingEnabled": True, "thinkingBudgetTokens": 64, "returnThinking": True}
    assert run(CHAT, provider=gemini, configuration=thinking, messages=says("?")).state == "SUCCESS"
    configured = [one["extra_body"]["google"]["thinking_config"] for one in models.chats]
    assert configured == [{"thinking_budget": 0}, {"thinking_budget": 64, "include_thoughts": True}]


def test_gemini_without_a_key_fails(run) -> None:
    bare = {"type": f"{AI}.provider.GoogleGemini", "modelName": "m"}
    ran = run(CHAT, provider=bare, messages=says("?"))
    assert "GoogleGemini needs an `apiKey`" in ran.log


def test_thoughts_are_given_only_if_wanted(run, models: Models) -> None:
    models.says(Say("4", thinking="2 and 2"), Say("4", thinking="2 and 2"))
    assert run(CHAT, provider=provider(), messages=says("?")).outputs.get("thinking") is None
    wanted = run(CHAT, provider=provider(), configuration={"returnThinking": True}, messages=says("?"))
    assert wanted.outputs["thinking"] == "2 and 2"


def test_anthropic_is_spoken_to_in_its_own_form(run, models: Models) -> None:
    models.says(Say("Bonjour", thinking="French", tokens=(9, 4)))
    ran = run(
        CHAT,
        provider=provider("Anthropic", "claude-x", maxTokens=300),
        configuration={
            "topK": 5, "thinkingEnabled": True, "thinkingBudgetTokens": 2000, "returnThinking": True,
            "promptCaching": True,
        },
        messages=[{"type": "SYSTEM", "content": "Speak French."}, *says("Hello")],
    )  # fmt: skip
    assert ran.outputs["textOutput"] == "Bonjour", ran.log
    assert ran.outputs["thinking"] == "French"
    assert ran.outputs["tokenUsage"]["totalTokenCount"] == 13
    [request] = models.of("/v1/messages")
    assert request.headers["x-api-key"] == KEY
    assert request.headers["anthropic-version"] == "2023-06-01"
    cached = {"type": "text", "text": "Speak French.", "cache_control": {"type": "ephemeral"}}
    assert request.body["system"] == [cached]
    assert request.body["messages"] == [{"role": "user", "content": [{"type": "text", "text": "Hello"}]}]
    assert request.body["thinking"] == {"type": "enabled", "budget_tokens": 2000}
    assert (request.body["max_tokens"], request.body["top_k"]) == (2300, 5)


@pytest.mark.parametrize(
    ("say", "problem"),
    [
        (Say(status=401, error=f"invalid x-api-key {KEY}"), "refused the API key (401)"),
        (Say(status=404, error="model: claude-x"), "does not know the model 'claude-x' (404)"),
        (Say(raw=b"[]"), "answered in an unknown form"),
    ],
    ids=["401", "404", "list"],
)
def test_errors_of_anthropic_say_what_to_do(run, models: Models, say: Say, problem: str) -> None:
    models.says(say)
    ran = run(CHAT, provider=provider("Anthropic", "claude-x"), messages=says("?"))
    assert ran.state == "FAILED"
    assert problem in ran.log
    assert KEY not in ran.log


def test_a_busy_anthropic_is_asked_again(run, models: Models) -> None:
    models.says(Say(status=529, headers={"retry-after": "0"}), "fine")
    ran = run(CHAT, provider=provider("Anthropic", "claude-x"), messages=says("?"))
    assert ran.outputs.get("textOutput") == "fine", ran.log


def test_azure_logs_in_as_an_application(engine, run, models: Models) -> None:
    models.says("yes")
    engine.world.settings[f"{AI}.provider.AzureOpenAI"] = {"authority": models.root}
    azure = {
        "type": f"{AI}.provider.AzureOpenAI",
        "modelName": "deployment",
        "endpoint": models.root,
        "tenantId": "tenant",
        "clientId": "client",
        "clientSecret": "{{ secret('API_KEY') }}",
    }
    ran = run(CHAT, provider=azure, messages=says("?"))
    assert ran.outputs.get("textOutput") == "yes", ran.log
    login, chat = models.seen
    assert login.path == "/tenant/oauth2/v2.0/token"
    assert chat.headers["authorization"] == "Bearer azure-token"


def test_a_provider_without_embeddings_says_so(run) -> None:
    ran = run(
        "rag.IngestDocument",
        provider=provider("Anthropic"),
        embeddings={"type": f"{AI}.embeddings.KestraKVStore"},
        fromDocuments=[{"content": "a"}],
    )
    assert "Anthropic has no embedding models" in ran.log
