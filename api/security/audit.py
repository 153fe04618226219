"""The audit log: who changed what, from where, when, and how it ended. Rows are only added."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Literal

from api.security.identity import Identity
from api.security.permission import Permission
from engine.model.id import new_id
from engine.model.json import Json
from engine.model.moment import Clock, from_text, now, to_text
from engine.storage.ports import KeyValueStore, Page

PLACE = "_audit"
_CHUNK = 500
_END = 10**16
_REFUSED = frozenset({401, 403, 429})

Outcome = Literal["done", "refused", "failed"]
"""`refused`: not allowed, or not signed in; `failed`: allowed, and ended with an error."""


@dataclass(frozen=True, slots=True)
class Change:
    """A row. `path` is the address without its query; the key of a webhook is not in it."""

    id: str
    time: datetime
    actor: str
    via: str
    address: str
    method: str
    path: str
    status: int
    outcome: Outcome
    missing: str = ""
    token: str | None = None

    def to_json(self) -> dict[str, Json]:
        """Return the row as JSON."""
        return {**asdict(self), "time": to_text(self.time)}


def change(
    time: datetime,
    who: Identity,
    method: str,
    path: str,
    status: int,
    *,
    address: str = "",
    missing: Iterable[Permission] = (),
) -> Change:
    """Return the row for what somebody did, or was not let do."""
    outcome: Outcome = "refused" if status in _REFUSED else "done" if status < 400 else "failed"
    return Change(
        new_id(),
        time,
        who.name,
        who.via,
        address,
        method,
        path,
        status,
        outcome,
        ", ".join(sorted(missing)),
        who.token,
    )


_MEMBERS = tuple(field.name for field in fields(Change))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows to list; all conditions that are given must hold."""

    actor: str | None = None
    outcome: str | None = None
    method: str | None = None
    path: str | None = None
    """A part of the address."""

    after: datetime | None = None
    before: datetime | None = None

    @property
    def everything(self) -> bool:
        """Tell whether there is no condition."""
        return self == Wanted()

    def fits(self, row: Change) -> bool:
        """Tell whether a row is wanted."""
        return (
            (self.actor is None or row.actor.casefold() == self.actor.casefold())
            and (self.outcome is None or row.outcome == self.outcome)
            and (self.method is None or row.method == self.method.upper())
            and (self.path is None or self.path in row.path)
            and (self.after is None or row.time > self.after)
            and (self.before is None or row.time < self.before)
        )


class AuditLog:
    """Rows in the key-value store, keyed so that the newest comes first."""

    def __init__(self, kv: KeyValueStore, *, days: int = 365, clock: Clock = now) -> None:
        self._kv = kv
        self._kept = timedelta(days=days)
        self._clock = clock
        self._purged: datetime | None = None

    def write(self, rows: Sequence[Change]) -> None:
        """Add rows in one transaction; once a day, remove those that are too old."""
        moment = self._clock()
        self._kv.put_many(PLACE, {_key(row): row.to_json() for row in rows}, "JSON", moment)
        if self._purged is None or moment - self._purged >= timedelta(days=1):
            self._purged = moment
            self.purge(moment - self._kept)

    def page(self, wanted: Wanted, offset: int, limit: int) -> Page[Change]:
        """Return a page of the rows, the newest first."""
        if wanted.everything:
            found = self._kv.search(namespace=PLACE, offset=offset, limit=limit)
            return Page([_row(entry.value) for entry in found.results], found.total)
        rows, total = [], 0
        for row in self._rows(wanted):
            if offset <= total < offset + limit:
                rows.append(row)
            total += 1
        return Page(rows, total)

    def purge(self, before: datetime) -> int:
        """Remove the rows before a moment; returns how many there were."""
        removed = 0
        while True:
            count = self._kv.search(namespace=PLACE, limit=1).total
            oldest = self._kv.search(namespace=PLACE, offset=max(0, count - _CHUNK), limit=_CHUNK).results
            old = [entry.key for entry in oldest if _row(entry.value).time < before]
            removed += self._kv.delete_many(PLACE, old)
            if len(old) < _CHUNK:
                return removed

    def _rows(self, wanted: Wanted) -> Iterator[Change]:
        for _, value in self._kv.items(PLACE):
            row = _row(value)
            if wanted.after is not None and row.time <= wanted.after:
                return
            if wanted.fits(row):
                yield row


def _key(row: Change) -> str:
    """Return a key that sorts the other way round than time: stores list by key, readers want the newest."""
    micros = round(row.time.timestamp() * 1_000_000)
    return f"{_END - micros:016d}.{row.id}"


def _row(value: Json) -> Change:
    known = {name: value[name] for name in _MEMBERS if name in value}
    return Change(**{**known, "time": from_text(value["time"])})
