"""Forms of keys and values: how they are written into messages and read from them, as Kafka's own do."""

from __future__ import annotations

import struct
import uuid
from collections.abc import Mapping
from typing import Final, Literal

from engine.model.json import Json, dumps, loads
from engine.plugins._records import plain_text

SerdeType = Literal[
    "STRING",
    "INTEGER",
    "FLOAT",
    "DOUBLE",
    "LONG",
    "SHORT",
    "BYTE_ARRAY",
    "BYTE_BUFFER",
    "BYTES",
    "UUID",
    "VOID",
    "JSON",
]

_NUMBERS: Final[Mapping[str, str]] = {
    "INTEGER": ">i",
    "LONG": ">q",
    "SHORT": ">h",
    "FLOAT": ">f",
    "DOUBLE": ">d",
}
"""Big-endian, of Java's sizes."""


def encode(form: SerdeType, value: Json) -> bytes | None:
    """Return what is sent for a value; raises ValueError with what is wrong."""
    if value is None or form == "VOID":
        return None
    if form == "JSON":
        return dumps(value)
    if form in _NUMBERS:
        return _packed(form, value)
    if form == "UUID":
        return str(uuid.UUID(str(value))).encode()
    if form == "STRING":
        return plain_text(value).encode("utf-8")
    return bytes(value) if isinstance(value, bytes | bytearray) else plain_text(value).encode("utf-8")


def decode(form: SerdeType, content: bytes | None) -> Json:
    """Return the value of what was received; raises ValueError with what is wrong."""
    if content is None or form == "VOID":
        return None
    if form == "JSON":
        return loads(content)
    if form in _NUMBERS:
        size = struct.calcsize(_NUMBERS[form])
        if len(content) != size:
            raise ValueError(f"{len(content)} bytes are no {form}, which has {size}")
        return struct.unpack(_NUMBERS[form], content)[0]
    if form == "UUID":
        return str(uuid.UUID(content.decode("ascii")))
    return content.decode("utf-8") if form == "STRING" else content


def _packed(form: SerdeType, value: Json) -> bytes:
    whole = form not in ("FLOAT", "DOUBLE")
    try:
        return struct.pack(_NUMBERS[form], int(value) if whole else float(value))
    except (struct.error, OverflowError, TypeError) as error:
        raise ValueError(f"{value!r} is no {form}: {error}") from error
