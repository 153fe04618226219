"""Functions that reach stored values and keep secrets."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from engine.errors import ExpressionError
from engine.expression import expect
from engine.expression.environment import Env
from engine.model.json import Json

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES: Final = 12


def kv(key: Json, namespace: Json = None, error_on_missing: Json = True, *, env: Env) -> Json:
    """Return a value of the key-value store.

    key: its name
    namespace: where it is kept; the flow's namespace when left out
    errorOnMissing: whether a key that does not exist is an error; null otherwise

    `{{ kv('conf').host }}` -> `db1`
    `{{ kv('nope') ?? 'd' }}` -> error
    `{{ kv('nope', errorOnMissing=false) ?? 'none' }}` -> `none`
    """
    place = None if namespace is None else expect.text(namespace, "kv")
    return env.scope.services.kv(
        expect.text(key, "kv"), place, error_on_missing=error_on_missing is not False
    )


def secret(key: Json, namespace: Json = None, subkey: Json = None, *, env: Env) -> str:
    """Return a secret; it is shown as `******` in logs.

    key: its name
    namespace: where it is kept; the flow's namespace when left out
    subkey: a field of a secret that is a JSON object

    `{{ secret('DB_PWD') }}` -> `s3cret`
    `{{ secret('NONE') }}` -> error
    """
    place = None if namespace is None else expect.text(namespace, "secret")
    field = None if subkey is None else expect.text(subkey, "secret")
    return env.scope.services.secret(expect.text(key, "secret"), place, field)


def encrypt(key: Json, plaintext: Json) -> str:
    """Encrypt a text with AES-GCM.

    key: a key of 16, 24 or 32 bytes in base64
    plaintext: the text

    `{{ decrypt('MDEyMzQ1Njc4OWFiY2RlZg==', encrypt('MDEyMzQ1Njc4OWFiY2RlZg==', 'toto')) }}` -> `toto`
    """
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = _cipher(key, "encrypt").encrypt(nonce, expect.text(plaintext, "encrypt").encode(), None)
    return base64.b64encode(nonce + sealed).decode()


def decrypt(key: Json, encrypted: Json) -> str:
    """Decrypt what `encrypt` made.

    key: the key, in base64
    encrypted: the encrypted text

    `{{ decrypt('MDEyMzQ1Njc4OWFiY2RlZg==', 'AAAA') }}` -> error
    """
    from cryptography.exceptions import InvalidTag  # a large library; imported when first needed

    cipher = _cipher(key, "decrypt")
    try:
        sealed = base64.b64decode(expect.text(encrypted, "decrypt"), validate=True)
        return str(cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None).decode())
    except (binascii.Error, ValueError, InvalidTag):
        raise ExpressionError(
            "The text cannot be decrypted: it was made with another key or changed"
        ) from None


def _cipher(key: Json, name: str) -> AESGCM:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        return AESGCM(base64.b64decode(expect.text(key, name), validate=True))
    except (binascii.Error, ValueError):
        raise ExpressionError(f"`{name}` needs a key of 16, 24 or 32 bytes in base64") from None


FUNCTIONS: Final[dict[str, Callable[..., Json]]] = {
    "decrypt": decrypt,
    "encrypt": encrypt,
    "kv": kv,
    "secret": secret,
}
