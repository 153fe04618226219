"""Conversations: one per flow by default, kept in the store until somebody deletes them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta

from copilot.errors import ConversationUnknown
from copilot.providers.guard import Payload
from copilot.redact import redact
from engine.model.id import new_id
from engine.model.json import Json
from engine.model.moment import Clock, from_text, now, to_text
from engine.storage.ports import KeyValueStore

NAMESPACE = "_copilot"
PAYLOADS_KEPT = timedelta(days=7)
_TITLE = 80


@dataclass(frozen=True, slots=True)
class Turn:
    """One exchange: what was said in which mode, what came of it, what it used."""

    id: str
    number: int
    mode: str
    words: str
    created: datetime
    outcome: str
    text: str = ""
    draft_id: str | None = None
    plan: dict[str, Json] | None = None
    chips: tuple[dict[str, Json], ...] = ()
    model: str = ""
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = None
    feedback: dict[str, Json] | None = None
    cites: tuple[str, ...] = ()
    """Sources of the passages an answer cites."""
    reason: str = ""
    """Why an execution failed, by the code of the first finding."""

    def to_json(self) -> dict[str, Json]:
        """Return the turn as JSON."""
        moment = to_text(self.created)
        return {**asdict(self), "created": moment, "chips": list(self.chips), "cites": list(self.cites)}


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation, about a flow or about nothing in particular."""

    id: str
    title: str
    created: datetime
    updated: datetime
    namespace: str | None = None
    flow_id: str | None = None
    turns: tuple[Turn, ...] = field(default=())

    @property
    def used_tokens(self) -> int:
        """Tokens of all turns, both ways."""
        return sum(turn.input_tokens + turn.output_tokens for turn in self.turns)

    def to_json(self) -> dict[str, Json]:
        """Return the conversation as JSON, with its turns and what they used together."""
        costs = [turn.cost for turn in self.turns if turn.cost is not None]
        return {
            "id": self.id,
            "title": self.title,
            "created": to_text(self.created),
            "updated": to_text(self.updated),
            "namespace": self.namespace,
            "flowId": self.flow_id,
            "turns": [turn.to_json() for turn in self.turns],
            "inputTokens": sum(turn.input_tokens for turn in self.turns),
            "outputTokens": sum(turn.output_tokens for turn in self.turns),
            "calls": sum(turn.calls for turn in self.turns),
            "cost": sum(costs) if costs else None,
        }

    def exported(self) -> str:
        """Write the conversation as Markdown."""
        parts = [f"# {self.title}"]
        for turn in self.turns:
            parts.append(f"**You** ({turn.mode}, {to_text(turn.created)}): {turn.words}")
            parts.append(f"**Copilot**: {turn.text or turn.outcome}")
        return "\n\n".join(parts) + "\n"


class Conversations:
    """Rows of the key-value store: `conversation.<id>`, `turn.<conversation>.<number>`, `payload.<turn>`."""

    def __init__(
        self,
        kv: KeyValueStore,
        *,
        secret_values: Callable[[], Iterable[str]] = tuple,
        clock: Clock = now,
    ) -> None:
        self._kv = kv
        self._values = secret_values
        self._clock = clock

    def start(
        self, title: str = "", namespace: str | None = None, flow_id: str | None = None
    ) -> Conversation:
        """Begin a new conversation."""
        return self._put(self._new(new_id(), title, namespace, flow_id))

    def of_flow(self, namespace: str, flow_id: str) -> Conversation:
        """Return the conversation of a flow; it begins with the first call."""
        conversation_id = f"flow-{hashlib.sha256(f'{namespace}/{flow_id}'.encode()).hexdigest()[:20]}"
        try:
            return self.get(conversation_id)
        except ConversationUnknown:
            return self._put(self._new(conversation_id, f"{namespace}.{flow_id}", namespace, flow_id))

    def get(self, conversation_id: str) -> Conversation:
        """Return a conversation with its turns. Raises ConversationUnknown."""
        entry = self._kv.get(NAMESPACE, f"conversation.{conversation_id}")
        if entry is None or not isinstance(entry.value, dict):
            raise ConversationUnknown(f"There is no conversation '{conversation_id}'")
        turns = tuple(_turn(value) for _, value in self._kv.items(NAMESPACE, f"turn.{conversation_id}."))
        return replace(_conversation(entry.value), turns=turns)

    def all(self) -> Sequence[Conversation]:
        """Return all conversations without their turns, the last used first."""
        found = [_conversation(value) for _, value in self._kv.items(NAMESPACE, "conversation.")]
        return sorted(found, key=lambda item: item.updated, reverse=True)

    def add(self, conversation: Conversation, turn: Turn, payloads: Iterable[Payload] = ()) -> Turn:
        """Store a turn; its words lose known secrets, what was sent is kept for a week."""
        moment = self._clock()
        turn = replace(turn, words=redact(turn.words, self._values()).text)
        title = conversation.title or turn.words[:_TITLE]
        self._kv.put(NAMESPACE, _turn_key(conversation.id, turn), turn.to_json(), "JSON", moment)
        self._put(replace(conversation, title=title, updated=moment))
        sent = list(payloads)
        if sent:
            ends = moment + PAYLOADS_KEPT
            self._kv.put(NAMESPACE, f"payload.{turn.id}", sent, "JSON", moment, expires=ends)
        return turn

    def payloads(self, conversation_id: str, turn_id: str) -> list[Payload]:
        """Return exactly what a turn sent to a model, call by call. Raises ConversationUnknown."""
        self.turn(conversation_id, turn_id)
        entry = self._kv.get(NAMESPACE, f"payload.{turn_id}")
        fresh = entry is not None and (entry.expires is None or entry.expires > self._clock())
        return list(entry.value) if entry is not None and fresh and isinstance(entry.value, list) else []

    def turn(self, conversation_id: str, turn_id: str) -> Turn:
        """Return one turn. Raises ConversationUnknown."""
        for turn in self.get(conversation_id).turns:
            if turn.id == turn_id:
                return turn
        raise ConversationUnknown(f"There is no turn '{turn_id}' in this conversation")

    def judge(self, conversation_id: str, turn_id: str, feedback: dict[str, Json]) -> Turn:
        """Keep what somebody thinks of a turn. Raises ConversationUnknown."""
        turn = replace(self.turn(conversation_id, turn_id), feedback=feedback)
        moment = self._clock()
        self._kv.put(NAMESPACE, _turn_key(conversation_id, turn), turn.to_json(), "JSON", moment)
        return turn

    def delete(self, conversation_id: str) -> None:
        """Forget a conversation with everything said and sent in it. Raises ConversationUnknown."""
        conversation = self.get(conversation_id)
        keys = [f"conversation.{conversation_id}"]
        keys += [_turn_key(conversation_id, turn) for turn in conversation.turns]
        keys += [f"payload.{turn.id}" for turn in conversation.turns]
        self._kv.delete_many(NAMESPACE, keys)

    def _new(
        self, conversation_id: str, title: str, namespace: str | None, flow_id: str | None
    ) -> Conversation:
        moment = self._clock()
        return Conversation(conversation_id, title[:_TITLE], moment, moment, namespace, flow_id)

    def _put(self, conversation: Conversation) -> Conversation:
        row = conversation.to_json()
        kept = {name: row[name] for name in ("id", "title", "created", "updated", "namespace", "flowId")}
        self._kv.put(NAMESPACE, f"conversation.{conversation.id}", kept, "JSON", self._clock())
        return conversation


def _turn_key(conversation_id: str, turn: Turn) -> str:
    return f"turn.{conversation_id}.{turn.number:06d}-{turn.id}"


def _conversation(value: Json) -> Conversation:
    return Conversation(
        value["id"],
        value["title"],
        from_text(value["created"]),
        from_text(value["updated"]),
        value["namespace"],
        value["flowId"],
    )


def _turn(value: Json) -> Turn:
    row = {
        "created": from_text(value["created"]),
        "chips": tuple(value["chips"]),
        "cites": tuple(value.get("cites") or ()),
    }
    return Turn(**{**value, **row})
