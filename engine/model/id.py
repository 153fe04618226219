"""Identifiers: 22 characters of base62, as clients of the API expect."""

from __future__ import annotations

import secrets

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PAIRS = tuple(a + b for a in _ALPHABET for b in _ALPHABET)


def new_id() -> str:
    """Return a random id of exactly 22 base62 characters (128 bits and a little)."""
    number = secrets.randbits(131)
    parts = []
    for _ in range(11):
        number, rest = divmod(number, 3844)
        parts.append(_PAIRS[rest])
    return "".join(parts)
