"""A search of the web with Google, for models."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import ClassVar

from copilot.plugins.ai._conversation import json_text
from copilot.plugins.ai._message import ToolSpec
from copilot.plugins.ai._tool import Tool, ToolProvider, text_parameter
from copilot.plugins.ai._web_search import google
from engine.plugin import RunContext, Text

_RESULTS = 5


class GoogleCustomWebSearch(ToolProvider):
    """Let the model search the web with Google; it gets the best five pages."""

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.langchain4j.tool.GoogleCustomWebSearch",)

    csi: Text
    """Id of the search engine, as Google's control panel shows it (also called `cx`)."""

    api_key: Text
    """The API key of Google, best kept as a secret."""

    @contextmanager
    def opened(self, ctx: RunContext) -> Iterator[Sequence[Tool]]:
        """Yield the search."""
        spec = ToolSpec(
            "search_web_google",
            "Searches the web and returns texts of pages with their addresses.",
            text_parameter("query", "What to search for"),
        )
        yield [Tool(spec, lambda arguments: self._search(ctx, str(arguments.get("query") or "")))]

    def _search(self, ctx: RunContext, query: str) -> str:
        found = google(ctx, self.type_id, self.api_key, self.csi, query, _RESULTS)
        return json_text([{"text": one.content, **one.metadata} for one in found])
