"""What a plain YAML scalar means, the way Kestra reads it."""

from __future__ import annotations

import math
import re

from engine.errors import SourceError
from engine.model.json import Json

TAG = "tag:yaml.org,2002:"

_WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
for _word, _truth in (
    ("true", True),
    ("yes", True),
    ("on", True),
    ("false", False),
    ("no", False),
    ("off", False),
):
    _WORDS |= {_word: _truth, _word.capitalize(): _truth, _word.upper(): _truth}

# A number with a leading zero (a postcode, a month) stays text: reading it as octal helps nobody.
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9_]*)")
_BASE = re.compile(r"0(?:x[0-9a-fA-F_]+|b[01_]+|o[0-7_]+)")
_FLOAT = re.compile(
    r"[-+]?(?:(?:0|[1-9][0-9_]*)\.[0-9_]*|\.[0-9][0-9_]*|(?:0|[1-9][0-9_]*)(?=[eE]))(?:[eE][-+]?[0-9]+)?"
)
_FIRST = frozenset("0123456789+-.")
_LARGEST = 2**63


def read_plain(text: str) -> Json:
    """Return the value of an unquoted scalar; dates, `12:30`, infinities and huge integers stay text."""
    if text in _WORDS:
        return _WORDS[text]
    return _number(text) if text[0] in _FIRST else text


def read_tagged(text: str, tag: str, *, line: int, column: int) -> Json:
    """Return the value of a scalar with an explicit tag such as `!!str`."""
    kind = tag.removeprefix(TAG) if tag.startswith(TAG) else tag
    if kind in ("str", "!"):
        return text
    value = read_plain(text)
    fits = {
        "int": isinstance(value, int) and not isinstance(value, bool),
        "float": isinstance(value, int | float) and not isinstance(value, bool),
        "bool": isinstance(value, bool),
        "null": value is None,
    }
    if kind not in fits:
        raise SourceError(f"the tag '{tag}' has no meaning in a flow; remove it", line=line, column=column)
    if not fits[kind]:
        raise SourceError(f"'{text}' is not a value of the tag !!{kind}", line=line, column=column)
    return float(value) if kind == "float" else value


def _number(text: str) -> Json:
    if _INT.fullmatch(text):
        return _integer(text, 10)
    if _BASE.fullmatch(text):
        digits = text[2:].replace("_", "")
        return _integer(digits, {"x": 16, "b": 2, "o": 8}[text[1]], text) if digits else text
    if _FLOAT.fullmatch(text):
        value = float(text.replace("_", ""))
        return value if math.isfinite(value) else text
    return text


def _integer(digits: str, base: int, text: str | None = None) -> int | str:
    digits = digits.replace("_", "")
    if len(digits) > 64:
        return text or digits
    value = int(digits, base)
    return value if -_LARGEST <= value < _LARGEST else text or digits
