"""Models that GitHub hosts."""

from __future__ import annotations

from typing import ClassVar

from copilot.plugins.ai._openai import OpenAICompatible
from engine.plugin import RunContext, Text


class GitHubModels(OpenAICompatible):
    """Models that GitHub hosts.

    Chats and embeds; makes no images.
    """

    default_url: ClassVar[str] = "https://models.github.ai/inference"

    git_hub_token: Text
    """A token of GitHub with the permission `models: read`."""

    def key(self, ctx: RunContext) -> str | None:
        """Return the token."""
        return self.git_hub_token
