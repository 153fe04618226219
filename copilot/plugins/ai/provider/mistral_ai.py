"""Models of Mistral AI."""

from __future__ import annotations

from typing import ClassVar

from copilot.plugins.ai._openai import OpenAICompatible
from engine.plugin import RunContext, Text


class MistralAI(OpenAICompatible):
    """Models of Mistral AI.

    Chats and embeds; makes no images.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.langchain4j.provider.MistralAI",)
    default_url: ClassVar[str] = "https://api.mistral.ai/v1"
    refuses: ClassVar[tuple[str, ...]] = ("top_k",)

    api_key: Text
    """The API key, best kept as a secret."""

    def key(self, ctx: RunContext) -> str | None:
        """Return the API key."""
        return self.api_key
