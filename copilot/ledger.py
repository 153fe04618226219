"""Tokens used per day, kept in the store, and the limit on them."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from copilot.errors import BudgetSpent
from copilot.providers.port import Usage
from engine.model.json import Json
from engine.model.moment import Clock, now
from engine.storage.ports import KeyValueStore

NAMESPACE = "_copilot"
WARN_AT = 0.8
KEPT = timedelta(days=400)


class Ledger:
    """Counts what leaves and what comes back, by day (UTC) and model. `daily_tokens` 0 is no limit.

    Failed calls are not counted: only a reply costs.
    """

    def __init__(self, kv: KeyValueStore, *, daily_tokens: int = 0, clock: Clock = now) -> None:
        self.daily_tokens = daily_tokens
        self._kv = kv
        self._clock = clock
        self._lock = threading.Lock()

    def check(self) -> None:
        """Raise BudgetSpent when today's tokens are used up."""
        used = self.used_today()
        if self.daily_tokens and used >= self.daily_tokens:
            wait = (_midnight(self._clock()) - self._clock()).total_seconds()
            raise BudgetSpent(
                f"Today's {self.daily_tokens:,} tokens are used up ({used:,}); the count begins again at "
                f"00:00 UTC, or raise FLOWSMITH_LLM_DAILY_TOKENS",
                retry_after_s=round(wait),
            )

    def count(self, model: str, usage: Usage, cost: float | None) -> None:
        """Add one call of today."""
        moment = self._clock()
        with self._lock:
            rows = self._row(moment)
            row = rows.setdefault(model, {"input": 0, "output": 0, "calls": 0, "cost": None})
            row["input"] += usage.input_tokens
            row["output"] += usage.output_tokens
            row["calls"] += 1
            if cost is not None:
                row["cost"] = round((row["cost"] or 0) + cost, 6)
            self._kv.put(NAMESPACE, _key(moment), rows, "JSON", moment, expires=moment + KEPT)

    def used_today(self) -> int:
        """Return the tokens of today, both ways, all models."""
        return sum(row["input"] + row["output"] for row in self._row(self._clock()).values())

    def to_json(self) -> dict[str, Json]:
        """Return today's use for interfaces: limit, what is left, warning, the moment it begins again."""
        moment = self._clock()
        used = self.used_today()
        limit = self.daily_tokens or None
        return {
            "day": f"{moment:%Y-%m-%d}",
            "usedTokens": used,
            "dailyTokens": limit,
            "leftTokens": None if limit is None else max(0, limit - used),
            "warning": limit is not None and used >= WARN_AT * limit,
            "resets": _midnight(moment).isoformat(),
            "models": self._row(moment),
        }

    def _row(self, moment: datetime) -> dict[str, Json]:
        entry = self._kv.get(NAMESPACE, _key(moment))
        return dict(entry.value) if entry is not None and isinstance(entry.value, dict) else {}


def _key(moment: datetime) -> str:
    return f"usage.{moment:%Y-%m-%d}"


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
