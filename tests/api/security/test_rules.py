"""The table of permissions and the routes: the same lines, found for the same addresses."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import anyio
import pytest
from fastapi import FastAPI
from starlette.routing import Match

from api.app import create_app
from api.mcp.server import build_server
from api.security.identity import LOCAL
from api.security.permission import ALL, Permission, Role, Scope, of_role, of_token
from api.security.rules import OPEN, READ, RULES, UNKNOWN, WRITE, needed, needed_for_tool, rule_for
from api.security.table import TOOLS
from api.wiring import Wiring

MAIN = "/api/v1/main"
_PARAMETER = re.compile(r"\{\w+(:path)?\}")


class Router:
    """The router of the application, asked which of its routes would answer."""

    def __init__(self, app: FastAPI) -> None:
        self._routes: list[Any] = []
        for route in app.router.routes:
            inner = getattr(route, "effective_route_contexts", None)
            self._routes += inner() if inner is not None else [route]
        self._near: dict[tuple[str, str], list[Any]] = defaultdict(list)
        for method, template, route in self._each():
            self._near[method, resource(template)].append(route)

    def _each(self) -> Iterator[tuple[str, str, Any]]:
        for route in self._routes:
            for method in sorted(route.methods or ["GET", "POST", "DELETE"]):
                yield method, route.path, route

    def all(self) -> list[tuple[str, str]]:
        """Return (method, template) of every route, in the order of the router."""
        return [(method, template) for method, template, _ in self._each() if method != "HEAD"]

    def asked(self, method: str, path: str) -> str | None:
        """Return the template of the route that answers, by the router's own matching."""
        scope = {"type": "http", "method": method, "path": path, "headers": [], "root_path": ""}
        near = self._near[method, resource(path)]
        return next((route.path for route in near if route.matches(scope)[0] is Match.FULL), None)


def resource(path: str) -> str:
    return "/".join(path.split("/")[: 5 if path.startswith(MAIN) else 2])


@pytest.fixture(scope="module")
def router(wiring: Wiring) -> Router:
    return Router(create_app(wiring))


def test_every_route_has_a_line(router: Router) -> None:
    known = {(rule.method, rule.template) for rule in RULES}
    missing = [one for one in router.all() if one not in known]
    assert missing == [], "add these to api/security/table.py, in the order of the routes"


def test_every_line_is_about_a_route(router: Router) -> None:
    idle = [rule for rule in RULES if not router.asked(rule.method, _PARAMETER.sub("x", rule.template))]
    assert [rule.template for rule in idle] == ["/favicon.ico"]


def test_router_and_table_agree_about_strange_addresses(router: Router) -> None:
    fixed = {part for rule in RULES for part in rule.template.split("/")[4:] if part and "{" not in part}
    words = ["x", *sorted(fixed), "x\n", "by-ids\n", "x%2Fy", ".."]
    wrong, compared = [], 0
    for method, template in router.all():
        for values in strange(len(_PARAMETER.findall(template)), words):
            path = filled(template, values)
            answers, rule = router.asked(method, path), rule_for(method, path)
            compared += answers is not None
            if answers not in (None, rule.template) and rule.template not in STRICTER:
                wrong.append((method, path, answers, rule.template))
    assert wrong == []
    assert compared > 10_000


STRICTER = {f"{MAIN}/executions/delete/by-ids", f"{MAIN}/executions/delete/by-query"}
"""Lines for one value of a parameter, which needs more than the others."""


def strange(count: int, words: list[str]) -> Iterator[list[str]]:
    """Yield values of parameters: every word in every place, and the most dangerous ones in all places."""
    for at in range(count):
        yield from (["x"] * at + [word] + ["x"] * (count - at - 1) for word in words)
    yield from (list(some) for some in itertools.product(["by-ids", "webhook", "eval"], repeat=count))


def filled(template: str, values: list[str]) -> str:
    given = iter(values)
    return _PARAMETER.sub(lambda _: next(given), template)


def test_what_the_table_does_not_know_needs_everything() -> None:
    for method, path in (
        ("GET", "/api/v1/main/nothing"),
        ("TRACE", f"{MAIN}/flows"),
        ("PATCH", f"{MAIN}/flows"),
        ("GET", "/api/v2/main/flows"),
        ("GET", ""),
    ):
        assert rule_for(method, path) is UNKNOWN
        assert needed(method, path) == ALL
    assert needed_for_tool("drop_everything") == ALL


def test_only_these_are_open() -> None:
    assert {rule.template.removeprefix(MAIN) for rule in RULES if rule.needs == OPEN} == {
        "/",
        "/ui",
        "/ui/{path:path}",
        "/favicon.ico",
        "/ping",
        "/health",
        "/api/v1/configs/login",
        "/executions/webhook/{namespace}/{flow_id}/{rest:path}",
    }


def test_reading_never_needs_more_and_changing_never_less() -> None:
    for rule in RULES:
        if rule.method in ("PUT", "DELETE", "PATCH") and rule.template != "/mcp" and not rule.is_webhook:
            assert not rule.needs <= READ, rule
        if rule.method == "GET":
            assert not rule.needs & WRITE, rule
        assert rule.changes or rule.method == "GET" or rule.needs <= READ


def test_a_head_request_needs_what_a_get_needs() -> None:
    for path in (f"{MAIN}/flows/search", f"{MAIN}/audits", "/ui/app.js"):
        assert rule_for("HEAD", path) is rule_for("GET", path)


@pytest.mark.parametrize(
    ("scopes", "owner", "granted"),
    [
        (["read"], Role.ADMIN, "read"),
        (["run"], Role.EDITOR, "read run"),
        (["write"], Role.EDITOR, "read write"),
        (["run", "write"], Role.ADMIN, "read run write"),
        (["run", "write"], Role.VIEWER, "read"),
        ([], Role.ADMIN, ""),
    ],
)
def test_a_token_has_its_scopes_and_never_more_than_its_owner(
    scopes: list[str], owner: Role, granted: str
) -> None:
    assert of_token([Scope(scope) for scope in scopes], owner) == {
        Permission(word) for word in granted.split()
    }


def test_roles_contain_each_other() -> None:
    assert of_role(Role.VIEWER) < of_role(Role.EDITOR) < of_role(Role.ADMIN) == ALL


def test_every_tool_has_a_line(wiring: Wiring) -> None:
    settings = wiring.settings.model_copy(update={"mcp_writes": True})
    open_to_all = Wiring(settings, wiring.engine)
    server = build_server(open_to_all, actor="test", caller=lambda: LOCAL)
    assert {tool.name for tool in anyio.run(server.list_tools)} == set(TOOLS)
