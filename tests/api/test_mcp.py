"""The tools for coding agents, used by the official client over HTTP and over standard input and output."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
import uvicorn
from mcp import Client, StdioServerParameters, stdio_client
from typer.testing import CliRunner

from api.app import create_app
from api.cli import app
from api.cli.up import listen
from api.settings import read_settings
from api.wiring import Wiring
from copilot.errors import DraftUnknown
from tests.api.conftest import HELLO, post_flow, yaml_flow
from tests.api.test_cli import ROOT

READING = {"search_docs", "search_plugins", "get_plugin", "validate_flow", "explain_flow", "draft_flow"}
WRITING = {"create_flow", "run_flow"}
Act = Callable[[Client], Awaitable[Any]]


def over_http(server: httpx.Client, act: Act) -> Any:
    async def talk() -> Any:
        async with Client(f"{str(server.base_url).rstrip('/')}/mcp") as client:
            return await act(client)

    return anyio.run(talk)


async def call(client: Client, name: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(name, arguments)
    text = result.content[0].text  # type: ignore[union-attr]
    return {"error": text} if result.is_error else dict(json.loads(text))


def used(server: httpx.Client, name: str, **arguments: Any) -> dict[str, Any]:
    async def act(client: Client) -> dict[str, Any]:
        return await call(client, name, **arguments)

    return dict(over_http(server, act))


@contextmanager
def running(wiring: Wiring) -> Iterator[httpx.Client]:
    with listen(wiring.settings) as listening:
        server = uvicorn.Server(uvicorn.Config(create_app(wiring), log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            url = f"http://127.0.0.1:{listening.getsockname()[1]}"
            with httpx.Client(base_url=url, timeout=30) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def writable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx.Client, Wiring]]:
    home = tmp_path_factory.mktemp("home")
    settings = read_settings(
        {
            "FLOWSMITH_HOME": str(home / "data"),
            "FLOWSMITH_EMBEDDER": "lexical",
            "FLOWSMITH_PORT": "0",
            "FLOWSMITH_MCP_WRITES": "true",
        },
        home,
    )
    with Wiring.open(settings) as wiring, running(wiring) as client:
        yield client, wiring


def test_only_reading_tools_are_there_by_default(server: httpx.Client) -> None:
    async def act(client: Client) -> Any:
        return await client.list_tools()

    tools = {tool.name: tool for tool in over_http(server, act).tools}
    assert set(tools) == READING
    assert all(tools[name].annotations.read_only_hint for name in READING - {"draft_flow"})
    assert all(tool.description for tool in tools.values())


def test_plugins_are_found_and_read(server: httpx.Client) -> None:
    found = used(server, "search_plugins", words="download a file over http")
    types = [row["type"] for row in found["types"]]
    assert "io.kestra.plugin.core.http.Download" in types[:3]
    page = used(server, "get_plugin", type_id="io.kestra.plugin.core.http.Download")
    assert "uri" in page["text"]
    assert len(page["text"]) <= 8_000
    brief = used(server, "get_plugin", type_id="io.kestra.plugin.core.http.Download", brief=True)
    assert len(brief["text"]) < len(page["text"])
    wrong = used(server, "get_plugin", type_id="io.kestra.plugin.core.http.Downlod")
    assert "did you mean io.kestra.plugin.core.http.Download" in wrong["error"]


def test_a_long_page_goes_on_where_it_was_cut(server: httpx.Client) -> None:
    first = used(server, "get_plugin", type_id="io.kestra.plugin.jdbc.postgresql.Query")
    while first["next_offset"] is not None:
        more = used(
            server,
            "get_plugin",
            type_id="io.kestra.plugin.jdbc.postgresql.Query",
            offset=first["next_offset"],
        )
        assert more["text"]
        first = more


def test_flows_are_checked_and_explained(server: httpx.Client) -> None:
    assert used(server, "validate_flow", yaml=HELLO)["valid"] is True
    wrong = used(server, "validate_flow", yaml=HELLO.replace("log.Log", "log.Lgo"))
    assert wrong["valid"] is False
    assert wrong["findings"][0]["line"] == 13
    assert "greet" in used(server, "explain_flow", yaml=HELLO)["text"]


def test_documents_are_searched(server: httpx.Client) -> None:
    found = used(server, "search_docs", query="retry a failed task", limit=3)
    assert len(found["passages"]) == 3
    assert found["answerable"] is True
    assert all(":" in row["source"] for row in found["passages"])


def test_a_draft_waits_for_a_person(server: httpx.Client) -> None:
    made = used(server, "draft_flow", words="log hello", namespace="agents")
    assert made["valid"] is True
    assert "mcp accept" in made["next"]
    assert server.get("/api/v1/main/flows/search?namespace=agents").json()["total"] == 0
    refused = used(server, "draft_flow", words="   ")
    assert "error" in refused or refused["refused"]


def test_writing_needs_a_token_of_a_person(writable: tuple[httpx.Client, Wiring]) -> None:
    client, wiring = writable
    made = used(client, "draft_flow", words="log hello", namespace="agents")
    for token in ("", made["hash"], "yes-guessed"):
        assert "acceptance token" in used(client, "create_flow", draft_id=made["id"], token=token)["error"]
    other = wiring.dialogues.acceptances.issue("draft:" + "0" * 64)
    assert "another draft" in used(client, "create_flow", draft_id=made["id"], token=other)["error"]
    path = f"/api/v1/main/copilot/drafts/{made['id']}/acceptance"
    assert client.post(path, json={"hash": "0" * 64}).status_code == 409
    token = client.post(path, json={"hash": made["hash"]}).json()["token"]
    saved = used(client, "create_flow", draft_id=made["id"], token=token)
    assert saved["revision"] == 1
    assert "was used" in used(client, "create_flow", draft_id=made["id"], token=token)["error"]
    actions = client.get("/api/v1/main/copilot/audit").json()["results"]
    assert [row["outcome"] for row in actions if row["action"] == "create"].count("not-accepted") == 5
    assert {row["actor"] for row in actions} == {"mcp-http", "api"}


def test_a_run_needs_a_token_for_this_revision(writable: tuple[httpx.Client, Wiring]) -> None:
    client, wiring = writable
    post_flow(client, yaml_flow("run"))
    assert "acceptance token" in used(client, "run_flow", namespace="demo", flow_id="run", token="x")["error"]
    token = wiring.dialogues.acceptances.issue("run:demo.run:1")
    client.put("/api/v1/main/flows/demo/run", content=yaml_flow("run", message="changed"))
    assert "another" in used(client, "run_flow", namespace="demo", flow_id="run", token=token)["error"]
    token = wiring.dialogues.acceptances.issue("run:demo.run:2")
    started = used(client, "run_flow", namespace="demo", flow_id="run", token=token)
    assert wiring.engine.wait(started["executionId"], 20).state == "SUCCESS"


def test_a_page_of_another_site_cannot_use_the_tools(server: httpx.Client) -> None:
    headers = {"Origin": "https://evil.example.com", "Accept": "application/json, text/event-stream"}
    answer = server.post("/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"}, headers=headers)
    assert answer.status_code == 403


def test_the_same_tools_over_standard_input_and_output(tmp_path: Path) -> None:
    environment = {
        "PYTHONPATH": str(ROOT),
        "FLOWSMITH_HOME": str(tmp_path / "data"),
        "FLOWSMITH_EMBEDDER": "lexical",
        "PATH": os.environ["PATH"],
    }
    parameters = StdioServerParameters(
        command=sys.executable, args=["-m", "api.cli", "mcp"], env=environment, cwd=tmp_path
    )

    async def talk() -> tuple[set[str], dict[str, Any], dict[str, Any]]:
        async with Client(stdio_client(parameters)) as client:
            names = {tool.name for tool in (await client.list_tools()).tools}
            checked = await call(client, "validate_flow", yaml=HELLO)
            return names, checked, await call(client, "draft_flow", words="log hello")

    names, checked, made = anyio.run(talk)
    assert names == READING
    assert checked["valid"] is True
    settings = {"FLOWSMITH_HOME": str(tmp_path / "data"), "FLOWSMITH_EMBEDDER": "lexical"}
    token = CliRunner().invoke(app, ["mcp", "accept", made["id"], "--yes"], env=settings)
    assert token.stdout.startswith("yes-"), token.stderr
    assert "log.Log" in token.stderr
    nobody = CliRunner().invoke(app, ["mcp", "accept", "none", "--yes"], env=settings)
    assert isinstance(nobody.exception, DraftUnknown)


def test_the_skill_file_is_printed_and_installed(tmp_path: Path) -> None:
    text = CliRunner().invoke(app, ["mcp", "skill"]).stdout
    assert text.startswith("---\nname: flowsmith\n")
    for tool in READING | WRITING:
        assert f"`{tool}`" in text or tool in ("explain_flow",)
    CliRunner().invoke(app, ["mcp", "skill", "--install", str(tmp_path / "skills")])
    assert (tmp_path / "skills" / "flowsmith" / "SKILL.md").read_text() == text


def test_the_flow_in_the_skill_file_is_valid(server: httpx.Client) -> None:
    text = (ROOT / "docs" / "skills" / "flowsmith" / "SKILL.md").read_text()
    flow = text.partition("```yaml\n")[2].partition("```")[0]
    assert used(server, "validate_flow", yaml=flow) == {"valid": True, "findings": []}
