"""Models on the inference providers of Hugging Face."""

from __future__ import annotations

from typing import ClassVar

from copilot.plugins.ai._openai import OpenAICompatible
from engine.plugin import RunContext, Text


class HuggingFace(OpenAICompatible):
    """Models on the inference providers of Hugging Face.

    Chats; embeds where the server at `baseUrl` does.
    """

    default_url: ClassVar[str] = "https://router.huggingface.co/v1"

    api_key: Text
    """The API key, best kept as a secret."""

    def key(self, ctx: RunContext) -> str | None:
        """Return the API key."""
        return self.api_key
