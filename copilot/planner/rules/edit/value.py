"""Set a property to a value."""

from __future__ import annotations

import re

from copilot.plan import target
from copilot.plan.render import snake
from copilot.planner.rules import start as starts
from copilot.planner.rules.edit.state import Changing, note, plain
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
            r"(?:set|change|update|make|let)\s+(?:the\s+)?(?P<task>[\w⟦⟧-]+(?:\s+(?:task"
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
    "": ("message", "format", "commands"),
}


def set_value(clause: str, state: Changing) -> bool:
    for pattern in _SET:
        match = pattern.match(clause)
        if match is not None and _set_matched(clause, match, state):
            return True
    return False


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
    if snake(said) in (state.data.get("variables") or {}) or re.match(r"variable\s+\w+$", said):
        return note(
            state, clause, op="set", path=f"variables.{snake(said.split()[-1])}", value=_scalar(words, state)
        )
    return _set_task(clause, match["task"], said, words, state)


def _set_task(clause: str, task: str | None, said: str, words: str, state: Changing) -> bool:
    if task is not None:
        owner = state.task(task)
        owners = [owner] if owner else []
    else:
        owners = _owners(said, state)
    if len(owners) != 1 or owners[0] is None:
        return False
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
        path=".".join(str(part) for part in inner),
        value=value,
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
    return [
        (task["id"], path)
        for path, task in target.tasks_of(state.data)
        if (inner := property_path(said, path, state)) and target.get(state.data, (*path, *inner)) is not None
    ]


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
    return ()


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
