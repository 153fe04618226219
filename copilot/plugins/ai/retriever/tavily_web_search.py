"""Texts of the web, found by Tavily."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from copilot.plugins.ai._output import Source
from copilot.plugins.ai._retriever import ContentRetriever
from copilot.plugins.ai._web_search import tavily
from engine.plugin import RunContext, Text


class TavilyWebSearch(ContentRetriever):
    """Search the web for the question with Tavily."""

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.langchain4j.retriever.TavilyWebSearch",)

    api_key: Text
    """The API key of Tavily, best kept as a secret."""

    max_results: int = Field(default=3, gt=0)
    """At most this many pages."""

    def retrieve(self, ctx: RunContext, query: str) -> list[Source]:
        """Return what is found."""
        return tavily(ctx, self.type_id, self.api_key, query, self.max_results)
