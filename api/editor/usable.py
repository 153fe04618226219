"""Which expressions a task may use, written out: `outputs.extract.uri`, `inputs.day`."""

from __future__ import annotations

from api.editor.grammar import Grammar
from api.editor.outline import Declared, Outline, outline_of
from engine.docs.fact import facts_of
from engine.errors import NotFound
from engine.model.json import Json
from engine.validation.reference import MEMBERS


def usable_expressions(grammar: Grammar, text: str, task_id: str | None) -> list[dict[str, Json]]:
    """Return `{expression, type, description}` of everything with a name; raises NotFound.

    Of the outputs those of tasks written before the task, or of all tasks without one.
    """
    outline = outline_of(text, len(text))
    here = next((task for task in outline.tasks if task.id == task_id), None)
    if task_id and here is None:
        raise NotFound(f"The flow has no task '{task_id}'")
    found = [_row("inputs", one.id, one.type, one.description) for one in outline.inputs]
    found += [_row("vars", name, "", str(value)[:200]) for name, value in outline.variables.items()]
    found += [_row("labels", name, "", "") for name in outline.labels]
    for task in _before(outline, here):
        found += [
            _row(f"outputs{_access(task.id)}", output, words, about)
            for output, words, about in _gives(task, grammar)
        ]
    for trigger in outline.triggers:
        found += [_row("trigger", name, words, about) for name, words, about in _gives(trigger, grammar)]
    for root in ("flow", "execution", "task", "taskrun"):
        found += [_row(root, name, "", "") for name in MEMBERS[root]]
    return found


def _before(outline: Outline, here: Declared | None) -> list[Declared]:
    if here is None or here.section != "tasks":
        return [task for task in outline.tasks if task is not here]
    return [task for task in outline.tasks if task.section == "tasks" and task.at < here.at]


def _gives(one: Declared, grammar: Grammar) -> list[tuple[str, str, str]]:
    plugin = grammar.plugin(one.type)
    outputs = facts_of(plugin).outputs if plugin is not None else ()
    return [(output.name, output.words, output.description) for output in outputs if "." not in output.name]


def _row(owner: str, name: str, kind: str, about: str) -> dict[str, Json]:
    return {"expression": owner + _access(name), "type": kind or None, "description": about or None}


def _access(name: str) -> str:
    return f".{name}" if name.isidentifier() else f"['{name}']"
