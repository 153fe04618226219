"""Models on Cloudflare Workers AI."""

from __future__ import annotations

from typing import ClassVar

from copilot.plugins.ai._openai import OpenAICompatible
from engine.plugin import RunContext, Text


class WorkersAI(OpenAICompatible):
    """Models on Cloudflare Workers AI.

    Chats and embeds through the part of its API that has OpenAI's form; makes no images here.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.langchain4j.provider.WorkersAI",)
    default_url: ClassVar[str] = "https://api.cloudflare.com/client/v4"

    api_key: Text
    """A token of Cloudflare with the permission for Workers AI."""

    account_id: Text
    """Id of the account."""

    def key(self, ctx: RunContext) -> str | None:
        """Return the token."""
        return self.api_key

    def address(self, ctx: RunContext) -> str:
        """Return the account's address, unless `baseUrl` is given."""
        found = super().address(ctx)
        return found if self.base_url else f"{found}/accounts/{self.account_id}/ai/v1"
