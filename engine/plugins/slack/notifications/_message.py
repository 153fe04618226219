"""Messages as Slack wants them."""

from __future__ import annotations

import re
from typing import ClassVar

from engine.errors import TaskFailure
from engine.model.json import Json, loads
from engine.plugin import Text
from engine.plugins.notifications._execution import Facts
from engine.plugins.notifications._webhook import Webhook, read_payload

_LINK = re.compile(r"\[([^\]\n]+)\]\(([^)\s]+)\)")
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_ITALIC = re.compile(r"__(.+?)__")


class SlackMessage(Webhook):
    """A message to Slack."""

    abstract: ClassVar[bool] = True

    payload: Text | None = None
    """The message as JSON, as Slack documents it for incoming webhooks. It counts more than `messageText`."""

    message_text: Text | None = None
    """The message as text, with `**bold**`, `__italic__` and `[text](address)`; or as JSON, sent as it is."""

    def message(self) -> Json | None:
        """Return the message the author wrote, if there is one; raises TaskFailure."""
        if self.payload is not None and self.payload.strip():
            return read_payload(self.payload)
        if self.message_text is None or not self.message_text.strip():
            return None
        try:
            found = loads(self.message_text)
        except ValueError:
            found = None
        return found if isinstance(found, dict) else {"text": slack_text(self.message_text)}

    def needed_message(self) -> Json:
        """Return the message; raises TaskFailure when there is none."""
        found = self.message()
        if found is None:
            raise TaskFailure("there is no message; give `messageText`, or `payload` as JSON")
        return found


def slack_text(text: str) -> str:
    """Turn the usual marks into those of Slack."""
    text = _LINK.sub(r"<\2|\1>", text)
    return _ITALIC.sub(r"_\1_", _BOLD.sub(r"*\1*", text))


def escaped(text: str) -> str:
    """Write a text so that Slack finds no link or mention in it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def about(facts: Facts) -> dict[str, Json]:
    """Return a message about an execution."""
    title = f"*{escaped(facts.title)}*"
    blocks: list[Json] = [_section(f"<{facts.link}|{escaped(facts.title)}>" if facts.link else title)]
    if facts.message:
        blocks.append(_section(slack_text(facts.message)))
    fields = [_mark(f"*{escaped(name)}*\n{escaped(value)}") for name, value in facts.rows.items()]
    # Slack takes ten fields in a section.
    blocks += [{"type": "section", "fields": fields[at : at + 10]} for at in range(0, len(fields), 10)]
    return {"text": escaped(facts.title), "attachments": [{"color": f"#{facts.color}", "blocks": blocks}]}


def _section(text: str) -> Json:
    return {"type": "section", "text": _mark(text)}


def _mark(text: str) -> Json:
    return {"type": "mrkdwn", "text": text[:2000]}
