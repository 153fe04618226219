"""Models of DeepSeek."""

from __future__ import annotations

from typing import ClassVar

from copilot.plugins.ai._openai import OpenAICompatible
from engine.plugin import RunContext, Text


class DeepSeek(OpenAICompatible):
    """Models of DeepSeek.

    Chats only: it has no embedding models.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.langchain4j.provider.DeepSeek",)
    default_url: ClassVar[str] = "https://api.deepseek.com/v1"
    embeds: ClassVar[bool] = False

    api_key: Text
    """The API key, best kept as a secret."""

    def key(self, ctx: RunContext) -> str | None:
        """Return the API key."""
        return self.api_key
