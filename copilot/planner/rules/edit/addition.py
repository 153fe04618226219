"""Add inputs and tasks."""

from __future__ import annotations

import re

from copilot.plan import target
from copilot.plan.plan import InputPlan, Step
from copilot.plan.render import input_value
from copilot.planner.rules.builder import Builder
from copilot.planner.rules.declared import take_declared
from copilot.planner.rules.edit.container import holder
from copilot.planner.rules.edit.state import Changing, note
from copilot.planner.rules.fill.generic import remember
from copilot.planner.rules.fill.http import DOWNLOAD, file_name, format_of
from copilot.planner.rules.inputs import take_inputs
from copilot.planner.rules.literal import Masked
from copilot.planner.rules.parse import parse
from copilot.planner.rules.scene import Frame, Scene
from engine.model.json import Json
from engine.source.document import Path

# --- inputs and new tasks ----------------------------------------------------------------------------------


def inputs(clause: str, state: Changing) -> bool:
    masked = Masked(clause, state.masked.literals)
    found = take_declared(masked) or take_inputs(masked)
    if not found:
        return False
    known = {item.get("id") for item in state.data.get("inputs") or ()}
    for item in found:
        if item.id not in known:
            note(state, clause, op="add", section="inputs", value=input_value(item))
    return True


_PLACE = re.compile(
    (
        r"[\s,]*\b(?P<where>before|after|at the (?:start|beginning|end)|as the (?:first"
        r"|last) (?:task|step)|at last|inside|to the start"
        r"|to the end)\b\s*(?P<anchor>(?:the\s+)?(?:task\s+|step\s+)?(?:(?!saying\b|that\b|which\b"
        r"|with\b|and\b)[\w-]+)?(?:\s+(?:task|step))?)"
    ),
    re.IGNORECASE,
)
_ADD = re.compile(
    (
        r"^(?:add|insert|append|include|put|also)\s+(?:in\s+)?(?:an?(?:other)?\s+|the\s+|(?:second"
        r"|third|fourth|fifth)\s+"
        r"|one more\s+|new\s+)*(?:new\s+)?(?:(?:task|step)\s+(?:that|to|which)\s+"
        r"|(?P<kind>[\w ]+?)\s+(?:task|step)\s*(?:that|to|which|saying|with|for|:)?\s*)?"
    ),
    re.IGNORECASE,
)


def add(clause: str, state: Changing) -> bool:
    text = clause
    where, anchor, inside = "last", "", None
    section = ""
    if part := re.match(
        r"^(?:add|put|create|make|insert)\s+(?:an?\s+|the\s+)?(?P<part>error|finally|cleanup"
        r"|clean-up)\s+(?:task|step|handler|block|section|branch|part)?\s*(?:that|which|to)\s+"
        r"(?P<body>.+)$",
        clause,
        re.IGNORECASE,
    ):
        section = "errors" if part["part"].lower() == "error" else "finally"
        text = f"add a task that {part['body']}"
    errors = bool(
        re.search(
            r"\b(?:if|when)\b.*\bfails?\b|\bon (?:failure|error)\b|\berror handler\b", clause, re.IGNORECASE
        )
    )
    if (place := _PLACE.search(text)) and not errors and not section:
        said = place["where"].lower()
        text = (
            (text[: place.start()] + " " + text[place.end() :]).strip()
            if place.start()
            else text[place.end() :].strip(" ,")
        )
        if said in ("before", "after"):
            neighbour = state.task(place["anchor"])
            if neighbour is None:
                return False
            where, anchor = said, neighbour[0]
        elif any(word in said for word in ("start", "beginning", "first")):
            where = "first"
    if not anchor and not errors and not section and (inside := holder(text, state)):
        text = inside[2]
    head = _ADD.match(text)
    body = text[head.end() :] if head else text
    kind = (head["kind"] or "") if head else ""
    steps, scene = _new_steps(f"{_verb_of(kind)} {body}".strip() if kind else body, state, where, anchor)
    if not steps or all(step.placeholder for step in steps):
        return False
    for trigger in scene.inputs:
        if trigger.id not in {item.get("id") for item in state.data.get("inputs") or ()}:
            note(state, clause, op="add", section="inputs", value=input_value(trigger))
    previous = anchor
    for number, step in enumerate(steps):
        if errors or section:
            note(state, clause, op="add", step=step, section=section or "errors")
        elif inside and not number:
            note(state, clause, op="add", step=step, inside=inside[0], section=inside[1])
        elif number and previous:
            note(state, clause, op="add", step=step, where="after", anchor=previous, kind="task")
        else:
            note(
                state,
                clause,
                op="add",
                step=step,
                where=where,
                anchor=anchor,
                section="" if anchor else "tasks",
            )
        previous = step.id
    for default in scene.defaults:
        present = state.data.get("pluginDefaults") or ()
        if not any(str(default.type).startswith(str(item.get("type"))) for item in present):
            note(
                state,
                clause,
                op="add",
                section="pluginDefaults",
                value={"type": default.type, "values": default.values},
            )
    state.edit.notes += scene.notes
    return True


_KINDS = {
    "log": "log",
    "logging": "log",
    "sleep": "sleep",
    "wait": "wait",
    "return": "return",
    "download": "download",
    "http": "request",
    "python": "run with python",
    "shell": "run in the shell",
    "duckdb": "query with duckdb",
    "slack": "send to slack",
    "email": "send an email",
    "mail": "send an email",
    "pause": "pause",
}


def _verb_of(kind: str) -> str:
    return _KINDS.get(kind.lower().split()[-1], kind) if kind else ""


def _new_steps(text: str, state: Changing, where: str, anchor: str) -> tuple[list[Step], Scene]:
    """Compose steps that see what the flow already gives at the place they are added to."""
    masked = Masked(text, state.masked.literals)
    scene = Scene(
        state.types,
        masked,
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
    known = {item.id for item in scene.inputs}
    scene.variables = dict(state.data.get("variables") or {})
    path: Path = (
        target.find(state.data, anchor, "task") if anchor else ("tasks", 0 if where == "first" else 1 << 20)
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
    built = Builder(scene, state.suggest).build(parse(masked))
    scene.inputs = [item for item in scene.inputs if item.id not in known]
    return [*built.steps, *built.errors, *built.finally_], scene


def _remember(plugin: type, task: dict[str, Json], scene: Scene) -> None:
    step = Step(id=task["id"], type=task["type"])
    files = task.get("outputFiles")
    if isinstance(files, list) and files and "*" not in str(files[0]):
        name = str(files[0])
        scene.gives(
            step, "file", "outputFiles", name, format=name.rpartition(".")[2], name=name, records=True
        )
        return
    fetched = str(task.get("fetchType", ""))
    if "rows" in scene.output_names(step.type):
        if fetched == "FETCH":
            scene.gives(step, "rows", "rows")
        elif fetched == "STORE":
            scene.gives(step, "file", "uri", format="ion", name="rows.ion")
    elif task["type"] == DOWNLOAD:
        format_, compressed = format_of(str(task.get("uri")))
        name = file_name(str(task.get("uri")), format_, compressed)
        scene.gives(step, "file", "uri", format=format_, compressed=compressed, name=name)
    else:
        remember(plugin, step, scene)


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
            frames.append(Frame(kind, item["id"]))  # type: ignore[arg-type]
    return frames
