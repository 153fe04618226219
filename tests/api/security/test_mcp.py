"""The tools for coding agents need what the routes need."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from api.security.audit import Wanted
from api.security.permission import Role, Scope
from api.wiring import Wiring
from tests.api.conftest import yaml_flow
from tests.api.security.conftest import OPERATOR, PASSWORD, VIEWER, open_wiring, served

WRITING = {"create_flow": {"draft_id": "x", "token": "x"}, "draft_flow": {"words": "log hello"}}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Wiring]]:
    home: Path = tmp_path_factory.mktemp("home")
    with open_wiring(home, FLOWSMITH_MCP_WRITES="true") as wiring, served(wiring) as url:
        wiring.security.accounts.add(VIEWER[0], Role.VIEWER, VIEWER[1])
        yield url, wiring


def call(url: str, headers: dict[str, str], name: str, **arguments: Any) -> tuple[bool, str]:
    """Call a tool with the official client; returns whether it failed, and its text."""

    async def talk() -> tuple[bool, str]:
        async with httpx.AsyncClient(headers=headers, timeout=30) as http:
            transport = streamable_http_client(f"{url}/mcp", http_client=http)
            async with Client(transport) as client:
                result = await client.call_tool(name, arguments)
                return bool(result.is_error), result.content[0].text  # type: ignore[union-attr]  # text only

    return anyio.run(talk)


def bearer(service: tuple[str, Wiring], *scopes: Scope, owner: str = OPERATOR[0]) -> dict[str, str]:
    _, text = service[1].security.tokens.create(owner, "agent", scopes)
    return {"Authorization": f"Bearer {text}"}


def test_a_reading_token_reads(service: tuple[str, Wiring]) -> None:
    headers = bearer(service, Scope.READ)
    failed, text = call(service[0], headers, "validate_flow", yaml=yaml_flow("one"))
    assert not failed and '"valid":true' in text.replace(" ", "")


@pytest.mark.parametrize("name", sorted(WRITING))
@pytest.mark.parametrize("owner", [OPERATOR[0], VIEWER[0]], ids=["narrow-token", "viewer"])
def test_without_write_nothing_is_drafted_or_saved(
    service: tuple[str, Wiring], name: str, owner: str
) -> None:
    scopes = [Scope.RUN] if owner == OPERATOR[0] else [Scope.RUN, Scope.WRITE]
    failed, text = call(service[0], bearer(service, *scopes, owner=owner), name, **WRITING[name])
    assert failed and "needs the permission write" in text


def test_without_run_nothing_runs(service: tuple[str, Wiring]) -> None:
    arguments = {"namespace": "demo", "flow_id": "x", "token": "x"}
    failed, text = call(service[0], bearer(service, Scope.WRITE), "run_flow", **arguments)
    assert failed and "needs the permission run" in text
    failed, text = call(service[0], bearer(service, Scope.RUN), "run_flow", **arguments)
    assert failed and "Forbidden" not in text and "does not exist" in text


def test_nobody_gets_no_further_than_the_door(service: tuple[str, Wiring]) -> None:
    url = f"{service[0]}/mcp"
    sent = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    assert httpx.post(url, json=sent).status_code == 401
    assert httpx.post(url, json=sent, headers={"Authorization": "Bearer x"}).status_code == 401
    assert httpx.post(url, json=sent, auth=(OPERATOR[0], PASSWORD)).status_code == 401


def test_a_forbidden_call_is_in_the_audit_log(service: tuple[str, Wiring]) -> None:
    url, wiring = service
    call(url, bearer(service, Scope.READ), "create_flow", draft_id="x", token="x")
    found = wiring.security.audit.page(Wanted(path="/mcp create_flow"), 0, 10).results
    assert [(row.actor, row.outcome, row.missing) for row in found][:1] == [(OPERATOR[0], "refused", "write")]
