# ruff: noqa: E501 - one pattern, one line: cut in pieces it is harder to read
"""Values that are stated, not ordered: `the label stage is prod now`, `5000 rows per batch`, `the mail goes to …`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from copilot.plan import target
from copilot.plan.render import snake
from copilot.planner.rules.coverage import stem
from copilot.planner.rules.edit.state import ID, Changing, dotted, note, plain
from copilot.planner.rules.edit.value import set_value
from copilot.planner.rules.literal import MARK
from copilot.planner.rules.word import whole
from engine.model.json import Json
from engine.source.document import Path

_V = r"(?P<value>⟦\d+⟧|-?[\w.:/@+-]*\w)"
_STATED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        (
            rf"^(?:the\s+|our\s+)?(?P<kind>label|tag|variable|input|parameter|default)\s+(?:of\s+|for\s+)?(?:the\s+)?(?P<name>{ID})\s+(?:is|becomes|should be|must be|has to be|shall be|gets|needs to be)"
            rf"\s+(?:now\s+|from now on\s+)?(?:set to\s+)?{_V}(?:\s+(?:now|from now on|instead|by default))?$"
        ),
        (
            rf"^(?:the\s+|our\s+)?(?P<name>{ID})\s+(?P<kind>label|tag|variable|input|parameter|default)\s+(?:is|becomes|should be|must be|has to be|shall be|gets|needs to be)"
            rf"\s+(?:now\s+|from now on\s+)?(?:set to\s+)?{_V}(?:\s+(?:now|from now on|instead|by default))?$"
        ),
        rf"^(?:the\s+|our\s+)?(?:default\s+)?(?P<name>{ID})\s+(?:is|becomes|are)\s+(?:now\s+|from now on\s+){_V}(?P<kind>)$",
        rf"^(?:the\s+|our\s+)?(?:default\s+)?(?P<name>{ID})\s+(?:is|becomes|are|should be|must be|has to be|shall be)\s+{_V}(?P<kind>)\s+(?:now|from now on|instead|by default)$",
        (
            rf"^(?:set|change|make|put|bump|raise|lower|increase|decrease|switch|turn)\s+(?:the\s+)?(?P<kind>label|tag|variable|input|parameter|default)\s+(?:of\s+|for\s+)?(?:the\s+)?(?P<name>{ID})\s+"
            rf"(?:from\s+\S+\s+)?(?:to|=)\s*{_V}$"
        ),
        rf"^(?:use|take)\s+{_V}\s+as\s+(?:the\s+)?(?:default\s+)?(?:value\s+)?(?:for\s+|of\s+)?(?:the\s+)?(?P<name>{ID})(?P<kind>)(?:\s+(?:by default|default))?$",
        rf"^(?P<name>{ID})\s*(?:=|:=|->|→)\s*{_V}(?P<kind>)$",
    )
)
_MAIL = re.compile(
    r"^(?:(?:the\s+|our\s+|that\s+)?(?P<what>[\w-]+(?:\s+[\w-]+)?)\s+(?:should|must|has to|needs to|shall)\s+(?:now\s+|rather\s+)?(?:also\s+)?(?:go|be sent|be mailed|come)"
    r"|(?:also\s+)?(?:send|mail|cc|copy|forward|address)\s+(?P<what2>it|(?:the\s+)?[\w-]+))\s+(?:also\s+)?(?:to\s+)?(?P<to>⟦\d+⟧(?:(?:\s*,\s*(?:and\s+)?|\s+and\s+)⟦\d+⟧)*)"
    r"(?:\s+(?:instead|now|too|as well))?$",
    re.IGNORECASE,
)


_DEFAULTED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^{_V}\s+(?:should|must|has to|shall)\s+(?:now\s+)?(?:be|become)\s+(?:the|our)\s+(?:new\s+)?default(?:\s+(?:value\s+)?(?:of\s+|for\s+)?(?:the\s+)?(?P<name>{ID}))?(?:\s+(?:now|input))?$",
        rf"^{_V}\s+(?:is|becomes)\s+(?:now\s+)?(?:the|our)\s+(?:new\s+)?default(?:\s+(?:value\s+)?(?:of\s+|for\s+)?(?:the\s+)?(?P<name>{ID}))?(?:\s+(?:now|input))?$",
        rf"^(?:make|use|take|have|set)\s+{_V}\s+(?:as\s+)?(?:the|our)\s+(?:new\s+)?default(?:\s+(?:value\s+)?(?:of\s+|for\s+)?(?:the\s+)?(?P<name>{ID}))?(?:\s+(?:now|input))?$",
        rf"^(?:default|fall back)\s+(?:the\s+)?(?P<name>{ID})?\s*to\s+{_V}$",
    )
)


_AS_THE = re.compile(
    rf"^(?:use|take|put)\s+{_V}\s+(?:in\s+)?as\s+(?:the\s+|our\s+)?(?P<prop>[A-Za-z]\w*)(?:\s+(?:of|in|for)\s+(?P<task>.+))?$",
    re.IGNORECASE,
)
_IS_THE = re.compile(
    rf"^{_V}\s+(?:is|becomes|will be)\s+(?:now\s+)?(?:the|our)\s+(?:new\s+)?(?P<name>{ID})(?:\s+now)?$",
    re.IGNORECASE,
)


def _inverted(clause: str, state: Changing) -> bool:
    """Read `bob is the owner now`, `use region_sales as the table`: the value before the name."""
    if (said := _IS_THE.match(clause)) is not None:
        found = list(_called(plain(said["name"], state.masked), "", state))
        if len(found) == 1:
            value = _like(found[0][1], plain(said["value"], state.masked))
            return note(state, clause, op="set", path=dotted(found[0][0]), value=value)
    match = _AS_THE.match(clause)
    if match is None or list(_called(match["prop"], "", state)):
        return False
    of = f" of {match['task']}" if match["task"] else ""
    return set_value(f"set the {match['prop']}{of} to {match['value']}", state)


def _default(clause: str, state: Changing) -> bool:
    """Read `full should be the default mode`, `make green the default`: of the input named, or the one that offers it."""
    for pattern in _DEFAULTED:
        match = pattern.match(clause)
        if match is None:
            continue
        value, name = plain(match["value"], state.masked), plain(match["name"] or "", state.masked)
        inputs = [item for item in state.data.get("inputs") or () if isinstance(item, dict)]
        named = [item for item in inputs if name and snake(str(item.get("id"))) == snake(name)]
        offering = [item for item in inputs if value in map(str, item.get("values") or ())]
        found = named or (
            [] if name and name.lower() not in ("one", "choice", "option", "value") else offering
        )
        if len(found) != 1 or isinstance(found[0].get("defaults"), list):
            return False
        if found[0].get("values") and value not in map(str, found[0]["values"]):
            return False
        old = found[0].get("defaults", _kind(found[0]))
        return note(
            state,
            clause,
            op="set",
            kind="input",
            target=found[0]["id"],
            path="defaults",
            value=_like(old, value),
        )
    return False


def stated(clause: str, state: Changing) -> bool:
    """Read such statements where the name is one of the flow."""
    if _mail(clause, state) or _default(clause, state) or _inverted(clause, state):
        return True
    for pattern in _STATED:
        match = pattern.match(clause)
        if match is None:
            continue
        name, value = plain(match["name"], state.masked), plain(match["value"], state.masked)
        found = list(_called(name, (match["kind"] or "").lower(), state))
        if len(found) > 1:
            state.vague[name] = [dotted(path) for path, _ in found]
        if len(found) == 1:
            path, old = found[0]
            return note(state, clause, op="set", path=dotted(path), value=_like(old, value))
    return _counted(clause, state)


def _called(name: str, kind: str, state: Changing) -> Iterator[tuple[Path, Json]]:
    """Yield the labels, variables and defaults of that name."""
    for section, kinds in (("labels", ("", "label", "tag")), ("variables", ("", "variable"))):
        items = state.data.get(section)
        if kind in kinds and isinstance(items, dict):
            for key, old in items.items():
                if snake(str(key)) == snake(name):
                    yield (section, str(key)), old
    for number, item in enumerate(state.data.get("inputs") or ()):
        if kind in ("", "input", "parameter", "default") and snake(str(item.get("id"))) == snake(name):
            yield ("inputs", number, "defaults"), item.get("defaults", _kind(item))


def _kind(item: dict[str, Json]) -> Json:
    return {"INT": 0, "FLOAT": 0.0, "BOOL": False, "BOOLEAN": False}.get(str(item.get("type")), "")


def _like(old: Json, said: str) -> Json:
    """Write a value as the old one is written: a number, a truth, a text."""
    if isinstance(old, bool) and said.lower() in ("true", "false", "on", "off", "yes", "no"):
        return said.lower() in ("true", "on", "yes")
    if isinstance(old, int) and re.fullmatch(r"-?\d+", said):
        return int(said)
    if isinstance(old, float) and re.fullmatch(r"-?\d+(?:\.\d+)?", said):
        return float(said)
    return said


_LEAD = re.compile(
    r"^(?:(?:please|use|take|do|make(?: it)?|set|have|let(?:'s)?|give|go (?:up|down) to|allow|keep|try|with|up to|only|at most|a?\s*maximum of|raise|lower|increase"
    r"|decrease|reduce|bump|change)\s+)*(?:(?:the|it|to|be)\s+)*",
    re.IGNORECASE,
)


def _counted(clause: str, state: Changing) -> bool:
    """Read `5000 rows per batch`: the only number of the flow whose name stands in the words."""
    said = re.sub(r",?\s*(?:instead of|rather than|not)\s+\d[\d_.]*\b", " ", clause)
    numbers = re.findall(r"(?<![\w.:/-])\d[\d_]*(?![\w:/.-]*\w)", MARK.sub(" ", said))
    if (
        len(numbers) != 1
        or MARK.search(clause)
        or re.search(
            r"\b(?:add|if|when|after|before|every|retry|wait|remove|log|run|schedule|minutes?|hours?|seconds?|days?)\b",
            clause,
            re.I,
        )
    ):
        return False
    words = [stem(word) for word in re.findall(r"[a-z]+", _LEAD.sub("", said.lower()))]
    found = []
    for path, old, name in _numbers(state):
        named = {stem(part) for part in snake(name).split("_")}
        if named and named <= set(words):
            found.append((path, old))
    if len(found) > 1:
        state.vague[clause] = [dotted(path) for path, _ in found]
    number = whole(numbers[0].replace("_", ""))
    return (
        len(found) == 1
        and number is not None
        and number != found[0][1]
        and note(
            state,
            clause,
            op="set",
            path=dotted(found[0][0]),
            value=str(number) if isinstance(found[0][1], str) else number,
        )
    )


def _numbers(state: Changing) -> Iterator[tuple[Path, Json, str]]:
    """Yield the numbers of the flow with the names they go by."""
    for number, item in enumerate(state.data.get("inputs") or ()):
        old = item.get("defaults")
        if isinstance(old, int | float) and not isinstance(old, bool):
            yield ("inputs", number, "defaults"), old, str(item.get("id"))
    for name, old in (state.data.get("variables") or {}).items():
        if isinstance(old, int | float) and not isinstance(old, bool):
            yield ("variables", str(name)), old, str(name)
    for path, task in target.tasks_of(state.data):
        for key, old in task.items():
            if isinstance(old, int) and not isinstance(old, bool):
                yield (*path, key), old, key


def _mail(clause: str, state: Changing) -> bool:
    """Read `the mail should go to x@y.io as well`: who gets it, besides or instead."""
    match = _MAIL.match(clause)
    literals = state.masked.inside(match["to"]) if match else []
    if match is None or not literals or any(item.kind != "email" for item in literals):
        return False
    mails = [
        (task["id"], path)
        for path, task in target.tasks_of(state.data)
        if isinstance(task.get("to"), str) and "mail" in task["type"].lower()
    ]
    what = plain(match["what"] or match["what2"] or "", state.masked)
    owner = state.task(what) if what.lower() != "it" else None
    found = [item for item in mails if owner is not None and item[0] == owner[0]] or mails
    if len(found) != 1:
        return False
    old = str(target.get(state.data, (*found[0][1], "to")))
    new = [item.value for item in literals]
    also = state.also or re.search(r"^(?:cc|copy)\b", clause, re.IGNORECASE)
    value = ", ".join([old, *new] if also else new)
    return note(state, clause, op="set", kind="task", target=found[0][0], path="to", value=value)
