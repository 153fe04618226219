"""Forms of keys and values, byte for byte as Kafka's own serializers write them."""

from __future__ import annotations

from typing import Any

import pytest

from engine.plugins.kafka._serde import decode, encode

UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.mark.parametrize(
    ("form", "value", "content"),
    [
        ("STRING", "grüß", "grüß".encode()),
        ("INTEGER", -2, b"\xff\xff\xff\xfe"),
        ("LONG", 1, b"\0\0\0\0\0\0\0\1"),
        ("SHORT", 258, b"\1\2"),
        ("FLOAT", 0.5, b"\x3f\0\0\0"),
        ("DOUBLE", 0.5, b"\x3f\xe0\0\0\0\0\0\0"),
        ("BYTES", b"\0\xff", b"\0\xff"),
        ("BYTE_ARRAY", b"a", b"a"),
        ("BYTE_BUFFER", b"a", b"a"),
        ("UUID", UUID, UUID.encode()),
        ("JSON", {"a": [1, None]}, b'{"a":[1,null]}'),
        ("STRING", None, None),
        ("VOID", None, None),
    ],
)
def test_a_value_is_written_and_read(form: Any, value: Any, content: bytes | None) -> None:
    assert encode(form, value) == content
    assert decode(form, content) == value


@pytest.mark.parametrize(
    ("form", "value"),
    [("INTEGER", 2**31), ("SHORT", "x"), ("UUID", "x"), ("LONG", {}), ("DOUBLE", [])],
)
def test_a_value_of_another_form_is_refused(form: Any, value: Any) -> None:
    with pytest.raises(ValueError):
        encode(form, value)


@pytest.mark.parametrize(
    ("form", "content"),
    [("INTEGER", b"1"), ("JSON", b"{"), ("STRING", b"\xff"), ("UUID", b"x"), ("LONG", b"")],
)
def test_content_of_another_form_is_refused(form: Any, content: bytes) -> None:
    with pytest.raises(ValueError):
        decode(form, content)


def test_numbers_may_be_text_and_text_may_be_anything() -> None:
    assert encode("INTEGER", "7") == b"\0\0\0\7"
    assert encode("STRING", {"a": 1}) == b'{"a":1}'
    assert encode("BYTES", "text") == b"text"
    assert encode("VOID", "gone") is None
