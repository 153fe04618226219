"""Set a property to a value."""

from __future__ import annotations

import re

from copilot.plan import target
from copilot.plan.render import snake
from copilot.planner.rules import start as starts
from copilot.planner.rules.edit.state import Changing, dotted, note, plain, set_on
from copilot.planner.rules.literal import MARK
from copilot.planner.rules.word import find_duration
from engine.model.json import Json
from engine.source.document import Path

# --- properties --------------------------------------------------------------------------------------------

_SET = (
    re.compile(
        (
            r"(?:set|change|update|make|replace|switch|use|increase|decrease|raise"
            r"|lower)\s+(?:the\s+)?(?:value of\s+)?(?P<prop>[\w.⟦⟧ ]+?)\s+(?:of|in|on|for"
            r"|from)\s+(?P<task>(?:the\s+)?[\w⟦⟧ -]+?)\s+(?:from\s+\S+\s+)?(?:to|=|as|with"
            r"|by)\s+(?:be\s+)?(?P<value>.+)$"
        ),
        re.IGNORECASE,
    ),
    re.compile(
        (
            r"(?:set|change|update|make|let|increase|decrease|raise"
            r"|lower)\s+(?:the\s+)?(?P<task>[\w⟦⟧-]+(?:\s+(?:task"
            r"|step))?)(?:'s|’s)\s+(?P<prop>[\w.⟦⟧ ]+?)\s+(?:to|=|as)?\s*(?P<value>⟦\d+⟧|\S.*)$"
        ),
        re.IGNORECASE,
    ),
    re.compile(
        (
            r"(?:set|change|update|make|increase|decrease|raise|lower|switch"
            r"|replace)\s+(?:the\s+)?(?P<prop>[\w.⟦⟧ ]+?)\s+(?:from\s+\S+\s+)?(?:to|=|into"
            r"|with)\s+(?:be\s+)?(?P<value>.+?)(?:\s+(?:in|on|for"
            r"|of)\s+(?P<task>(?:the\s+)?(?:task\s+|step\s+)?[\w-]+(?:\s+(?:task|step))?))?$"
        ),
        re.IGNORECASE,
    ),
    re.compile(
        (
            r"make\s+(?:the\s+)?(?P<task>[\w-]+)(?:\s+task)?\s+(?:log|print|say|return"
            r"|output)\s+(?P<value>.+)$(?P<prop>)"
        ),
        re.IGNORECASE,
    ),
)
_NAMES = {
    "url": ("uri", "url"),
    "address": ("uri", "url"),
    "link": ("uri", "url"),
    "text": ("message", "format"),
    "query": ("sql",),
    "level": ("level",),
    "log level": ("level",),
    "wait": ("duration",),
    "delay": ("duration",),
    "time": ("duration",),
    "file": ("from",),
    "code": ("script",),
    "command": ("commands",),
    "cron": ("cron",),
    "output": ("format",),
    "image": ("containerImage",),
    "docker image": ("containerImage",),
    "container image": ("containerImage",),
    "target": ("to",),
    "destination": ("to",),
    "source": ("from",),
    "condition": ("condition", "runIf"),
    "statement": ("sql",),
    "recipient": ("to",),
    "channel": ("channel",),
    "": ("message", "format", "commands"),
}


def owned(what: str, state: Changing) -> tuple[str, Path] | None:
    """Return the property some words name, with the id of its task: `the url of x`, `x's url`, `url`."""
    said = plain(re.sub(r"^(?:the|its)\s+", "", what.strip(), flags=re.IGNORECASE), state.masked)
    said = re.sub(r"(?<=\w)\s+(?:name|value|string|text)$", "", said, flags=re.IGNORECASE)
    of = re.fullmatch(r"(?P<prop>[\w. ]+?)\s+(?:of|in|on|for|from)\s+(?P<task>.+)", said) or re.fullmatch(
        r"(?P<task>[\w -]+?)(?:'s|’s)\s+(?P<prop>[\w.]+)", said
    )
    if of is not None:
        owner = state.task(of["task"])
        inner = property_path(of["prop"], owner[1], state) if owner else ()
        found = [(owner[0], inner)] if owner and inner else []
    else:
        found = [(name, property_path(said, path, state)) for name, path in _owners(said, state)]
        found = [
            (name, inner or property_path(said.split()[-1], target.find(state.data, name, "task"), state))
            for name, inner in found
        ]
    if len(found) > 1:
        state.vague[said] = [name for name, _ in found]
    if len(found) != 1 or not found[0][1]:
        return None
    name, inner = found[0]
    return (
        found[0]
        if target.get(state.data, (*target.find(state.data, name, "task"), *inner)) is not None
        else None
    )


def owned_by_all(what: str, state: Changing) -> list[tuple[str, Path]]:
    """Return the property of each task of a group, `the url of the loads`, where all have the same value."""
    of = re.fullmatch(
        r"(?:the\s+)?(?P<prop>[\w.]+)\s+(?:of|in|on|for)\s+(?P<tasks>.+)", what.strip(), re.IGNORECASE
    )
    tasks = state.tasks(of["tasks"]) if of else []
    found = [(name, path, property_path(of["prop"] if of else "", path, state)) for name, path in tasks]
    values = [target.get(state.data, (*path, *inner)) if inner else None for _, path, inner in found]
    if len(found) < 2 or None in values or any(value != values[0] for value in values):
        return []
    return [(name, inner) for name, _, inner in found]


def set_value(clause: str, state: Changing) -> bool:
    """Read `set the x of y to z`, `change x to z`, `increase the timeout of y to z`."""
    if state.focus and (bare := _bare(clause, state)) is not None:
        return bare
    for pattern in _SET:
        match = pattern.match(clause)
        if match is not None and _set_matched(clause, match, state):
            return True
    return False


def _bare(clause: str, state: Changing) -> bool | None:
    """Read `wait longer: 2 minutes`: the value alone goes to the one length of time the task has."""
    duration = find_duration(clause)
    if duration is None or duration.start or clause[duration.end :].strip(" ."):
        return None
    task = target.get(state.data, target.find(state.data, state.focus, "task")) or {}
    names = [
        name
        for name, value in task.items()
        if isinstance(value, str) and re.fullmatch(r"P(?:\d+D)?(?:T.+)?", value)
    ]
    return set_on(state, clause, state.focus, names[0], duration.iso) if len(names) == 1 else None


def _set_matched(clause: str, match: re.Match[str], state: Changing) -> bool:
    said = plain(match["prop"] or "", state.masked)
    words = match["value"]
    if re.match(r"(?:the\s+)?(?:flow|workflow)$", (match["task"] or "").strip(), re.I) or (
        match["task"] is None and snake(said) in ("description", "namespace", "id")
    ):
        return note(state, clause, op="set", path=snake(said), value=plain(words, state.masked))
    schedules = [item for item in state.data.get("triggers") or () if item.get("type") == starts.SCHEDULE]
    if snake(said) in ("cron", "timezone", "time_zone") and schedules:
        path = "cron" if snake(said) == "cron" else "timezone"
        return note(
            state,
            clause,
            op="set",
            kind="trigger",
            target=schedules[0]["id"],
            path=path,
            value=plain(words, state.masked),
        )
    if (default := re.match(r"(?:the\s+)?default(?:s|\s+value)?$", said, re.I)) and match["task"]:
        name = snake(plain(re.sub(r"\binput\b|\bthe\b", "", match["task"]), state.masked))
        if any(item.get("id") == name for item in state.data.get("inputs") or ()):
            return bool(default) and note(
                state,
                clause,
                op="set",
                kind="input",
                target=name,
                path="defaults",
                value=_scalar(words, state),
            )
    inputs = [str(item.get("id")) for item in state.data.get("inputs") or ()]
    if match["task"] is None and snake(said) in inputs and not _having(said, state):
        value = _scalar(words, state)
        kind = next(
            str(item.get("type", "STRING")) for item in state.data["inputs"] if item.get("id") == snake(said)
        )
        value = plain(words, state.masked) if kind in ("STRING", "SELECT") else value
        return note(state, clause, op="set", kind="input", target=snake(said), path="defaults", value=value)
    if snake(said) in (state.data.get("labels") or {}) and match["task"] is None and not _having(said, state):
        return note(state, clause, op="set", path=f"labels.{snake(said)}", value=plain(words, state.masked))
    if snake(said) in (state.data.get("variables") or {}) or re.match(r"variable\s+\w+$", said):
        return note(
            state, clause, op="set", path=f"variables.{snake(said.split()[-1])}", value=_scalar(words, state)
        )
    return _set_task(clause, match["task"], said, words, state)


def _set_task(clause: str, task: str | None, said: str, words: str, state: Changing) -> bool:
    if task is not None:
        owners = list(state.tasks(task))
        if len(owners) > 1:
            return _set_each(clause, owners, said, words, state)
    elif state.focus:
        owners = [(state.focus, target.find(state.data, state.focus, "task"))]
    else:
        owners = _owners(said, state)
    if len(owners) > 1:
        state.vague[f"the {said}"] = [name for name, _ in owners]
    if len(owners) != 1:
        return False
    if re.search(r"⟦\d+⟧", words) and re.search(r"[a-z]", re.sub(r"⟦\d+⟧", " ", words), re.IGNORECASE):
        return False  # `a shell command ⟦0⟧` describes a value, it is none
    name, path = owners[0]
    inner = property_path(said, path, state)
    if not inner:
        return False
    value = fitting(words, target.get(state.data, (*path, *inner)), inner, state)
    return note(
        state,
        clause,
        op="set",
        kind="task",
        target=name,
        path=dotted(inner),
        value=value,
    )


def _set_each(clause: str, owners: list[tuple[str, Path]], said: str, words: str, state: Changing) -> bool:
    """Give the same value to a property of several tasks; all of them have to know it."""
    paths = [property_path(said, path, state) for _, path in owners]
    if not all(paths):
        return False
    for (name, path), inner in zip(owners, paths, strict=True):
        value = fitting(words, target.get(state.data, (*path, *inner)), inner, state)
        set_on(state, clause, name, dotted(inner), value)
    return True


def _having(said: str, state: Changing) -> bool:
    """Whether a task has such a property written down."""
    return any(
        (inner := property_path(said, path, state)) and target.get(state.data, (*path, *inner)) is not None
        for path, _ in target.tasks_of(state.data)
    )


def _owners(said: str, state: Changing) -> list[tuple[str, Path]]:
    """Return the tasks that have the property; `download url` names both."""
    words = said.split()
    if (
        len(words) > 1
        and (owner := state.task(" ".join(words[:-1])))
        and property_path(words[-1], owner[1], state)
    ):
        return [owner]
    knowing = [
        (task["id"], path, target.get(state.data, (*path, *inner)))
        for path, task in target.tasks_of(state.data)
        if (inner := property_path(said, path, state))
    ]
    having = [(name, path) for name, path, value in knowing if value is not None]
    return having or ([(name, path) for name, path, _ in knowing] if len(knowing) == 1 else [])


def property_path(said: str, path: Path, state: Changing) -> Path:
    """Return the property some words mean on a task: as written, by another name, or by its class."""
    task = target.get(state.data, path) or {}
    if "." in said or said in task:
        return target.steps_of(said)
    said = said.split()[-1] if said.split() and said.split()[-1].lower() in _NAMES else said
    for name in _NAMES.get(said.lower(), ()):
        if name in task:
            return (name,)
    known = [*task, "retry", "timeout", "description", "disabled", "runIf", "allowFailure", "logLevel"]
    plugin = state.types.find(str(task.get("type", "")))
    if plugin is not None:
        known += [field.alias or name for name, field in plugin.model_fields.items()]
    for words in dict.fromkeys((said, said.split()[-1] if said.split() else said)):
        plain = snake(words).replace("_", "")
        found = next(((name,) for name in known if snake(name).replace("_", "") == plain), ())
        if found:
            return found
    return next(((name,) for name in _NAMES.get(said.lower(), ()) if said and name in known), ())


def fitting(words: str, old: Json, inner: Path, state: Changing) -> Json:
    value = _scalar(words, state)
    if (
        inner[-1] in ("timeout", "duration", "pauseDuration", "interval")
        and isinstance(value, str)
        and (duration := find_duration(words))
    ):
        return duration.iso
    if inner[-1] == "level" and isinstance(value, str):
        return {"WARNING": "WARN"}.get(value.upper(), value.upper())
    if isinstance(old, list) and not isinstance(value, list):
        return [value]
    if isinstance(old, str) and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value


def _scalar(words: str, state: Changing) -> Json:
    text = plain(words, state.masked)
    if MARK.fullmatch(words.strip()) and state.masked.inside(words)[0].kind in ("text", "code"):
        return text
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if re.fullmatch(r"-?(?:0|[1-9]\d*)", text):
        return int(text)
    return float(text) if re.fullmatch(r"-?\d+\.\d+", text) else text
