"""Send a message to Slack."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from engine.plugin import Example
from engine.plugins.slack.notifications._message import SlackMessage

if TYPE_CHECKING:
    from engine.plugin import RunContext


class SlackIncomingWebhook(SlackMessage):
    """Send a message to a channel of Slack.

    Fails when there is no message, when `payload` is not JSON, and when Slack does not take the message.
    """

    aliases: ClassVar[tuple[str, ...]] = (
        "io.kestra.plugin.slack.SlackIncomingWebhook",
        "io.kestra.plugin.notifications.slack.SlackIncomingWebhook",
    )
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Tell the channel when a flow fails",
            """\
id: slack-on-failure
namespace: company.team
tasks:
  - id: work
    type: io.kestra.plugin.core.execution.Fail
errors:
  - id: alert
    type: io.kestra.plugin.slack.notifications.SlackIncomingWebhook
    url: "{{ secret('SLACK_WEBHOOK') }}"
    messageText: "**{{ flow.namespace }}.{{ flow.id }}** failed: execution {{ execution.id }}"
""",
        ),
        Example(
            "A message with blocks",
            """\
id: slack-blocks
namespace: company.team
tasks:
  - id: tell
    type: io.kestra.plugin.slack.notifications.SlackIncomingWebhook
    url: "{{ secret('SLACK_WEBHOOK') }}"
    payload: |
      {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "Loaded *{{ flow.id }}*"}}]}
""",
        ),
    )

    def run(self, ctx: RunContext) -> None:
        """Send the message."""
        self.post(ctx, self.needed_message())
