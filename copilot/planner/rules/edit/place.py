"""What a place in a flow knows: the scene of everything the tasks before it give."""

from __future__ import annotations

import re

from copilot.plan import target
from copilot.plan.plan import InputPlan, Step
from copilot.plan.render import input_value, snake
from copilot.planner.rules.edit.state import Changing, note
from copilot.planner.rules.fill.generic import remember
from copilot.planner.rules.fill.http import DOWNLOAD, file_name, format_of
from copilot.planner.rules.literal import Literal, Masked
from copilot.planner.rules.rows.sql import columns_of, gives_one_row
from copilot.planner.rules.scene import Frame, Scene
from copilot.planner.rules.word import singular
from engine.model.json import Json
from engine.source.document import Path

_COUNTS = re.compile(r"count|n|rows|total|number|cnt|num|num_rows|row_count", re.IGNORECASE)
_ROW_COUNT = re.compile(
    r"\b(?:the\s+)?(?:row count|number of (?:the\s+)?(?:rows|records|lines)"
    r"|count of (?:the\s+)?(?:rows|records)"
    r"|how many (?:rows|records|lines) (?:there (?:are|were)|it has|were (?:loaded|found)))\b"
    r"|(?<!group by )\bthe (?:count|rows count)\b|\bthe number of (?:the\s+)?[a-z]+s\b(?!\s+"
    r"(?:with|of|in|per|by|where|that)\b)",
    re.IGNORECASE,
)
_LAST = 1 << 20


def scene_at(state: Changing, text: str, where: str, anchor: str) -> Scene:
    """Return the scene before or after a task, or at an end of a list of the flow."""
    scene = Scene(
        state.types,
        Masked(text, state.masked.literals),
        namespace=str(state.data.get("namespace") or "company.team"),
        request=state.masked.unmask(text),
    )
    scene.inputs = [
        InputPlan(
            id=str(item.get("id")),
            type=str(item.get("type", "STRING")),
            options={"values": item["values"]} if item.get("values") else {},
        )
        for item in state.data.get("inputs") or ()
        if isinstance(item, dict)
    ]
    scene.variables = dict(state.data.get("variables") or {})
    path: Path = (
        target.find(state.data, anchor, "task") if anchor else ("tasks", 0 if where == "first" else _LAST)
    )
    index = path[-1] if isinstance(path[-1], int) else 0
    reach = (*path[:-1], index + (1 if where == "after" else 0))
    for at, task in target.tasks_of(state.data):
        scene.taken.add(task["id"])
        plugin = state.types.find(task["type"])
        if plugin is not None and at < reach and at[:-1] == reach[: len(at) - 1]:
            _remember(plugin, task, scene)
    scene.frames = _frames(path, state)
    scene.taken |= {operation.step.id for operation in state.edit.operations if operation.step is not None}
    _count_in_words(scene, state)
    _outputs_in_words(scene, state)
    return scene


def _count_in_words(scene: Scene, state: Changing) -> None:
    """Put the expression of a number of rows that is known in the place of the words that ask for it."""
    counted = row_count(scene)
    if counted is None:
        return
    value = f"{{{{ {counted} }}}}"

    def put(match: re.Match[str]) -> str:
        state.masked.literals.append(Literal("code", value, match[0]))
        return f"⟦{len(state.masked.literals) - 1}⟧"

    scene.masked.text = _ROW_COUNT.sub(put, scene.masked.text)


_OUTPUT = re.compile(
    r"\b(?:the\s+)?(?P<name>[A-Za-z]+(?:\s[a-z]+)?)\s+of\s+(?:the\s+)?(?P<task>[\w-]+)\b"
    r"|\b(?P<task2>[\w-]+)(?:'s|’s)\s+(?P<name2>[A-Za-z]+(?:\s[a-z]+)?)\b"
)


def _outputs_in_words(scene: Scene, state: Changing) -> None:
    """Put the expression of an output in the place of its name: `the exit code of compute`."""
    types = {task["id"]: task["type"] for path, task in target.tasks_of(state.data) if len(path) == 2}

    def put(match: re.Match[str]) -> str:
        task = match["task"] or match["task2"]
        said = snake(match["name"] or match["name2"]).replace("_", "")
        names = scene.output_names(types[task]) if task in types else ()
        found = next((name for name in names if name.lower() == said), None)
        if found is None:
            return match[0]
        state.masked.literals.append(Literal("code", f"{{{{ outputs.{task}.{found} }}}}", match[0]))
        return f"⟦{len(state.masked.literals) - 1}⟧"

    scene.masked.text = _OUTPUT.sub(put, scene.masked.text)


def row_count(scene: Scene) -> str | None:
    """Return the expression of the number of rows that was counted last; None when nothing counted them."""
    found = next((item for item in reversed(scene.carriers) if item.subject == "row_count"), None)
    return scene.address(found) if found is not None else None


def declare(scene: Scene, state: Changing, clause: str) -> None:
    """Write down the inputs a clause brings along; those the flow has stay as they are."""
    known = {item.get("id") for item in state.data.get("inputs") or ()}
    for item in scene.inputs:
        if item.id not in known:
            note(state, clause, op="add", section="inputs", value=input_value(item))


def _remember(plugin: type, task: dict[str, Json], scene: Scene) -> None:
    step = Step(id=task["id"], type=task["type"])
    files = task.get("outputFiles")
    if isinstance(files, list) and files and "*" not in str(files[0]):
        name = str(files[0])
        scene.gives(
            step, "file", "outputFiles", name, format=name.rpartition(".")[2], name=name, records=True
        )
        return
    names = scene.output_names(step.type)
    if "rows" in names and "row" in names:
        _remember_query(step, task, scene)
    elif task["type"] == DOWNLOAD:
        format_, compressed = format_of(str(task.get("uri")))
        name = file_name(str(task.get("uri")), format_, compressed)
        scene.gives(step, "file", "uri", format=format_, compressed=compressed, name=name)
    elif "rowCount" in names:
        scene.gives(step, "value", "rowCount", subject="row_count")
    else:
        remember(plugin, step, scene)


def _remember_query(step: Step, task: dict[str, Json], scene: Scene) -> None:
    fetched, sql = str(task.get("fetchType", "")), re.sub(r"--[^\n]*", "", str(task.get("sql") or ""))
    columns = columns_of(sql)
    if fetched == "FETCH":
        scene.gives(step, "rows", "rows", columns=columns, single=gives_one_row(sql))
    elif fetched == "STORE":
        scene.gives(step, "file", "uri", format="ion", name="rows.ion")
    elif fetched == "FETCH_ONE":
        counts = len(columns) == 1 and re.search(r"\bcount\s*\(", sql, re.IGNORECASE)
        for column in columns:
            counted = counts or (len(columns) > 1 and _COUNTS.fullmatch(column))
            scene.gives(step, "value", "row", column, subject="row_count" if counted else column)


def _frames(path: Path, state: Changing) -> list[Frame]:
    frames: list[Frame] = []
    for length in range(2, len(path) - 1):
        item = target.get(state.data, path[:length])
        if isinstance(item, dict) and isinstance(item.get("type"), str) and isinstance(item.get("id"), str):
            name = item["type"].rpartition(".")[2]
            kind = {
                "ForEach": "loop",
                "EachSequential": "loop",
                "If": "if",
                "Switch": "switch",
                "Parallel": "parallel",
            }.get(name, "group")
            noun = (
                re.fullmatch(r"(?:for_)?(?:each|every|per|all)_([a-z]+)", snake(item["id"]))
                if kind == "loop"
                else None
            )
            frames.append(Frame(kind, item["id"], singular(noun[1]) if noun else ""))  # type: ignore[arg-type]
    return frames
