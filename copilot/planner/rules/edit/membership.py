# ruff: noqa: E501 - one pattern, one line: cut in pieces it is harder to read
"""Lists of a flow (default values, choices, values of a loop): what joins, what leaves, what takes a place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from copilot.plan import target
from copilot.plan.render import snake
from copilot.planner.rules.coverage import stem
from copilot.planner.rules.edit.state import Changing, dotted, note, plain
from engine.model.json import Json
from engine.source.document import Path

_ITEM = r"(?:⟦\d+⟧|(?!(?:the|an?|it|also|and|or|to|in)\b)[\w.-]*\w)"
_ITEMS = rf"(?P<items>{_ITEM}(?:\s*(?:,\s*(?:and\s+|or\s+)?|\s+and\s+|\s+or\s+){_ITEM})*)"
_LIST = r"(?:the\s+|our\s+|its\s+)?(?:list\s+(?:of\s+)?(?:the\s+)?)?(?P<list>[\w-]+(?:\s+[\w-]+){0,3}?)"
_JOIN = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^(?:add|append|include|put|allow|offer|accept|take)\s+(?:also\s+)?(?:the\s+)?(?:new\s+)?(?:\w+\s+)??{_ITEMS}\s+(?:to|in|into|on|among|as an? (?:\w+ )?(?:option|choice|value) (?:to|of|for|in)|for)\s+{_LIST}$",
        rf"^{_ITEMS}\s+(?:should|must|has to|have to|needs? to|ought to)\s+(?:also\s+)?(?:be|go|stand|appear|come|belong)\s+(?:also\s+)?(?:in|into|on|among|to|part of|one of)\s+{_LIST}$",
        rf"^{_ITEMS}\s+(?:is|are)\s+(?:still\s+)?missing\s+(?:in|from|on|among)\s+{_LIST}$",
        rf"^{_ITEMS}\s+(?:belongs?|goes?)\s+(?:in|into|on|to|among)\s+{_LIST}$",
        rf"^{_LIST}\s+(?:should|must|has to|have to|needs? to)\s+(?:also\s+)?(?:include|contain|have|offer|list|know)\s+(?:also\s+)?{_ITEMS}$",
        rf"^{_LIST}\s+(?:also\s+)?(?:needs?|lacks?|misses)\s+{_ITEMS}$",
    )
)
_ALSO = re.compile(
    rf"^(?:also\s+)?(?:do|process|load|fetch|handle|take|include|add|ask|get|run(?: it)? for)\s+(?:the\s+)?{_ITEMS}$",
    re.IGNORECASE,
)
_LEAVE = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^(?:remove|delete|drop|take|leave|kick|strike|throw|cut)\s+(?:out\s+)?(?:the\s+)?(?:\w+\s+)??{_ITEMS}\s+(?:out\s+|away\s+)?(?:from|of|off(?:\s+of)?|out of|in)\s+{_LIST}$",
        rf"^{_ITEMS}\s+(?:should|must)\s+(?:not|no longer)\s+be\s+(?:in|on|among|part of|one of)\s+{_LIST}$",
        rf"^{_ITEMS}\s+(?:is|are)\s+(?:not|no longer)\s+(?:in|on|among|part of|one of)\s+{_LIST}$",
    )
)
_WITHOUT = re.compile(
    rf"^(?:remove|drop|skip|leave out|take out|forget|no more|without|omit|exclude|stop doing)\s+(?:the\s+)?{_ITEMS}(?:\s+(?P<noun>[\w-]+))?$",
    re.IGNORECASE,
)
_PLACE = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^(?:use|take|do|load|have|put|process|ask for|fetch|make it)\s+(?:the\s+)?(?P<new>{_ITEM})\s+(?:instead of|rather than|in place of|not)\s+(?P<old>{_ITEM})$",
        rf"^(?:replace|swap|exchange|change|switch)\s+(?:the\s+)?(?P<old>{_ITEM})\s+(?:by|with|for|to|into)\s+(?P<new>{_ITEM})(?:\s+in\s+(?:the\s+)?[\w ]+)?$",
        rf"^(?P<new>{_ITEM})\s+(?:instead of|rather than|in place of)\s+(?P<old>{_ITEM})$",
        rf"^(?P<new>{_ITEM})\s+(?:should\s+)?(?:replaces?|takes? the place of)\s+(?P<old>{_ITEM})$",
    )
)
_WHOLE = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^{_LIST}\s+(?:are|is|should be|must be|have to be|will be)\s+(?:now\s+|from now on\s+)?(?:only\s+|just\s+)?{_ITEMS}(?:\s+(?:now|from now on|only))?$",
        rf"^(?:set|change)\s+{_LIST}\s+to\s+(?:be\s+)?{_ITEMS}$",
    )
)


@dataclass(frozen=True, slots=True)
class _List:
    """A list of plain values of the flow, with the words it goes by."""

    path: Path
    items: list[Json]
    names: frozenset[str]
    what: str


def membership(clause: str, state: Changing) -> bool:
    """Read `Lisbon should be in the default list too`, `drop Rome`, `fhv is missing in the taxi choices`."""
    lists = list(_lists(state))
    if not lists:
        return False
    for pattern in _JOIN:
        if (match := pattern.match(clause)) and (one := _named(match["list"], lists, state)):
            return _join(one, match["items"], clause, state)
    for pattern in _LEAVE:
        if (match := pattern.match(clause)) and (one := _named(match["list"], lists, state)):
            return _leave(one, match["items"], clause, state)
    if match := _WITHOUT.match(clause):
        items = _split(match["items"], state)
        holding = [one for one in lists if all(item in map(str, one.items) for item in items)]
        noun = (match["noun"] or "").lower()
        if len(holding) == 1 and (not noun or stem(noun) in holding[0].names | _GENERIC):
            return _leave(holding[0], match["items"], clause, state)
    for pattern in _PLACE:
        if (match := pattern.match(clause)) and (done := _place(match, lists, clause, state)):
            return done
    for pattern in _WHOLE:
        match = pattern.match(clause)
        if (
            match
            and len(items := _split(match["items"], state)) > 1
            and (one := _named(match["list"], lists, state))
        ):
            return note(
                state, clause, op="set", path=dotted(one.path), value=[_typed(item, one) for item in items]
            )
    if state.also and (match := _ALSO.match(clause)):
        return _also(match["items"], lists, clause, state)
    return False


_GENERIC = frozenset(
    stem(word) for word in ("value", "item", "entry", "one", "option", "choice", "too", "anymore")
)


def _also(said: str, lists: list[_List], clause: str, state: Changing) -> bool:
    """A name of the same shape joins the only list of such names."""
    items = _split(said, state)
    known = {
        word for task in target.tasks_of(state.data) for word in re.findall(r"[a-z]+", task[1]["id"].lower())
    }
    if any(item.lower() in known for item in items):
        return False
    alike = [
        one for one in lists if one.items and all(_shape(item) == _shape(str(one.items[0])) for item in items)
    ]
    alike = [one for one in alike if one.path[0] == "inputs" or one.path[-1] == "values"]
    return (
        len(alike) == 1
        and all(_shape(item) != "word" for item in items)
        and _join(alike[0], said, clause, state)
    )


def _shape(text: str) -> str:
    return (
        "number" if re.fullmatch(r"-?\d+(?:\.\d+)?", text)
        else "Name" if re.fullmatch(r"[A-Z][a-z]+", text)
        else "CODE" if re.fullmatch(r"[A-Z]{2,5}", text)
        else "mixed" if re.search(r"[\d_-]", text)
        else "word"
    )  # fmt: skip


def _lists(state: Changing) -> Iterator[_List]:
    for number, item in enumerate(state.data.get("inputs") or ()):
        names = {stem(word) for word in snake(str(item.get("id"))).split("_")} | {stem(str(item.get("id")))}
        if isinstance(item.get("values"), list):
            more = {"choic", "option", "dropdown", "select", "valu", "list", "input", "allowed"}
            yield _List(
                ("inputs", number, "values"),
                item["values"],
                frozenset(names | {stem(one) for one in more} | more),
                "choices",
            )
        if isinstance(item.get("defaults"), list):
            more = {"default", "defaults", "list", "input", "value", "standard"}
            yield _List(
                ("inputs", number, "defaults"),
                item["defaults"],
                frozenset(names | {stem(one) for one in more}),
                "default",
            )
    for name, value in (state.data.get("variables") or {}).items():
        if isinstance(value, list):
            yield _List(
                ("variables", name),
                value,
                frozenset({stem(word) for word in snake(name).split("_")} | {stem("list"), stem("variable")}),
                "",
            )
    for path, task in target.tasks_of(state.data):
        if isinstance(task.get("values"), list):
            words = {stem(word) for word in snake(task["id"]).split("_")} - {
                stem("each"),
                stem("for"),
                stem("per"),
            }
            yield _List(
                (*path, "values"),
                task["values"],
                frozenset(words | {stem(one) for one in ("loop", "list", "value", "iteration")}),
                "loop",
            )
        for key in ("outputFiles", "dependencies"):
            if isinstance(task.get(key), list):
                words = {stem(word) for word in snake(task["id"]).split("_")} | {
                    stem(word) for word in snake(key).split("_")
                }
                yield _List((*path, key), task[key], frozenset(words), key)


def _named(said: str, lists: list[_List], state: Changing) -> _List | None:
    """Return the list some words name: the one that answers to all of them."""
    words = {
        stem(word) for word in re.findall(r"[a-z]+", plain(said, state.masked).replace("_", " ").lower())
    }
    words -= {
        stem(word)
        for word in ("the", "our", "of", "input", "parameter", "for", "a", "in", "too", "as", "well")
    } | {"the", "of"}
    found = [one for one in lists if words and words <= one.names]
    if len(found) > 1:
        ids = [
            one
            for one in found
            if words - {stem(w) for w in ("default", "list", "value", "choice", "option")}
        ]
        found = ids if len(ids) == 1 else found
    if len(found) > 1:
        state.vague[said] = [
            str(target.get(state.data, (*one.path[:-1], "id")) or one.path[-1]) for one in found
        ]
    return found[0] if len(found) == 1 else None


def _split(said: str, state: Changing) -> list[str]:
    parts = re.split(r"\s*(?:,\s*(?:and\s+|or\s+)?|\s+and\s+|\s+or\s+)\s*", said)
    return [plain(part, state.masked) for part in parts if part.strip()]


def _typed(item: str, one: _List) -> Json:
    numbers = bool(one.items) and all(
        isinstance(kept, int) and not isinstance(kept, bool) for kept in one.items
    )
    return int(item) if numbers and re.fullmatch(r"-?\d+", item) else item


def _join(one: _List, said: str, clause: str, state: Changing) -> bool:
    items = [_typed(item, one) for item in _split(said, state)]
    if any(item in one.items for item in items):
        return False
    return note(state, clause, op="set", path=dotted(one.path), value=[*one.items, *items])


def _leave(one: _List, said: str, clause: str, state: Changing) -> bool:
    gone = _split(said, state)
    kept = [item for item in one.items if str(item) not in gone]
    if len(kept) != len(one.items) - len(gone) or not kept:
        return False
    default = target.get(state.data, (*one.path[:-1], "defaults")) if one.path[-1] == "values" else None
    if str(default) in gone:
        state.edit.open.append(
            f"{state.masked.unmask(clause)} (the default is '{default}': which one shall it be?)"
        )
    return note(state, clause, op="set", path=dotted(one.path), value=kept)


def _place(match: re.Match[str], lists: list[_List], clause: str, state: Changing) -> bool:
    old, new = plain(match["old"], state.masked), plain(match["new"], state.masked)
    holding = [one for one in lists if old in map(str, one.items) and new not in map(str, one.items)]
    if len(holding) != 1:
        return False
    one = holding[0]
    value = [_typed(new, one) if str(item) == old else item for item in one.items]
    if one.path[-1] == "values" and str(target.get(state.data, (*one.path[:-1], "defaults"))) == old:
        note(state, clause, op="set", path=dotted((*one.path[:-1], "defaults")), value=new)
    return note(state, clause, op="set", path=dotted(one.path), value=value)
