"""From the credentials of a request to who asks, at a cost that guessing feels and nobody else."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from api.error import Problem
from api.security.accounts import Account, Accounts
from api.security.attempts import Attempts, network_of
from api.security.fresh import Fresh
from api.security.identity import Identity
from api.security.permission import ALL, Role, of_role, of_token
from api.security.tokens import Tokens
from api.thread import in_thread

REMEMBERED_SECONDS = 600.0
"""How long a verified password is not verified again; a change of the password ends it."""

WINDOW_SECONDS = 300.0
FAILURES_OF_A_NAME = 10
FAILURES_OF_AN_ADDRESS = 100
AT_ONCE = 2
"""Passwords verified at the same moment: each takes 16 MB and a core."""

_NAME_PART = 100
"""Characters of a name that are looked at for counting: as many as an account may have."""


@dataclass(frozen=True, slots=True)
class Operator:
    """The name and password of the settings."""

    name: str
    password: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Nobody, or not now. `name` is the one that was tried; a refusal without one is not worth a row."""

    problem: Problem
    name: str = ""


class Login:
    """Who asks. For one event loop."""

    def __init__(
        self,
        operator: Operator,
        accounts: Accounts,
        tokens: Tokens,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._operator = operator.name
        self._accounts = accounts
        self._tokens = tokens
        self._key = secrets.token_bytes(32)
        self._right = self._digest(operator.name, operator.password)
        self._remembered: Fresh[str] = Fresh(REMEMBERED_SECONDS, monotonic)
        self._of_name = Attempts(FAILURES_OF_A_NAME, WINDOW_SECONDS, monotonic)
        self._of_address = Attempts(FAILURES_OF_AN_ADDRESS, WINDOW_SECONDS, monotonic)
        self._checking: dict[bytes, asyncio.Lock] = {}
        self._room = asyncio.Semaphore(AT_ONCE)

    async def identify(self, authorization: str, address: str) -> Identity | Refusal:
        """Return who asks, or why not."""
        scheme, _, given = authorization.partition(" ")
        if scheme.lower() == "bearer":
            return await self._by_token(given.strip())
        if scheme.lower() == "basic":
            pair = _name_and_password(given)
            if pair is not None:
                return await self._by_password(*pair, network_of(address))
        return Refusal(_unknown())

    # -- tokens

    async def _by_token(self, text: str) -> Identity | Refusal:
        token = await in_thread(self._tokens.find, text)
        if token is None:
            return Refusal(Problem(401, "Unauthorized: this token is not known, or it has ended"))
        role = await self._role(token.owner)
        if role is None:
            return Refusal(Problem(401, "Unauthorized: the owner of this token has no account any more"))
        return Identity(token.owner, role, of_token(token.scopes, role), "token", token.id)

    async def _role(self, name: str) -> Role | None:
        if name == self._operator:
            return Role.ADMIN
        account = await in_thread(self._accounts.find, name)
        return account.role if account is not None else None

    # -- passwords

    async def _by_password(self, name: str, password: str, network: str) -> Identity | Refusal:
        wait = self._of_name.wait(_pair(network, name))
        if wait:
            return _later(wait)
        digest = self._digest(name, password)
        known = await self._known(digest, name)
        if known is not None:
            return known
        lock = self._checking.setdefault(digest, asyncio.Lock())
        try:
            async with lock:
                # Many requests with the same right password, at once, are verified once.
                return await self._known(digest, name) or await self._verify(name, password, digest, network)
        finally:
            if not lock.locked():
                self._checking.pop(digest, None)

    async def _known(self, digest: bytes, name: str) -> Identity | None:
        """Return who it is when this very password was right before and still is."""
        if hmac.compare_digest(digest, self._right):
            return Identity(self._operator, Role.ADMIN, ALL, "password")
        remembered = self._remembered.get(digest)
        if remembered is None:
            return None
        account = await in_thread(self._accounts.find, name)
        return _signed_in(account) if account is not None and account.hash == remembered[0] else None

    async def _verify(self, name: str, password: str, digest: bytes, network: str) -> Identity | Refusal:
        pair = _pair(network, name)
        # Counted before the address is asked: no guess at a name goes uncounted.
        wait = self._of_name.wait(pair)
        self._of_name.begin(pair)
        wait = wait or self._of_address.wait(network)
        if wait:
            return _later(wait)
        self._of_address.begin(network)
        async with self._room:
            account = await in_thread(self._accounts.verify, name, password)
        if account is None or name.casefold() == self._operator.casefold():
            return Refusal(_unknown(), name[:_NAME_PART])
        self._of_name.succeeded(pair)
        self._of_address.took_back(network)
        self._remembered.put(digest, account.hash)
        return _signed_in(account)

    def _digest(self, name: str, password: str) -> bytes:
        return hashlib.blake2b(f"{name}:{password}".encode("utf-8", "surrogatepass"), key=self._key).digest()


def _signed_in(account: Account) -> Identity:
    return Identity(account.name, account.role, of_role(account.role), "password")


def _pair(network: str, name: str) -> str:
    return f"{network} {name[:_NAME_PART].casefold()}"


def _unknown() -> Problem:
    return Problem(401, "Unauthorized: send the username and password of this service, or a token")


def _later(seconds: int) -> Refusal:
    text = f"Too many wrong passwords from here; try again in {seconds} s"
    return Refusal(Problem(429, text, headers={"Retry-After": str(seconds)}))


def _name_and_password(encoded: str) -> tuple[str, str] | None:
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    name, colon, password = text.partition(":")
    return (name, password) if colon else None
