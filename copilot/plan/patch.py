"""Edits as text splices: what an operation does not touch keeps its bytes, comments included.

Every operation is done twice: on the text, by the places of the nodes, and on plain data. If reading the new
text does not give the new data, the operation is refused; so a splice can fail, but never corrupt.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable

from copilot.errors import PatchError
from copilot.plan import target
from copilot.plan.emit import scalar
from copilot.plan.operation import Edit, Operation
from copilot.plan.reference import renamed_references
from copilot.plan.render import snake, step_value, trigger_value
from copilot.plan.splice import Source
from engine.errors import SourceError
from engine.model.json import Json
from engine.source.document import Path, read_document


def apply_edit(text: str, edit: Edit | Iterable[Operation]) -> str:
    """Return the flow with all operations done, in order. Raises PatchError."""
    operations = edit.operations if isinstance(edit, Edit) else edit
    for operation in operations:
        text = apply(text, operation)
    return text


def apply(text: str, operation: Operation) -> str:
    """Return the flow with one operation done. Raises PatchError."""
    source = Source(text)
    before = copy.deepcopy(source.document.data)
    match operation.op:
        case "add":
            result, wanted = _add(source, operation)
        case "remove":
            result, wanted = source.cut(target.find(source.document.data, operation.target, operation.kind))
        case "set":
            result, wanted = source.put(_place(source, operation), operation.value)
        case "unset":
            result, wanted = source.cut(_place(source, operation))
        case "move":
            result, wanted = _move(source, operation)
        case "rename":
            result, wanted = _rename(source, operation)
        case "wrap":
            result, wanted = _wrap(source, operation)
        case "unwrap":
            result, wanted = _unwrap(source, operation)
    _verify(result, wanted, before, operation)
    return result


def _verify(result: str, wanted: Json, before: Json, operation: Operation) -> None:
    try:
        got = read_document(result).data
    except SourceError as error:
        raise PatchError(f"'{operation.op}' does not fit the text of this flow: {error}") from error
    if got != wanted:
        raise PatchError(
            f"'{operation.op}' of '{operation.target or operation.path or operation.section}' "
            "cannot be done without touching other parts "
            f"of the flow (it may share a value by an anchor); change it by hand"
        )


def _place(source: Source, operation: Operation) -> Path:
    base = target.find(source.document.data, operation.target, operation.kind)
    if not operation.path:
        raise PatchError(
            f"'{operation.op}' needs the path of a property inside '{operation.target or 'the flow'}'"
        )
    return (*base, *target.steps_of(operation.path))


# --- operations --------------------------------------------------------------------------------------------


def _add(source: Source, operation: Operation) -> tuple[str, Json]:
    item: Json
    if operation.step is not None:
        step = operation.step.model_copy(deep=True)
        step.id = step.id or snake(step.type.rpartition(".")[2]) or "placeholder"
        item, section = step_value(step), "tasks"
    elif operation.trigger is not None:
        trigger = operation.trigger.model_copy(deep=True)
        trigger.id = trigger.id or snake(trigger.type.rpartition(".")[2])
        item, section = trigger_value(trigger), "triggers"
    else:
        item, section = operation.value, "inputs"
    return source.insert(*_slot(source, operation, section), item)


def _slot(source: Source, operation: Operation, section: str) -> tuple[Path, int]:
    """Return the list to insert into and the index."""
    data = source.document.data
    if operation.anchor and operation.where in ("before", "after"):
        anchor = target.find(data, operation.anchor, operation.kind)
        if not isinstance(anchor[-1], int):  # a Dag wraps its tasks in a map
            anchor = anchor[:-1]
        index = anchor[-1]
        if not isinstance(index, int):
            raise PatchError(f"'{operation.anchor}' does not stand in a list")
        return anchor[:-1], index + (operation.where == "after")
    base = target.find(data, operation.inside, "task") if operation.inside else ()
    path = (*base, *target.steps_of(operation.section or section))
    length = len(target.get(data, path) or ())
    return path, 0 if operation.where == "first" else length


def _move(source: Source, operation: Operation) -> tuple[str, Json]:
    data = source.document.data
    origin = target.find(data, operation.target, operation.kind)
    if not isinstance(origin[-1], int):
        origin = origin[:-1]
    if operation.anchor == operation.target and operation.anchor:
        return source.text, data
    section = str(origin[0]) if len(origin) == 2 else "tasks"
    place, index = _slot(source, operation, section)
    if place[: len(origin)] == origin:
        raise PatchError(f"'{operation.target}' cannot be moved into itself")
    return source.move(origin, place, index)


def _rename(source: Source, operation: Operation) -> tuple[str, Json]:
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]*", operation.to):
        raise PatchError(f"'{operation.to}' cannot be an id; use letters, digits, '_' and '-'")
    if operation.kind == "variable":
        return _rename_variable(source, operation)
    path = target.find(source.document.data, operation.target, operation.kind)
    kind = (
        "flow"
        if not path
        else {"inputs": "input", "triggers": "trigger", "outputs": "output"}.get(str(path[0]), "task")
    )
    old = target.get(source.document.data, (*path, "id"))
    if kind != "flow":
        try:
            target.find(source.document.data, operation.to, kind)
        except PatchError:
            pass
        else:
            raise PatchError(f"there is a {kind} '{operation.to}' already; choose another id")
    text, data = source.put((*path, "id"), operation.to)
    return (text, data) if kind == "flow" else _references(text, data, kind, old, operation.to)


def _rename_variable(source: Source, operation: Operation) -> tuple[str, Json]:
    path = target.find(source.document.data, operation.target, "variable")
    span = source.document.key_span(path)
    if span is None:
        raise PatchError(f"'{operation.target}' is no variable of this flow")
    text = source.text[: span.start] + scalar(operation.to) + source.text[span.end :]
    data = copy.deepcopy(source.document.data)
    data["variables"] = {
        operation.to if key == operation.target else key: item for key, item in data["variables"].items()
    }
    return _references(text, data, "variable", operation.target, operation.to)


def _references(text: str, data: Json, kind: str, old: str, new: str) -> tuple[str, Json]:
    """Rewrite every reference in the text; the data follows by reading it, as only scalars change."""
    rewritten = renamed_references(read_document(text), kind, old, new)
    after = read_document(rewritten).data
    if _shape(after) != _shape(data):
        raise PatchError(f"references to '{old}' cannot be rewritten in place; rename it by hand")
    return rewritten, after


def _shape(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _shape(item) for key, item in value.items()}
    return [_shape(item) for item in value] if isinstance(value, list) else None


def _wrap(source: Source, operation: Operation) -> tuple[str, Json]:
    if operation.step is None or not operation.targets:
        raise PatchError("'wrap' needs the tasks to wrap and the flowable to wrap them with")
    data = source.document.data
    paths = sorted((target.find(data, name, "task") for name in operation.targets), key=lambda path: path[-1])
    parent, first = paths[0][:-1], paths[0][-1]
    if not isinstance(first, int) or paths != [(*parent, first + number) for number in range(len(paths))]:
        raise PatchError("only tasks that stand next to each other in one list can be wrapped")
    return source.wrap(parent, first, len(paths), step_value(operation.step), operation.section or "tasks")


def _unwrap(source: Source, operation: Operation) -> tuple[str, Json]:
    path = target.find(source.document.data, operation.target, "task")
    holder = target.get(source.document.data, path)
    lists = [operation.section] if operation.section else ["tasks", "then"]
    section = next((name for name in lists if isinstance(holder.get(name), list) and holder[name]), None)
    if section is None or not path or not isinstance(path[-1], int):
        raise PatchError(f"'{operation.target}' holds no tasks that could take its place")
    return source.unwrap(path, section)
