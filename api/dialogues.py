"""What is kept around the copilot: conversations, opinions, the audit log, acceptance tokens."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable

import anyio

from api.thread import in_thread
from copilot.acceptance import Acceptances
from copilot.audit import Audit
from copilot.chat import Copilot
from copilot.conversation import Conversations
from copilot.dialogue import Dialogue
from copilot.event import DoneEvent, DraftEvent, ErrorEvent, Event
from copilot.opinion import Opinion, Opinions, Subject
from copilot.voice import Terms
from engine.model.json import Json
from engine.model.moment import Clock


class Dialogues:
    """The stores over the copilot's key-value namespace, and the dialogue that writes them."""

    def __init__(self, copilot: Copilot, secret_values: Callable[[], Iterable[str]], clock: Clock) -> None:
        self.conversations = Conversations(copilot.kv, secret_values=secret_values, clock=clock)
        self.audit = Audit(copilot.kv, secret_values=secret_values, clock=clock)
        self.acceptances = Acceptances(copilot.kv, clock=clock)
        self.opinions = Opinions(copilot.kv, secret_values=secret_values, clock=clock)
        self.dialogue = Dialogue(copilot, self.conversations, self.audit, clock=clock)

    def judged(self, about: Subject, good: bool, comment: str, actor: str) -> Opinion:
        """Keep an opinion and write down that it was given."""
        opinion = self.opinions.give(about, good, comment, actor=actor)
        self.audit.write(
            "feedback",
            actor,
            "good" if good else "bad",
            words=comment,
            conversation_id=about.conversation_id,
            turn_id=about.turn_id,
            draft_id=about.draft_id,
        )
        return opinion

    async def noted(
        self, action: str, actor: str, words: str, events: AsyncIterator[Event], terms: Terms
    ) -> AsyncIterator[Event]:
        """Pass the events of a turn on and write down how it ended: `left` when nobody waited for that."""
        outcome = "left"
        draft: dict[str, Json] = {}
        try:
            async for event in events:
                if isinstance(event, DraftEvent):
                    draft = event.draft
                elif isinstance(event, ErrorEvent):
                    outcome = event.code
                elif isinstance(event, DoneEvent):
                    outcome = "done"
                yield event
        finally:
            # A client that goes away cancels the turn; what it did is written down all the same.
            with anyio.CancelScope(shield=True):
                await in_thread(
                    self.audit.write,
                    action,
                    actor,
                    outcome,
                    words=words,
                    meter=terms.meter,
                    draft_id=draft.get("id"),
                    draft_hash=draft.get("hash"),
                )
