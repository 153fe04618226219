"""Searches of the web: Tavily, and Google's custom search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from copilot.plugins.ai import _failure
from copilot.plugins.ai._await import awaited
from copilot.plugins.ai._http import said
from copilot.plugins.ai._output import Source
from engine.errors import TaskFailure
from engine.model.json import Json
from engine.plugin import RunContext

_TIMEOUT_S = 30.0
_TAVILY = "https://api.tavily.com"
_GOOGLE = "https://customsearch.googleapis.com"
_MOST_OF_GOOGLE = 10


@dataclass(frozen=True, slots=True)
class WebSearch:
    """One service, at its own address or where the operator says it is (a proxy)."""

    name: str
    key: str
    base_url: str

    def request(self, ctx: RunContext, method: str, path: str, **options: Any) -> Mapping[str, Json]:
        """Send one request and return the JSON map; raises TaskFailure."""
        import httpx

        url = f"{self.base_url.rstrip('/')}{path}"

        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(timeout=_TIMEOUT_S) as client:
                return await client.request(method, url, **options)

        try:
            answer = awaited(ctx, ask)
        except httpx.TimeoutException as error:
            raise TaskFailure(f"{self.name} did not answer within {_TIMEOUT_S:g} s; try again") from error
        except httpx.HTTPError as error:
            raise _failure.unreachable(self.name, self.base_url, error) from error
        if answer.status_code >= 400:
            raise _failure.refused(
                self.name,
                "search",
                self.base_url,
                answer.status_code,
                said(answer.text),
                keys=[self.key],
                wait=answer.headers.get("retry-after"),
            )
        try:
            found = answer.json()
        except ValueError as error:
            raise _failure.unreadable(self.name, self.base_url) from error
        return found if isinstance(found, dict) else {}


def tavily(ctx: RunContext, type_id: str, key: str, query: str, most: int) -> list[Source]:
    """Search with Tavily (POST /search)."""
    service = WebSearch("Tavily", key, _address(ctx, type_id, _TAVILY))
    found = service.request(
        ctx,
        "POST",
        "/search",
        json={"query": query, "max_results": most},
        headers={"Authorization": f"Bearer {key}"},
    )
    return [
        _source(one.get("title"), one.get("content"), one.get("url")) for one in found.get("results") or ()
    ]


def google(ctx: RunContext, type_id: str, key: str, engine: str, query: str, most: int) -> list[Source]:
    """Search with Google's Custom Search JSON API; `engine` is the id of the search engine."""
    service = WebSearch("Google Custom Search", key, _address(ctx, type_id, _GOOGLE))
    found = service.request(
        ctx,
        "GET",
        "/customsearch/v1",
        params={"q": query, "cx": engine, "num": min(most, _MOST_OF_GOOGLE)},
        headers={"X-goog-api-key": key},
    )
    return [
        _source(one.get("title"), one.get("snippet"), one.get("link")) for one in found.get("items") or ()
    ]


def _address(ctx: RunContext, type_id: str, usual: str) -> str:
    settings = ctx.world.settings.get(type_id)
    return str(settings.get("baseUrl") or usual) if isinstance(settings, dict) else usual


def _source(title: Json, text: Json, url: Json) -> Source:
    content = "\n".join(str(one) for one in (title, text) if one)
    return Source(content=content, metadata={"url": url} if url else {})
