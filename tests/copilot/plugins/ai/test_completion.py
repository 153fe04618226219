"""Chats, classification, extraction and images, by the real clients against a scripted server."""

from __future__ import annotations

import json

import pytest

from engine.engine import Engine
from tests.copilot.plugins.ai.conftest import KEY, provider, says
from tests.emulators.models import IMAGE, Models, Say

CHAT = "completion.ChatCompletion"


def test_a_question_is_answered_with_tokens_reason_and_metrics(run, models: Models) -> None:
    models.says(Say("A taxi.", tokens=(7, 3)))
    ran = run(
        CHAT,
        provider=provider(),
        configuration={"temperature": 0.2, "topP": 0.9, "seed": 4, "maxToken": 50},
        messages=[
            {"type": "SYSTEM", "content": "Be brief."},
            {"type": "USER", "content": "Hi"},
            {"type": "AI", "content": "Hello"},
            {"type": "USER", "content": "What is yellow?"},
        ],
    )
    assert ran.state == "SUCCESS", ran.log
    assert ran.outputs["textOutput"] == ran.outputs["aiResponse"] == "A taxi."
    assert ran.outputs["finishReason"] == "STOP"
    assert ran.outputs["tokenUsage"] == {
        "inputTokenCount": 7, "outputTokenCount": 3, "totalTokenCount": 10
    }  # fmt: skip
    assert ran.outputs["guardrailViolated"] is False
    assert ran.metrics == {
        "ai.provider.calls": 1, "input.token.count": 7, "output.token.count": 3, "total.token.count": 10
    }  # fmt: skip
    [sent] = models.chats
    assert sent["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello"},
        {"role": "user", "content": "What is yellow?"},
    ]
    assert (sent["temperature"], sent["top_p"], sent["seed"], sent["max_tokens"]) == (0.2, 0.9, 4, 50)
    assert models.seen[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    ("messages", "problem"),
    [
        (
            [{"type": "SYSTEM", "content": "a"}, {"type": "SYSTEM", "content": "b"}, *says("c")],
            "only one message",
        ),
        ([*says("a"), {"type": "AI", "content": "b"}], "the last message must be of type USER, not AI"),
        ([{"type": "USER", "content": " "}], r"messages[0]: the message is empty"),
        ([], "at least one message"),
    ],
    ids=["two-systems", "last-is-ai", "empty", "none"],
)
def test_messages_that_cannot_be_asked_are_refused_before_asking(
    run, models: Models, messages: list[dict[str, str]], problem: str
) -> None:
    ran = run(CHAT, provider=provider(), messages=messages)
    assert ran.state == "FAILED"
    assert problem in ran.log
    assert models.seen == []


@pytest.mark.parametrize(
    ("say", "problem"),
    [
        (Say(status=401, error=f"Incorrect API key provided: {KEY}"), "refused the API key (401)"),
        (Say(status=404, error="no such model"), "does not know the model 'some-model' (404)"),
        (
            Say(status=429, error="quota", headers={"retry-after": "7", "x-should-retry": "false"}),
            "try again in 7 s",
        ),
        (Say(status=400, error="bad temperature"), "did not accept the request (400): bad temperature"),
        (Say(status=500, error="oops", headers={"x-should-retry": "false"}), "answered with status 500"),
        (Say(raw=b"<html>"), "answered in an unknown form"),
    ],
    ids=["401", "404", "429", "400", "500", "html"],
)
def test_an_error_says_what_to_do_and_hides_the_key(run, models: Models, say: Say, problem: str) -> None:
    models.says(say)
    ran = run(CHAT, provider=provider(), messages=says("hi"))
    assert ran.state == "FAILED"
    assert problem in ran.log
    assert KEY not in ran.log


def test_a_limit_is_tried_again(run, models: Models) -> None:
    models.says(Say(status=429, headers={"retry-after-ms": "1"}), "fine")
    ran = run(CHAT, provider=provider(), messages=says("hi"))
    assert (ran.state, ran.outputs["textOutput"]) == ("SUCCESS", "fine")
    assert len(models.chats) == 2


def test_a_server_that_is_not_there_is_named(run) -> None:
    ran = run(CHAT, provider=provider(baseUrl="http://127.0.0.1:9/v1"), messages=says("hi"))
    assert ran.state == "FAILED"
    assert "OpenAI at http://127.0.0.1:9/v1 cannot be reached" in ran.log


def test_a_timeout_of_the_task_ends_the_wait(run, models: Models) -> None:
    models.says(Say(hold=True))
    ran = run(CHAT, provider=provider(), messages=says("hi"), timeout="PT0.2S")
    assert ran.state == "FAILED"


def test_a_kill_ends_the_wait_for_a_model(engine: Engine, models: Models) -> None:
    models.says(Say(hold=True))
    engine.save(
        """
id: slow
namespace: company.team
tasks:
  - id: task
    type: io.kestra.plugin.ai.completion.ChatCompletion
    provider:
      type: io.kestra.plugin.ai.provider.OpenAI
      modelName: slow
      apiKey: key
    messages:
      - content: hi
"""
    )
    started = engine.start("company.team", "slow")
    assert models.asked.wait(20)
    engine.kill(started.id)
    assert str(engine.wait(started.id, 20).state) == "KILLED"


def test_json_is_parsed_and_held_to_the_schema(run, models: Models) -> None:
    models.says('```json\n{"mood": "good"}\n```')
    schema = {"type": "object", "properties": {"mood": {"type": "string"}}}
    ran = run(
        CHAT,
        provider=provider(),
        configuration={"responseFormat": {"type": "JSON", "jsonSchema": schema, "strictJson": True}},
        messages=says("mood?"),
    )
    assert ran.outputs["jsonOutput"] == {"mood": "good"}
    assert ran.outputs.get("textOutput") is None
    form = models.chats[0]["response_format"]
    assert form["type"] == "json_schema"
    assert form["json_schema"]["schema"] == schema
    assert form["json_schema"]["strict"] is True


def test_an_answer_that_is_no_json_fails(run, models: Models) -> None:
    models.says("well, good")
    ran = run(
        CHAT, provider=provider(), configuration={"responseFormat": {"type": "JSON"}}, messages=says("?")
    )
    assert ran.state == "FAILED"
    assert "The model's answer is no JSON" in ran.log
    assert models.chats[0]["response_format"] == {"type": "json_object"}


def test_a_schema_without_json_is_refused_on_saving(run) -> None:
    from engine.errors import FlowInvalid

    form = {"type": "TEXT", "jsonSchema": {"type": "object"}}
    with pytest.raises(FlowInvalid, match="need `type: JSON`"):
        run(CHAT, provider=provider(), configuration={"responseFormat": form}, messages=says("?"))


@pytest.mark.parametrize(
    ("guardrails", "message", "asked"),
    [
        (
            {"input": [{"expression": "{{ message | length < 5 }}", "message": "too long: {{ message }}"}]},
            "Input guardrail: too long: a long question",
            0,
        ),
        (
            {
                "output": [
                    {"expression": "{{ outputTokenCount < 100 }}", "message": "never"},
                    {"expression": "{{ not (response contains 'bomb') }}", "message": "not that"},
                ]
            },
            "Output guardrail: not that",
            1,
        ),
    ],
    ids=["input", "output"],
)
def test_a_guardrail_ends_the_task_well_and_empty(
    run, models: Models, guardrails: object, message: str, asked: int
) -> None:
    models.says("a bomb")
    ran = run(CHAT, provider=provider(), guardrails=guardrails, messages=says("a long question"))
    assert ran.state == "SUCCESS", ran.log
    assert ran.outputs["guardrailViolated"] is True
    assert ran.outputs["guardrailViolationMessage"] == message
    assert ran.outputs.get("textOutput") is None
    assert len(models.chats) == asked


def test_images_are_sent_as_they_are_stored(run, models: Models) -> None:
    models.says("a png")
    ran = run(
        CHAT,
        provider=provider(),
        messages=[
            {
                "type": "USER",
                "contentBlocks": [
                    {"type": "TEXT", "text": "What is it?"},
                    {"type": "IMAGE", "uri": "https://pictures.example/a.png"},
                ],
            }
        ],
    )
    assert ran.state == "SUCCESS", ran.log
    [message] = models.chats[0]["messages"]
    assert [part["type"] for part in message["content"]] == ["text", "image_url"]
    assert message["content"][1]["image_url"]["url"] == "https://pictures.example/a.png"


def test_a_text_is_classified(run, models: Models) -> None:
    models.says("blame")
    ran = run("completion.Classification", provider=provider(), prompt="bad!", classes=["praise", "blame"])
    assert ran.outputs["classification"] == "blame"
    system, user = models.chats[0]["messages"]
    assert '["praise","blame"]' in system["content"].replace(" ", "")
    assert user == {"role": "user", "content": "bad!"}


def test_fields_are_extracted_as_text(run, models: Models) -> None:
    models.says('{"name": "Grace", "city": "New York"}')
    ran = run(
        "completion.JSONStructuredExtraction",
        provider=provider("GoogleGemini"),
        prompt="Grace of New York",
        schemaName="person",
        jsonFields=["name", "city"],
    )
    assert json.loads(ran.outputs["extractedJson"]) == {"name": "Grace", "city": "New York"}
    assert ran.outputs["schemaName"] == "person"
    schema = models.chats[0]["response_format"]["json_schema"]["schema"]
    assert schema["required"] == ["name", "city"]
    assert schema["properties"] == {"name": {"type": "string"}, "city": {"type": "string"}}


def test_an_image_that_comes_as_bytes_is_stored(run, models: Models, engine: Engine) -> None:
    ran = run("completion.ImageGeneration", provider=provider(), prompt="a taxi")
    url = ran.outputs["imageUrl"]
    with engine.files.open(url.removeprefix("kestra:///")) as file:
        assert file.read() == IMAGE
    assert models.of("/images/generations")[0].body["prompt"] == "a taxi"


def test_the_record_of_a_chat_goes_to_langfuse(run, models: Models) -> None:
    models.says("fine")
    observability = {
        "type": "io.kestra.plugin.ai.domain.LangfuseObservability",
        "endpoint": models.root,
        "publicKey": "pk",
        "secretKey": "sk",
        "captureCompletion": False,
    }
    ran = run(CHAT, provider=provider(), messages=says("hi"), observability=observability)
    assert ran.state == "SUCCESS", ran.log
    [record] = models.of("/api/public/ingestion")
    trace, generation = (event["body"] for event in record.body["batch"])
    assert generation["traceId"] == trace["id"]
    assert generation["input"] == [{"role": "user", "content": "hi"}]
    assert generation["output"] is None
    assert generation["usage"]["total"] == 15


def test_old_names_are_the_same_classes(engine: Engine) -> None:
    for old in (
        "io.kestra.plugin.langchain4j.ChatCompletion",
        "io.kestra.plugin.langchain4j.completion.ChatCompletion",
    ):
        assert engine.registry.resolve(old).type_id == "io.kestra.plugin.ai.completion.ChatCompletion"
