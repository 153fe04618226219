"""Whether a model works: a few small requests, each with a sentence about what came of it."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass

from copilot.errors import CopilotError
from copilot.planner.reply import json_of
from copilot.providers.port import Message, Provider, Reply, Schema
from engine.model.json import Json

_SCHEMA = Schema(
    "answer",
    {
        "type": "object",
        "properties": {"word": {"type": "string"}, "number": {"type": "integer"}},
        "required": ["word", "number"],
        "additionalProperties": False,
    },
)
_HELLO = [Message("user", "Answer with the one word: ready")]
_JSON = [Message("user", 'Answer with the JSON object {"word": "ready", "number": 7} and nothing else.')]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was tried. Without an `optional` one the copilot still works."""

    name: str
    ok: bool
    said: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of all of them."""

    name: str
    model: str
    steps: tuple[Step, ...]

    @property
    def works(self) -> bool:
        """Whether the copilot can use it."""
        return all(step.ok or step.optional for step in self.steps)

    def to_json(self) -> dict[str, Json]:
        """Return the result as JSON."""
        return {**asdict(self), "steps": [asdict(step) for step in self.steps], "works": self.works}


async def check_provider(name: str, provider: Provider) -> Checked:
    """Try a model: a word, JSON by a schema, a stream. Stops at the first that shows it cannot be used."""
    steps: list[Step] = []
    for title, attempt, optional in (
        ("answers", _answers, False),
        ("writes JSON", _writes_json, False),
        ("streams", _streams, True),
    ):
        step = await _tried(title, attempt, provider, optional)
        steps.append(step)
        if not step.ok and not optional:
            break
    return Checked(name, provider.model, tuple(steps))


async def _tried(
    title: str, attempt: Callable[[Provider], Awaitable[str]], provider: Provider, optional: bool
) -> Step:
    started = time.perf_counter()
    try:
        said = await attempt(provider)
    except CopilotError as error:
        return Step(title, False, error.message, optional)
    return Step(title, True, f"{said}, {(time.perf_counter() - started) * 1000:.0f} ms", optional)


async def _answers(provider: Provider) -> str:
    reply = await provider.complete(_HELLO, max_tokens=500)
    used = reply.usage
    counts = (
        f"{used.input_tokens} + {used.output_tokens} tokens" if used.input_tokens else "tokens not counted"
    )
    return f"reachable, key and model accepted, {counts}"


async def _writes_json(provider: Provider) -> str:
    found = json_of(await provider.complete(_JSON, schema=_SCHEMA, max_tokens=500))
    fits = isinstance(found.get("word"), str) and isinstance(found.get("number"), int)
    return "follows the schema" if fits else f"JSON, but not by the schema: {json.dumps(found)[:80]}"


async def _streams(provider: Provider) -> str:
    pieces = 0
    async for piece in provider.stream(_HELLO, max_tokens=500):
        pieces += not isinstance(piece, Reply)
    return f"{pieces} piece(s)"
