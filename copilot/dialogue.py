"""A turn of a conversation: its mode is enforced, it can be stopped, and it is written down."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final, Literal

from copilot.audit import Audit
from copilot.chat import Copilot
from copilot.chip import Chip, context_of
from copilot.conversation import Conversation, Conversations, Turn
from copilot.errors import ConversationUnknown, ReadOnly
from copilot.event import (
    CitationEvent,
    ContextEvent,
    DoneEvent,
    DraftEvent,
    ErrorEvent,
    Event,
    FindingEvent,
    PlanEvent,
    TokenEvent,
    UsageEvent,
)
from copilot.skills.fix.failure import Failure
from copilot.threads import run_sync
from copilot.voice import Terms
from engine.model.id import new_id
from engine.model.json import Json
from engine.model.moment import Clock, now

Mode = Literal["ask", "edit", "plan", "fix"]
MODES: Final = ("ask", "edit", "plan", "fix")
STOPPED: Final = "stopped"
_COMMAND = re.compile(r"\s*/(?P<name>ask|edit|plan|fix|explain|cite)\b\s*(?P<rest>.*)", re.DOTALL)
_EXPLAIN = re.compile(
    r"\b(?:explain|what does (?:this|the|my) flow|describe (?:this|the|my) flow)\b", re.IGNORECASE
)
_READ_ONLY = frozenset({"ask"})
_REASON: Final = "fix-"
"""How the codes of reasons begin."""


def explains(words: str) -> bool:
    """Tell whether words ask what a flow does."""
    return _EXPLAIN.search(words) is not None


@dataclass(frozen=True, slots=True)
class Said:
    """What the user said. `yaml` is the editor's text, `failure` the execution it is about."""

    words: str
    mode: str = "edit"
    yaml: str | None = None
    namespace: str | None = None
    flow_id: str | None = None
    provider: str = ""
    chips: Sequence[Chip] = ()
    failure: Failure | None = None
    plan_turn: str | None = None
    """A planned turn whose plan is to be drafted now."""


class Dialogue:
    """Turns over one copilot. In mode `ask` no event of a draft passes and nothing is stored but the turn."""

    def __init__(
        self, copilot: Copilot, conversations: Conversations, audit: Audit, *, clock: Clock = now
    ) -> None:
        self._copilot = copilot
        self._conversations = conversations
        self._audit = audit
        self._clock = clock
        self._stops: dict[str, asyncio.Event] = {}

    def stop(self, turn_id: str) -> None:
        """End a running turn. Raises ConversationUnknown when it does not run."""
        if turn_id not in self._stops:
            raise ConversationUnknown(f"Turn '{turn_id}' is not running")
        self._stops[turn_id].set()

    async def say(self, conversation_id: str, said: Said, *, actor: str = "api") -> AsyncIterator[Event]:
        """Do one turn and write it down, whether it ends, fails, is stopped or left."""
        conversation = await run_sync(self._conversations.get, conversation_id)
        try:
            said = _commanded(said)
        except ReadOnly as error:
            yield ErrorEvent(error.code, error.message, error.missing)
            return
        turn_id = new_id()
        terms = Terms(said.provider, context_of(said.chips))
        record = _Record(
            Turn(turn_id, len(conversation.turns) + 1, said.mode, said.words, self._clock(), "left")
        )
        record.turn = replace(record.turn, chips=tuple(chip.to_json() for chip in said.chips))
        stop = self._stops[turn_id] = asyncio.Event()
        try:
            yield ContextEvent(turn_id, conversation_id, said.mode, record.turn.chips)
            events = self._events(conversation, said, terms)
            async for event in _until(events, stop):
                if said.mode in _READ_ONLY and isinstance(event, DraftEvent | PlanEvent):
                    raise AssertionError("a read-only turn has made a draft")  # pragma: no cover - by design
                record.take(event)
                yield event
            if stop.is_set():
                meter = terms.meter
                yield UsageEvent(
                    meter.model, meter.input_tokens, meter.output_tokens, meter.calls, meter.cost
                )
                record.take(stopped := ErrorEvent(STOPPED, "Stopped; nothing was changed."))
                yield stopped
        finally:
            del self._stops[turn_id]
            await asyncio.shield(run_sync(self._keep, conversation, record.turn, terms, actor))

    def _events(self, conversation: Conversation, said: Said, terms: Terms) -> AsyncIterator[Event]:
        copilot = self._copilot
        if said.mode == "ask":
            if said.yaml and explains(said.words):
                return copilot.explain(said.yaml)
            return copilot.ask(said.words, terms=terms)
        if said.mode == "fix" and said.failure is not None:
            return copilot.fix(said.failure, terms=terms)
        planned = self._plan_of(conversation, said)
        if planned is not None:
            return copilot.take(planned[0], planned[1], said.yaml, said.namespace, said.flow_id)
        return copilot.draft(
            said.words, said.yaml, said.namespace, said.flow_id, terms=terms, keep=said.mode != "plan"
        )

    def _plan_of(self, conversation: Conversation, said: Said) -> tuple[str, dict[str, Json]] | None:
        if said.plan_turn is None:
            return None
        for turn in conversation.turns:
            if turn.id == said.plan_turn and turn.plan is not None:
                return turn.words, turn.plan
        raise ConversationUnknown(f"Turn '{said.plan_turn}' of this conversation has no plan")

    def _keep(self, conversation: Conversation, turn: Turn, terms: Terms, actor: str) -> None:
        meter = terms.meter
        used = replace(
            turn,
            model=meter.model,
            calls=meter.calls,
            input_tokens=meter.input_tokens,
            output_tokens=meter.output_tokens,
            cost=meter.cost,
        )
        with suppress(ConversationUnknown):  # deleted meanwhile: then nothing of it is kept
            current = self._conversations.get(conversation.id)
            self._conversations.add(current, used, meter.payloads)
        self._audit.write(
            turn.mode,
            actor,
            turn.outcome,
            words=turn.words,
            meter=meter,
            conversation_id=conversation.id,
            turn_id=turn.id,
            draft_id=turn.draft_id,
        )


class _Record:
    """The turn as it grows."""

    def __init__(self, turn: Turn) -> None:
        self.turn = turn

    def take(self, event: Event) -> None:
        """Note what an event says about the turn."""
        if isinstance(event, PlanEvent):
            self.turn = replace(self.turn, plan=event.plan)
        elif isinstance(event, DraftEvent):
            self.turn = replace(self.turn, draft_id=str(event.draft["id"]))
        elif isinstance(event, CitationEvent):
            self.turn = replace(self.turn, cites=tuple(dict.fromkeys((*self.turn.cites, event.source))))
        elif isinstance(event, FindingEvent) and event.finding.code.startswith(_REASON):
            self.turn = replace(
                self.turn, reason=self.turn.reason or event.finding.code.removeprefix(_REASON)
            )
        elif isinstance(event, TokenEvent):
            self.turn = replace(self.turn, text=self.turn.text + event.text)
        elif isinstance(event, DoneEvent):
            self.turn = replace(self.turn, outcome="done", text=self.turn.text or event.text)
        elif isinstance(event, ErrorEvent):
            self.turn = replace(self.turn, outcome=event.code, text=self.turn.text or event.message)


def _commanded(said: Said) -> Said:
    """Read `/explain …` and its like. Raises ReadOnly where the mode forbids the command."""
    match = _COMMAND.fullmatch(said.words)
    if match is None:
        return said
    name, rest = match["name"], match["rest"].strip()
    mode = "ask" if name in ("explain", "cite") else name
    if said.mode in _READ_ONLY and mode not in _READ_ONLY:
        raise ReadOnly(
            f"This conversation only asks; switch to {mode.capitalize()} to use /{name}", missing=["mode"]
        )
    words = rest or ("explain this flow" if name == "explain" else said.words.strip())
    if name == "explain" and not explains(words):
        words = f"explain: {words}"
    return replace(said, mode=mode, words=words)


async def _until(events: AsyncIterator[Event], stop: asyncio.Event) -> AsyncIterator[Event]:
    """Yield events until they end or the stop comes, also while nothing comes."""
    stopping = asyncio.ensure_future(stop.wait())
    try:
        while True:
            coming = asyncio.ensure_future(anext(events))
            await asyncio.wait({coming, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not coming.done():
                coming.cancel()
                with suppress(asyncio.CancelledError, StopAsyncIteration):
                    await coming
                return
            try:
                yield coming.result()
            except StopAsyncIteration:
                return
    finally:
        stopping.cancel()
        close = getattr(events, "aclose", None)
        if close is not None:
            await close()
