"""Encryption of values that must not be readable in the database: AES-GCM with one key of the operator."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Mapping

from engine.errors import SettingsError

ENCRYPTED = "io.kestra.datatype:aes_encrypted"
"""The `type` of an encrypted value as it is stored."""

_NONCE_BYTES = 12


def is_encrypted(value: object) -> bool:
    """Tell whether a value is the stored form of an encrypted text."""
    return (
        isinstance(value, Mapping) and value.get("type") == ENCRYPTED and isinstance(value.get("value"), str)
    )


class Cipher:
    """Encrypts and decrypts texts. The key is the base64 text of 16, 24 or 32 bytes."""

    def __init__(self, key: str) -> None:
        """Raises SettingsError when the key is none."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # 24 ms, needed only with a key

        try:
            raw = base64.b64decode("".join(key.split()), validate=True)
            self._aead = AESGCM(raw)
        except (binascii.Error, ValueError) as error:
            raise SettingsError(
                "FLOWSMITH_ENCRYPTION_KEY is not the base64 text of 16, 24 or 32 bytes; "
                "make one with: openssl rand -base64 32"
            ) from error

    def encrypt(self, text: str) -> str:
        """Return the base64 text of nonce and ciphertext."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return base64.b64encode(nonce + self._aead.encrypt(nonce, text.encode(), None)).decode()

    def wrap(self, text: str) -> dict[str, str]:
        """Return the stored form of an encrypted text."""
        return {"type": ENCRYPTED, "value": self.encrypt(text)}

    def decrypt(self, encrypted: str) -> str:
        """Read what `encrypt` wrote; raises SettingsError when the key is another one."""
        from cryptography.exceptions import InvalidTag

        try:
            raw = base64.b64decode(encrypted, validate=True)
            return self._aead.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], None).decode()
        except (binascii.Error, InvalidTag, ValueError) as error:
            raise SettingsError(
                "An encrypted value cannot be read; "
                "FLOWSMITH_ENCRYPTION_KEY is not the one it was written with"
            ) from error
