"""Models that run in the Docker Model Runner of this machine."""

from __future__ import annotations

from typing import ClassVar

from copilot.plugins.ai._openai import OpenAICompatible
from engine.plugin import RunContext, Text


class DockerModel(OpenAICompatible):
    """Models that run in the Docker Model Runner of this machine.

    Chats and embeds; makes no images. Needs no key.
    """

    default_url: ClassVar[str] = "http://localhost:12434/engines/v1"

    api_key: Text | None = None
    """Not needed; sent if given."""

    def key(self, ctx: RunContext) -> str | None:
        """Return the API key, if there is one."""
        return self.api_key
