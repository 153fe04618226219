"""Models on a LocalAI server."""

from __future__ import annotations

from typing import ClassVar

from copilot.plugins.ai._openai import OpenAICompatible
from engine.plugin import RunContext, Text


class LocalAI(OpenAICompatible):
    """Models on a LocalAI server.

    Chats, embeds and makes images. `baseUrl` is its address, for example `http://localhost:8080/v1`.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.langchain4j.provider.LocalAI",)
    draws: ClassVar[bool] = True

    base_url: Text
    """Address of the server's API."""

    api_key: Text | None = None
    """The key, if the server wants one. An addition."""

    def key(self, ctx: RunContext) -> str | None:
        """Return the API key, if there is one."""
        return self.api_key
