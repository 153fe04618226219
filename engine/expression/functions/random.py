"""Functions that make up values."""

from __future__ import annotations

import secrets
import socket
import string
import time
import uuid as standard
from collections.abc import Callable
from typing import Final

from engine.errors import ExpressionError
from engine.expression import expect
from engine.expression.value import Long
from engine.model.id import new_id
from engine.model.json import Json

_KSUID_EPOCH: Final = 1_400_000_000
_BASE62: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
_NANO_ALPHABET: Final = "_-" + string.digits + string.ascii_lowercase + string.ascii_uppercase
_MAX_NANO: Final = 1_000


def id_() -> str:
    """Return a random id of 22 letters and digits.

    `{{ id() | length }}` -> `22`
    """
    return new_id()


def ksuid() -> str:
    """Return a random id of 27 letters and digits that sorts by time, to the second.

    `{{ ksuid() | length }}` -> `27`
    """
    stamp = int(time.time()) - _KSUID_EPOCH
    number = int.from_bytes(stamp.to_bytes(4, "big") + secrets.token_bytes(16), "big")
    digits = ""
    while number:
        number, rest = divmod(number, 62)
        digits = _BASE62[rest] + digits
    return digits.rjust(27, "0")


def nano_id(length: Json = 21, alphabet: Json = None) -> str:
    """Return a random id.

    length: how many characters, at most 1000
    alphabet: the characters to choose from; letters, digits, `_` and `-` when left out

    `{{ nanoId(10) | length }}` -> `10`
    `{{ nanoId(3, 'a') }}` -> `aaa`
    """
    size = expect.whole(length, "nanoId", "length")
    characters = _NANO_ALPHABET if alphabet is None else expect.text(alphabet, "nanoId")
    if not 0 < size <= _MAX_NANO or not characters:
        raise ExpressionError(f"`nanoId` needs a length of 1 to {_MAX_NANO} and an alphabet, not {size}")
    return "".join(secrets.choice(characters) for _ in range(size))


def random_int(lower: Json, upper: Json) -> Json:
    """Return a random whole number.

    lower: the smallest number
    upper: the number above the largest

    `{{ randomInt(lower=1, upper=2) }}` -> `1`
    """
    low, high = expect.whole(lower, "randomInt", "lower"), expect.whole(upper, "randomInt", "upper")
    if low >= high:
        raise ExpressionError(f"`randomInt` needs lower < upper, not {low} and {high}")
    return Long(low + secrets.randbelow(high - low))


def random_port() -> Json:
    """Return a TCP port that is free now.

    `{{ randomPort() > 1023 }}` -> `true`
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def uuid() -> str:
    """Return a random UUID.

    `{{ uuid() | length }}` -> `36`
    """
    return str(standard.uuid4())


FUNCTIONS: Final[dict[str, Callable[..., Json]]] = {
    "id": id_,
    "ksuid": ksuid,
    "nanoId": nano_id,
    "randomInt": random_int,
    "randomPort": random_port,
    "uuid": uuid,
}
