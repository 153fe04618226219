# ruff: noqa: E501 - one pattern, one line: cut in pieces it is harder to read
"""What an input may be: options added and taken away, the whole choice set."""

from __future__ import annotations

import re

from copilot.plan.render import snake
from copilot.planner.rules.edit.state import AND, ID, Changing, note, plain
from engine.model.json import Json

_LIST = r"(?:⟦\d+⟧|[\w.-]+)(?:\s*(?:,\s*(?:and\s+|or\s+)?|\s+and\s+|\s+or\s+)(?:⟦\d+⟧|[\w.-]+))*"
_INPUT = rf"(?:the\s+)?(?:input\s+)?(?P<name>{ID})(?:\s+(?:input|parameter|dropdown|select|choice))?"
_OPTION = r"(?:options?|choices?|values?)"
_MORE = re.compile(
    rf"^(?:also\s+)?(?:add|allow|offer|include|accept|permit)\s+(?:an?\s+|the\s+"
    rf"|another\s+)?(?:new\s+|second\s+|third\s+|fourth"
    rf"\s+|fifth\s+|further\s+|more\s+)?(?:{_OPTION}\s+)?(?P<values>{_LIST})\s+(?:as\s+an?\s+"
    rf"(?:new\s+)?{_OPTION}\s+)?"
    rf"(?:to|for|in|of)\s+(?:the\s+)?(?:{_OPTION}\s+(?:of|for)\s+)?{_INPUT}(?:\s+{_OPTION})?$",
    re.IGNORECASE,
)
_LESS = re.compile(
    rf"^(?:remove|delete|drop|take|forbid|disallow)\s+(?:the\s+)?(?:{_OPTION}\s+)?"
    rf"(?P<values>{_LIST})\s+(?:out\s+)?(?:from|of)\s+"
    rf"(?:the\s+)?(?:{_OPTION}\s+(?:of|for)\s+)?{_INPUT}(?:\s+{_OPTION})?$",
    re.IGNORECASE,
)
_WHOLE = (
    re.compile(
        rf"^{_INPUT}\s+(?:can|may|should|must|has to)\s+(?:only\s+)?be\s+(?:only\s+)?(?:one\s+of\s+"
        rf"|either\s+)?(?P<values>{_LIST})$",
        re.IGNORECASE,
    ),
    re.compile(
        rf"^(?:restrict|limit|narrow)\s+{_INPUT}\s+to\s+(?:the\s+)?(?:{_OPTION}\s+)?"
        rf"(?P<values>{_LIST})$",
        re.IGNORECASE,
    ),
    re.compile(
        rf"^(?:change|set|make)\s+the\s+{_OPTION}\s+(?:of|for)\s+{_INPUT}\s+(?:to"
        rf"|be)\s+(?P<values>{_LIST})$",
        re.IGNORECASE,
    ),
    re.compile(
        rf"^(?:only\s+)?(?:allow|accept|offer)\s+(?:only\s+)?(?P<values>{_LIST})\s+(?:for|as"
        rf"|in)\s+{_INPUT}$",
        re.IGNORECASE,
    ),
)


_TYPES = {
    "string": "STRING",
    "text": "STRING",
    "integer": "INT",
    "int": "INT",
    "number": "INT",
    "float": "FLOAT",
    "decimal": "FLOAT",
    "boolean": "BOOL",
    "bool": "BOOL",
    "checkbox": "BOOL",
    "date": "DATE",
    "datetime": "DATETIME",
    "time": "TIME",
    "duration": "DURATION",
    "file": "FILE",
    "json": "JSON",
    "email": "EMAIL",
    "uri": "URI",
    "url": "URI",
    "secret": "SECRET",
    "select": "SELECT",
    "dropdown": "SELECT",
    "choice": "SELECT",
    "multiselect": "MULTISELECT",
    "multi-select": "MULTISELECT",
    "multiple choice": "MULTISELECT",
    "list": "ARRAY",
    "array": "ARRAY",
}
_TYPED = (
    re.compile(rf"^(?:make|turn|change)\s+{_INPUT}\s+(?:in)?(?:to\s+)?(?:be\s+)?an?\s+(?P<type>[a-z-]+(?:"
    rf"\s[a-z]+)?)(?:\s+(?:input|field))?$", re.IGNORECASE),
    re.compile(rf"^(?:change|set)\s+the\s+type\s+of\s+{_INPUT}\s+to\s+(?P<type>[A-Za-z-]+)$", re.IGNORECASE),
    re.compile(rf"^{_INPUT}\s+(?:(?:should|must|has to)\s+be|is|becomes)\s+(?:now\s+|really\s+|actually\s+)?an?\s+(?P<type>[a-z-]+(?:\s[a-z]+)?)"
    r"(?:\s*,?\s*(?:not|rather than|instead of)\s.*)?$", re.IGNORECASE),
)  # fmt: skip


def typed(clause: str, state: Changing) -> bool:
    """Read `make taxi a multiselect`, `limit should be an integer`."""
    for pattern in _TYPED:
        match = pattern.match(clause)
        found = _input(match["name"], state) if match else None
        kind = _TYPES.get(match["type"].lower()) if match else None
        if match is None or found is None or kind is None or kind == found.get("type"):
            continue
        if kind in ("SELECT", "MULTISELECT") and not found.get("values"):
            return False
        note(state, clause, op="set", kind="input", target=found["id"], path="type", value=kind)
        default = found.get("defaults")
        if kind in ("MULTISELECT", "ARRAY") and isinstance(default, str):
            note(state, clause, op="set", kind="input", target=found["id"], path="defaults", value=[default])
        if kind == "INT" and isinstance(default, str) and re.fullmatch(r"-?\d+", default):
            note(
                state, clause, op="set", kind="input", target=found["id"], path="defaults", value=int(default)
            )
        return True
    return False


def option(clause: str, state: Changing) -> bool:
    """Read `add a third option blue to the taxi input`, `the country can be DE, FR or IT`."""
    for pattern, how in ((_MORE, "more"), (_LESS, "less"), *((item, "whole") for item in _WHOLE)):
        match = pattern.match(clause)
        found = _input(match["name"], state) if match else None
        if match is None or found is None:
            continue
        said = [
            plain(part, state.masked)
            for part in re.split(rf"{AND}|\s+or\s+", match["values"])
            if part.strip()
        ]
        said = [re.sub(r"^(?:or|and)\s+", "", value) for value in said]
        kept = found.get("values")
        if how == "more" and kept is None and found.get("defaults") is not None:
            kept = [found["defaults"]]
        if how != "whole" and not isinstance(kept, list):
            continue
        if how == "whole" and len(said) < 2:
            continue
        return _set(found, _wanted(how, list(kept or ()), said), clause, state)
    return False


def _wanted(how: str, kept: list[Json], said: list[str]) -> list[Json]:
    if how == "whole":
        return list(said)
    if how == "less":
        return [value for value in kept if str(value) not in said]
    return [*kept, *(value for value in said if value not in map(str, kept))]


def _input(said: str, state: Changing) -> dict[str, Json] | None:
    name = snake(plain(said, state.masked))
    return next((item for item in state.data.get("inputs") or () if item.get("id") == name), None)


def _set(found: dict[str, Json], values: list[Json], clause: str, state: Changing) -> bool:
    name = str(found["id"])
    if not values or values == found.get("values"):
        return False
    if str(found.get("type")) not in ("SELECT", "MULTISELECT"):
        note(state, clause, op="set", kind="input", target=name, path="type", value="SELECT")
    note(state, clause, op="set", kind="input", target=name, path="values", value=values)
    if found.get("defaults") is not None and str(found["defaults"]) not in map(str, values):
        note(state, clause, op="set", kind="input", target=name, path="defaults", value=values[0])
        state.edit.notes.append(
            f"The default of '{name}' was no longer one of its values; it is '{values[0]}' now."
        )
    return True
