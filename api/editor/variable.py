"""What may be written inside `{{ … }}`: variables of this flow, filters, functions, tests."""

from __future__ import annotations

import re
from collections.abc import Iterator

from api.editor.cursor import Cursor
from api.editor.grammar import Grammar
from api.editor.item import Item
from api.editor.outline import Declared, Outline
from engine.docs.fact import facts_of
from engine.expression.reference import Kind, items
from engine.validation.reference import MEMBERS, ROOTS

_CHAIN = re.compile(
    r"""(?P<chain>[A-Za-z_]\w*(?:\.\w+|\[\s*(?:'[^']*'|"[^"]*"|\d+)\s*\])*)(?:\.\w*|\[\s*['"][^'"\]]*)$"""
)
_STEP = re.compile(r"""\.?(\w+)|\[\s*(?:'([^']*)'|"([^"]*)"|(\d+))\s*\]""")
_SIMPLE = re.compile(r"[A-Za-z_]\w*$")
_FILTER = re.compile(r"(?<!\|)\|\s*\w*$")
_TEST = re.compile(r"\bis\s+(?:not\s+)?\w*$")

_ABOUT = {
    "inputs": "values of the flow's inputs",
    "outputs": "outputs of tasks that ran before",
    "vars": "the flow's variables",
    "trigger": "what started the execution",
    "taskrun": "this run of the task",
    "execution": "the execution",
    "flow": "the flow",
    "labels": "labels of the execution",
    "task": "the task",
    "tasks": "states of tasks",
    "parent": "the task run around this one",
    "parents": "all task runs around this one",
    "envs": "variables `ENV_*` of the service's environment",
    "globals": "variables of the service's configuration",
    "kestra": "the service",
    "namespace": "the namespace",
    "item": "the iteration of the Loop around",
}


def expression_items(cursor: Cursor, outline: Outline, grammar: Grammar) -> list[Item]:
    """Return what may follow at the cursor of an expression."""
    written = cursor.expression or ""
    if _TEST.search(written):
        return _language("test")
    if _FILTER.search(written):
        return _language("filter")
    chain = _CHAIN.search(written)
    if chain is not None:
        path = tuple(next(part for part in step if part) for step in _STEP.findall(chain["chain"]))
        bracket = re.search(r"\[\s*['\"]\w*$", written) is not None
        return list(_members(path, cursor, outline, grammar, bracket=bracket))
    place = {"triggers": "trigger", "inputs": "input", "outputs": "output"}.get(cursor.section, "task")
    roots = [Item(name, "variable", _ABOUT.get(name, "")) for name in ROOTS[place]]
    return [*roots, *_language("function")]


def _language(kind: Kind) -> list[Item]:
    return [
        Item(one.name, kind, one.signature, _text(one.summary, one.details), insert=_call(one.name, kind))
        for one in items()
        if one.kind == kind
    ]


def _call(name: str, kind: Kind) -> str:
    return f"{name}()" if kind == "function" else name


def _text(summary: str, details: str) -> str:
    return f"{summary}\n\n{details}" if details else summary


def _members(
    path: tuple[str, ...], cursor: Cursor, outline: Outline, grammar: Grammar, *, bracket: bool
) -> Iterator[Item]:
    for label, kind, detail, about in _known(path, cursor, outline, grammar):
        if bracket or _SIMPLE.match(label):
            yield Item(label, kind, detail, about)
        else:
            # `outputs.my-task` would be a subtraction.
            yield Item(label, kind, detail, about, insert=f"['{label}']")


def _known(
    path: tuple[str, ...], cursor: Cursor, outline: Outline, grammar: Grammar
) -> Iterator[tuple[str, str, str, str]]:
    root = path[0]
    if root == "outputs" and len(path) == 1:
        for task in before(outline, cursor):
            yield task.id, "task", task.type, task.description
    elif root == "outputs":
        yield from _outputs(path, outline, grammar)
    elif root == "inputs" and len(path) == 1:
        for one in outline.inputs:
            yield one.id, "input", one.type, one.description
    elif root == "vars" and len(path) == 1:
        for name, value in outline.variables.items():
            yield name, "variable", type(value).__name__, str(value)[:200]
    elif root == "labels" and len(path) == 1:
        for name in outline.labels:
            yield name, "label", "", ""
    elif root == "tasks" and len(path) == 1:
        for task in outline.tasks:
            yield task.id, "task", task.type, task.description
    elif root == "tasks":
        yield "state", "variable", "", "the state the task ended in"
    elif root == "trigger" and len(path) == 1:
        for trigger in outline.triggers:
            yield from _gives(trigger.type, grammar, trigger.id)
    elif root in MEMBERS and len(path) == 1:
        for name in MEMBERS[root]:
            yield name, "variable", "", ""


def before(outline: Outline, cursor: Cursor) -> list[Declared]:
    """Return the tasks whose outputs may be there: in `tasks`, those written before; the nearest first."""
    if cursor.section != "tasks":
        return list(outline.tasks)
    around = {_id(one.get("id", "")) for one in cursor.beside}
    found = [one for one in outline.tasks if one.at < cursor.offset and one.id not in around]
    return sorted(found, key=lambda one: -one.at)


def _outputs(
    path: tuple[str, ...], outline: Outline, grammar: Grammar
) -> Iterator[tuple[str, str, str, str]]:
    task = next((one for one in outline.tasks if one.id == path[1]), None)
    if task is not None:
        yield from _gives(task.type, grammar, task.id, tuple(path[2:]))


def _gives(
    type_id: str, grammar: Grammar, owner: str, below: tuple[str, ...] = ()
) -> Iterator[tuple[str, str, str, str]]:
    plugin = grammar.plugin(type_id)
    if plugin is None:
        return
    prefix = "".join(f"{step}." for step in below)
    for output in facts_of(plugin).outputs:
        rest = output.name.removeprefix(prefix)
        if output.name.startswith(prefix) and "." not in rest:
            yield rest.removesuffix("[]"), "output", f"{output.words} of {owner}", output.description


def _id(written: str) -> str:
    return written.strip("\"' ")
