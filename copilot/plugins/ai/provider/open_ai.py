"""Models of OpenAI, or of any server with the same API."""

from __future__ import annotations

from typing import ClassVar

from copilot.plugins.ai._openai import OpenAICompatible
from engine.plugin import RunContext, Text


class OpenAI(OpenAICompatible):
    """Models of OpenAI, or of any server with the same API.

    Chats, embeds and makes images. Set `baseUrl` for another server, for example vLLM or LM Studio.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.langchain4j.provider.OpenAI",)
    default_url: ClassVar[str] = "https://api.openai.com/v1"
    draws: ClassVar[bool] = True

    api_key: Text
    """The API key, best kept as a secret."""

    def key(self, ctx: RunContext) -> str | None:
        """Return the API key."""
        return self.api_key
