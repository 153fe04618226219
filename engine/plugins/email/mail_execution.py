"""Send a mail about an execution."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, ClassVar

from engine.plugin import Example
from engine.plugins.email._message import MailProperties
from engine.plugins.notifications._execution import ExecutionProperties, Facts

if TYPE_CHECKING:
    from engine.plugin import RunContext


class MailExecution(ExecutionProperties, MailProperties):
    """Send a mail about an execution: its flow, state, duration, and the task that failed.

    Subject and bodies that are given replace those about the execution. Fails when there is no such
    execution, and when the server does not take the mail.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.notifications.mail.MailExecution",)
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "A mail about every failure",
            """\
id: mail-failures
namespace: company.monitoring
tasks:
  - id: send
    type: io.kestra.plugin.email.MailExecution
    host: mail.example.org
    username: "{{ secret('MAIL_USER') }}"
    password: "{{ secret('MAIL_PASSWORD') }}"
    from: pipelines@example.org
    to: team@example.org
    executionId: "{{ trigger.executionId }}"
    customFields:
      Runbook: https://example.org/runbook
triggers:
  - id: failures
    type: io.kestra.plugin.core.trigger.Flow
    conditions:
      - type: io.kestra.plugin.core.condition.ExecutionStatus
        in: [FAILED]
""",
        ),
    )

    def run(self, ctx: RunContext) -> None:
        """Send the mail."""
        facts = self.facts(ctx)
        self.send(
            ctx,
            subject=self.subject or facts.title,
            plain=self.plain_text_content or _plain(facts),
            html=self.html_text_content or _html(facts),
        )


def _plain(facts: Facts) -> str:
    lines = [facts.title, facts.message or "", *(f"{name}: {value}" for name, value in facts.rows.items())]
    return "\n".join(line for line in [*lines, facts.link or ""] if line)


def _html(facts: Facts) -> str:
    title = escape(facts.title)
    if facts.link:
        title = f'<a href="{escape(facts.link)}">{title}</a>'
    rows = "".join(
        f'<tr><th align="left">{escape(name)}</th><td>{escape(value)}</td></tr>'
        for name, value in facts.rows.items()
    )
    message = f"<p>{escape(facts.message)}</p>" if facts.message else ""
    return f'<h2 style="color:#{facts.color}">{title}</h2>{message}<table cellpadding="4">{rows}</table>'
