"""Any other type: filled from its own fields, when the words hold every value it needs."""

from __future__ import annotations

import re
from enum import Enum
from typing import Any, get_args

from copilot.plan.plan import Step
from copilot.plan.render import snake
from copilot.planner.rules.clause import Act
from copilot.planner.rules.scene import Scene
from copilot.planner.rules.word import find_duration, number_of
from engine.model.flow import TaskSpec
from engine.model.json import Json
from engine.plugin import FlowableTask, Plugin, Task


def fill(type_id: str, act: Act, scene: Scene) -> list[Step] | None:
    """Make a step of the type; None when a required property has no value in the words."""
    found = scene.types.find(type_id)
    if found is None or not issubclass(found, Task) or issubclass(found, FlowableTask) or found.deprecated:
        return None
    values: dict[str, Json] = {}
    texts = [literal.value for literal in act.of("text", "code")]
    for name, field in found.model_fields.items():
        alias = field.alias or name
        value = _named(alias, field.annotation, act, scene)
        if value is None and field.is_required():
            value = _needed(alias, field.annotation, act, scene, texts)
            if value is None:
                return None
        if value is not None:
            values[alias] = value
    step = scene.step(type_id, snake(type_id.rpartition(".")[2]), act, values)
    remember(found, step, scene)
    return [step]


def remember(found: type[Plugin], step: Step, scene: Scene) -> None:
    """Remember what a step gives by the output fields of its class."""
    names = scene.output_names(step.type)
    for name, kind in (
        ("uri", "file"),
        ("rows", "rows"),
        ("body", "response"),
        ("textOutput", "value"),
        ("value", "value"),
        ("count", "value"),
        ("size", "value"),
    ):
        if name in names:
            scene.gives(step, kind, name)  # type: ignore[arg-type]
            return


def _named(alias: str, annotation: Any, act: Act, scene: Scene) -> Json | None:
    """Find `<property> <value>` or `<property>: value` in the words."""
    spoken = snake(alias).replace("_", "[ _-]?")
    match = act.find(rf"\b{spoken}\b\s*(?:is|=|:|of|to|set to)?\s*(?P<value>⟦\d+⟧|[\w./-]*\w)")
    if match is None or len(alias) < 3:
        return None
    literals = scene.masked.inside(match["value"])
    if (
        not literals
        and not re.search(rf"\b{spoken}\b\s*(?:is|=|:|set to)\s*", match[0], re.IGNORECASE)
        and number_of(match["value"]) is None
    ):
        return None
    return _typed(scene.fill_text(literals[0].value) if literals else match["value"], annotation)


def _needed(alias: str, annotation: Any, act: Act, scene: Scene, texts: list[str]) -> Json | None:
    if TaskSpec in get_args(annotation) or "TaskSpec" in str(annotation):
        return None
    if alias in ("uri", "url") and act.first("url"):
        return scene.fill_or_ask(act.first("url") or "")
    if alias in ("from", "uri", "file"):
        file = scene.latest("file")
        return f"{{{{ {scene.address(file)} }}}}" if file else None
    if choice := _choice(annotation, act):
        return choice
    if "timedelta" in str(annotation):
        duration = find_duration(act.text)
        return duration.iso if duration else None
    if texts:
        text = scene.fill_text(texts.pop(0))
        return [text] if "list" in str(annotation) and "str" in str(annotation) else _typed(text, annotation)
    return None


def _choice(annotation: Any, act: Act) -> str | None:
    options = (
        [item.value for item in annotation]
        if isinstance(annotation, type) and issubclass(annotation, Enum)
        else [item for item in get_args(annotation) if isinstance(item, str)]
    )
    return next(
        (str(option) for option in options if re.search(rf"\b{re.escape(str(option).lower())}\b", act.low)),
        None,
    )


def _typed(text: str, annotation: Any) -> Json | None:
    said = str(annotation)
    if "{{" in text:
        return text
    if annotation is int or ("int" in said.split("|")[0].lower() and "str" not in said):
        return int(text) if re.fullmatch(r"-?\d+", text) else None
    if annotation is bool or said.startswith("bool"):
        return (
            text.lower() in ("true", "yes", "on")
            if text.lower() in ("true", "false", "yes", "no", "on", "off")
            else None
        )
    if "dict" in said or "list" in said:
        return None
    return text
