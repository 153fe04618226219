"""Tell Slack about an execution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from engine.plugin import Example, Text
from engine.plugins.notifications._execution import ExecutionProperties
from engine.plugins.slack.notifications._message import SlackMessage, about

if TYPE_CHECKING:
    from engine.plugin import RunContext


class SlackExecution(ExecutionProperties, SlackMessage):
    """Tell a channel of Slack about an execution: its flow, state, duration, and the task that failed.

    `payload` or `messageText` replace that message. Fails when there is no such execution, and when Slack
    does not take the message.
    """

    aliases: ClassVar[tuple[str, ...]] = (
        "io.kestra.plugin.slack.SlackExecution",
        "io.kestra.plugin.notifications.slack.SlackExecution",
    )
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Tell the channel about every failure in a namespace",
            """\
id: slack-failures
namespace: company.monitoring
tasks:
  - id: tell
    type: io.kestra.plugin.slack.notifications.SlackExecution
    url: "{{ secret('SLACK_WEBHOOK') }}"
    executionId: "{{ trigger.executionId }}"
    customMessage: Please have a look
triggers:
  - id: failures
    type: io.kestra.plugin.core.trigger.Flow
    conditions:
      - type: io.kestra.plugin.core.condition.ExecutionStatus
        in: [FAILED, WARNING]
      - type: io.kestra.plugin.core.condition.ExecutionNamespace
        namespace: company.team
        prefix: true
""",
        ),
    )

    channel: Text | None = None
    """Deprecated: the channel; webhooks of today have a fixed one."""

    username: Text | None = None
    """Deprecated: the name of the sender."""

    icon_url: Text | None = None
    """Deprecated: address of the sender's picture."""

    icon_emoji: Text | None = None
    """Deprecated: an emoji as the sender's picture."""

    def run(self, ctx: RunContext) -> None:
        """Send the message."""
        message = self.message()
        if message is None:
            message = about(self.facts(ctx))
            sender = {
                "channel": self.channel,
                "username": self.username,
                "icon_url": self.icon_url,
                "icon_emoji": self.icon_emoji,
            }
            message.update({name: value for name, value in sender.items() if value})
        self.post(ctx, message)
