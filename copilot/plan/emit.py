"""JSON values as YAML text, in one fixed style: block collections, quoted expressions, literal scripts."""

from __future__ import annotations

import json
import re

from engine.model.json import Json

STEP = 2

_PLAIN = re.compile(r"[A-Za-z_/.][A-Za-z0-9_ ./:@+,()*=<>$%-]*\Z")
_RESERVED = frozenset(
    [
        "y",
        "n",
        "yes",
        "no",
        "on",
        "off",
        "true",
        "false",
        "null",
        "none",
        "~",
        "nan",
        "inf",
        ".nan",
        ".inf",
        "-",
        "=",
        "<<",
        "<",
    ]
)
_NUMBER_LIKE = re.compile(r"[-+.]?[0-9][0-9_.,:eExXoO+-]*\Z|[-+]?\.(?:inf|nan)\Z", re.IGNORECASE)
_BAD_IN_LITERAL = re.compile(
    r"[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


def lines_of(key: str, value: Json, indent: int) -> list[str]:
    """Write `key: value` at an indent, as lines without line ends."""
    return _after(f"{' ' * indent}{scalar(key)}:", value, indent)


def item_lines(value: Json, indent: int) -> list[str]:
    """Write one `- …` item of a list at an indent."""
    if isinstance(value, dict) and value:
        body = [line for key, item in value.items() for line in lines_of(str(key), item, indent + STEP)]
        body[0] = f"{' ' * indent}- {body[0][indent + STEP :]}"
        return body
    if isinstance(value, list) and value:
        body = [line for item in value for line in item_lines(item, indent + STEP)]
        body[0] = f"{' ' * indent}- {body[0][indent + STEP :]}"
        return body
    return _after(f"{' ' * indent}-", value, indent)


def _after(head: str, value: Json, indent: int) -> list[str]:
    if isinstance(value, dict) and value:
        inner = indent + STEP
        return [head, *(line for key, item in value.items() for line in lines_of(str(key), item, inner))]
    if isinstance(value, list | tuple) and value:
        return [head, *(line for item in value for line in item_lines(item, indent + STEP))]
    if isinstance(value, str) and "\n" in value and literal_fits(value):
        return [f"{head} {_literal_mark(value)}", *_literal_body(value, indent + STEP)]
    return [f"{head} {scalar(value)}"]


def scalar(value: Json) -> str:
    """Write a scalar or an empty collection on one line."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return json.dumps(value)
    if isinstance(value, str):
        return value if is_plain(value) else quoted(value)
    return flow(value)


def flow(value: Json) -> str:
    """Write a value in one line as JSON, which is YAML as well."""
    return json.dumps(value, ensure_ascii=False, default=str)


def is_plain(text: str) -> bool:
    """Tell whether the text can stand without quotes and stays text in every YAML reader."""
    return bool(
        _PLAIN.match(text)
        and not text.endswith((" ", ":"))
        and ": " not in text
        and " #" not in text
        and text.lower() not in _RESERVED
        and not _NUMBER_LIKE.match(text)
    )


def quoted(text: str) -> str:
    """Quote: double quotes, or single ones where the text itself has double quotes and nothing to escape."""
    if '"' in text and text.isprintable() and "\\" not in text:
        return "'" + text.replace("'", "''") + "'"
    return _BAD_IN_LITERAL.sub(_escaped, json.dumps(text, ensure_ascii=False))


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"


def literal_fits(text: str) -> bool:
    """Tell whether a literal block keeps the text exactly."""
    body = text.strip("\n")
    if not body or text.startswith("\n") or _BAD_IN_LITERAL.search(text):
        return False
    return not any(line != "" and line.strip() == "" for line in text.split("\n")) and body[0] not in " \t"


def _literal_mark(text: str) -> str:
    if not text.endswith("\n"):
        return "|-"
    return "|+" if text.endswith("\n\n") else "|"


def _literal_body(text: str, indent: int) -> list[str]:
    body = text.removesuffix("\n")
    return [f"{' ' * indent}{line}" if line else "" for line in body.split("\n")]
