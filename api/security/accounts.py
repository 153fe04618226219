"""Accounts in the key-value store: name, role, the hash of the password."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from api.security.errors import AccountExists, AccountUnknown, Unacceptable
from api.security.fresh import Fresh
from api.security.password import Cost, hashed, problems_of, verified
from api.security.permission import Role
from engine.errors import Conflict
from engine.model.json import Json
from engine.model.moment import Clock, from_text, now, to_text
from engine.storage.ports import KeyValueStore

PLACE = "_accounts"
"""Namespace of the rows; no flow can have one that begins with `_`."""

BELIEVED_SECONDS = 5.0
"""How long a change by another process may go unnoticed; changes of this process count at once."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}")


@dataclass(frozen=True, slots=True)
class Account:
    """An account. `hash` is that of the password and never leaves this package."""

    name: str
    role: Role
    hash: str
    created: datetime
    updated: datetime

    def to_json(self) -> dict[str, Json]:
        """Return what may be shown."""
        return {
            "name": self.name,
            "role": self.role.value,
            "created": to_text(self.created),
            "updated": to_text(self.updated),
        }


class Accounts:
    """The accounts that were added; the operator's own is in the settings and not here.

    Names are compared without case, so that nobody can pass for somebody else.
    """

    def __init__(
        self,
        kv: KeyValueStore,
        *,
        operator: str | None = None,
        clock: Clock = now,
        monotonic: Callable[[], float] = time.monotonic,
        cost: Cost = Cost(),
    ) -> None:
        self._kv = kv
        self._operator = operator
        self._clock = clock
        self._cost = cost
        self._lock = threading.Lock()
        self._known: Fresh[Account | None] = Fresh(BELIEVED_SECONDS, monotonic)
        self._decoy = hashed("nobody has this password", cost)

    def add(self, name: str, role: Role, password: str) -> Account:
        """Add an account. Raises Unacceptable, or AccountExists."""
        if not _NAME.fullmatch(name):
            rule = "use letters, digits and . _ @ + -, at most 100, beginning with a letter or digit"
            raise Unacceptable("name", [f"'{name}' is not a name for an account; {rule}"])
        if self._operator is not None and name.casefold() == self._operator.casefold():
            raise AccountExists(f"'{name}' is the operator's own name (FLOWSMITH_USERNAME)")
        moment = self._clock()
        account = Account(name, role, self._hash(password, name), moment, moment)
        self._write(account, overwrite=False)
        return account

    def find(self, name: str) -> Account | None:
        """Return an account; what the store said is believed for some seconds."""
        key = name.lower()
        known = self._known.get(key)
        return known[0] if known is not None else self._known.put(key, self._read(key))

    def get(self, name: str) -> Account:
        """Return an account as the store has it now; raises AccountUnknown."""
        found = self._read(name.lower())
        if found is None:
            if self._operator is not None and name == self._operator:
                raise Conflict(f"'{name}' is the operator; change FLOWSMITH_USERNAME and FLOWSMITH_PASSWORD")
            raise AccountUnknown(f"There is no account '{name}'")
        return found

    def all(self) -> list[Account]:
        """Return all accounts, by name."""
        return [_account(value) for _, value in self._kv.items(PLACE) if isinstance(value, dict)]

    def remove(self, name: str) -> Account:
        """Remove an account; raises AccountUnknown."""
        with self._lock:
            account = self.get(name)
            self._kv.delete(PLACE, account.name.lower())
            self._known.forget(account.name.lower())
        return account

    def set_role(self, name: str, role: Role) -> Account:
        """Give an account another role; raises AccountUnknown."""
        return self._change(name, lambda account: replace(account, role=role))

    def set_password(self, name: str, password: str) -> Account:
        """Give an account another password; raises AccountUnknown or Unacceptable."""
        made = self._hash(password, self.get(name).name)
        return self._change(name, lambda account: replace(account, hash=made))

    def verify(self, name: str, password: str) -> Account | None:
        """Return the account when name and password fit; as slow for a name that does not exist."""
        account = self.find(name)
        fits = verified(password, account.hash if account is not None else self._decoy)
        return account if fits else None

    def _hash(self, password: str, name: str) -> str:
        problems = problems_of(password, name)
        if problems:
            raise Unacceptable("password", problems)
        return hashed(password, self._cost)

    def _change(self, name: str, change: Callable[[Account], Account]) -> Account:
        with self._lock:
            changed = replace(change(self.get(name)), updated=self._clock())
            self._write(changed, overwrite=True)
        return changed

    def _write(self, account: Account, *, overwrite: bool) -> None:
        key = account.name.lower()
        row = {**account.to_json(), "hash": account.hash}
        try:
            self._kv.put(PLACE, key, row, "JSON", self._clock(), overwrite=overwrite)
        except Conflict as error:
            raise AccountExists(f"There is an account '{account.name}' already") from error
        self._known.forget(key)

    def _read(self, key: str) -> Account | None:
        entry = self._kv.get(PLACE, key)
        return None if entry is None or not isinstance(entry.value, dict) else _account(entry.value)


def _account(row: dict[str, Json]) -> Account:
    return Account(
        str(row["name"]),
        Role(row["role"]),
        str(row["hash"]),
        from_text(str(row["created"])),
        from_text(str(row["updated"])),
    )
