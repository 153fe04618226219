"""Take passwords, tokens and other values out of a flow's text: into secrets or the key-value store."""

from __future__ import annotations

import re
from collections.abc import Iterator

from copilot.plan.render import snake
from copilot.planner.rules.edit.state import ID, Changing, dotted, note, plain
from copilot.planner.rules.word import singular
from engine.model.json import Json
from engine.source.document import Path

_WHAT = r"(?:the\s+|all\s+(?:the\s+)?|my\s+|our\s+|that\s+|any\s+)?(?P<what>[\w⟦⟧-]+(?:[ -][\w⟦⟧-]+){0,4}?)"
_CALLED = rf"(?:\s+(?:called|named)?\s*(?P<name>{ID}))?"
_KV = r"(?:the\s+)?(?:kv|key[- ]value)(?:\s+(?:store|pair))?"
_KEY = rf"(?:\s*,?\s*(?:under|with|at)?\s*(?:the\s+)?(?:key|name)\s+(?P<name>{ID}))?"
_FROM_KV = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^(?:get|read|take|load|fetch)\s+{_WHAT}\s+(?:from|out of)\s+{_KV}{_KEY}$",
        rf"^(?:put|move|store|keep)\s+{_WHAT}\s+(?:in|into)\s+{_KV}{_KEY}$",
        rf"^{_WHAT}\s+(?:should|must|has to|needs to)\s+(?:come|be read|be taken)\s+from\s+{_KV}{_KEY}$",
    )
)
_ORDERS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        (
            rf"^(?:take|get|keep|move|pull|put|remove)\s+{_WHAT}\s+out\s+of\s+(?:the\s+|this\s+|my\s+)?"
            rf"(?:flow|yaml|file|code|text)$"
        ),
        (
            rf"^(?:put|move|store|keep|hide|turn|make|change|convert)\s+{_WHAT}\s+(?:in|into|to|as|behind)\s+"
            rf"(?:an?\s+|the\s+)?secrets?{_CALLED}$"
        ),
        (
            rf"^(?:get|read|take|load|fetch|use)\s+{_WHAT}\s+from\s+(?:an?\s+"
            rf"|the\s+)?(?:secrets?(?:\s+store)?|vault)"
            rf"{_CALLED}(?:\s*,?\s*(?:rather than|instead of|not)\s.+)?$"
        ),
        rf"^use\s+(?:an?\s+|the\s+)?secret{_CALLED}\s+(?:for|as)\s+{_WHAT}$",
        rf"^(?:replace|swap)\s+{_WHAT}\s+(?:with|by|for)\s+(?:an?\s+|the\s+)?secret{_CALLED}$",
        (
            r"^(?:do not|don't|never|stop)\s+(?:hard-?\s?cod(?:e|ing)|writ(?:e|ing) down|show(?:ing)?)"
            rf"\s+{_WHAT}"
            rf"(?:\s+in\s+(?:the\s+)?(?:flow|yaml|text))?$"
        ),
        (
            rf"^{_WHAT}\s+(?:should|must|has to|needs to)\s+(?:be|come from|become)\s+(?:an?\s+"
            rf"|the\s+)?secrets?{_CALLED}$"
        ),
        rf"^(?:make)\s+{_WHAT}\s+(?:an?\s+)?secrets?{_CALLED}$",
        rf"^hide\s+{_WHAT}$",
    )
)
_SECRET_NAME = re.compile(
    r"password|passwd|pwd|token|secret|api_?key|access_?key|private_?key|credential", re.I
)
_ANY = frozenset(("credentials", "credential", "secrets", "secret", "passwords", "everything_secret"))


def secret(clause: str, state: Changing) -> bool:
    """Read `take the password out of the flow`, `get the api key from a secret`."""
    match = next((order for pattern in _ORDERS if (order := pattern.match(clause))), None)
    stored = next((order for pattern in _FROM_KV if (order := pattern.match(clause))), None)
    if stored is not None:
        return _from_store(stored, clause, state)
    if match is None:
        return False
    told = plain(match["what"], state.masked)
    what = snake(told)
    found = [
        (path, value)
        for path, value in _texts(state.data, ())
        if value == told and path[-1] not in ("id", "type")
    ]
    found = found or [(path, value) for path, value in _texts(state.data, ()) if _is_meant(what, path, value)]
    if not found:
        return False
    values = {value for _, value in found}
    name = match.groupdict().get("name")
    for path, _ in found:
        chosen = plain(name, state.masked).upper() if name and len(values) == 1 else _name_of(path, state)
        text = f"{{{{ secret('{snake(chosen).upper()}') }}}}"
        note(state, clause, op="set", path=dotted(path), value=text)
        _tell(snake(chosen).upper(), state)
    return True


def _from_store(match: re.Match[str], clause: str, state: Changing) -> bool:
    """Read a value from the key-value store; a secret in the text belongs into a secret."""
    what = snake(plain(match["what"], state.masked))
    found = [
        (path, value)
        for path, value in _texts(state.data, ())
        if _is_meant(what, path, value) and not _SECRET_NAME.search(snake(str(path[-1])))
    ]
    if len(found) != 1:
        return False
    path, value = found[0]
    key = plain(match["name"], state.masked) if match["name"] else snake(str(path[-1])).upper()
    state.edit.notes.append(
        f"Set the key {key} in the key-value store of the namespace first; its value here was '{value}'."
    )
    return note(state, clause, op="set", path=dotted(path), value=f"{{{{ kv('{key}') }}}}")


def _tell(name: str, state: Changing) -> None:
    state.edit.notes.append(
        f"Set the secret {name} (environment variable SECRET_{name}, base64) before the next run."
        f" The old value "
        "stands in earlier versions of the flow: change it where it is used."
    )


def _texts(value: Json, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, (*path, str(key)))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _texts(item, (*path, number))
    elif isinstance(value, str) and value and "secret(" not in value and path and isinstance(path[-1], str):
        yield path, value


def _is_meant(what: str, path: Path, value: str) -> bool:
    """Whether the words name the key, all its words (`api key` for `X-Api-Key`), of a value written down."""
    key = snake(re.sub(r"[^A-Za-z0-9]+", "_", str(path[-1])))
    if "{{" in value or path[-1] in ("id", "type"):
        return False
    if what in _ANY:
        return _SECRET_NAME.search(key) is not None
    words = {singular(word) for word in what.split("_")} - {"of", "the", "for", "in", "hard", "coded"}
    named = {singular(word) for word in key.split("_")}
    near = {singular(word) for step in path[:-1] for word in snake(str(step)).split("_")}
    return (
        bool(words & named)
        and words <= named | near | {"database", "db", "postgres", "value"}
        and (_SECRET_NAME.search(key) is not None or words >= named - {"x"})
    )


def _name_of(path: Path, state: Changing) -> str:
    """Name a secret after its key, and after the system it belongs to where the key says too little."""
    key = re.sub(r"^x_", "", snake(re.sub(r"[^A-Za-z0-9]+", "_", str(path[-1]))))
    if "_" in key:
        return key
    holder: Json = state.data
    family = ""
    for step in path[:-1]:
        holder = holder[step]
        if isinstance(holder, dict) and isinstance(holder.get("type"), str):
            family = holder["type"].removeprefix("io.kestra.plugin.")
    parts = [part for part in family.split(".") if part not in ("core", "jdbc", "scripts")]
    return f"{'postgres' if parts[:1] == ['postgresql'] else snake(parts[0])}_{key}" if parts else key
