"""Models of many providers through OpenRouter."""

from __future__ import annotations

from typing import ClassVar

from copilot.plugins.ai._openai import OpenAICompatible
from engine.plugin import RunContext, Text


class OpenRouter(OpenAICompatible):
    """Models of many providers through OpenRouter.

    Chats and embeds; makes no images.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.langchain4j.provider.OpenRouter",)
    default_url: ClassVar[str] = "https://openrouter.ai/api/v1"

    api_key: Text
    """The API key, best kept as a secret."""

    def key(self, ctx: RunContext) -> str | None:
        """Return the API key."""
        return self.api_key
