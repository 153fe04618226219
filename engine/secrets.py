"""Secrets: read from the environment as Kestra does, never shown."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping

from engine.errors import NotFound

MASK = "******"


class Secrets:
    """Values of `SECRET_<NAME>` variables (base64); names are looked up in upper case."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._values: dict[str, str] = {}
        for name, encoded in environment.items():
            if name.startswith("SECRET_"):
                self._values[name.removeprefix("SECRET_").upper()] = _decoded(encoded)

    def get(self, key: str) -> str:
        """Return the value; raises NotFound."""
        try:
            return self._values[key.upper()]
        except KeyError:
            raise NotFound(
                f"Cannot find secret for key '{key}'. Set the environment variable "
                f"SECRET_{key.upper()} to its base64 text."
            ) from None

    def names(self) -> list[str]:
        """Return the names, sorted."""
        return sorted(self._values)


def _decoded(encoded: str) -> str:
    compact = "".join(encoded.split())
    try:
        return base64.b64decode(compact, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return encoded


def mask(text: str, values: Iterable[str]) -> str:
    """Replace every occurrence of a secret value, longest first; values under 3 characters stay."""
    for value in sorted(values, key=len, reverse=True):
        if len(value) >= 3 and value in text:
            text = text.replace(value, MASK)
    return text
