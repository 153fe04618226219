"""Agents: tools, their limits and errors, other agents, flows, and what they remember."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engine.engine import Engine
from tests.copilot.plugins.ai.conftest import AI, provider
from tests.emulators.models import Models, Say
from tests.postgres import Database

AGENT = "agent.AIAgent"
LOG = "io.kestra.plugin.core.log.Log"


def tasks(*written: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"type": f"{AI}.tool.KestraTask", "tasks": list(written)}]


RETURN = {"id": "echo", "type": "io.kestra.plugin.core.debug.Return", "format": "..."}


def test_a_tool_is_used_and_its_result_goes_back(run, models: Models) -> None:
    models.says(Say(calls=[("kestra_task_echo", {"format": "hello {{ flow.id }}"})], tokens=(5, 2)), "done")
    ran = run(AGENT, provider=provider(), prompt="Say hello", systemMessage="Work.", tools=tasks(RETURN))
    assert ran.state == "SUCCESS", ran.log
    assert ran.outputs["textOutput"] == "done"
    # What a model writes is a value, never a template.
    [execution] = ran.outputs["toolExecutions"]
    assert execution["requestName"] == "kestra_task_echo"
    assert execution["requestArguments"] == {"format": "hello {{ flow.id }}"}
    assert execution["result"] == '{"value":"hello {{ flow.id }}"}'
    [round_] = ran.outputs["intermediateResponses"]
    assert round_["finishReason"] == "TOOL_EXECUTION"
    assert round_["toolExecutionRequests"][0]["name"] == "kestra_task_echo"
    assert ran.outputs["tokenUsage"]["totalTokenCount"] == 22
    assert ran.metrics["ai.provider.calls"] == 1
    first, second = models.chats
    [tool] = first["tools"]
    assert tool["function"]["name"] == "kestra_task_echo"
    assert list(tool["function"]["parameters"]["properties"]) == ["format"]
    assert tool["function"]["parameters"]["required"] == ["format"]
    assert [one["role"] for one in second["messages"]] == ["system", "user", "assistant", "tool"]
    assert second["messages"][-1]["tool_call_id"] == "call_0"


def test_a_fixed_property_is_rendered_and_not_left_to_the_model(run, models: Models) -> None:
    fixed = {"id": "say", "type": LOG, "message": "from {{ flow.id }}", "description": "Says where it is"}
    models.says(Say(calls=[("kestra_task_say", {})]), "done")
    ran = run(AGENT, provider=provider(), prompt="log", tools=tasks(fixed))
    assert "from my-flow" in ran.messages
    assert ran.outputs["toolExecutions"][0]["result"] == "Success"
    assert models.chats[0]["tools"][0]["function"]["description"] == "Says where it is"
    models.says(Say(calls=[("kestra_task_say", {"message": "other"})]))
    assert (
        "'message', which is not left to it"
        in run(AGENT, provider=provider(), prompt="log", tools=tasks(fixed)).log
    )


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (("kestra_task_ech", {}), "which does not exist; did you mean kestra_task_echo?"),
        (("kestra_task_echo", "{oops"), "arguments that are no JSON"),
        (("kestra_task_echo", "[1]"), "arguments that are no JSON map"),
        (("kestra_task_fail", {"uri": "kestra:///other/file"}), "Tool kestra_task_fail failed"),
    ],
    ids=["unknown", "no-json", "no-map", "fails"],
)
def test_an_error_of_a_tool_fails_the_task(run, models: Models, call: Any, problem: str) -> None:
    fails = {"id": "fail", "type": "io.kestra.plugin.core.storage.Size", "uri": "..."}
    models.says(Say(calls=[call]))
    ran = run(AGENT, provider=provider(), prompt="go", tools=tasks(RETURN, fails))
    assert ran.state == "FAILED"
    assert problem in ran.log


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ({"id": "a", "type": "io.kestra.plugin.core.flow.Sequential", "tasks": []}, "cannot be a tool"),
        ({"id": "a", "type": "io.kestra.plugin.core.log.Lag"}, "unknown type"),
        ({"id": "a", "type": LOG, "mesage": "x"}, "has no property 'mesage'"),
        ({"type": LOG, "message": "x"}, "needs an `id`"),
    ],
    ids=["flowable", "unknown", "property", "id"],
)
def test_a_task_that_cannot_be_a_tool_is_named(run, written: Any, problem: str) -> None:
    ran = run(AGENT, provider=provider(), prompt="go", tools=tasks(written))
    assert ran.state == "FAILED"
    assert "tools.tasks[0]" in ran.log
    assert problem in ran.log


def test_too_many_rounds_of_tools_fail(run, models: Models) -> None:
    models.says(*[Say(calls=[("kestra_task_echo", {"format": "x"})])] * 3)
    ran = run(AGENT, provider=provider(), prompt="go", tools=tasks(RETURN), maxSequentialToolsInvocations=2)
    assert ran.state == "FAILED"
    assert "more than 2 times in a row" in ran.log
    assert len(models.chats) == 3


def test_an_agent_hands_work_to_another(run, models: Models) -> None:
    other = {
        "type": f"{AI}.tool.AIAgent",
        "name": "poet",
        "description": "Writes poems",
        "provider": provider(model="poet-model"),
        "systemMessage": "You rhyme.",
    }
    models.says(Say(calls=[("kestra_agent_poet", {"prompt": "about taxis"})]), "Taxi, maxi.", "It rhymes.")
    ran = run(AGENT, provider=provider(), prompt="A poem", tools=[other])
    assert ran.outputs["textOutput"] == "It rhymes.", ran.log
    assert ran.outputs["toolExecutions"][0]["result"] == "Taxi, maxi."
    assert models.chats[1]["model"] == "poet-model"
    assert [one["content"] for one in models.chats[1]["messages"]] == ["You rhyme.", "about taxis"]


def test_a_flow_is_started_with_labels_and_inputs(run, models: Models, engine: Engine) -> None:
    engine.save("""
id: child
namespace: company.team
description: Loads one color
inputs:
  - id: color
    type: STRING
  - id: year
    type: INT
    defaults: 2019
tasks:
  - id: log
    type: io.kestra.plugin.core.log.Log
    message: "{{ inputs.color }} {{ inputs.year }}"
""")
    tool = {
        "type": f"{AI}.tool.KestraFlow", "namespace": "company.team", "flowId": "child",
        "inputs": {"year": 2020}, "labels": {"by": "agent"},
    }  # fmt: skip
    models.says(
        Say(calls=[("kestra_flow_company_team_child", {"inputs": {"color": "green", "year": 1}})]), "ok"
    )
    ran = run(AGENT, provider=provider(), prompt="Load green", tools=[tool])
    assert ran.state == "SUCCESS", ran.log
    started = __import__("json").loads(ran.outputs["toolExecutions"][0]["result"])
    child = engine.wait(started["id"], 20)
    assert child.inputs == {"color": "green", "year": 2020}
    assert child.labels["by"] == "agent"
    assert child.labels["system.correlationId"] == ran.execution.id
    assert child.trigger is not None
    assert child.trigger.variables["executionId"] == ran.execution.id
    [spec] = models.chats[0]["tools"]
    assert spec["function"]["description"] == "Loads one color"
    assert list(spec["function"]["parameters"]["properties"]["inputs"]["properties"]) == ["color"]


def test_a_flow_that_cannot_be_started_fails_the_tool(run, models: Models) -> None:
    models.says(Say(calls=[("kestra_flow", {"namespace": "company.team", "flowId": "gone"})]))
    ran = run(AGENT, provider=provider(), prompt="go", tools=[{"type": f"{AI}.tool.KestraFlow"}])
    assert "Tool kestra_flow failed: company.team.gone cannot be started" in ran.log


@pytest.mark.parametrize(
    ("tool", "name", "answer"),
    [
        (
            {"type": f"{AI}.tool.TavilyWebSearch", "apiKey": "k"},
            "search_web_tavily",
            '[{"text":"Ducks\\nAbout taxis","url":"https://ducks.example"}]',
        ),
        (
            {"type": f"{AI}.tool.GoogleCustomWebSearch", "apiKey": "k", "csi": "c"},
            "search_web_google",
            '[{"text":"Cats\\nThey sleep","url":"https://cats.example"}]',
        ),
    ],
    ids=["tavily", "google"],
)
def test_the_web_is_searched(run, models: Models, tool: Any, name: str, answer: str) -> None:
    models.says(Say(calls=[(name, {"query": "taxis"})]), "ok")
    ran = run(AGENT, provider=provider(), prompt="go", tools=[tool])
    assert ran.outputs["toolExecutions"][0]["result"] == answer, ran.log


def test_anthropic_uses_tools_and_gets_its_signed_thoughts_back(run, models: Models) -> None:
    models.says(Say("Let me", thinking="hm", calls=[("kestra_task_echo", {"format": "x"})]), "done")
    ran = run(AGENT, provider=provider("Anthropic"), prompt="go", tools=tasks(RETURN))
    assert ran.outputs["textOutput"] == "done", ran.log
    _, second = (one.body for one in models.of("/messages"))
    assistant, tool = second["messages"][1:]
    assert assistant["content"][0] == {"type": "thinking", "thinking": "hm", "signature": "signed"}
    assert tool["content"] == [{"type": "tool_result", "tool_use_id": "toolu_0", "content": '{"value":"x"}'}]


def test_files_that_tools_write_are_kept(run, models: Models, engine: Engine) -> None:
    write = {
        "id": "write", "type": "io.kestra.plugin.scripts.shell.Commands", "commands": "...",
        "taskRunner": {"type": "io.kestra.plugin.core.runner.Process"},
    }  # fmt: skip
    models.says(Say(calls=[("kestra_task_write", {"commands": ["echo hi > note.md"]})]), "ok")
    ran = run(
        AGENT,
        provider=provider(),
        prompt="Write to {{ workingDir }}",
        tools=tasks(write),
        outputFiles=["*.md"],
    )
    assert ran.state == "SUCCESS", ran.log
    assert "{{" not in models.chats[0]["messages"][0]["content"]
    with engine.files.open(ran.outputs["outputFiles"]["note.md"].removeprefix("kestra:///")) as file:
        assert file.read() == b"hi\n"


def memories(postgres: Database) -> list[dict[str, Any]]:
    return [
        {"type": f"{AI}.memory.KestraKVStore", "memoryId": "grace"},
        {
            "type": f"{AI}.memory.PostgreSQL", "memoryId": "grace", "host": postgres.host,
            "port": postgres.port, "user": postgres.user, "password": postgres.password,
            "database": postgres.name,
        },
    ]  # fmt: skip


@pytest.mark.parametrize("number", [0, 1], ids=["kv", "postgresql"])
def test_what_was_said_is_remembered_within_the_window(
    run, models: Models, postgres: Database, number: int
) -> None:
    memory = {**memories(postgres)[number], "messages": 4}
    for prompt in ("one", "two", "three"):
        models.says(f"{prompt}!")
        ran = run(AGENT, provider=provider(), systemMessage="Count.", prompt=prompt, memory=memory)
        assert ran.state == "SUCCESS", ran.log
    assert [one["content"] for one in models.chats[2]["messages"]] == [
        "Count.", "one", "one!", "two", "two!", "three",
    ]  # fmt: skip
    models.says("four!", "five!")
    run(AGENT, provider=provider(), prompt="four", memory={**memory, "drop": "AFTER_TASKRUN"})
    assert [one["content"] for one in models.chats[3]["messages"]] == [
        "Count.", "two", "two!", "three", "three!", "four",
    ]  # fmt: skip
    run(AGENT, provider=provider(), prompt="five", memory=memory)
    assert [one["content"] for one in models.chats[4]["messages"]] == ["five"]
    models.says("six!")
    run(AGENT, provider=provider(), prompt="six", memory={**memory, "drop": "BEFORE_TASKRUN"})
    assert [one["content"] for one in models.chats[5]["messages"]] == ["six"]


def test_the_memory_is_an_entry_that_expires(run, models: Models, engine: Engine) -> None:
    models.says(Say(calls=[("kestra_task_echo", {"format": "x"})]), "done")
    memory = {"type": f"{AI}.memory.KestraKVStore", "ttl": "PT5M"}
    ran = run(AGENT, provider=provider(), prompt="go", tools=tasks(RETURN), memory=memory)
    entry = engine.store.kv.get("company.team", ran.execution.labels["system.correlationId"])
    assert entry is not None
    assert [one["type"] for one in entry.value] == ["USER", "AI", "TOOL_EXECUTION_RESULT", "AI"]
    assert entry.value[0] == {"type": "USER", "contents": [{"type": "TEXT", "text": "go"}]}
    assert entry.value[1]["toolExecutionRequests"][0]["name"] == "kestra_task_echo"
    assert entry.expires is not None
    assert abs(entry.expires - entry.updated - timedelta(minutes=5)) < timedelta(seconds=30)
