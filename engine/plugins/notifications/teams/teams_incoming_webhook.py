"""Send a message to Microsoft Teams."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from engine.plugin import Example, Text
from engine.plugins.notifications._webhook import Webhook, read_payload

if TYPE_CHECKING:
    from engine.plugin import RunContext


class TeamsIncomingWebhook(Webhook):
    """Send a message to a channel of Microsoft Teams.

    Fails when `payload` is not JSON, and when Teams does not take the message.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.microsoft365.teams.TeamsIncomingWebhook",)
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Tell the channel when a flow fails",
            """\
id: teams-on-failure
namespace: company.team
tasks:
  - id: work
    type: io.kestra.plugin.core.execution.Fail
errors:
  - id: alert
    type: io.kestra.plugin.notifications.teams.TeamsIncomingWebhook
    url: "{{ secret('TEAMS_WEBHOOK') }}"
    payload: |
      {
        "@type": "MessageCard",
        "@context": "http://schema.org/extensions",
        "summary": "A flow failed",
        "text": "{{ flow.namespace }}.{{ flow.id }} failed: execution {{ execution.id }}"
      }
""",
        ),
    )

    payload: Text
    """The message as JSON: a card, as Teams documents it for incoming webhooks or workflows."""

    def run(self, ctx: RunContext) -> None:
        """Send the message."""
        self.post(ctx, read_payload(self.payload))
