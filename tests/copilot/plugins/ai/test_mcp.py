"""Tools of MCP servers, over the streams of a process and over HTTP, by the real package."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from engine.engine import Engine
from tests.copilot.plugins.ai.conftest import AI, provider
from tests.copilot.plugins.ai.mcp_server import server
from tests.emulators.models import Models, Say

SERVER = Path(__file__).with_name("mcp_server.py")


@pytest.fixture
def stdio() -> dict[str, Any]:
    return {
        "type": f"{AI}.tool.StdioMcpClient",
        "command": [sys.executable, str(SERVER)],
        "env": {"SIGN": "!"},
        "logEvents": True,
    }


@pytest.fixture(scope="module", params=["streamable", "sse"])
def network(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    """Serve the same tools over HTTP and return the client for them."""
    app = server.streamable_http_app() if request.param == "streamable" else server.sse_app()
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    service = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=service.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        if request.param == "streamable":
            yield {"type": f"{AI}.tool.StreamableHttpMcpClient", "url": f"http://127.0.0.1:{port}/mcp"}
        else:
            yield {
                "type": f"{AI}.tool.SseMcpClient",
                "sseUrl": f"http://127.0.0.1:{port}/sse",
                "timeout": "PT10S",
            }
    finally:
        service.should_exit = True
        thread.join()
        listener.close()


def test_the_tools_of_a_process_are_used(run, models: Models, stdio: dict[str, Any]) -> None:
    models.says(Say(calls=[("add", {"a": 2, "b": 3})]), "five")
    ran = run("agent.AIAgent", provider=provider(), prompt="2 + 3", tools=[stdio])
    assert ran.state == "SUCCESS", ran.log
    assert ran.outputs["toolExecutions"][0]["result"] == "5!"
    tools = {one["function"]["name"]: one["function"] for one in models.chats[0]["tools"]}
    assert tools["add"]["description"] == "Add two numbers."
    assert tools["add"]["parameters"]["required"] == ["a", "b"]
    assert "started" in ran.log


def test_a_tool_that_fails_fails_the_task(run, models: Models, stdio: dict[str, Any]) -> None:
    models.says(Say(calls=[("fail", {})]))
    ran = run("agent.AIAgent", provider=provider(), prompt="go", tools=[stdio])
    assert ran.state == "FAILED"
    assert "Tool fail failed" in ran.log


def test_a_kill_ends_a_tool_that_hangs(engine: Engine, models: Models) -> None:
    with socket.create_server(("127.0.0.1", 0)) as begun:
        begun.settimeout(30)
        models.says(Say(calls=[("hang", {"address": f"127.0.0.1:{begun.getsockname()[1]}"})]))
        row = engine.save(f"""
id: hanging
namespace: company.team
tasks:
  - id: task
    type: io.kestra.plugin.ai.agent.AIAgent
    prompt: go
    provider:
      type: io.kestra.plugin.ai.provider.OpenAI
      modelName: some-model
      apiKey: key
    tools:
      - type: io.kestra.plugin.ai.tool.StdioMcpClient
        command: ["{sys.executable}", "{SERVER}"]
""")
        started = engine.start(row.namespace, row.id)
        begun.accept()[0].close()
        engine.kill(started.id)
        assert str(engine.wait(started.id, 20).state) == "KILLED"


def test_a_server_that_cannot_be_started_is_named(run) -> None:
    tool = {"type": f"{AI}.tool.StdioMcpClient", "command": ["no-such-program-here"]}
    ran = run("agent.AIAgent", provider=provider(), prompt="go", tools=[tool])
    assert ran.state == "FAILED"
    assert "The MCP server 'no-such-program-here' cannot be used" in ran.log


def test_the_tools_of_a_server_on_the_network_are_used(run, models: Models, network: dict[str, Any]) -> None:
    models.says(Say(calls=[("add", {"a": 2, "b": 3})]), "five")
    ran = run("agent.AIAgent", provider=provider(), prompt="2 + 3", tools=[network])
    assert ran.state == "SUCCESS", ran.log
    assert ran.outputs["toolExecutions"][0]["result"] == "5"


def test_a_server_that_is_not_there_is_named(run) -> None:
    tool = {"type": f"{AI}.tool.StreamableHttpMcpClient", "url": "http://127.0.0.1:9/mcp"}
    ran = run("agent.AIAgent", provider=provider(), prompt="go", tools=[tool])
    assert ran.state == "FAILED"
    assert "The MCP server at http://127.0.0.1:9/mcp cannot be used" in ran.log
