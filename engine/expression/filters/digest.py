"""Filters that encode and fingerprint."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable
from typing import Final

from engine.errors import ExpressionError
from engine.expression import expect
from engine.model.json import Json


def base64encode(value: Json) -> Json:
    """Write a text in base64.

    `{{ 'hi' | base64encode }}` -> `aGk=`
    """
    return None if value is None else base64.b64encode(_bytes(value, "base64encode")).decode()


def base64decode(value: Json) -> Json:
    """Read base64.

    `{{ 'aGk=' | base64decode }}` -> `hi`
    """
    if value is None:
        return None
    try:
        return base64.b64decode(_bytes(value, "base64decode"), validate=True).decode("utf-8", "replace")
    except binascii.Error as error:
        raise ExpressionError(f"The text is not base64: {error}") from error


def md5(value: Json) -> Json:
    """Return the MD5 fingerprint in hexadecimal.

    `{{ 'abc' | md5 }}` -> `900150983cd24fb0d6963f7d28e17f72`
    """
    return None if value is None else hashlib.md5(_bytes(value, "md5"), usedforsecurity=False).hexdigest()


def sha1(value: Json) -> Json:
    """Return the SHA-1 fingerprint in hexadecimal.

    `{{ 'abc' | sha1 }}` -> `a9993e364706816aba3e25717850c26c9cd0d89d`
    """
    return None if value is None else hashlib.sha1(_bytes(value, "sha1"), usedforsecurity=False).hexdigest()


def sha256(value: Json) -> Json:
    """Return the SHA-256 fingerprint in hexadecimal.

    `{{ 'abc' | sha256 }}` -> `ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad`
    """
    return None if value is None else hashlib.sha256(_bytes(value, "sha256")).hexdigest()


def sha512(value: Json) -> Json:
    """Return the SHA-512 fingerprint in hexadecimal.

    `{{ 'abc' | sha512 | length }}` -> `128`
    """
    return None if value is None else hashlib.sha512(_bytes(value, "sha512")).hexdigest()


def _bytes(value: Json, name: str) -> bytes:
    return expect.any_text(value, name).encode("utf-8", "replace")


FILTERS: Final[dict[str, Callable[..., Json]]] = {
    "base64decode": base64decode,
    "base64encode": base64encode,
    "md5": md5,
    "sha1": sha1,
    "sha256": sha256,
    "sha512": sha512,
}
