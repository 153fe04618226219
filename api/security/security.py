"""Accounts, tokens and the audit log over one store."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager

from api.home import make_home
from api.security.accounts import Accounts
from api.security.audit import AuditLog, change
from api.security.errors import Unacceptable
from api.security.identity import Identity
from api.security.password import Cost
from api.security.permission import ALL, Role
from api.security.tokens import Tokens
from api.settings import Settings, plain
from engine.errors import Conflict
from engine.model.moment import Clock, now
from engine.storage.opening import open_store
from engine.storage.ports import KeyValueStore

NO_LOGIN = (
    "This service asks for no login, so accounts and tokens mean nothing; start it with "
    "FLOWSMITH_USERNAME and FLOWSMITH_PASSWORD"
)


class Security:
    """What is known about who may do what."""

    def __init__(
        self, settings: Settings, kv: KeyValueStore, *, clock: Clock = now, cost: Cost = Cost()
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.accounts = Accounts(kv, operator=settings.username, clock=clock, cost=cost)
        self.tokens = Tokens(kv, clock=clock)
        self.audit = AuditLog(kv, days=settings.audit_days, clock=clock)

    def check_login(self) -> None:
        """Raise Conflict while the service asks for no login."""
        if not self.settings.needs_login:
            raise Conflict(NO_LOGIN)

    def owner(self, name: str) -> str:
        """Return the name of an account as it is written, the operator's included; raises AccountUnknown."""
        if name == self.settings.username:
            return name
        return self.accounts.get(name).name

    def remove(self, name: str) -> int:
        """Remove an account with its tokens; returns how many tokens ended. Raises AccountUnknown."""
        if name == self.settings.username:
            raise Unacceptable(
                "name", ["the operator's account is in the settings; change FLOWSMITH_USERNAME"]
            )
        account = self.accounts.remove(name)
        return self.tokens.revoke_all(account.name)

    def note(self, words: str) -> None:
        """Add a row for what somebody did at the command line; no secret is among the words."""
        who = Identity(f"{getpass.getuser()}@terminal", Role.ADMIN, ALL, "cli")
        row = change(self.clock(), who, "CLI", words, 0)
        self.audit.write([row])


@contextmanager
def open_security(settings: Settings) -> Iterator[Security]:
    """Open the store of the data folder for accounts and tokens only; no engine is started."""
    make_home(settings.home)
    store = open_store(plain(settings.database_url), settings.home)
    try:
        yield Security(settings, store.kv)
    finally:
        store.close()
