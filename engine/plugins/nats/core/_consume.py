"""Reading messages of a stream into a file; they are acknowledged only when the file is stored."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import IO, Annotated, Any, ClassVar, Literal

from pydantic import Field

from engine.errors import TaskFailure
from engine.model.moment import from_text
from engine.plugin import Duration, Output, RunContext, Text
from engine.plugins._records import store_rows, write_row
from engine.plugins.nats._nats import Link, NatsProperties, nats, row_of

DeliverPolicy = Literal["All", "Last", "New", "ByStartSequence", "ByStartTime", "LastPerSubject"]
_POLICIES = {
    "All": "all",
    "Last": "last",
    "New": "new",
    "ByStartTime": "by_start_time",
    "LastPerSubject": "last_per_subject",
}
_FOR_EVER = timedelta(days=36500)


class ConsumeOutput(Output):
    """What was read."""

    messages_count: int = 0
    """How many messages."""
    uri: str
    """The file of the messages (Ion, one a line): `subject`, `headers`, `data`, `timestamp`."""


class ConsumeProperties(NatsProperties):
    """Which messages are read, and where reading begins."""

    abstract: ClassVar[bool] = True

    subject: Text
    """The subject; a stream of JetStream must keep it."""
    durable_id: Text | None = None
    """Name under which the server remembers the place for the next time. Without it reading begins anew
    every time."""
    since: Text | None = None
    """Only messages from this date on, like `2026-01-31T00:00:00Z`, where no place is remembered."""
    deliver_policy: DeliverPolicy = "All"
    """Where reading begins, where no place is remembered."""
    batch_size: Annotated[int, Field(ge=1)] = 10
    """How many messages are asked for at once."""
    poll_duration: Duration = timedelta(seconds=2)
    """How long to wait for further messages; when none come reading ends."""
    max_records: Annotated[int | None, Field(ge=1)] = None
    """How many messages are read at most."""
    max_duration: Duration | None = None
    """How long messages are read at most."""

    def consumed(self, ctx: RunContext) -> ConsumeOutput:
        """Read messages, store them, then acknowledge them; raises TaskFailure."""
        config = self._config()
        with self.connected(ctx, f"reading '{self.subject}'") as link:
            subscription = link.wait(self._subscribed(link, config))
            answers: dict[int, str] = {}
            uri = store_rows(ctx, lambda file: self._read(link, subscription, file, answers))
            link.wait(_acknowledge(link, answers))
        ctx.metric("records", len(answers))
        return ConsumeOutput(messages_count=len(answers), uri=uri)

    async def _subscribed(self, link: Link, config: Any) -> Any:
        try:
            return await link.client.jetstream().pull_subscribe(
                self.subject, durable=self.durable_id, config=config
            )
        except nats("nats.js.errors").NotFoundError as error:
            raise TaskFailure(
                f"subject: no stream of JetStream keeps '{self.subject}'; check it, or make a stream first"
            ) from error

    def _config(self) -> Any:
        if self.deliver_policy == "ByStartSequence":
            raise TaskFailure("deliverPolicy: `ByStartSequence` has no number to start from; use `since`")
        policy = "ByStartTime" if self.since else self.deliver_policy
        if policy == "ByStartTime" and not self.since:
            raise TaskFailure("since: missing; `deliverPolicy: ByStartTime` needs it")
        api = nats("nats.js.api")
        given: dict[str, Any] = {"deliver_policy": api.DeliverPolicy(_POLICIES[policy])}
        if self.since:
            try:
                given["opt_start_time"] = from_text(self.since)
            except ValueError as error:
                raise TaskFailure(
                    f"since: '{self.since}' is not a date; write it like 2026-01-31T00:00:00Z"
                ) from error
        return api.ConsumerConfig(ack_policy=api.AckPolicy.EXPLICIT, max_ack_pending=-1, **given)

    def _read(self, link: Link, subscription: Any, file: IO[bytes], answers: dict[int, str]) -> None:
        """Write messages; `answers` are the subjects to acknowledge them to, by number in the stream."""
        end = time.monotonic() + (self.max_duration or _FOR_EVER).total_seconds()
        while time.monotonic() < end:
            wanted = self.batch_size
            if self.max_records is not None:
                wanted = min(wanted, self.max_records - len(answers))
            messages = link.wait(self._fetch(subscription, wanted)) if wanted > 0 else []
            if not messages:
                return
            for message in messages:
                number = message.metadata.sequence.stream
                if number not in answers:  # what is not acknowledged for long is delivered again
                    write_row(file, row_of(message))
                answers[number] = message.reply

    async def _fetch(self, subscription: Any, wanted: int) -> list[Any]:
        try:
            found: list[Any] = await subscription.fetch(wanted, self.poll_duration.total_seconds())
        except TimeoutError:  # also the base class of the client's own
            return []
        return found


async def _acknowledge(link: Link, answers: dict[int, str]) -> None:
    for subject in answers.values():
        await link.client.publish(subject, b"+ACK")
    await link.client.flush()
