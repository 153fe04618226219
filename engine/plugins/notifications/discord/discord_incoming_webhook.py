"""Send a message to Discord."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from engine.plugin import Example, Text
from engine.plugins.notifications._webhook import Webhook, read_payload

if TYPE_CHECKING:
    from engine.plugin import RunContext


class DiscordIncomingWebhook(Webhook):
    """Send a message to a channel of Discord.

    Fails when `payload` is not JSON, and when Discord does not take the message.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.discord.DiscordIncomingWebhook",)
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Tell the channel when a flow fails",
            """\
id: discord-on-failure
namespace: company.team
tasks:
  - id: work
    type: io.kestra.plugin.core.execution.Fail
errors:
  - id: alert
    type: io.kestra.plugin.notifications.discord.DiscordIncomingWebhook
    url: "{{ secret('DISCORD_WEBHOOK') }}"
    payload: |
      {"content": "{{ flow.namespace }}.{{ flow.id }} failed: execution {{ execution.id }}"}
""",
        ),
    )

    payload: Text
    """The message as JSON, as Discord documents it for webhooks: `content`, `embeds`, `username` …"""

    def run(self, ctx: RunContext) -> None:
        """Send the message."""
        self.post(ctx, read_payload(self.payload))
