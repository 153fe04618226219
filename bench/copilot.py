"""The copilot's own cost beside the model: overhead, tokens, calls; and secrets in fuzzed payloads."""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections.abc import AsyncIterator, Sequence

from copilot.chat import Copilot
from copilot.event import DraftEvent
from copilot.planner.prompt import estimate_tokens
from copilot.providers.guard import Guard, Meter
from copilot.providers.port import Message, Reply, Schema, Usage
from copilot.voice import Terms
from engine.docs.card import cards
from engine.registry import Registry
from engine.storage.memory import MemoryStore
from retrieval.catalogue import Card, Catalogue
from tests.copilot.leaks import leaky, readable

FUZZED = 10_000
ROUNDS = 3
WORDS = (
    "every day at 7 download https://example.com/orders.csv, count its rows with DuckDB and log them",
    "for each of green and yellow download the taxi file of the month, load it into Postgres by COPY",
    "call the API https://example.com/api with a bearer token, retry 5 times, tell Slack on failure",
    "when a file lands in the bucket, load it into BigQuery and run a Python script that checks the rows",
    "log hello",
)
LOG = "io.kestra.plugin.core.log.Log"
PLAN = json.dumps(
    {"id": "greet", "steps": [{"id": "hi", "type": LOG, "because": "x", "values": {"message": "hi"}}]}
)


class Instant:
    """A model that answers at once, so that what is measured is ours."""

    name = model = "instant"

    def __init__(self) -> None:
        self.tokens: list[int] = []

    async def complete(
        self, messages: Sequence[Message], *, schema: Schema | None = None, max_tokens: int = 2000
    ) -> Reply:
        """Answer with a small plan."""
        sent = sum(estimate_tokens(message.content) for message in messages)
        self.tokens.append(sent)
        return Reply(PLAN, Usage(sent, len(PLAN) // 4))

    async def stream(
        self, messages: Sequence[Message], *, max_tokens: int = 2000
    ) -> AsyncIterator[str | Reply]:
        """Answer with one word."""
        yield "ok"
        yield Reply("ok", Usage(1, 1))

    async def close(self) -> None:
        """Nothing is open."""


def main() -> None:
    """Print the figures with their targets."""
    asyncio.run(_drafts())
    asyncio.run(_payloads(FUZZED))


async def _drafts() -> None:
    registry = Registry.load()
    model = Instant()
    copilot = Copilot(registry, None, _catalogue(registry), MemoryStore().kv, model)  # type: ignore[arg-type]
    took: list[float] = []
    calls: list[int] = []
    for round_ in range(ROUNDS + 1):
        for words in WORDS:
            terms = Terms()
            started = time.perf_counter()
            events = [event async for event in copilot.draft(words, terms=terms)]
            if round_:  # the first round reads cards and caches
                took.append((time.perf_counter() - started) * 1000)
                calls.append(terms.meter.calls)
            assert any(isinstance(event, DraftEvent) for event in events)
    _row(
        "own overhead per draft",
        f"p50 {statistics.median(took):.0f} ms, max {max(took):.0f} ms",
        "<= 100 ms",
        statistics.median(took) <= 100,
    )
    _row("tokens in per draft", f"max {max(model.tokens):,}", "<= 12,000", max(model.tokens) <= 12_000)
    _row("calls per draft", f"max {max(calls)}", "<= 3", max(calls) <= 3)


async def _payloads(count: int) -> None:
    """Send fuzzed texts through the guard and look for every secret in what arrived."""
    leaks = 0
    started = time.perf_counter()
    for seed in range(count):
        text, secrets, known = leaky(seed)
        meter = Meter()
        guard = Guard(Instant(), lambda known=known: known)
        await guard.complete([Message("system", "rules"), Message("user", text)], meter)
        arrived = "\n".join(message["content"] for message in meter.payloads[0])
        leaks += any(readable(secret, arrived) for secret in secrets)
    took = (time.perf_counter() - started) / count * 1000
    _row("secrets in fuzzed payloads", f"{leaks} of {count:,} ({took:.2f} ms each)", "0", leaks == 0)


def _catalogue(registry: Registry) -> Catalogue:
    return Catalogue(
        Card(
            type=item.type,
            title=item.title,
            purpose=item.purpose,
            group=item.group,
            properties=tuple(part.name for part in item.properties),
            kind=item.kind,
            aliases=item.aliases,
            deprecated=item.deprecated,
        )
        for item in cards(registry)
    )


def _row(name: str, figure: str, target: str, met: bool) -> None:
    print(f"{name:28} {figure:44} target {target:10} {'met' if met else 'MISSED'}")


if __name__ == "__main__":
    sys.exit(main())
