"""Passwords: what is good enough, and hashes that are slow to guess (scrypt, RFC 7914)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass

LEAST = 12
MOST_BYTES = 256


@dataclass(frozen=True, slots=True)
class Cost:
    """How much work a guess is: memory is 128 * n * r bytes, time grows with n * r * p."""

    n: int = 1 << 14
    r: int = 8
    p: int = 5
    """Parameters of equal strength that need 16 MB only, after the OWASP Password Storage Cheat Sheet."""


def problems_of(password: str, name: str) -> list[str]:
    """Return why a password cannot be used, nothing when it can. The password is never repeated.

    Length counts, kinds of characters do not (NIST SP 800-63B).
    """
    found = []
    if len(password) < LEAST:
        found.append(f"a password needs at least {LEAST} characters")
    if len(password.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        found.append(f"a password may have at most {MOST_BYTES} bytes")
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in password):
        found.append("a password has no line breaks and no control characters")
    if name and name.casefold() in password.casefold():
        found.append("a password must not contain the name")
    if password and len(set(password)) < 5:
        found.append("a password needs at least 5 different characters")
    return found


def hashed(password: str, cost: Cost) -> str:
    """Return `scrypt$n$r$p$salt$hash`: all that is needed to verify it later, also with another cost."""
    salt = secrets.token_bytes(16)
    digest = _scrypt(password, salt, cost)
    return "$".join(["scrypt", str(cost.n), str(cost.r), str(cost.p), _text(salt), _text(digest)])


def verified(password: str, stored: str) -> bool:
    """Tell whether a password has this hash; takes the same time for every password."""
    _, n, r, p, salt, digest = stored.split("$")
    made = _scrypt(password, base64.b64decode(salt), Cost(int(n), int(r), int(p)))
    return hmac.compare_digest(made, base64.b64decode(digest))


def _scrypt(password: str, salt: bytes, cost: Cost) -> bytes:
    needed = 128 * cost.r * (cost.n + cost.p + 2)
    return hashlib.scrypt(
        password.encode("utf-8", "surrogatepass"),
        salt=salt,
        n=cost.n,
        r=cost.r,
        p=cost.p,
        maxmem=needed + (1 << 20),
        dklen=32,
    )


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
