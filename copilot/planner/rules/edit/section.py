"""Parts of a flow beside its tasks' values: outputs, descriptions, caches, inputs that must be given."""

from __future__ import annotations

import re

from copilot.plan import target
from copilot.plan.render import snake
from copilot.planner.rules.edit.place import row_count, scene_at
from copilot.planner.rules.edit.state import ID, Changing, note, plain, set_on
from copilot.planner.rules.edit.value import fitting, property_path
from copilot.planner.rules.literal import MARK
from copilot.planner.rules.phrase import part_of, subject_of
from copilot.planner.rules.word import find_duration
from engine.model.json import Json

_OUTPUT = re.compile(
    rf"^(?:add|give|define|expose|declare|create|return)\s+(?:an?\s+|the\s+)?(?:flow\s+)?outputs?"
    rf"(?:\s+(?:called|named)\s+(?P<name>{ID}))?\s+(?:with|for|of|that (?:is|has|gives|holds)"
    rf"|which (?:is|has)|:|=)\s*"
    rf"(?P<what>.+)$|^(?:return|give back|expose|output)\s+(?P<what2>.+?)\s+(?:as\s+)?(?:an?\s+"
    rf"|the\s+)?(?:flow(?:'s)?\s+)?"
    rf"output(?:\s+(?:of the flow|(?:called|named)\s+(?P<name2>{ID})))?$",
    re.IGNORECASE,
)


def output(clause: str, state: Changing) -> bool:
    """Read `add an output with the row count`, `add an output called file with the uri of load`."""
    match = _OUTPUT.match(clause)
    if match is None:
        return False
    what = (match["what"] or match["what2"]).strip()
    name = match["name"] or match["name2"]
    value = known(what, state)
    if value is None:
        return False
    chosen = snake(plain(name, state.masked)) if name else _output_name(what, state)
    item = {
        "id": chosen,
        "type": "INT" if _is_number(value, state) else "STRING",
        "value": f"{{{{ {value} }}}}",
    }
    return note(state, clause, op="add", section="outputs", value=item)


def known(what: str, state: Changing) -> str | None:
    """Return the expression (no braces) some words stand for at the end of the flow."""
    literals = state.masked.inside(what)
    if literals and MARK.fullmatch(what.strip()):
        value = literals[0].value.strip()
        return value[2:-2].strip() if value.startswith("{{") and value.endswith("}}") else None
    owned = re.fullmatch(
        r"(?:the\s+)?(?P<name>\w+)\s+(?:of|from)\s+(?P<task>(?:the\s+)?[\w-]+(?:\s+(?:task"
        r"|step))?)",
        what,
    )
    scene = scene_at(state, what, "last", "")
    if owned and (task := state.task(owned["task"])) is not None:
        type_id = str((target.get(state.data, task[1]) or {}).get("type"))
        if owned["name"] in scene.output_names(type_id):
            return f"outputs.{task[0]}.{owned['name']}"
    text = scene.masked.text.strip()
    if text != what.strip() and MARK.fullmatch(text):
        return row_count(scene)
    return subject_of(text, scene) or part_of(text, scene)


def _is_number(value: str, state: Changing) -> bool:
    return bool(re.search(r"\.(?:n|count|rows|total|size|rowCount|code|length)$|\| length$", value))


def _output_name(what: str, state: Changing) -> str:
    words = re.sub(r"^(?:the|an?|its)\s+|\bnumber of\b", "", what.lower()).strip()
    name = snake(re.sub(r"\b(?:of|the|from|in)\b", " ", MARK.sub(" ", words)))
    return name or "result"


_DESCRIBE = re.compile(
    r"^(?:describe|document)\s+(?P<task>.+?)\s+(?:as|with|saying|:)\s+(?P<text>.+)$"
    r"|^(?:add|set|give|write|put)\s+(?:an?\s+|the\s+)?(?:description|comment|note)\s+(?:to|of|for|on)\s+"
    r"(?P<task2>.+?)\s*(?:that says|saying|which says|to|:|,|=)\s*(?P<text2>\S.*)$"
    r"|^(?:add|set|write|put)\s+(?:the\s+)?description\s+(?P<text3>⟦\d+⟧)\s+(?:to|on|for)\s+(?P<task3>.+)$"
    r"|^give\s+(?P<task4>.+?)\s+(?:the|a)\s+description\s+(?P<text4>.+)$",
    re.IGNORECASE,
)
_THE_FLOW = re.compile(r"(?:it|the flow|this flow|the (?:whole )?(?:workflow|pipeline))", re.IGNORECASE)


def describe(clause: str, state: Changing) -> bool:
    """Read `describe x as "…"`, `give it the description …`."""
    match = _DESCRIBE.match(clause)
    if match is None:
        return False
    found = [value for value in match.groupdict().items() if value[1]]
    task = next(value for name, value in found if name.startswith("task"))
    text = plain(next(value for name, value in found if name.startswith("text")), state.masked)
    if _THE_FLOW.fullmatch(task.strip()) and not (task.strip().lower() == "it" and state.last):
        return note(state, clause, op="set", path="description", value=text)
    owner = state.task(task)
    if owner is not None:
        return set_on(state, clause, owner[0], "description", text)
    name = snake(plain(re.sub(r"^the\s+|\binputs?\b", "", task, flags=re.IGNORECASE), state.masked))
    if any(item.get("id") == name for item in state.data.get("inputs") or ()):
        return note(state, clause, op="set", kind="input", target=name, path="description", value=text)
    return False


_CACHE = re.compile(
    r"^(?:cache|reuse|re-use)\s+(?:the\s+)?(?:(?:results?|outputs?)\s+of\s+)?(?P<task>.+?)"
    r"(?:'s\s+(?:results?|outputs?))?(?:\s+for\s+(?P<time>.+))?$",
    re.IGNORECASE,
)
_INSTALL = re.compile(
    r"^(?:cache|reuse|re-use|keep)\s+(?:the\s+)?(?:pip\s+)?(?:install(?:ation|s)?|packages"
    r"|dependencies|modules"
    r"|requirements|pip)(?:\s+of\s+(?P<task>.+))?$",
    re.IGNORECASE,
)


def cache(clause: str, state: Changing) -> bool:
    """Read `cache the result of x for a day`, `cache the pip install`."""
    if install := _INSTALL.match(clause):
        return _cache_install(install["task"], clause, state)
    match = _CACHE.match(clause)
    owner = state.task(match["task"]) if match else None
    if match is None or owner is None:
        return False
    value: dict[str, Json] = {"enabled": True}
    duration = find_duration(match["time"] or "")
    if match["time"] and duration is None:
        return False
    if duration is not None:
        value["ttl"] = duration.iso
    return set_on(state, clause, owner[0], "taskCache", value)


def _cache_install(said: str | None, clause: str, state: Changing) -> bool:
    """Packages installed by `pip install` become `dependencies`, which are installed once and kept."""
    owner = state.task(said) if said else None
    found = []
    for _, task in target.tasks_of(state.data):
        if (owner and owner[0] != task["id"]) or not task["type"].startswith(
            "io.kestra.plugin.scripts.python."
        ):
            continue
        lines = task.get("beforeCommands")
        for number, line in enumerate(lines if isinstance(lines, list) else ()):
            install = re.fullmatch(
                r"\s*(?:python3? -m )?pip3? install\s+(?:-q\s+|--quiet\s+|-U\s+)*([\w.\[\]=<>~! -]+)",
                str(line),
            )
            if install and not re.search(r"(?:^|\s)-", install[1]):
                found.append((task, number, len(lines or ()), install[1].split()))
    if len(found) != 1:
        return False
    task, number, count, packages = found[0]
    kept = task.get("dependencies")
    set_on(state, clause, task["id"], "dependencies", [*(kept if isinstance(kept, list) else []), *packages])
    path_ = "beforeCommands" if count == 1 else f"beforeCommands.{number}"
    return note(state, clause, op="unset", kind="task", target=task["id"], path=path_)


_ASKED = (
    re.compile(rf"^(?:always\s+)?ask\s+for\s+(?:the\s+)?(?P<name>{ID})(?:\s+input)?\s*,?\s*(?:it\s+has"
    rf"\s+no\s+default|without\s+"
               rf"(?:an?\s+)?default|every time|each time)$", re.IGNORECASE),
    re.compile(rf"^make\s+(?:the\s+)?(?:input\s+)?(?P<name>{ID})(?:\s+input)?\s+(?:required|mandatory"
    rf"|obligatory)\s*,?\s+(?:without|with no|and"
               rf" remove (?:its|the))\s+(?:an?\s+)?default$", re.IGNORECASE),
    re.compile(rf"^(?:the\s+)?(?:input\s+)?(?P<name>{ID})(?:\s+input)?\s+(?:has|should have|needs"
    rf"|must have)\s+no\s+default$", re.I),
    re.compile(rf"^(?:remove|drop|delete|unset)\s+(?:the\s+)?default(?:\s+value)?\s+(?:of|from"
    rf"|for)\s+(?:the\s+)?(?:input\s+)?"
               rf"(?P<name>{ID})(?:\s+input)?$", re.IGNORECASE),
)  # fmt: skip


def asked(clause: str, state: Changing) -> bool:
    """Read `ask for the country, it has no default`: an input loses its default."""
    match = next((found for pattern in _ASKED if (found := pattern.match(clause))), None)
    if match is None:
        return False
    name = snake(plain(match["name"], state.masked))
    item = next((item for item in state.data.get("inputs") or () if item.get("id") == name), None)
    if item is None or not ({"defaults", "prefill"} & set(item)):
        return False
    path = "defaults" if "defaults" in item else "prefill"
    return note(state, clause, op="unset", kind="input", target=name, path=path)


_PACKAGE = re.compile(
    r"^(?:also\s+)?(?:install|add|use)\s+(?:the\s+)?(?:packages?\s+"
    r"|python\s+packages?\s+)?(?P<new>[A-Za-z][\w.-]*)"
    r"(?:\s+(?P<how>instead of|rather than)\s+(?P<old>[\w.-]+)|\s+(?:to|with"
    r"|in)\s+(?:the\s+)?(?:pip(?:\s+install(?:ation|s)?)?"
    r"|installed packages|packages|installation|dependencies|requirements)"
    r"|\s+with\s+pip)?(?:\s+(?:of|in|for)\s+(?P<task>.+))?$",
    re.IGNORECASE,
)


def package(clause: str, state: Changing) -> bool:
    """Read `install polars instead of pandas`, `add numpy to the pip install`."""
    match = _PACKAGE.match(clause)
    if match is None or not re.search(
        r"\b(?:pip|install\w*|packages?|dependenc\w+|requirements)\b", clause, re.IGNORECASE
    ):
        return False
    owner = state.task(match["task"]) if match["task"] else None
    found: list[tuple[str, str, Json]] = []
    for _, task in target.tasks_of(state.data):
        if (owner is not None and owner[0] != task["id"]) or not task["type"].startswith(
            "io.kestra.plugin.scripts."
        ):
            continue
        if (changed := _with_package(task, match["new"], match["old"])) is not None:
            found.append((task["id"], *changed))
    if len(found) > 1:
        state.vague["the packages"] = [name for name, _, _ in found]
    return len(found) == 1 and set_on(state, clause, *found[0])


def _with_package(task: dict[str, Json], new: str, old: str | None) -> tuple[str, Json] | None:
    """Return the property that lists packages, and its new value."""
    kept = task.get("dependencies")
    if isinstance(kept, list):
        if old is not None:
            named = [item for item in kept if re.match(rf"{re.escape(old)}(?![\w-])", str(item))]
            return ("dependencies", [new if item in named else item for item in kept]) if named else None
        return "dependencies", [*kept, new]
    lines = task.get("beforeCommands")
    for number, line in enumerate(lines if isinstance(lines, list) else ()):
        if not re.search(r"\bpip3? install\b", str(line)):
            continue
        if old is not None and not re.search(rf"(?<![\w-]){re.escape(old)}(?![\w-])", str(line)):
            continue
        text = (
            re.sub(rf"(?<![\w-]){re.escape(old)}(?![\w-])", new, str(line))
            if old is not None
            else f"{line} {new}"
        )
        return f"beforeCommands.{number}", text
    return None


_PLUGIN_DEFAULT = (
    re.compile(
        r"^(?:add|set|use|define|create)\s+(?:an?\s+|the\s+)?plugin\s?defaults?\s*(?:so that|that"
        r"|such that|:|for|with which)?\s*"
        r"(?P<tasks>(?:every|all|each)(?:\s+the)?\s+.+?\s+(?:tasks?|steps?))\s*(?:has|have|gets?"
        r"|uses?|with|:|should have|to have|log at)?\s+"
        r"(?:the\s+|an?\s+)?(?P<prop>[\w.]+)\s*(?:of|=|:|to|set to)?\s*(?P<value>⟦\d+⟧|\S+)$",
        re.IGNORECASE,
    ),
    re.compile(
        r"^(?:set|use|make|change)\s+(?:the\s+)?default\s+(?P<prop>[\w.]+)\s+(?:of|for"
        r"|in)\s+(?P<tasks>(?:every|all|each|the)\b.+?"
        r"\s+(?:tasks?|steps?))\s+(?:to|=|be)\s*(?P<value>⟦\d+⟧|.+)$",
        re.IGNORECASE,
    ),
    re.compile(
        r"^(?P<tasks>(?:every|all|each)(?:\s+the)?\s+.+?\s+(?:tasks?|steps?))\s+(?:should"
        r"|must)\s+(?:by default\s+)?(?:have|use|get)\s+"
        r"(?:the\s+|an?\s+)?(?P<prop>[\w.]+)\s*(?:of|=|:)?\s*(?P<value>⟦\d+⟧|\S+)(?:\s+by default)$",
        re.IGNORECASE,
    ),
)


def plugin_default(clause: str, state: Changing) -> bool:
    """Read `add plugin defaults so that every log task has level WARN`: one value for all tasks of a type."""
    match = next((found for pattern in _PLUGIN_DEFAULT if (found := pattern.match(clause))), None)
    tasks = state.tasks(match["tasks"]) if match else []
    if match is None or not tasks:
        return False
    types = {str((target.get(state.data, path) or {}).get("type")) for _, path in tasks}
    shared = types.pop() if len(types) == 1 else _package_of(types | {next(iter(types))})
    inner = property_path(match["prop"], tasks[0][1], state)
    if not shared or len(inner) != 1:
        return False
    value = fitting(match["value"], None, inner, state)
    for number, item in enumerate(state.data.get("pluginDefaults") or ()):
        if item.get("type") == shared:
            return note(
                state, clause, op="set", path=f"pluginDefaults.{number}.values.{inner[0]}", value=value
            )
    default = {"type": shared, "values": {str(inner[0]): value}}
    return note(state, clause, op="add", section="pluginDefaults", value=default)


def _package_of(types: set[str]) -> str:
    parts = [type_id.split(".") for type_id in types]
    shared = []
    for steps in zip(*parts, strict=False):
        if len(set(steps)) > 1:
            break
        shared.append(steps[0])
    return ".".join(shared) if len(shared) > 3 else ""
