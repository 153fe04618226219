"""The order in which Java's HashMap hands out its entries: maps made by expressions print in it."""

from __future__ import annotations

import struct
from functools import lru_cache

from engine.expression.value import Long
from engine.model.json import Json


def hash_ordered(entries: dict[Json, Json], capacity: int | None = None) -> dict[Json, Json]:
    """Return the map in the order of a HashMap made for `capacity` entries (its own size by default).

    Table: a power of two of at least capacity / 0.75. Bucket: `(h ^ h >>> 16) & (table - 1)`; entries of one
    bucket keep the order in which they came.
    """
    if len(entries) < 2:
        return entries
    wanted = -(-(capacity or len(entries)) * 4 // 3)
    table = 1 << max(wanted - 1, 1).bit_length()
    while len(entries) > table * 0.75:
        table *= 2
    return dict(sorted(entries.items(), key=lambda entry: _spread(entry[0]) & (table - 1)))


def _spread(key: Json) -> int:
    code = hash_code(key)
    return code ^ (code >> 16)


def hash_code(key: Json) -> int:
    """Return Java's `hashCode` as an unsigned 32-bit number."""
    if isinstance(key, str):
        return _text_hash(key)
    if isinstance(key, bool):
        return 1231 if key else 1237
    if isinstance(key, int):
        if type(key) is Long or not -(2**31) <= key < 2**31:
            return (key ^ (key >> 32)) & 0xFFFFFFFF
        return key & 0xFFFFFFFF
    if isinstance(key, float):
        bits = int.from_bytes(struct.pack(">d", key), "big")
        return (bits ^ (bits >> 32)) & 0xFFFFFFFF
    return 0 if key is None else _text_hash(str(key))


@lru_cache(maxsize=4096)
def _text_hash(text: str) -> int:
    code = 0
    units = text.encode("ascii") if text.isascii() else _utf16(text)
    for unit in units:
        code = (31 * code + unit) & 0xFFFFFFFF
    return code


def _utf16(text: str) -> tuple[int, ...]:
    data = text.encode("utf-16-be", "surrogatepass")
    return struct.unpack(f">{len(data) // 2}H", data)
