"""YAML as Jackson writes and reads it: lists one blank in, quotes only where needed, dates stay texts."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

import yaml

from engine.errors import ExpressionError
from engine.expression.limits import MAX_NODES
from engine.expression.text import json_text, printed
from engine.expression.value import copied, is_list, is_map, spend
from engine.model.json import Json

_WORDS: Final = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n", "~"})
_NUMBER: Final = re.compile(
    r"[-+]?(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|0[xob][\da-fA-F]+|[-+]?\.(?:inf|nan)", re.I
)
_UNSAFE_START: Final = frozenset("-?:,[]{}#&*!|>'\"%@`=<")
_UNSAFE: Final = re.compile(r": |:$|:\t| #|\t#|[\[\]{},]|^\s|\s$|[\x00-\x08\x0b-\x1f\x7f]")
_MAX_ALIASES: Final = 100


def write_yaml(value: Json) -> str:
    """Write a value; null alone is `null`, everything else ends with a line end."""
    if value is None:
        return "null"
    lines: list[str] = []
    _write(value, 0, "", lines, [MAX_NODES])
    return "\n".join(lines) + "\n"


def read_yaml(text: str) -> Json:
    """Read one YAML document. Raises ExpressionError with the place."""
    if text.count("*") > _MAX_ALIASES and text.count("&"):
        raise ExpressionError(f"The YAML text has more than {_MAX_ALIASES} aliases")
    try:
        return yaml.load(text, Loader=_loader())
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ExpressionError(f"The text is not YAML: {error}") from error


def _write(value: Json, indent: int, lead: str, lines: list[str], budget: list[int]) -> None:
    """Write a value after `lead`, its further lines at `indent`."""
    spend(budget, 1)
    if is_map(value) and value:
        _write_map(
            [entry for entry in copied(value).items() if entry[1] is not None], indent, lead, lines, budget
        )
    elif is_list(value) and len(value):
        _write_list(list(value), indent, lead, lines, budget)
    else:
        _write_scalar(value, indent, lead, lines)


def _write_map(
    entries: list[tuple[Json, Json]], indent: int, lead: str, lines: list[str], budget: list[int]
) -> None:
    if not entries:
        lines.append(lead + "{}")
        return
    for key, item in entries:
        name = _scalar(key if isinstance(key, str) else printed(key))
        if (is_map(item) and any(part is not None for part in list(item.values()))) or (
            is_list(item) and len(item)
        ):
            lines.append(f"{lead}{name}:")
            inner = indent + 2 if is_map(item) else indent
            _write(item, inner, " " * inner, lines, budget)
        else:
            _write(item, indent + 2, f"{lead}{name}: ", lines, budget)
        lead = " " * indent


def _write_list(items: list[Json], indent: int, lead: str, lines: list[str], budget: list[int]) -> None:
    """Write items behind a dash that is one blank further in, with their own lines two more."""
    for item in items:
        _write(item, indent + 3, f"{lead} - ", lines, budget)
        lead = " " * indent


def _write_scalar(value: Json, indent: int, lead: str, lines: list[str]) -> None:
    if isinstance(value, str) and "\n" in value and not _UNSAFE_BLOCK.search(value):
        mark = "|" if value.endswith("\n") else "|-"
        if value.endswith("\n\n"):
            mark = "|+"
        body = value[:-1] if value.endswith("\n") else value
        lines.append(lead + mark)
        lines.extend((" " * max(indent, 2) + line) if line else "" for line in body.split("\n"))
    elif is_map(value):
        lines.append(lead + "{}")
    elif is_list(value):
        lines.append(lead + "[]")
    elif value is None:
        lines.append(lead + "null")
    elif isinstance(value, bool | int | float):
        lines.append(lead + printed(value))
    else:
        lines.append(lead + _scalar(printed(value)))


_UNSAFE_BLOCK: Final = re.compile(r"^\s|[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029]|[ \t]\n")


def _scalar(text: str) -> str:
    plain = (
        text
        and text[0] not in _UNSAFE_START
        and not _UNSAFE.search(text)
        and "\n" not in text
        and text.lower() not in _WORDS
        and not _NUMBER.fullmatch(text)
    )
    if plain or (text[:1] in "-?:" and _PLAIN_DASH.fullmatch(text)):
        return text
    return json_text(text)


_PLAIN_DASH: Final = re.compile(r"-[A-Za-z]\w*")


@lru_cache(maxsize=1)
def _loader() -> Any:
    """Return a safe loader with YAML 1.2's few plain types: booleans, integers, floats, null."""

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        pass

    Loader.yaml_implicit_resolvers = {}
    for tag, pattern, first in (
        ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
        ("int", r"[-+]?(?:0|[1-9][0-9_]*)|0x[0-9a-fA-F]+", "-+0123456789"),
        ("float", r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?", "-+.0123456789"),
        ("float", r"[-+]?[0-9]+[eE][-+]?[0-9]+", "-+0123456789"),
        ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
        ("merge", r"<<", "<"),
    ):
        Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(rf"(?:{pattern})\Z"), list(first))
    return Loader
