"""Claude models of Anthropic."""

from __future__ import annotations

from typing import Any, ClassVar

from copilot.plugins.ai import _anthropic_wire as wire
from copilot.plugins.ai import _failure
from copilot.plugins.ai._await import awaited
from copilot.plugins.ai._http import exchange
from copilot.plugins.ai._message import Reply
from copilot.plugins.ai._provider import ModelProvider, Request
from engine.plugin import RunContext, Text

_VERSION = "2023-06-01"
_MAX_TOKENS = 1024
_SMALLEST_BUDGET = 1024


class Anthropic(ModelProvider):
    """Claude models of Anthropic.

    Chats only: there are no embedding models. Spoken to in Anthropic's own messages API, the only one with
    thinking, `topK` and prompt caching. It has no `seed` and no `responseFormat`.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.langchain4j.provider.Anthropic",)
    default_url: ClassVar[str] = "https://api.anthropic.com/v1"
    refuses: ClassVar[tuple[str, ...]] = ("seed", "response_format")

    api_key: Text
    """The API key, best kept as a secret."""

    max_tokens: int | None = None
    """Longest answer, in tokens, when `configuration.maxToken` does not say; else 1024."""

    def chat(self, ctx: RunContext, request: Request) -> Reply:
        """Return the answer to the messages."""
        body = wire.chat_body(self.model_name, request)
        body["max_tokens"] = request.configuration.max_token or self.max_tokens or _MAX_TOKENS
        if request.configuration.thinking_enabled:
            self._think(body, request.configuration.thinking_budget_tokens or _SMALLEST_BUDGET)
        headers = {"x-api-key": self.api_key, "anthropic-version": _VERSION}
        url = f"{self.address(ctx)}/messages"
        patience_s = self.patience_s(ctx)
        found = awaited(
            ctx,
            lambda: exchange(self, url, body, headers=headers, keys=[self.api_key], timeout_s=patience_s),
        )
        if not isinstance(found.get("content"), list):
            raise _failure.unreadable(self.name, url)
        return wire.reply_of(found)

    def _think(self, body: dict[str, Any], budget: int) -> None:
        """Allow thinking; its tokens count among those of the answer, so they are added to its length."""
        body["thinking"] = {"type": "enabled", "budget_tokens": budget}
        body["max_tokens"] += budget
