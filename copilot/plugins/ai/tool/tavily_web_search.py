"""A search of the web with Tavily, for models."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import ClassVar

from copilot.plugins.ai._conversation import json_text
from copilot.plugins.ai._message import ToolSpec
from copilot.plugins.ai._tool import Tool, ToolProvider, text_parameter
from copilot.plugins.ai._web_search import tavily
from engine.plugin import RunContext, Text

_RESULTS = 5


class TavilyWebSearch(ToolProvider):
    """Let the model search the web with Tavily; it gets the best five pages."""

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.langchain4j.tool.TavilyWebSearch",)

    api_key: Text
    """The API key of Tavily, best kept as a secret."""

    @contextmanager
    def opened(self, ctx: RunContext) -> Iterator[Sequence[Tool]]:
        """Yield the search."""
        spec = ToolSpec(
            "search_web_tavily",
            "Searches the web and returns texts of pages with their addresses.",
            text_parameter("query", "What to search for"),
        )
        yield [Tool(spec, lambda arguments: self._search(ctx, str(arguments.get("query") or "")))]

    def _search(self, ctx: RunContext, query: str) -> str:
        found = tavily(ctx, self.type_id, self.api_key, query, _RESULTS)
        return json_text([{"text": one.content, **one.metadata} for one in found])
