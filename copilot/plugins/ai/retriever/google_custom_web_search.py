"""Texts of the web, found by Google."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from copilot.plugins.ai._output import Source
from copilot.plugins.ai._retriever import ContentRetriever
from copilot.plugins.ai._web_search import google
from engine.plugin import RunContext, Text


class GoogleCustomWebSearch(ContentRetriever):
    """Search the web for the question with Google."""

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.langchain4j.retriever.GoogleCustomWebSearch",)

    csi: Text
    """Id of the search engine, as Google's control panel shows it (also called `cx`)."""

    api_key: Text
    """The API key of Google, best kept as a secret."""

    max_results: int = Field(default=3, gt=0)
    """At most this many pages."""

    def retrieve(self, ctx: RunContext, query: str) -> list[Source]:
        """Return what is found."""
        return google(ctx, self.type_id, self.api_key, self.csi, query, self.max_results)
