"""Addresses: `/api/v1/main/…` and the older untenanted form both arrive at `/api/v1/main/…`."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

TENANT = "main"
ROOT = "/api/v1/"

GLOBAL = frozenset(
    {
        "plugins", "configs", "pebble", "basicAuthValidationErrors", "setup", "login", "me", "tenants",
        "instance", "banners", "kill-switches", "auths", "license-info", "notifications", "version",
    }
)  # fmt: skip
"""First parts that never carry a tenant."""

RESOURCES = frozenset(
    {
        "flows", "executions", "logs", "triggers", "namespaces", "kv", "metrics", "outputs", "stats",
        "dashboards", "blueprints", "templates", "taskruns", "ai", "concurrency-limit", "secrets", "usages",
        "basicAuth", "copilot", "docs", "editor", "accounts", "tokens", "audits",
    }
)  # fmt: skip
"""First parts that belong to a tenant, and get `main/` when it is missing."""


def rewritten(path: str) -> str:
    """Return the path with its tenant put in, or taken out where there is none; no slash at the end."""
    if not path.startswith(ROOT):
        return path
    path = path.rstrip("/")
    first, _, rest = path.removeprefix(ROOT).partition("/")
    if first == TENANT and rest.partition("/")[0] in GLOBAL:
        return ROOT + rest
    if first in RESOURCES:
        return f"{ROOT}{TENANT}/{first}" + (f"/{rest}" if rest else "")
    return path


class Tenants:
    """Middleware that rewrites the path before routing."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its full path."""
        if scope["type"] == "http":
            path = rewritten(scope["path"])
            if path != scope["path"]:
                raw = rewritten((scope.get("raw_path") or path.encode("utf-8")).decode("latin-1"))
                scope = {**scope, "path": path, "raw_path": raw.encode("latin-1")}
        await self._app(scope, receive, send)
