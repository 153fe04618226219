"""Acceptance tokens: a person's yes to one thing, which a program may use once.

A program that drafts knows the hash of its draft, so the hash alone proves nothing. A token is made only
where a person acts (page, command line), names what was looked at, ends after an hour and is gone once used.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from copilot.errors import NotAccepted
from engine.model.moment import Clock, from_text, now, to_text
from engine.storage.ports import KeyValueStore

NAMESPACE = "_copilot"
LASTS = timedelta(hours=1)
_PREFIX = "yes-"


class Acceptances:
    """Tokens in the store. A subject is `draft:<hash>` or `run:<namespace>.<flow>:<revision>`."""

    def __init__(self, kv: KeyValueStore, *, clock: Clock = now) -> None:
        self._kv = kv
        self._clock = clock

    def issue(self, subject: str) -> str:
        """Return a new token for a subject."""
        token = _PREFIX + secrets.token_urlsafe(18)
        moment = self._clock()
        ends = moment + LASTS
        value = {"subject": subject, "ends": to_text(ends)}
        self._kv.put(NAMESPACE, _key(token), value, "JSON", moment, expires=ends)
        return token

    def redeem(self, token: str, subject: str) -> None:
        """Use a token up. Raises NotAccepted that says what is wrong with it; a wrong subject keeps it."""
        entry = self._kv.get(NAMESPACE, _key(token))
        value = entry.value if entry is not None else None
        if not isinstance(value, dict):
            raise NotAccepted(
                "There is no such acceptance token, or it was used; `flowsmith mcp accept` makes one"
            )
        if from_text(value["ends"]) <= self._clock():
            raise NotAccepted("The acceptance token is older than an hour; ask for a new one")
        if value["subject"] != subject:
            raise NotAccepted("The acceptance token is for another draft or flow")
        # Of two that come at the same moment only one finds it to delete.
        if not self._kv.delete(NAMESPACE, _key(token)):
            raise NotAccepted("The acceptance token was used a moment ago")


def _key(token: str) -> str:
    return f"acceptance.{hashlib.sha256(token.encode()).hexdigest()}"
