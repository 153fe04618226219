"""Send a mail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from engine.plugin import Example
from engine.plugins.email._message import MailProperties

if TYPE_CHECKING:
    from engine.plugin import RunContext


class MailSend(MailProperties):
    """Send a mail, with files if there are some.

    Fails when the server cannot be reached, its certificate is not valid, or it does not take the mail.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.notifications.mail.MailSend",)
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Send a report",
            """\
id: mail-report
namespace: company.team
tasks:
  - id: report
    type: io.kestra.plugin.core.storage.Write
    extension: .csv
    content: |
      city,total
      Paris,17
  - id: send
    type: io.kestra.plugin.email.MailSend
    host: mail.example.org
    port: 465
    username: "{{ secret('MAIL_USER') }}"
    password: "{{ secret('MAIL_PASSWORD') }}"
    from: pipelines@example.org
    to: ann@example.org;bob@example.org
    subject: "Totals of {{ flow.id }}"
    htmlTextContent: The totals are in the file.
    attachments:
      - name: totals.csv
        uri: "{{ outputs.report.uri }}"
        contentType: text/csv
""",
        ),
    )

    def run(self, ctx: RunContext) -> None:
        """Send the mail."""
        self.send(ctx, subject=self.subject, plain=self.plain_text_content, html=self.html_text_content)
