"""What people think of drafts and answers, kept in the store with all that makes a case of the evaluation."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from copilot.errors import OpinionUnknown
from copilot.redact import redact
from engine.model.json import Json
from engine.model.moment import Clock, from_text, now, to_text
from engine.storage.ports import KeyValueStore

NAMESPACE = "_copilot"


@dataclass(frozen=True, slots=True)
class Subject:
    """What an opinion is about: the request, what came of it, and the facts a good answer has again."""

    kind: str
    """Kind of case of the evaluation: create, edit, fix, ask, explain."""

    words: str
    flow: str = ""
    """The flow the request was about, as it was."""

    facts: dict[str, Json] = field(default_factory=dict)
    outcome: str = ""
    planner: str = ""
    draft_id: str | None = None
    conversation_id: str | None = None
    turn_id: str | None = None

    @property
    def id(self) -> str:
        """Name of the opinion on it: there is one for each draft, turn or question."""
        if self.draft_id is not None:
            return f"draft-{self.draft_id}"
        if self.turn_id is not None:
            return f"turn-{self.turn_id}"
        return f"{self.kind}-{hashlib.sha256(f'{self.flow}{self.words}'.encode()).hexdigest()[:16]}"


@dataclass(frozen=True, slots=True)
class Opinion:
    """A thumb up or down with a comment."""

    id: str
    time: datetime
    actor: str
    good: bool
    comment: str
    subject: Subject

    def to_json(self) -> dict[str, Json]:
        """Return the opinion as JSON, with what it is about."""
        about = asdict(self.subject)
        return {
            "id": self.id,
            "time": to_text(self.time),
            "actor": self.actor,
            "good": self.good,
            "comment": self.comment,
            "kind": about["kind"],
            "words": about["words"],
            "flow": about["flow"],
            "facts": about["facts"],
            "outcome": about["outcome"],
            "planner": about["planner"],
            "draftId": about["draft_id"],
            "conversationId": about["conversation_id"],
            "turnId": about["turn_id"],
        }


class Opinions:
    """Rows of the key-value store, under `feedback.<id>`; a second opinion on the same thing takes the place
    of the first. Known secrets are masked before anything is kept, and nothing is sent anywhere.
    """

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

    def give(self, subject: Subject, good: bool, comment: str = "", *, actor: str = "api") -> Opinion:
        """Keep an opinion."""
        moment = self._clock()
        clean = Subject(**_masked(asdict(subject), tuple(self._values())))
        comment = redact(comment.strip(), self._values()).text
        opinion = Opinion(subject.id, moment, actor, good, comment, clean)
        row = {**opinion.to_json(), "subject": asdict(clean)}
        self._kv.put(NAMESPACE, _key(opinion.id), row, "JSON", moment)
        return opinion

    def all(self) -> Sequence[Opinion]:
        """Return all opinions, oldest first."""
        rows = [value for _, value in self._kv.items(NAMESPACE, _key("")) if isinstance(value, dict)]
        return sorted((_opinion(row) for row in rows), key=lambda one: one.time)

    def delete(self, opinion_id: str) -> None:
        """Forget an opinion. Raises OpinionUnknown."""
        if not self._kv.delete(NAMESPACE, _key(opinion_id)):
            raise OpinionUnknown(f"There is no feedback '{opinion_id}'")

    def forget_conversation(self, conversation_id: str) -> None:
        """Forget the opinions on the turns of a conversation."""
        keys = [_key(one.id) for one in self.all() if one.subject.conversation_id == conversation_id]
        if keys:
            self._kv.delete_many(NAMESPACE, keys)


def _opinion(row: Mapping[str, Json]) -> Opinion:
    return Opinion(
        row["id"],
        from_text(row["time"]),
        row["actor"],
        bool(row["good"]),
        row["comment"],
        Subject(**row["subject"]),
    )


def _masked(value: Json, values: Sequence[str]) -> Json:
    """Mask secrets in every text of a value."""
    if isinstance(value, str):
        return redact(value, values).text
    if isinstance(value, dict):
        return {name: _masked(item, values) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(item, values) for item in value]
    return value


def _key(opinion_id: str) -> str:
    return f"feedback.{opinion_id}"
