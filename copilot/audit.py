"""The audit log: one row for every action of the copilot and of people on its drafts. Rows are only added."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from copilot.providers.guard import Meter
from copilot.redact import redact
from engine.model.id import new_id
from engine.model.json import Json
from engine.model.moment import Clock, from_text, now, to_text
from engine.storage.ports import KeyValueStore

NAMESPACE = "_copilot"
KEPT = timedelta(days=400)
_WORDS = 500


@dataclass(frozen=True, slots=True)
class Action:
    """What was done: by whom (`actor`: page, api, cli, mcp), with what, and how it ended."""

    id: str
    time: datetime
    action: str
    actor: str
    outcome: str
    words: str = ""
    conversation_id: str | None = None
    turn_id: str | None = None
    draft_id: str | None = None
    draft_hash: str | None = None
    flow: str | None = None
    model: str = ""
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = None
    masked: tuple[str, ...] = field(default=())

    def to_json(self) -> dict[str, Json]:
        """Return the row as JSON."""
        return {**asdict(self), "time": to_text(self.time), "masked": list(self.masked)}


class Audit:
    """Rows in the key-value store, under `audit.<time>.<id>`, kept for 400 days. Words are redacted first."""

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

    def write(
        self,
        action: str,
        actor: str,
        outcome: str,
        *,
        words: str = "",
        meter: Meter | None = None,
        conversation_id: str | None = None,
        turn_id: str | None = None,
        draft_id: str | None = None,
        draft_hash: str | None = None,
        flow: str | None = None,
    ) -> Action:
        """Add a row."""
        used = meter or Meter()
        moment = self._clock()
        row = Action(
            new_id(),
            moment,
            action,
            actor,
            outcome,
            redact(words, self._values()).text[:_WORDS],
            conversation_id,
            turn_id,
            draft_id,
            draft_hash,
            flow,
            used.model,
            used.calls,
            used.input_tokens,
            used.output_tokens,
            used.cost,
            tuple(used.masked),
        )
        key = f"audit.{moment:%Y%m%dT%H%M%S.%f}.{row.id}"
        self._kv.put(NAMESPACE, key, row.to_json(), "JSON", moment, expires=moment + KEPT)
        return row

    def rows(self, *, after: datetime | None = None, action: str | None = None) -> Iterator[Action]:
        """Yield the rows, oldest first."""
        for _, value in self._kv.items(NAMESPACE, "audit."):
            if isinstance(value, dict):
                row = Action(**{**value, "time": from_text(value["time"]), "masked": tuple(value["masked"])})
                if (after is None or row.time > after) and (action is None or row.action == action):
                    yield row
