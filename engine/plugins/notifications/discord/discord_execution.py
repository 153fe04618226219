"""Tell Discord about an execution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from engine.model.json import Json
from engine.plugin import Example, Part, Text
from engine.plugins.notifications._execution import ExecutionProperties, Facts
from engine.plugins.notifications._webhook import Webhook, read_payload

if TYPE_CHECKING:
    from engine.plugin import RunContext

Shade = Annotated[int, Field(ge=0, le=255)]


class Embed(Part):
    """A card in a message."""

    title: Text | None = None
    """Title of the card."""

    website_url: Text | None = None
    """Address the title links to."""

    description: Text | None = None
    """Text of the card."""

    thumbnail: Text | None = None
    """Address of a small picture."""

    author_name: Text | None = None
    """Name above the title."""

    color: Annotated[list[Shade], Field(min_length=3, max_length=3)] | None = None
    """Colour of the edge: red, green and blue, each 0 to 255."""

    footer: Text | None = None
    """Small text below."""

    def message(self) -> dict[str, Json]:
        """Return the card as Discord wants it."""
        found: dict[str, Any] = {
            "title": self.title,
            "url": self.website_url,
            "description": self.description,
            "thumbnail": {"url": self.thumbnail} if self.thumbnail else None,
            "author": {"name": self.author_name} if self.author_name else None,
            "footer": {"text": self.footer} if self.footer else None,
        }
        if self.color:
            red, green, blue = self.color
            found["color"] = red << 16 | green << 8 | blue
        return {name: value for name, value in found.items() if value is not None}


class DiscordExecution(ExecutionProperties, Webhook):
    """Tell a channel of Discord about an execution: its flow, state, duration, and the task that failed.

    `payload` replaces that message. Fails when there is no such execution, and when Discord does not take
    the message.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.discord.DiscordExecution",)
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Tell the channel about every failure",
            """\
id: discord-failures
namespace: company.monitoring
tasks:
  - id: tell
    type: io.kestra.plugin.notifications.discord.DiscordExecution
    url: "{{ secret('DISCORD_WEBHOOK') }}"
    executionId: "{{ trigger.executionId }}"
    username: Pipelines
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

    username: Text | None = None
    """Name of the sender."""

    avatar_url: Text | None = None
    """Address of the sender's picture."""

    embed_list: list[Embed] | None = None
    """More cards, shown after the one about the execution."""

    content: Text | None = None
    """Text above the cards; by default one line about the execution."""

    def run(self, ctx: RunContext) -> None:
        """Send the message."""
        if self.payload is not None and self.payload.strip():
            self.post(ctx, read_payload(self.payload))
            return
        facts = self.facts(ctx)
        sender = {"username": self.username, "avatar_url": self.avatar_url}
        message: dict[str, Json] = {name: value for name, value in sender.items() if value}
        message["tts"] = False
        message["content"] = (self.content or facts.title)[:2000]
        message["allowed_mentions"] = {"parse": []}
        message["embeds"] = [_card(facts), *(embed.message() for embed in self.embed_list or ())][:10]
        self.post(ctx, message)


def _card(facts: Facts) -> dict[str, Json]:
    # Discord takes 25 fields in a card.
    rows = list(facts.rows.items())[:25]
    fields = [{"name": name[:256], "value": value[:1024] or "–", "inline": True} for name, value in rows]
    card: dict[str, Json] = {"title": facts.title[:256], "color": int(facts.color, 16), "fields": fields}
    if facts.link:
        card["url"] = facts.link
    if facts.message:
        card["description"] = facts.message[:4096]
    return card
