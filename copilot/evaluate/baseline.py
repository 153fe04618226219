"""What the copilot is compared with: models that write the whole file, told more or less about the types.

Every one gets the same words, the same model behind the same guard and the same room for its reply; what
it writes is judged by the same gate and run on the same bench. `finder` follows the public description of
Kestra's first copilot: one call chooses types from the list of all, a second one writes the file with their
schemas.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass

from copilot.card import card
from copilot.draft import Draft
from copilot.ending import failed
from copilot.errors import CopilotError, ReplyError
from copilot.evaluate.bench import Bench, Drafter
from copilot.event import DoneEvent, DraftEvent, Event, UsageEvent
from copilot.fence import RULE, fence
from copilot.gate import Verdict, judge
from copilot.planner.prompt import estimate_tokens
from copilot.planner.reply import json_of, without_thinking
from copilot.planner.request import ROUNDS
from copilot.planner.rules.planner import RulesPlanner
from copilot.planner.suggest import suggested
from copilot.providers.guard import Guard, Meter
from copilot.providers.port import Message, Reply, Schema
from copilot.threads import run_sync
from copilot.voice import Terms
from engine.docs.card import cards
from engine.docs.schema import schema

BUDGET_TOKENS = 12_000
"""Room for documentation in a prompt, the same as the copilot's own."""
CHOSEN = 10
"""Types a finder may choose."""
MAX_TOKENS = 4_000
"""Room for a reply: a whole file is longer than a plan."""

_ASKED = (
    "You write Kestra 1.x flows for a data engineer. Answer with the YAML of one flow and nothing else. "
    "Where the user has a flow, answer with the whole changed flow. Never write a password, key or token: "
    "use {{ secret('NAME') }}. Scripts run with taskRunner type io.kestra.plugin.core.runner.Process."
)
_FENCE = re.compile(r"```[a-zA-Z]*[ \t]*\n(.*?)(?:\n```|\Z)", re.DOTALL)
_TYPES = Schema(
    "types",
    {
        "type": "object",
        "properties": {"types": {"type": "array", "items": {"type": "string"}, "maxItems": CHOSEN}},
        "required": ["types"],
        "additionalProperties": False,
    },
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request to a baseline, with what it needs to tell the model more."""

    words: str
    base: str
    bench: Bench
    guard: Guard
    meter: Meter


Grounding = Callable[[Asked], Awaitable[str]]
"""Returns what the model is told beside the words."""


async def nothing(asked: Asked) -> str:
    """Tell nothing."""
    return ""


async def documentation(asked: Asked) -> str:
    """Tell the documentation of the types the same search finds that the copilot uses."""
    return await run_sync(_documentation, asked)


async def everything(asked: Asked) -> str:
    """Tell every type with its properties; the JSON schema of all is six times as long: too much to send."""
    registry = asked.bench.engine.registry
    texts = await run_sync(lambda: [card(name, registry) for name in registry.names()])
    return "All types:\n\n" + "\n\n".join(text for text in texts if text)


async def chosen_schemas(asked: Asked) -> str:
    """Let the model choose from the list of all types, and tell the JSON schemas of its choice."""
    registry = asked.bench.engine.registry
    listed = await run_sync(lambda: "\n".join(f"{one.type}: {one.title}" for one in cards(registry)))
    system = (
        f"Choose up to {CHOSEN} types from the list that are needed for what the user wants, and keep those "
        f'the flow has. Answer with JSON: {{"types": [...]}}.\n\n{listed}'
    )
    messages = [Message("system", system), Message("user", _wanted(asked))]
    reply = await asked.guard.complete(messages, asked.meter, schema=_TYPES, max_tokens=1_000)
    names = [str(name) for name in json_of(reply).get("types") or ()][:CHOSEN]
    plugins = [plugin for name in names if (plugin := registry.find(name)) is not None]
    if not plugins:
        raise ReplyError("The model chose no type of the list.", reply=reply.text)
    texts = await run_sync(lambda: [json.dumps(schema(plugin), separators=(",", ":")) for plugin in plugins])
    return "JSON schemas of the types to use:\n\n" + "\n\n".join(texts)


class WholeFile:
    """Asks a model for the whole file, and with `rounds` again for as long as the gate finds fault."""

    def __init__(self, name: str, bench: Bench, grounding: Grounding, *, rounds: int = 0) -> None:
        if bench.guard is None:
            raise ValueError(f"'{name}' needs a model")
        self.name = name
        self._bench = bench
        self._guard = bench.guard
        self._grounding = grounding
        self._rounds = rounds

    async def draft(self, words: str, current_yaml: str | None = None) -> AsyncIterator[Event]:
        """Draft a flow, or a change of one."""
        meter = Meter()
        base = current_yaml or ""
        asked = Asked(words, base, self._bench, self._guard, meter)
        try:
            verdict = await self._written(asked)
        except CopilotError as error:
            yield _usage(meter)
            yield failed(error)
            return
        draft = Draft.make(
            verdict.text,
            base=base,
            planner=self.name,
            created=self._bench.engine.clock(),
            words=words,
            findings=verdict.findings,
        )
        await self._bench.copilot.drafts.put(draft)
        yield DraftEvent(draft.to_json())
        yield _usage(meter)
        yield DoneEvent("Written.", draft.id)

    async def _written(self, asked: Asked) -> Verdict:
        told = await self._grounding(asked)
        messages = [
            Message("system", "\n\n".join(part for part in (_ASKED, RULE, told) if part)),
            Message("user", _wanted(asked)),
        ]
        for left in range(self._rounds, -1, -1):
            reply = await self._guard.complete(messages, asked.meter, max_tokens=MAX_TOKENS)
            verdict = await run_sync(judge, yaml_of(reply), self._bench.engine.registry)
            if verdict.valid or not left:
                break
            messages += [Message("assistant", verdict.text), Message("user", _faults(verdict))]
        return verdict


def yaml_of(reply: Reply) -> str:
    """Return the file in a reply, without thinking and fences. Raises ReplyError when there is none."""
    text = without_thinking(reply.text)
    match = _FENCE.search(text)
    text = (match[1] if match is not None else text).strip("\n")
    if not re.search(r"^(?:id|namespace|tasks)\s*:", text, re.MULTILINE):
        raise ReplyError(f"The model wrote no flow: '{' '.join(text.split())[:80]}'", reply=reply.text)
    return text + "\n"


@dataclass(frozen=True, slots=True)
class Contestant:
    """One who drafts in a comparison. `opened` returns None for the copilot itself."""

    name: str
    what: str
    needs_model: bool
    opened: Callable[[Bench], Drafter | None]


class ByRules:
    """The copilot without its model."""

    def __init__(self, bench: Bench) -> None:
        self._copilot = bench.copilot

    async def draft(self, words: str, current_yaml: str | None = None) -> AsyncIterator[Event]:
        """Draft by rules."""
        async for event in self._copilot.draft(words, current_yaml, terms=Terms(RulesPlanner.name)):
            yield event


def _whole(name: str, grounding: Grounding, rounds: int = 0) -> Callable[[Bench], Drafter]:
    return lambda bench: WholeFile(name, bench, grounding, rounds=rounds)


CONTESTANTS: Sequence[Contestant] = (
    Contestant("direct", "whole file, nothing told but the words", True, _whole("direct", nothing)),
    Contestant("catalogue", "whole file, every type told", True, _whole("catalogue", everything)),
    Contestant(
        "documented",
        "whole file, documentation of the types found",
        True,
        _whole("documented", documentation),
    ),
    Contestant(
        "repaired",
        f"as documented, and up to {ROUNDS} rounds with the findings",
        True,
        _whole("repaired", documentation, ROUNDS),
    ),
    Contestant(
        "finder",
        "two calls: choose types, then the whole file with their schemas",
        True,
        _whole("finder", chosen_schemas),
    ),
    Contestant("rules", "this copilot without a model", False, ByRules),
    Contestant("copilot", "this copilot with the model", True, lambda bench: None),
)
"""All who are compared, in the order of the table."""


def _wanted(asked: Asked) -> str:
    return f"{fence(asked.base, 'flow')}\n\n{asked.words}" if asked.base else asked.words


def _faults(verdict: Verdict) -> str:
    problems = "\n".join(f"- {finding.text}" for finding in verdict.blocking)
    found = fence(problems, "findings", limit=4_000)
    return f"This does not pass the validation:\n{found}\nAnswer with the whole corrected flow."


def _documentation(asked: Asked) -> str:
    registry, catalogue = asked.bench.engine.registry, asked.bench.copilot.catalogue
    parts = [asked.words, *re.split(r"[.,;\n]|\b(?:and|then)\b", asked.words)]
    names: dict[str, None] = {}
    for part in parts:
        for name in suggested(catalogue, registry, part, 5) if len(part.strip()) > 3 else ():
            names.setdefault(name)
    texts: list[str] = []
    left = BUDGET_TOKENS - estimate_tokens(asked.base)
    for name in names:
        text = card(name, registry)
        left -= estimate_tokens(text)
        if left < 0:
            break
        texts.append(text)
    return "Documentation of types that may help:\n\n" + "\n\n".join(texts)


def _usage(meter: Meter) -> UsageEvent:
    return UsageEvent(meter.model, meter.input_tokens, meter.output_tokens, meter.calls, meter.cost)
