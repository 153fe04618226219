"""Reads declared inputs: what each type takes, what they depend on, and defaults that cannot fit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Final

from engine.model.duration import parse_duration
from engine.model.flow import DependsOn, InputSpec
from engine.model.input_type import OPTIONS
from engine.model.json import Json, loads
from engine.model.near import did_you_mean, nearest
from engine.source.document import Path
from engine.validation.raw import Raw, is_template, kind_of, listed, scalar_text, shown
from engine.validation.report import Report, path_text

_ID = re.compile(r"[a-zA-Z0-9][.a-zA-Z0-9_-]*")
_FLAGS = ("allowCustomValue", "isRadio", "autoSelectFirst")
_LISTS = ("values", "options", "allowedFileExtensions", "accept")


def read_inputs(raw: Raw, name: str = "inputs") -> tuple[InputSpec, ...]:
    """Read a list of inputs and check how they depend on each other."""
    path = raw.at(name)
    specs = []
    for number, item in enumerate(raw.items(name)):
        if isinstance(item, dict):
            specs.append(_read(Raw(item, (*path, number), raw.report)))
        else:
            raw.report.error(
                "wrong-value",
                f"expected an input but found {kind_of(item)}",
                (*path, number),
                "write a map with `id` and `type`",
            )
    _check_dependencies(specs, path, raw.report)
    return tuple(specs)


def input_id(raw: Raw, what: str = "input") -> str:
    """Read the id of an input or an output; dots are allowed."""
    found = raw.text("id", required=True)
    if found is not None and not _ID.fullmatch(found):
        raw.report.error(
            "invalid-id",
            f"{shown(found)} is not the id of an {what}",
            raw.at("id"),
            "use letters, digits, `.`, `-` and `_` only, beginning with a letter or digit",
        )
    return found or ""


def _read(raw: Raw) -> InputSpec:
    raw.renamed("name", "id")
    ident = input_id(raw)
    given = raw.choice("type", tuple(OPTIONS))
    known = given is not None or raw.data.get("type") is None
    kind = given or "STRING"
    options = _options(raw, kind) if known else {}
    defaults, prefill = raw.get("defaults"), raw.get("prefill")
    if defaults is not None and prefill is not None:
        raw.wrong("prefill", "`defaults` and `prefill` exclude each other", "keep one of them")
    spec = InputSpec(
        id=ident,
        type=kind,
        required=raw.flag("required", True),
        defaults=defaults,
        prefill=prefill,
        description=raw.text("description"),
        display_name=raw.text("displayName"),
        depends_on=_depends_on(raw),
        options=options,
        path=path_text(raw.path),
        line=raw.report.line(raw.path),
    )
    if known:
        raw.finish("name")
    if known:
        _check_default(raw, spec)
    return spec


def _options(raw: Raw, kind: str) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for name in OPTIONS[kind]:
        value = raw.get(name)
        if value is None:
            continue
        if name in _FLAGS:
            found[name] = raw.flag(name)
        elif name in _LISTS:
            found[name] = _texts(raw, name)
        else:
            found[name] = value
    _check_options(raw, kind, found)
    return found


def _texts(raw: Raw, name: str) -> list[str]:
    if is_template(raw.data[name]):
        raw.wrong(name, "an expression cannot stand here", "write it under `expression`")
        return []
    return raw.texts(name)


def _check_options(raw: Raw, kind: str, options: Mapping[str, Json]) -> None:
    if "validator" in options:
        _check_pattern(raw, options["validator"])
    for name in ("min", "max", "after", "before"):
        if name in options and _parsed(kind, options[name]) is _WRONG:
            raw.wrong(name, f"{shown(options[name])} is not {_FORMS[kind]}")
    if kind in ("ARRAY", "MULTISELECT") and (kind == "ARRAY" or "itemType" in options):
        raw.choice("itemType", [other for other in OPTIONS if other != "ARRAY"], required=True)
    if kind in ("SELECT", "MULTISELECT"):
        given = [name for name in ("values", "options", "expression") if options.get(name)]
        if not given and not options.get("allowCustomValue"):
            raw.missing("values", "list the choices under `values`, or compute them with `expression`")
        if "expression" in given and len(given) > 1:
            raw.wrong("expression", "`values` and `expression` exclude each other", "keep one of them")
    if kind == "ENUM" and not options.get("values"):
        raw.missing("values", "list the choices")


def _check_pattern(raw: Raw, pattern: Json) -> None:
    try:
        re.compile(str(pattern))
    except re.error as error:
        raw.wrong("validator", f"{shown(pattern)} is not a regular expression: {error}")


def _depends_on(raw: Raw) -> DependsOn | None:
    below = raw.below("dependsOn")
    if below is None:
        return None
    inputs = tuple(below.texts("inputs"))
    found = DependsOn(inputs, below.text("condition"))
    if "inputs" not in below.data:
        below.missing("inputs", "name the inputs this one waits for")
    below.finish()
    return found


def _check_dependencies(specs: list[InputSpec], path: Path, report: Report) -> None:
    after = {spec.id: spec.depends_on.inputs for spec in specs if spec.depends_on}
    known = {spec.id for spec in specs}
    for number, spec in enumerate(specs):
        place = (*path, number, "dependsOn")
        for other in after.get(spec.id, ()):
            if other not in known:
                report.error(
                    "unknown-input",
                    f"Input with id '{spec.id}' depends on a non-existent input '{other}'.",
                    place,
                    did_you_mean(nearest(other, known - {spec.id})),
                )
        cycle = _cycle(spec.id, after)
        if cycle:
            report.error(
                "cycle",
                f"Cycle dependency detected for input with id '{spec.id}': {' → '.join(cycle)}",
                place,
                "remove one of these dependencies",
            )


def _cycle(start: str, after: Mapping[str, tuple[str, ...]]) -> list[str] | None:
    stack = [[start, other] for other in after.get(start, ())]
    seen: set[str] = set()
    while stack:
        trail = stack.pop()
        if trail[-1] == start:
            return trail
        if trail[-1] not in seen:
            seen.add(trail[-1])
            stack += [[*trail, other] for other in after.get(trail[-1], ())]
    return None


# -- values known when the flow is saved

_WRONG: Final = object()
_FORMS: Final = {
    "INT": "a whole number of 32 bits",
    "FLOAT": "a number",
    "DATE": "a date like 2024-01-31",
    "TIME": "a time like 09:30:00",
    "DATETIME": "a date with time and zone like 2024-01-31T09:30:00Z",
    "DURATION": "a duration like PT30S",
    "JSON": "JSON",
    "ARRAY": "a list",
    "MULTISELECT": "a list",
}


def _check_default(raw: Raw, spec: InputSpec) -> None:
    """Warn of a literal default that every execution would refuse."""
    for name, value in (("defaults", spec.defaults), ("prefill", spec.prefill)):
        if value is None or is_template(value):
            continue
        if _parsed(spec.type, value) is _WRONG:
            raw.report.warn(
                "wrong-default",
                f"{shown(value)} is not {_FORMS[spec.type]}",
                raw.at(name),
                "it will be refused",
            )
        choices = spec.options.get("values")
        closed = spec.type in ("SELECT", "ENUM") and not spec.options.get("allowCustomValue")
        if choices and closed and scalar_text(value) not in choices:
            message = f"{shown(value)} is not one of the values"
            raw.report.warn("wrong-default", message, raw.at(name), f"use {listed(choices)}")


def _parsed(kind: str, value: Json) -> object:
    if is_template(value) or kind not in _FORMS:
        return value
    text = scalar_text(value)
    try:
        match kind:
            case "INT":
                number = int(text) if not isinstance(value, bool | float) else None
                return number if number is not None and -(2**31) <= number < 2**31 else _WRONG
            case "FLOAT":
                return float(text)
            case "DATE":
                return date.fromisoformat(text)
            case "TIME":
                return time.fromisoformat(text)
            case "DATETIME":
                moment = datetime.fromisoformat(text)
                return moment if moment.tzinfo else _WRONG
            case "DURATION":
                return parse_duration(value)
            case _:
                return _structure(kind, value)
    except ValueError:
        return _WRONG


def _structure(kind: str, value: Json) -> object:
    parsed = loads(value) if isinstance(value, str) else value
    return parsed if kind == "JSON" or isinstance(parsed, list) else _WRONG
