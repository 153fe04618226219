import pytest

from api.ion import read_value
from engine.errors import FlowError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"abc"', ("STRING", "abc")),
        ("hello", ("STRING", "hello")),
        ("two words", ("STRING", "two words")),
        ("42", ("NUMBER", 42)),
        ("-1.5", ("NUMBER", -1.5)),
        ("007", ("STRING", "007")),
        ("true", ("BOOLEAN", True)),
        ("2024-01-01T00:00:00Z", ("DATETIME", "2024-01-01T00:00:00Z")),
        ("2024-01-01", ("DATE", "2024-01-01")),
        ("PT5M", ("DURATION", "PT5M")),
        ("P1D", ("DURATION", "P1D")),
        ("P", ("STRING", "P")),
        ('{"a": [1]}', ("JSON", {"a": [1]})),
        ("[1, 2]", ("JSON", [1, 2])),
    ],
)
def test_values(text: str, expected: tuple[str, object]) -> None:
    assert read_value(text) == expected


@pytest.mark.parametrize("text", ['{"a": ', '"open', "", "2024-13-45", "[1,"])
def test_broken_values_are_refused(text: str) -> None:
    with pytest.raises(FlowError):
        read_value(text)
