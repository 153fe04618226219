"""No secret leaves: whole payloads through the guard, as every provider gets them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.providers.guard import Guard, Meter
from copilot.providers.port import Message, Reply, Schema, Usage
from copilot.redact import redact
from tests.copilot.leaks import leaky, readable


class Listening:
    """A provider that keeps what it was sent."""

    name = model = "listening"

    def __init__(self) -> None:
        self.heard = ""

    async def complete(
        self, messages: Sequence[Message], *, schema: Schema | None = None, max_tokens: int = 2000
    ) -> Reply:
        self.heard = "\n".join(message.content for message in messages)
        return Reply("ok", Usage(1, 1))

    async def stream(
        self, messages: Sequence[Message], *, max_tokens: int = 2000
    ) -> AsyncIterator[str | Reply]:
        self.heard = "\n".join(message.content for message in messages)
        yield "ok"
        yield Reply("ok", Usage(1, 1))

    async def close(self) -> None:
        """Nothing is open."""


def heard(text: str, known: Sequence[str], *, streamed: bool) -> tuple[str, Meter]:
    """Send a text and return what arrived."""
    provider, meter = Listening(), Meter()
    guard = Guard(provider, lambda: known)
    messages = [
        Message("system", "Rules."),
        Message("user", f"<data 1 flow>\n{text}\n</data 1>\n\nadd a retry"),
    ]

    async def send() -> None:
        if streamed:
            async for _ in guard.stream(messages, meter):
                pass
        else:
            await guard.complete(messages, meter)

    asyncio.run(send())
    return provider.heard, meter


@settings(max_examples=400, deadline=None)
@given(st.integers(min_value=0), st.booleans())
def test_no_secret_leaves_in_any_payload(seed: int, streamed: bool) -> None:
    text, secrets, known = leaky(seed)
    arrived, meter = heard(text, known, streamed=streamed)
    assert not [secret for secret in secrets if readable(secret, arrived)], (seed, text, arrived)
    assert meter.masked
    assert meter.payloads[0][1]["content"] in arrived
    assert "add a retry" in arrived


KEPT = [
    "checksum: 9e107d9d372bb6826bd81d3542a419d6",
    "uri: https://d37ci6vzurychx.cloudfront.net/trip-data/yellow_tripdata_2024-01.parquet",
    "execution 4Yq0kQ7LwJ2nVb3XrT9cDe ended",
    "type: io.kestra.plugin.jdbc.postgresql.CopyIn",
    "tokens: 120",
    "maxTokens: 2000",
    "password: \"{{ secret('DB_PASSWORD') }}\"",
    "env: {API_TOKEN: \"{{ secret('API_TOKEN') }}\"}",
    "PGPASSWORD=$PGPASSWORD psql",
    "token = os.environ['TOKEN']",
    "SELECT token, secret FROM vault",
    "a password is asked for at the start",
]


def test_what_is_no_secret_stays() -> None:
    for text in KEPT:
        assert redact(text).text == text
