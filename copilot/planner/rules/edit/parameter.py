"""Turn values of a flow into inputs and variables, and let inputs be chosen from a list."""

from __future__ import annotations

import re
from collections.abc import Iterator

from copilot.plan import target
from copilot.plan.plan import InputPlan
from copilot.plan.render import input_value, snake
from copilot.planner.rules.edit.state import AND, ID, Changing, dotted, note, plain, set_on
from copilot.planner.rules.edit.value import owned, owned_by_all
from engine.model.json import Json
from engine.source.document import Path

_CHOICES = r"(?P<choices>[\w⟦⟧.-]+(?:\s*(?:,\s*(?:and\s+|or\s+)?|\s+and\s+|\s+or\s+|/|\|)\s*[\w⟦⟧.-]+)+)"
_LET = re.compile(
    rf"^(?:let|allow|have|make)\s+(?:people|users?|the users?|me|us|them|someone|somebody"
    rf"|whoever \w+ it|everyone)\s+"
    rf"(?:to\s+)?(?:pick|choose|select|decide on|set|enter|give|say|type)\s+(?:the\s+|an?\s+|which\s+)?"
    rf"(?P<name>{ID})(?:\s*(?:,|:|\()?\s*(?:from(?: the list)?|between|among|out of|one of"
    rf"|either|of)?\s*{_CHOICES}\)?)?"
    rf"(?P<tail>\s*,?\s*(?:with\s+)?(?:the\s+|an?\s+)?default.*)?$",
    re.IGNORECASE,
)
_KIND = r"(?P<kind>inputs?|parameters?|variables?)"
_AS = (
    re.compile(
        rf"^(?:make|turn|change|convert)\s+(?P<what>.+?)\s+(?:in)?(?:to\s+)?(?:be\s+)?an?\s+{_KIND}"
        rf"(?P<tail>\b.*)$",
        re.IGNORECASE,
    ),
    re.compile(
        rf"^(?:put|move|store|extract|pull|keep|take|save|lift"
        rf"|hold)\s+(?P<what>.+?)\s+(?:out\s+)?(?:in|into|to|as)\s+"
        rf"an?\s+{_KIND}(?P<tail>\b.*)$",
        re.IGNORECASE,
    ),
    re.compile(
        rf"^use\s+an?\s+{_KIND}(?P<tail>(?:\s+(?:called|named)\s+\S+)?)\s+for\s+(?P<what>.+)$", re.IGNORECASE
    ),
    re.compile(
        rf"^(?P<what>.+?)\s+(?:should|must|has to)\s+(?:be|come from|become|be read from)\s+an?\s+{_KIND}"
        rf"(?P<tail>\b.*)$",
        re.IGNORECASE,
    ),
    re.compile(
        rf"^(?:replace|swap)\s+(?P<what>.+?)\s+(?:with|by|for)\s+an?\s+{_KIND}(?P<tail>\b.*)$", re.IGNORECASE
    ),
    re.compile(r"^(?:parametri[sz]e|parameteri[sz]e)\s+(?P<what>.+)$(?P<kind>)(?P<tail>)", re.IGNORECASE),
)
_NAMED = re.compile(rf"\b(?:called|named)\s+(?P<name>{ID})|^\s+(?P<bare>⟦\d+⟧|{ID})\s*$", re.IGNORECASE)
_OFFERED = re.compile(
    rf"(?:\b(?:with|of|from|that is|which is)\b|[(:,])\s*(?:an?\s+|the\s+)?(?:(?:choices?"
    rf"|values?|options?)\s*"
    rf"(?:of|between|from|:|are)?\s*)?(?:either\s+|one of\s+)?{_CHOICES}",
    re.IGNORECASE,
)
_DEFAULT = re.compile(
    r"\bdefault(?:s|ing)?(?:\s+value)?\s*(?:to|of|is|:|=)?\s*(?P<value>⟦\d+⟧|[\w.:/-]+)", re.IGNORECASE
)


def choose(clause: str, state: Changing) -> bool:
    """Read `let people pick the month from 01, 02 and 03`."""
    match = _LET.match(clause)
    if match is None:
        return False
    choices = _choices(match["choices"], state)
    default = _DEFAULT.search(match["tail"] or "")
    value = plain(default["value"], state.masked) if default else None
    name = snake(plain(match["name"], state.masked))
    _declare(name, choices, value, clause, state)
    _use(name, choices, clause, state)
    return True


def parameter(clause: str, state: Changing) -> bool:
    """Read `make the year an input with a choice of 2019 and 2020`, `put the url of x in a variable`."""
    match = next((found for pattern in _AS if (found := pattern.match(clause))), None)
    if match is None:
        return False
    tail = match["tail"] or ""
    default, named = _DEFAULT.search(tail), _NAMED.search(tail)
    rest = tail[: default.start()] if default else tail
    rest = re.sub(_NAMED, " ", rest)
    offered = _OFFERED.search(rest)
    choices = _choices(offered["choices"], state) if offered else []
    what = re.sub(r"^(?:the|this|that|a|an)\s+", "", match["what"].strip(), flags=re.IGNORECASE)
    variable = match["kind"].lower().startswith("variable")
    said = plain(named["name"] or named["bare"], state.masked) if named else ""
    if (place := owned(what, state)) is not None:
        return _lift([place], said, variable, choices, clause, state)
    if places := owned_by_all(what, state):
        return _lift(places, said, variable, choices, clause, state)
    literal = state.masked.inside(what)
    value = plain(what, state.masked)
    if (literal or re.fullmatch(r"\d[\w.-]*", value)) and said:
        return _lift_value(value, snake(said), variable, choices, clause, state)
    if variable or not re.fullmatch(r"[\w -]+", what):
        return False
    name = snake(said or re.sub(r"\b(?:hard-?coded|fixed)\b", "", what, flags=re.IGNORECASE))
    first = plain(default["value"], state.masked) if default else None
    used = _tokens(name, choices or ([first] if first else []), state)
    first = first or (used[0][2] if used else None)
    _declare(name, choices, first, clause, state)
    _replace(used, name, clause, state)
    return True


def _choices(said: str | None, state: Changing) -> list[str]:
    parts = re.split(rf"{AND}|\s+or\s+|\s*[/|]\s*", said or "", flags=re.IGNORECASE)
    return [plain(re.sub(r"^(?:or|and)\s+", "", part), state.masked) for part in parts if part.strip()]


def _declare(name: str, choices: list[str], default: str | None, clause: str, state: Changing) -> None:
    """Add the input; one that is there becomes a choice."""
    if any(item.get("id") == name for item in state.data.get("inputs") or ()):
        values: dict[str, Json] = {"type": "SELECT", "values": list(choices)} if choices else {}
        values |= {"defaults": default} if default is not None else {}
        for key, value in values.items():
            note(state, clause, op="set", kind="input", target=name, path=key, value=value)
        return
    options: dict[str, Json] = {"values": list(choices)} if choices else {}
    item = InputPlan(id=name, type="SELECT" if choices else "STRING", defaults=default, options=options)
    note(state, clause, op="add", section="inputs", value=input_value(item))


def _lift(
    places: list[tuple[str, Path]],
    said: str,
    variable: bool,
    choices: list[str],
    clause: str,
    state: Changing,
) -> bool:
    """Move a property's value into a variable or an input, and read it from there."""
    owner, inner = places[0]
    base = target.find(state.data, owner, "task")
    old = target.get(state.data, (*base, *inner))
    if not isinstance(old, str | int | float | bool):
        return False
    name = snake(said or str(inner[-1]))
    templated = isinstance(old, str) and "{{" in old
    if variable:
        if name in (state.data.get("variables") or {}):
            return False
        note(state, clause, op="set", path=f"variables.{name}", value=old)
        read = f"{{{{ render(vars.{name}) }}}}" if templated else f"{{{{ vars.{name} }}}}"
    else:
        if templated:  # the default of an input cannot hold a template that needs the run
            return False
        kind = (
            "SELECT"
            if choices
            else "BOOL"
            if isinstance(old, bool)
            else "INT"
            if isinstance(old, int)
            else "STRING"
        )
        options: dict[str, Json] = {"values": list(choices)} if choices else {}
        note(
            state,
            clause,
            op="add",
            section="inputs",
            value=input_value(InputPlan(id=name, type=kind, defaults=old, options=options)),
        )
        read = f"{{{{ inputs.{name} }}}}"
    return all(set_on(state, clause, name, dotted(path), read) for name, path in places)


def _lift_value(
    value: str, name: str, variable: bool, choices: list[str], clause: str, state: Changing
) -> bool:
    """Move a value written in several places into one."""
    used = _tokens("", [value], state)
    if not used:
        return False
    if variable:
        note(state, clause, op="set", path=f"variables.{name}", value=value)
    else:
        _declare(name, choices, value, clause, state)
    _replace(used, name, clause, state, root="vars" if variable else "inputs")
    return True


def _use(name: str, choices: list[str], clause: str, state: Changing) -> None:
    """A value of the list that stands in the flow is read from the new input."""
    if any(item.get("id") == name for item in state.data.get("inputs") or ()):
        return
    _replace(_tokens(name, choices, state), name, clause, state)


def _tokens(name: str, values: list[str], state: Changing) -> list[tuple[Path, str, str]]:
    """Return the places where one of some values stands as a word of its own: path, text, the value."""
    shape = {"year": r"(?:19|20)\d\d", "date": r"\d{4}-\d\d-\d\d"}.get(name) if not values else None
    pattern = shape or "|".join(re.escape(value) for value in values if value)
    if not pattern:
        return []
    whole = re.compile(rf"(?<![A-Za-z0-9])(?:{pattern})(?![A-Za-z0-9])")
    found = []
    for path, text in _written(state):
        bare = re.sub(r"\{\{.*?\}\}", lambda match: " " * len(match[0]), text, flags=re.DOTALL)
        if (match := whole.search(bare)) is not None:
            found.append((path, text, match[0]))
    one = {value for _, _, value in found}
    return found if len(one) == 1 else []


def _written(state: Changing) -> Iterator[tuple[Path, str]]:
    """Yield the texts of the tasks and of the variables that are rendered where they are read."""
    for name, value in (state.data.get("variables") or {}).items():
        if isinstance(value, str) and f"render(vars.{name})" in state.text:
            yield ("variables", name), value
    for path, task in target.tasks_of(state.data):
        for key, value in task.items():
            if isinstance(value, str) and key not in ("id", "type", "description", "script", "sql"):
                yield (*path, key), value


def _replace(
    used: list[tuple[Path, str, str]], name: str, clause: str, state: Changing, root: str = "inputs"
) -> None:
    for path, text, value in used:
        whole = rf"(?<![A-Za-z0-9]){re.escape(value)}(?![A-Za-z0-9])"
        pieces = re.split(r"(\{\{.*?\}\})", text, flags=re.DOTALL)
        new = "".join(
            piece if piece.startswith("{{") else re.sub(whole, f"{{{{ {root}.{name} }}}}", piece)
            for piece in pieces
        )
        note(state, clause, op="set", path=dotted(path), value=new)
    if not used and root == "inputs":
        state.edit.notes.append(
            f"Nothing in the flow reads the input '{name}' yet: write {{{{ inputs.{name} }}}} there."
        )
