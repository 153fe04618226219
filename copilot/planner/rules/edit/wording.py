"""Values said in other ways than `set x to y`: what it should be, instead of what, at which level."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from enum import Enum
from typing import Any, get_args

from copilot.plan import target
from copilot.plan.render import snake
from copilot.planner.rules.edit.state import ID, Changing, dotted, note, plain, set_on
from copilot.planner.rules.edit.value import fitting, property_path
from copilot.planner.rules.word import find_duration
from engine.model.json import Json
from engine.source.document import Path

_LEVELS = {
    "trace": "TRACE",
    "debug": "DEBUG",
    "info": "INFO",
    "information": "INFO",
    "warning": "WARN",
    "warn": "WARN",
    "error": "ERROR",
}
_LEVEL = "|".join(sorted(_LEVELS, key=len, reverse=True))
_LEVELLED = (
    re.compile(
        rf"^(?:make|turn|let|change)\s+(?P<task>.+?)\s+(?:into\s+|to\s+|be\s+)?(?:an?\s+)?(?P<level>{_LEVEL})"
        r"(?:\s+(?:message|log|level|entry))?$",
        re.IGNORECASE,
    ),
    re.compile(
        rf"^(?:log|print|write|show|send|report)\s+(?P<task>.+?)\s+(?:at|as|on|with)\s+(?:an?\s+"
        rf"|the\s+)?(?:level\s+)?"
        rf"(?P<level>{_LEVEL})(?:\s+level)?(?:\s*,?\s*(?:not|rather than|instead of)\b.*)?$",
        re.IGNORECASE,
    ),
    re.compile(
        rf"^(?P<task>.+?)\s+(?:should|must)\s+(?:be|log|be logged)\s+(?:at\s+|as\s+"
        rf"|on\s+)?(?:an?\s+)?(?:level\s+)?"
        rf"(?P<level>{_LEVEL})(?:\s+(?:message|log|level))?$",
        re.IGNORECASE,
    ),
)


def level(clause: str, state: Changing) -> bool:
    """Read `make the report a warning`, `log the rows at info rather than debug`."""
    match = next((found for pattern in _LEVELLED if (found := pattern.match(clause))), None)
    if match is None or state.masked.inside(match["task"]):
        return False
    logs = [
        (task["id"], path, task)
        for path, task in target.tasks_of(state.data)
        if "level" in task or _is_log(task)
    ]
    owner = state.task(match["task"])
    if owner is None or owner[0] not in [name for name, _, _ in logs]:
        words = set(snake(match["task"]).split("_")) - {"the", "a"}
        said = [
            item
            for item in logs
            if words & set(re.findall(r"[a-z]+", str(item[2].get("message", "")).lower()))
        ]
        if len(said) != 1:
            return False
        owner = (said[0][0], said[0][1])
    return set_on(state, clause, owner[0], "level", _LEVELS[match["level"].lower()])


_SAYS = re.compile(
    rf"^make\s+(?:the\s+)?(?P<task>[\w-]+)\s+(?:log|say|print)\s+(?P<text>⟦\d+⟧)\s+(?:as|at)\s+(?:an?\s+)?"
    rf"(?P<level>{_LEVEL})(?:\s+(?:level|message))?$",
    re.IGNORECASE,
)
_SAY = re.compile(r"^(?:say|log|print|write|return)\s+(?P<text>⟦\d+⟧)(?:\s+instead)?$", re.IGNORECASE)


def says(clause: str, state: Changing) -> bool:
    """Read `make done log "x" as a warning`, `in the alarm say "x"`: the message of a task that is named."""
    match = _SAYS.match(clause)
    said = match or (_SAY.match(clause) if state.focus else None)
    if said is None:
        return False
    owner = state.task(match["task"] if match else state.focus)
    if owner is None or "message" not in (target.get(state.data, owner[1]) or {}):
        return False
    set_on(state, clause, owner[0], "message", plain(said["text"], state.masked))
    return match is None or set_on(state, clause, owner[0], "level", _LEVELS[match["level"].lower()])


def _is_log(task: dict[str, Json]) -> bool:
    return str(task["type"]).endswith(".log.Log")


_DEFAULT = re.compile(
    rf"(?:the\s+)?default(?:s|\s+value)?\s+(?:(?:of|for)\s+)?(?:the\s+)?(?:input\s+)?"
    rf"(?P<name>{ID})(?:\s+input)?\s+"
    r"(?:(?:should|must|has to)\s+be|is|=|to be|to)?\s*(?P<value>⟦\d+⟧|[\w.:/-]+)",
    re.IGNORECASE,
)
_NAME_DEFAULTS = re.compile(
    rf"^(?:let\s+)?(?:the\s+)?(?:input\s+)?(?P<name>{ID})(?:\s+input)?\s+(?:should"
    rf"\s+)?defaults?\s+(?:to|be)\s+"
    r"(?P<value>⟦\d+⟧|[\w.:/-]+)$",
    re.IGNORECASE,
)


def default(clause: str, state: Changing) -> bool:
    """Read `default month should be 02 and default taxi yellow`, `month should default to 02`."""
    known = {str(item.get("id")): item for item in state.data.get("inputs") or ()}
    found = list(_DEFAULT.finditer(clause)) or [item for item in [_NAME_DEFAULTS.match(clause)] if item]
    rest = _DEFAULT.sub(" ", clause) if len(found) > 1 or not _NAME_DEFAULTS.match(clause) else ""
    names = [snake(plain(match["name"], state.masked)) for match in found]
    if (
        not found
        or not all(name in known for name in names)
        or re.sub(r"\b(?:and|the|set|make|change)\b|[\s,]", "", rest)
    ):
        return False
    for name, match in zip(names, found, strict=True):
        said = plain(match["value"], state.masked)
        typed = str(known[name].get("type", "STRING")).upper()
        value: Json = int(said) if typed == "INT" and re.fullmatch(r"-?\d+", said) else said
        if typed in ("BOOL", "BOOLEAN") and said.lower() in ("true", "false"):
            value = said.lower() == "true"
        note(state, clause, op="set", kind="input", target=name, path="defaults", value=value)
    return True


_INSTEAD = (
    re.compile(r"^(?P<head>.*?)\b(?P<new>⟦\d+⟧|[^\s,]+(?:\s+[^\s,]+)?)\s*,?\s+(?:instead of|rather than"
    r"|in place of)\s+"
               r"(?:the\s+|just\s+)?(?P<old>⟦\d+⟧|[\w.:/@-]+(?:\s+(?!(?:in|for"
               r"|on)\s)[\w.:/@-]+)?)(?:\s+(?:in|for|on)\s+(?P<task>(?:the\s+)?[\w-]+))?$", re.I),
    re.compile(r"^(?:replace|swap|exchange|substitute|change)\s+(?:the\s+)?"
               r"(?P<old>⟦\d+⟧|[\w.:/@-]+(?:\s+(?!to\b|with\b|by\b)[\w-]+)?)"
               r"\s+(?:with|by|to|for|into)\s+(?P<new>⟦\d+⟧|[\w.:/@-]+(?:\s+[\w-]+)?)(?P<head>)$", re.I),
)  # fmt: skip


def instead(clause: str, state: Changing) -> bool:
    """Read `wait 1 minute instead of 10 seconds`, `replace DE by FR`: a value that stands there once."""
    if (done := _quoted(clause, state)) is not None:
        return done
    if _same_scheme(clause, state):
        return True
    for pattern in _INSTEAD:
        match = pattern.match(clause)
        for new, old in _readings(match, state) if match else ():
            found = list(_holding(old, state))
            said = f"{match['head']} {match.groupdict().get('task') or ''}" if match else ""
            named = [item for item in found if _named_in(item, said, state)]
            if len(found) > 1 and len(named) == 1:
                found = named
            if len(found) > 1:
                state.vague[old] = [str(name) for name, _, _ in found]
                return False
            if found:
                _, path, text = found[0]
                if "://" in new and "://" not in old and text != old:
                    return False  # an address for a part of one: what is to be replaced is not clear
                value = new if text == old else text.replace(old, new)
                return note(state, clause, op="set", path=dotted(path), value=value)
    return False


def _same_scheme(clause: str, state: Changing) -> bool:
    """Read `store it under gs://b/x instead`: the one address of the same scheme gives way."""
    literals = state.masked.inside(clause)
    heads = [re.match(r"[a-z0-9]+://", literal.value) for literal in literals]
    if len(literals) != 1 or heads[0] is None or not re.search(r"\binstead$|\bnow$", clause, re.IGNORECASE):
        return False
    scheme = heads[0][0]
    found = [
        path
        for path, value in _scalars(state.data, ())
        if isinstance(value, str) and value.startswith(scheme) and path[0] != "triggers"
    ]
    return len(found) == 1 and note(state, clause, op="set", path=dotted(found[0]), value=literals[0].value)


_EVERYWHERE = re.compile(
    r"^(?:rename|replace|change|swap)\s+(?:all\s+|every\s+)?(?P<old>⟦\d+⟧|[\w.:/@-]+)\s+(?:to"
    r"|with|by|into)\s+(?P<new>⟦\d+⟧|[\w.:/@-]+)\s+"
    r"(?:everywhere|in the whole flow|throughout|in all (?:tasks|places))$",
    re.IGNORECASE,
)


def everywhere(clause: str, state: Changing) -> bool:
    """Read `replace trips with rides everywhere`: each place where the word stands by itself."""
    match = _EVERYWHERE.match(clause)
    if match is None:
        return False
    old, new = plain(match["old"], state.masked), plain(match["new"], state.masked)
    whole = re.compile(rf"(?<![A-Za-z0-9_]){re.escape(old)}(?![A-Za-z0-9_])")
    found = False
    for path, value in _scalars(state.data, ()):
        if path[-1] in ("id", "type", "namespace") or not isinstance(value, str):
            continue
        pieces = re.split(r"(\{\{.*?\}\})", value, flags=re.DOTALL)
        text = "".join(
            piece if piece.startswith("{{") else whole.sub(lambda _: new, piece) for piece in pieces
        )
        if text != value:
            found = note(state, clause, op="set", path=dotted(path), value=text)
    return found


_QUOTED = re.compile(
    r"^(?P<head>[^⟦]*⟦(?P<new>\d+)⟧[^⟦]*?)\s*,?\s+(?:instead of|rather than"
    r"|in place of)\s+⟦(?P<old>\d+)⟧$",
    re.IGNORECASE,
)


def _quoted(clause: str, state: Changing) -> bool | None:
    """Read `say "a" at the end instead of "b"`: the new text, the old text, whatever stands between them."""
    match = _QUOTED.match(clause)
    if match is None:
        return None
    new, old = (state.masked.literals[int(match[name])].value for name in ("new", "old"))
    found = [(path, text) for _, path, text in _holding(old, state)]
    if len(found) != 1:
        return None
    path, text = found[0]
    return note(
        state, clause, op="set", path=dotted(path), value=new if text == old else text.replace(old, new)
    )


def _readings(match: re.Match[str], state: Changing) -> Iterator[tuple[str, str]]:
    """Yield what new and old may be, the longest words first; lengths of time as a flow writes them."""
    new, old = plain(match["new"], state.masked), plain(match["old"], state.masked)
    first, second = find_duration(new), find_duration(old)
    if first and second:
        yield first.iso, second.iso
        return
    if len(new.split()) > len(old.split()):
        new = " ".join(new.split()[-len(old.split()) :])
    yield new, old
    yield new.split()[-1], old.split()[-1]
    if old.lower() in _LEVELS and new.split()[-1].lower() in _LEVELS:
        yield _LEVELS[new.split()[-1].lower()], _LEVELS[old.lower()]


def _holding(old: str, state: Changing) -> Iterator[tuple[str, Path, str]]:
    """Yield the values that are, or as a word of its own hold, what was said; not templates, not ids."""
    if not old or len(old) < 2:
        return
    whole = re.compile(rf"(?<![A-Za-z0-9_]){re.escape(old)}(?![A-Za-z0-9_])")
    telling = re.search(r"[\d./:@_-]|^[A-Z]", old) is not None  # a plain word inside a text may mean anything
    for path, value in _scalars(state.data, ()):
        if path[-1] in ("id", "type", "namespace") or not isinstance(value, str):
            continue
        bare = re.sub(r"\{\{.*?\}\}", lambda m: " " * len(m[0]), value, flags=re.DOTALL)
        if value == old or (telling and len(whole.findall(bare)) == 1):
            owner = next(
                (
                    task["id"]
                    for at, task in reversed(list(target.tasks_of(state.data)))
                    if path[: len(at)] == at
                ),
                "",
            )
            yield owner or str(path[0]), path, value


def _scalars(value: Json, path: Path) -> Iterator[tuple[Path, Json]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _scalars(item, (*path, str(key)))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _scalars(item, (*path, number))
    else:
        yield path, value


def _named_in(item: tuple[str, Path, str], head: str, state: Changing) -> bool:
    return bool(re.search(rf"\b{re.escape(item[0])}\b", head))


_SHOULD = re.compile(
    r"^(?:the\s+)?(?P<task>[\w-]+(?:\s+(?:task|step))?)\s+(?:should|must|has to"
    r"|needs to)\s+(?:use|be|have|go|write|load|read"
    r"|run|log|say|send|upload|insert|save|store|point)\b\s*(?P<rest>.+)$",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"^(?:run|execute|let|make|have|load|write|read|send|upload|insert|save|store|use|do|start"
    r"|call|point|query|wait|put)\s+"
    r"(?P<rest>.+)$",
    re.IGNORECASE,
)
_USED = re.compile(
    r"^(?:use|take|with)\s+(?:the\s+|an?\s+)?(?P<prop>[A-Za-z]\w*(?:\s[a-z]+)?)\s+(?P<value>⟦"
    r"\d+⟧|[\w.:/@{}*-]+)\s+(?:in|for|on|with)\s+"
    r"(?P<task>(?:the\s+)?[\w-]+(?:\s+(?:task|step))?)$",
    re.IGNORECASE,
)
_PAIR = re.compile(
    r"(?:^|\s)(?:in|into|to|from|with|at|on|using|against|the|an?|as)?\s*(?:the\s+"
    r"|an?\s+)?(?P<prop>[A-Za-z]\w*(?:\s[a-z]+)?)\s*"
    r"(?:to|of|=|:|called|named|as|is)?\s+(?P<value>⟦\d+⟧|[\w.:/@{}*-]+)$"
)


def should(clause: str, state: Changing) -> bool:
    """Read `the load should go into the table green_trips`, `run clean in the image python:3.12`."""
    said = _SHOULD.match(clause)
    if said is not None:
        owner = state.task(said["task"])
        pair = _PAIR.search(said["rest"])
        return owner is not None and pair is not None and _set_pair(clause, owner, pair, state)
    used = _USED.match(clause)
    owner = state.task(used["task"]) if used else None
    if used is not None and owner is not None and _set_pair(clause, owner, used, state):
        return True
    order = _ORDER.match(clause)
    pair = _PAIR.search(order["rest"]) if order else None
    if order is None or pair is None:
        return False
    before = order["rest"][: pair.start()].strip()
    head = re.fullmatch(r"(?:the\s+)?(?P<id>[\w-]+)(?:\s+(?:task|step))?", before)
    did = snake(
        re.sub(r"\b(?:the|all|our)\b", " ", f"{clause.split()[0]} {before}")
    )  # `load the products` is load_products
    doer = next(
        ((task["id"], path) for path, task in target.tasks_of(state.data) if snake(task["id"]) == did), None
    )
    if doer is not None:
        return _set_pair(clause, doer, pair, state)
    owner = state.task(head["id"]) if head else None
    return (
        owner is not None
        and head is not None
        and owner[0] == head["id"]
        and _set_pair(clause, owner, pair, state)
    )


def _set_pair(clause: str, owner: tuple[str, Path], pair: re.Match[str], state: Changing) -> bool:
    for words in dict.fromkeys((pair["prop"], pair["prop"].split()[0], pair["prop"].split()[-1])):
        inner = property_path(words, owner[1], state)
        if inner:
            old = target.get(state.data, (*owner[1], *inner))
            if isinstance(old, dict):
                return False
            return set_on(state, clause, owner[0], dotted(inner), fitting(pair["value"], old, inner, state))
    return False


_APPEND = re.compile(
    r"^(?:add|append|include)\s+(?:the\s+|an?\s+)?(?:(?:command|line|package|dependency|value"
    r"|item|file)\s+)?(?P<value>⟦\d+⟧|[\w.=<>-]+)\s+"
    r"(?:to|as an?)\s+(?:the\s+)?(?P<prop>[\w.]+)(?:\s+(?:of|in)\s+(?P<task>.+))?$",
    re.IGNORECASE,
)
_ALSO = re.compile(
    r"^(?P<verb>print|log|echo|output|run|execute)\s+(?P<text>⟦\d+⟧)\s+(?:in|inside"
    r"|at the end of|within)\s+(?:the\s+)?"
    r"(?P<task>.+?)(?:\s+(?:script|task|step|commands?))?$",
    re.IGNORECASE,
)


def append(clause: str, state: Changing) -> bool:
    """Read `add pandas to the dependencies of x`, `print "hi" in the Python script as well`."""
    match = _APPEND.match(clause)
    if match is not None:
        owners = [state.task(match["task"])] if match["task"] else [_only_with(match["prop"], state)]
        if owners[0] is None:
            return False
        name, path = owners[0]
        inner = property_path(match["prop"], path, state)
        old = target.get(state.data, (*path, *inner)) if inner else None
        if not inner or not (old is None or isinstance(old, list)) or not _is_list(inner, path, state):
            return False
        value = plain(match["value"], state.masked)
        return set_on(state, clause, name, dotted(inner), [*(old or []), value])
    return _append_line(clause, state)


def _append_line(clause: str, state: Changing) -> bool:
    match = _ALSO.match(clause)
    owner = state.task(match["task"]) if match else None
    if match is None or owner is None:
        return False
    task = target.get(state.data, owner[1]) or {}
    text = plain(match["text"], state.masked)
    runs = match["verb"].lower() in ("run", "execute")
    if isinstance(task.get("commands"), list):
        line = text if runs else f"echo {json.dumps(text)}"
        return set_on(state, clause, owner[0], "commands", [*task["commands"], line])
    if not isinstance(task.get("script"), str):
        return False
    family = str(task.get("type")).split(".")[-2]
    written = {
        "python": f"print({json.dumps(text, ensure_ascii=False)})",
        "shell": f"echo {json.dumps(text)}",
    }.get(family)
    line = text if runs else written or ""
    old = task["script"]
    return bool(line) and set_on(state, clause, owner[0], "script", f"{old.rstrip()}\n{line}\n")


def _only_with(prop: str, state: Changing) -> tuple[str, Path] | None:
    having = [
        (task["id"], path) for path, task in target.tasks_of(state.data) if isinstance(task.get(prop), list)
    ]
    return having[0] if len(having) == 1 else None


def _is_list(inner: Path, path: Path, state: Changing) -> bool:
    task = target.get(state.data, path) or {}
    if isinstance(target.get(task, inner), list):
        return True
    plugin = state.types.find(str(task.get("type", "")))
    fields = plugin.model_fields.items() if plugin else ()
    return any(
        "list[" in str(field.annotation) for name, field in fields if (field.alias or name) == inner[-1]
    )


_FETCH = re.compile(
    r"^(?:(?P<task>.+?)(?:'s|’s)?\s+(?:should|must|has to)\s+)?(?:fetch|return|get|give|store"
    r"|keep)\s+(?:only\s+)?"
    r"(?P<how>all(?: the)?|every|the first|one|a single|no|the)\s+(?:rows?|records?"
    r"|results?)(?:\s+(?:of|from|in)\s+(?P<task2>.+?))?"
    r"(?:\s*,?\s+(?:instead of|rather than|not)\s.+)?$",
    re.IGNORECASE,
)


def fetch(clause: str, state: Changing) -> bool:
    """Read `fetch all rows of x`, `x should store the rows`: how much of a query's result is given on."""
    match = _FETCH.match(clause)
    if match is None:
        return False
    stored = bool(re.search(r"\b(?:store|keep)\b", clause[: match.end("how")], re.IGNORECASE))
    how = match["how"].lower()
    kind = (
        "NONE"
        if how == "no"
        else "FETCH_ONE"
        if how in ("the first", "one", "a single")
        else "STORE"
        if stored
        else "FETCH"
    )
    said = match["task"] or match["task2"]
    owner = state.task(said) if said else None
    if owner is None:
        having = [(task["id"], path) for path, task in target.tasks_of(state.data) if "fetchType" in task]
        last = [item for item in having if item[0] == state.last]
        focus = [item for item in having if item[0] == state.focus]
        found = focus or last or having
        owner = found[0] if len(found) == 1 else None
    return (
        owner is not None
        and bool(property_path("fetchType", owner[1], state))
        and set_on(state, clause, owner[0], "fetchType", kind)
    )


_CHOICE = (
    re.compile(r"^(?:make|let|have)\s+(?P<task>.+?)\s+(?:use|be|do|send)\s+(?:an?\s+"
    r"|the\s+)?(?P<value>\w+)(?:\s+(?:request|mode|method|format))?$", re.I),
    re.compile(r"^(?:use|do|send)\s+(?:an?\s+|the\s+)?(?P<value>\w+)(?:\s+(?:request|mode|method"
    r"|format))?\s+(?:in|for|on|with)\s+(?P<task>.+)$", re.I),
    re.compile(r"^(?P<task>.+?)\s+(?:should|must)\s+(?:use|be|do|send)\s+(?:an?\s+"
    r"|the\s+)?(?P<value>\w+)(?:\s+(?:request|mode|method|format))?$", re.I),
)  # fmt: skip


def choice(clause: str, state: Changing) -> bool:
    """Read `make fetch use POST`: a value only one property of the task can have."""
    for pattern in _CHOICE:
        match = pattern.match(clause)
        owner = state.task(match["task"]) if match else None
        if match is None or owner is None:
            continue
        task = target.get(state.data, owner[1]) or {}
        plugin = state.types.find(str(task.get("type", "")))
        fields = plugin.model_fields.items() if plugin else ()
        found = [
            (field.alias or name, option)
            for name, field in fields
            for option in _options(field.annotation)
            if option.lower() == match["value"].lower()
        ]
        if len(found) == 1:
            return set_on(state, clause, owner[0], found[0][0], found[0][1])
    return False


def _options(annotation: Any) -> list[str]:
    """Return the values a property may have, where they are few."""
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return [str(item.value) for item in annotation]
    found = [item for item in get_args(annotation) if isinstance(item, str)]
    return found + [
        option for item in get_args(annotation) if not isinstance(item, str) for option in _options(item)
    ]
