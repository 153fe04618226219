"""Values of SECRET inputs: encrypted where they are kept, texts again where they are used, masked in logs."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from typing import TypeVar

from engine.errors import FlowsmithError, InputInvalid
from engine.model.flow import InputSpec
from engine.model.json import Json
from engine.storage.cipher import Cipher, is_encrypted

K = TypeVar("K", str, int)

logger = logging.getLogger(__name__)


def seal(given: Mapping[str, Json], specs: Iterable[InputSpec], cipher: Cipher | None) -> dict[str, Json]:
    """Return values given for later as they may be kept: those of SECRET inputs encrypted.

    An input `a.b` may be given as `a.b` or inside of `a`. Raises InputInvalid when there is no key.
    """
    kept: dict[str, Json] = deepcopy(dict(given))
    for spec in specs:
        if spec.type != "SECRET":
            continue
        for keys in {(spec.id,), tuple(spec.id.split("."))}:
            level: Json = kept
            for key in keys[:-1]:
                level = level.get(key) if isinstance(level, dict) else None
            if isinstance(level, dict) and isinstance(level.get(keys[-1]), str):
                if cipher is None:
                    raise InputInvalid({spec.id: "cannot be kept; set FLOWSMITH_ENCRYPTION_KEY"})
                level[keys[-1]] = cipher.wrap(level[keys[-1]])
    return kept


def decrypt(inputs: Mapping[str, Json] | None, cipher: Cipher | None) -> tuple[dict[str, Json], list[str]]:
    """Return the inputs as templates see them, and the secret texts among them.

    What cannot be read, because the key is missing or another one, is left out: then the template that needs
    it fails, while neither ciphertext reaches a task nor an error the loop that runs all executions.
    """
    found: list[str] = []
    return dict(_readable((inputs or {}).items(), cipher, found)), found


def holds_encrypted(value: Json) -> bool:
    """Tell whether the stored form of an encrypted text is anywhere in a value."""
    if isinstance(value, dict):
        return is_encrypted(value) or any(holds_encrypted(item) for item in value.values())
    return isinstance(value, list) and any(holds_encrypted(item) for item in value)


def _readable(
    items: Iterable[tuple[K, Json]], cipher: Cipher | None, found: list[str]
) -> Iterator[tuple[K, Json]]:
    for key, value in items:
        if not is_encrypted(value):
            yield key, _read(value, cipher, found)
            continue
        try:
            if cipher is None:
                raise FlowsmithError("encryption is not configured; set FLOWSMITH_ENCRYPTION_KEY")
            found.append(cipher.decrypt(value["value"]))
            yield key, found[-1]
        except FlowsmithError as error:
            logger.warning("the encrypted value `%s` cannot be read: %s", key, error)


def _read(value: Json, cipher: Cipher | None, found: list[str]) -> Json:
    if isinstance(value, dict):
        return dict(_readable(value.items(), cipher, found))
    if isinstance(value, list):
        return [item for _, item in _readable(enumerate(value), cipher, found)]
    return value
