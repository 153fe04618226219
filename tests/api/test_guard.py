from collections.abc import Awaitable, Callable

import anyio
import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from api.guard import MAX_TEXT_BYTES, Guard


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    body = await Request(scope, receive).body()
    await PlainTextResponse(str(len(body)))(scope, receive, send)


def ask(app: ASGIApp, method: str, path: str = "/api/v1/main/flows", **options: object) -> httpx.Response:
    async def call() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
            return await client.request(method, path, **options)  # type: ignore[arg-type]  # passed through

    run: Callable[[], Awaitable[httpx.Response]] = call
    return anyio.run(run)


OPEN = Guard(echo, only_loopback=True)


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "[::1]:8080", "LOCALHOST:1"])
def test_this_machine_is_answered(host: str) -> None:
    assert ask(OPEN, "GET", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", ""])
def test_a_name_that_was_rebound_is_refused(host: str) -> None:
    answer = ask(OPEN, "GET", headers={"Host": host})
    assert answer.status_code == 403
    assert answer.json()["message"].startswith(f"Host '{host}'")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_writes_of_other_sites_are_refused(headers: dict[str, str]) -> None:
    assert ask(OPEN, "POST", headers=headers).status_code == 403
    assert ask(OPEN, "GET", headers=headers).status_code == 200


def test_own_page_and_command_line_may_write() -> None:
    assert ask(OPEN, "POST", headers={"Origin": "http://127.0.0.1:8080"}).status_code == 200
    assert ask(OPEN, "POST").status_code == 200


def test_a_body_that_is_too_large_is_refused_whether_or_not_it_says_so() -> None:
    async def pieces() -> object:
        for _ in range(MAX_TEXT_BYTES // (1 << 20) + 1):
            yield b"x" * (1 << 20)

    assert ask(OPEN, "POST", content=b"x" * (MAX_TEXT_BYTES + 1)).status_code == 413
    assert ask(OPEN, "POST", content=pieces()).status_code == 413
    assert ask(OPEN, "POST", content=b"x" * 100).text == "100"


def test_answers_carry_safe_headers() -> None:
    answer = ask(OPEN, "GET", "/ui/index.html")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in ask(OPEN, "GET").headers["content-security-policy"]


def test_a_failure_of_our_own_is_answered_and_says_nothing_of_the_inside() -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("down in the cellar")

    answer = ask(Guard(broken, only_loopback=True), "GET")
    assert answer.status_code == 500
    assert "RuntimeError" not in answer.text
    assert "cellar" not in answer.text
    assert len(answer.json()["traceId"]) == 22
