from __future__ import annotations

import base64

import pytest

from engine.errors import SettingsError
from engine.storage.cipher import Cipher, is_encrypted

KEY = base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
OTHER = base64.b64encode(b"x" * 16).decode()


@pytest.mark.parametrize("text", ["", "hunter2", "ü😀" * 1000])
def test_what_was_encrypted_is_read_again(text: str) -> None:
    cipher = Cipher(KEY)
    assert cipher.decrypt(cipher.encrypt(text)) == text


def test_the_same_text_is_never_encrypted_the_same_way() -> None:
    cipher = Cipher(KEY)
    assert cipher.encrypt("a") != cipher.encrypt("a")


@pytest.mark.parametrize("size", [16, 24, 32])
def test_keys_of_the_sizes_of_aes_are_taken(size: int) -> None:
    key = base64.b64encode(b"k" * size).decode()
    assert Cipher(f" {key}\n").decrypt(Cipher(key).encrypt("x")) == "x"


@pytest.mark.parametrize("key", ["", "short", "c2hvcnQ=", "not base64!!"])
def test_another_key_is_refused_with_the_fix(key: str) -> None:
    with pytest.raises(SettingsError, match="openssl rand -base64 32"):
        Cipher(key)


@pytest.mark.parametrize(
    "change", [lambda text: text[:-8], lambda text: "A" + text[1:], lambda text: "no", str.lower]
)
def test_a_changed_text_is_noticed(change) -> None:  # type: ignore[no-untyped-def]
    cipher = Cipher(KEY)
    encrypted = cipher.encrypt("a secret that is long enough")
    changed = change(encrypted)
    if changed == encrypted:
        changed = "B" + encrypted[1:]
    with pytest.raises(SettingsError, match="FLOWSMITH_ENCRYPTION_KEY"):
        cipher.decrypt(changed)


def test_another_key_does_not_read_it() -> None:
    with pytest.raises(SettingsError):
        Cipher(OTHER).decrypt(Cipher(KEY).encrypt("a"))


def test_the_marked_form_is_recognised() -> None:
    wrapped = Cipher(KEY).wrap("a")
    assert is_encrypted(wrapped)
    assert wrapped["type"] == "io.kestra.datatype:aes_encrypted"
    assert not is_encrypted({"type": wrapped["type"]})
    assert not is_encrypted({"type": "other", "value": "x"})
    assert not is_encrypted("text")
