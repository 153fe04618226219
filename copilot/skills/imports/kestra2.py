"""Flows of Kestra 2 in the 1.x form: only what is new is touched, everything else keeps its bytes."""

from __future__ import annotations

import re

from copilot.errors import NotImportable, PatchError
from copilot.plan import target
from copilot.plan.operation import Operation
from copilot.plan.patch import apply
from copilot.skills.fix.remedy import dotted
from engine.errors import SourceError
from engine.model.json import Json
from engine.source.document import Path, read_document

LOOP = "io.kestra.plugin.core.flow.Loop"
FOR_EACH = "io.kestra.plugin.core.flow.ForEach"
EXPRESSION = "io.kestra.plugin.core.condition.Expression"
_LOST = ("outputs", "breakWhen", "fetchType", "errors", "finally")
_ITEMS = (
    (re.compile(r"\bitem\.parent\.value\b"), "parent.taskrun.value"),
    (re.compile(r"\bitem\.parents\[(\d+)\]\.value\b"), r"parents[\1].taskrun.value"),
    (re.compile(r"\bitem\.value\b"), "taskrun.value"),
    (re.compile(r"\bitem\.index\b"), "taskrun.iteration"),
)
_LEFT = re.compile(r"\{\{[^}]*\bitem\.\w+[^}]*\}\}")
_BRACES = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)


def is_newer(data: Json) -> bool:
    """Tell whether a flow uses what came with version 2: `Loop`, or `when` of a trigger."""
    if not isinstance(data, dict):
        return False
    loops = any(task["type"] == LOOP for _, task in target.tasks_of(data))
    triggers = data.get("triggers") or []
    return loops or any(isinstance(item, dict) and "when" in item for item in triggers)


def import_newer(text: str) -> tuple[str, list[str], list[str]]:
    """Return the text in the older form, placeholders and notes. Raises NotImportable."""
    try:
        data = read_document(text).data
    except SourceError as error:
        raise NotImportable(f"The flow is not valid YAML: {error}") from error
    if not isinstance(data, dict) or "tasks" not in data:
        raise NotImportable("The text is no flow: it has no `tasks`", missing=["tasks"])
    opened: list[str] = []
    notes: list[str] = []
    try:
        text = _loops(text, opened, notes)
        text = _conditions(text, notes)
    except PatchError as error:
        raise NotImportable(f"The flow cannot be rewritten: {error}") from error
    opened += [f"{match[0]} has no counterpart in version 1" for match in _LEFT.finditer(text)]
    return text, list(dict.fromkeys(opened)), list(dict.fromkeys(notes))


def _loops(text: str, opened: list[str], notes: list[str]) -> str:
    """Turn each Loop into a ForEach, the inner ones first, so that paths of the outer ones hold."""
    found = [(path, task) for path, task in target.tasks_of(read_document(text).data) if task["type"] == LOOP]
    for path, task in sorted(found, key=lambda item: -len(item[0])):
        lost = [name for name in _LOST if name in task]
        opened += [f"`{name}` of the loop '{task['id']}' has no counterpart in version 1" for name in lost]
        if isinstance(task.get("values"), dict):
            opened.append(f"the loop '{task['id']}' goes over a map; version 1 goes over lists")
        text = _rewritten(text, path, task)
        text = _set(text, (*path, "type"), FOR_EACH)
        if "concurrencyLimit" not in task:
            text = _set(text, (*path, "concurrencyLimit"), 0)
        if task.get("transmitFailed") is False:
            notes.append(f"'{task['id']}' tolerated failed iterations: its tasks allow failure now.")
            for number in range(len(task.get("tasks") or ())):
                text = _set(text, (*path, "tasks", number, "allowFailure"), True)
        if "transmitFailed" in task:
            text = apply(text, Operation(op="unset", path=dotted((*path, "transmitFailed"))))
    return text


def _rewritten(text: str, path: Path, task: dict[str, Json]) -> str:
    """Rewrite what the tasks of a loop say about its element and about each other's outputs."""
    inside = [inner["id"] for _, inner in target.tasks_of({"tasks": task.get("tasks") or []})]
    document = read_document(text)
    span = document.span((*path, "tasks"))
    body = text[span.start : span.end]

    def write(match: re.Match[str]) -> str:
        expression = match[0]
        for pattern, new in _ITEMS:
            expression = pattern.sub(new, expression)
        for name in inside:
            expression = re.sub(
                rf"\boutputs\.{re.escape(name)}\.", f"outputs.{name}[taskrun.value].", expression
            )
        return expression

    return text[: span.start] + _BRACES.sub(write, body) + text[span.end :]


def _conditions(text: str, notes: list[str]) -> str:
    data = read_document(text).data
    for number, trigger in enumerate(data.get("triggers") or () if isinstance(data, dict) else ()):
        if not isinstance(trigger, dict) or "when" not in trigger:
            continue
        when = str(trigger["when"])
        expression = when if "{{" in when else f"{{{{ {when} }}}}"
        kept = list(trigger.get("conditions") or [])
        kept.append({"type": EXPRESSION, "expression": expression})
        text = apply(text, Operation(op="unset", path=dotted(("triggers", number, "when"))))
        text = _set(text, ("triggers", number, "conditions"), kept)
        notes.append(f"`when` of the trigger '{trigger.get('id', number)}' became a condition.")
    return text


def _set(text: str, path: Path, value: Json) -> str:
    return apply(text, Operation(op="set", path=dotted(path), value=value))
