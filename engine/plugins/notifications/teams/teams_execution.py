"""Tell Microsoft Teams about an execution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from engine.model.json import Json
from engine.plugin import Example, Text
from engine.plugins.notifications._execution import ExecutionProperties, Facts
from engine.plugins.notifications._webhook import Webhook, read_payload

if TYPE_CHECKING:
    from engine.plugin import RunContext


class TeamsExecution(ExecutionProperties, Webhook):
    """Tell a channel of Microsoft Teams about an execution: its flow, state, duration, and the task that
    failed.

    `payload` replaces that message. Fails when there is no such execution, and when Teams does not take the
    message.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.microsoft365.teams.TeamsExecution",)
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Tell the channel about every failure",
            """\
id: teams-failures
namespace: company.monitoring
tasks:
  - id: tell
    type: io.kestra.plugin.notifications.teams.TeamsExecution
    url: "{{ secret('TEAMS_WEBHOOK') }}"
    executionId: "{{ trigger.executionId }}"
    activityTitle: A pipeline failed
triggers:
  - id: failures
    type: io.kestra.plugin.core.trigger.Flow
    conditions:
      - type: io.kestra.plugin.core.condition.ExecutionStatus
        in: [FAILED]
""",
        ),
    )

    payload: Text | None = None
    """The message as JSON; it replaces the one about the execution."""

    theme_color: Text | None = None
    """Colour of the card, six hexadecimal digits; by default one for the state."""

    activity_title: Text | None = None
    """Title of the card; by default one line about the execution."""

    activity_subtitle: Text | None = None
    """Text below the title."""

    def run(self, ctx: RunContext) -> None:
        """Send the message."""
        if self.payload is not None and self.payload.strip():
            self.post(ctx, read_payload(self.payload))
        else:
            self.post(ctx, self._card(self.facts(ctx)))

    def _card(self, facts: Facts) -> dict[str, Json]:
        section: dict[str, Json] = {
            "activityTitle": self.activity_title or facts.title,
            "facts": [{"name": name, "value": value} for name, value in facts.rows.items()],
            "markdown": True,
        }
        if self.activity_subtitle:
            section["activitySubtitle"] = self.activity_subtitle
        if facts.message:
            section["text"] = facts.message
        card: dict[str, Json] = {
            "@type": "MessageCard",
            "@context": "http://schema.org/extensions",
            "themeColor": self.theme_color or facts.color,
            "summary": facts.title,
            "sections": [section],
        }
        if facts.link:
            target = {"os": "default", "uri": facts.link}
            card["potentialAction"] = [{"@type": "OpenUri", "name": "Execution", "targets": [target]}]
        return card
