"""Encrypted input values come back as texts, to be masked in logs."""

from __future__ import annotations

from collections.abc import Mapping

from engine.model.json import Json
from engine.storage.cipher import Cipher, is_encrypted


def decrypt(inputs: Mapping[str, Json], cipher: Cipher | None) -> tuple[dict[str, Json], list[str]]:
    """Return the inputs as templates see them, and the secret texts among them."""
    found: list[str] = []

    def read(value: Json) -> Json:
        if cipher is not None and is_encrypted(value):
            found.append(cipher.decrypt(value["value"]))
            return found[-1]
        if isinstance(value, dict):
            return {key: read(item) for key, item in value.items()}
        return [read(item) for item in value] if isinstance(value, list) else value

    return {key: read(value) for key, value in inputs.items()}, found
