"""`io.kestra.plugin.nats.core.Request`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any, ClassVar

from pydantic import Field

from engine.errors import TaskFailure
from engine.plugin import Duration, Example, Output, RunContext, Task, Text
from engine.plugins._records import records_of
from engine.plugins.nats._nats import Link, NatsProperties, message_of, nats


class RequestOutput(Output):
    """What was answered."""

    response: str | None = None
    """The answer; null when nobody answered in time."""


class Request(NatsProperties, Task):
    """Sends a message to a subject of NATS and waits for the answer."""

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.nats.Request",)
    gives: ClassVar[type[Output]] = RequestOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Ask and show the answer",
            """\
id: nats_request
namespace: company.team

tasks:
  - id: ask
    type: io.kestra.plugin.nats.core.Request
    url: nats://localhost:4222
    subject: greet.bob
    from:
      data: Hello!

  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.ask.response }}"
""",
        ),
    )

    subject: Text
    """The subject."""
    source: Annotated[Any, Field(alias="from")]
    """The message, a map with `data` and if wished `headers`; of several the first."""
    request_timeout: Duration = timedelta(seconds=5)
    """How long to wait for the answer."""

    def run(self, ctx: RunContext) -> RequestOutput:
        """Ask."""
        record = next(records_of(ctx, self.source), None)
        if record is None:
            raise TaskFailure("from: holds no message; give a map with `data`")
        content, headers = message_of(record)
        with self.connected(ctx, f"asking '{self.subject}'") as link:
            return RequestOutput(response=link.wait(self._ask(ctx, link, content, headers)))

    async def _ask(
        self, ctx: RunContext, link: Link, content: bytes, headers: dict[str, str] | None
    ) -> str | None:
        errors, seconds = nats("nats.errors"), self.request_timeout.total_seconds()
        try:
            answer = await link.client.request(self.subject, content, timeout=seconds, headers=headers)
        except (errors.NoRespondersError, TimeoutError):
            ctx.warn(f"Nobody answered on '{self.subject}'")
            return None
        found: bytes = answer.data
        return found.decode("utf-8", "replace")
