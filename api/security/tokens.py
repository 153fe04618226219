"""API tokens: shown once, stored as a hash, for `Authorization: Bearer …`."""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.security.errors import TokenUnknown, Unacceptable
from api.security.fresh import Fresh
from api.security.permission import Scope
from engine.model.id import new_id
from engine.model.json import Json
from engine.model.moment import Clock, from_text, now, to_text
from engine.storage.ports import KeyValueStore

PLACE = "_tokens"
USES = "_token_uses"
"""Apart from the tokens: writing down a use can never bring back a token that was revoked meanwhile."""

BELIEVED_SECONDS = 5.0
USE_EVERY = timedelta(minutes=1)
"""A use is written down at most this often."""

MOST_NAME = 100
_TEXT = re.compile(r"flowsmith_(?P<id>[0-9A-Za-z]{22})_(?P<secret>[0-9A-Za-z]{44})")


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is kept. `hash` is that of its whole text."""

    id: str
    name: str
    owner: str
    scopes: tuple[Scope, ...]
    hash: str
    created: datetime
    expires: datetime | None = None
    last_used: datetime | None = None

    def to_json(self) -> dict[str, Json]:
        """Return what may be shown."""
        return {
            "id": self.id,
            "name": self.name,
            "owner": self.owner,
            "scopes": [scope.value for scope in self.scopes],
            "created": to_text(self.created),
            "expires": self.expires and to_text(self.expires),
            "lastUsed": self.last_used and to_text(self.last_used),
        }


class Tokens:
    """The tokens of all accounts."""

    def __init__(
        self, kv: KeyValueStore, *, clock: Clock = now, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._kv = kv
        self._clock = clock
        self._known: Fresh[Token | None] = Fresh(BELIEVED_SECONDS, monotonic)
        self._noted: dict[str, datetime] = {}

    def create(
        self, owner: str, name: str, scopes: Sequence[Scope], expires: datetime | None = None
    ) -> tuple[Token, str]:
        """Make a token; returns it with its text, which is not kept. Raises Unacceptable."""
        moment = self._clock()
        if not name.strip() or len(name) > MOST_NAME or not name.isprintable():
            raise Unacceptable("name", [f"say in 1 to {MOST_NAME} characters what the token is for"])
        if not scopes:
            raise Unacceptable("scopes", ["name at least one of read, run, write"])
        if expires is not None and expires <= moment:
            raise Unacceptable("expires", [f"{to_text(expires)} has passed"])
        token_id = new_id()
        text = f"flowsmith_{token_id}_{_secret()}"
        ordered = tuple(scope for scope in Scope if scope in scopes)
        token = Token(token_id, name.strip(), owner, ordered, _hash(text), moment, expires)
        self._kv.put(PLACE, token_id, {**token.to_json(), "hash": token.hash}, "JSON", moment)
        return token, text

    def find(self, text: str) -> Token | None:
        """Return the token a text is, None when there is none or it has expired; notes the use."""
        match = _TEXT.fullmatch(text)
        if match is None:
            return None
        token = self._row(match["id"])
        if token is None or not hmac.compare_digest(token.hash, _hash(text)):
            return None
        moment = self._clock()
        if token.expires is not None and token.expires <= moment:
            return None
        self._note_use(token.id, moment)
        return token

    def all(self, owner: str | None = None) -> list[Token]:
        """Return the tokens, of one owner or of all, the oldest first."""
        uses = {key: from_text(str(value)) for key, value in self._kv.items(USES)}
        rows = [value for _, value in self._kv.items(PLACE) if isinstance(value, dict)]
        tokens = [_token(row, uses.get(str(row["id"]))) for row in rows]
        mine = [token for token in tokens if owner is None or _same(token.owner, owner)]
        return sorted(mine, key=lambda token: token.created)

    def revoke(self, token_id: str, owner: str | None = None) -> Token:
        """End a token, at once in this process. Raises TokenUnknown, also for a token of another owner."""
        entry = self._kv.get(PLACE, token_id)
        token = _token(entry.value) if entry is not None and isinstance(entry.value, dict) else None
        if token is None or (owner is not None and not _same(token.owner, owner)):
            raise TokenUnknown(f"There is no token with the id '{token_id}'")
        self._remove([token_id])
        return token

    def revoke_all(self, owner: str) -> int:
        """End all tokens of an owner; returns how many there were."""
        ids = [token.id for token in self.all(owner)]
        self._remove(ids)
        return len(ids)

    def _remove(self, ids: Sequence[str]) -> None:
        self._kv.delete_many(PLACE, ids)
        self._kv.delete_many(USES, ids)
        for token_id in ids:
            self._known.forget(token_id)

    def _row(self, token_id: str) -> Token | None:
        known = self._known.get(token_id)
        if known is not None:
            return known[0]
        entry = self._kv.get(PLACE, token_id)
        found = _token(entry.value) if entry is not None and isinstance(entry.value, dict) else None
        return self._known.put(token_id, found)

    def _note_use(self, token_id: str, moment: datetime) -> None:
        last = self._noted.get(token_id)
        if last is None or moment - last >= USE_EVERY:
            self._noted[token_id] = moment
            self._kv.put(USES, token_id, to_text(moment), "STRING", moment)


def _secret() -> str:
    """Return 44 base62 characters: more than 256 bits, so that a plain hash is enough to keep them."""
    return new_id() + new_id()


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _same(one: str, two: str) -> bool:
    return one.casefold() == two.casefold()


def _token(row: dict[str, Json], last_used: datetime | None = None) -> Token:
    expires = row.get("expires")
    return Token(
        str(row["id"]),
        str(row["name"]),
        str(row["owner"]),
        tuple(Scope(scope) for scope in row["scopes"]),
        str(row["hash"]),
        from_text(str(row["created"])),
        from_text(str(expires)) if expires else None,
        last_used,
    )
