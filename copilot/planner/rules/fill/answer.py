# ruff: noqa: E501 - one turn of phrase, one line: a pattern cut in pieces is harder to read
"""Parts of an answer taken out of it, and outputs of the flow."""

from __future__ import annotations

import re
from dataclasses import replace

from copilot.plan.plan import OutputPlan, Step
from copilot.plan.render import snake
from copilot.planner.rules.clause import Act
from copilot.planner.rules.field import answer_at, field_of
from copilot.planner.rules.fill.http import source_file
from copilot.planner.rules.fill.rule import Rule
from copilot.planner.rules.phrase import expression_of
from copilot.planner.rules.scene import Carrier, Scene
from copilot.planner.rules.word import whole

REQUEST = "io.kestra.plugin.core.http.Request"
SPLIT = "io.kestra.plugin.core.storage.Split"
_TAKE = re.compile(
    r"^(?:take|get|extract|read|pick|pull|parse|fetch|grab|find|use|keep|need|isolate|select|get hold of)\s+(?:out\s+)?"
    r"(?P<what>.+?(?:\s+(?:in|of|from|out of)\s+.+)?)$",
    re.IGNORECASE,
)
_OUTPUT = re.compile(r"^give the flow output\s+(?P<what>.+)$", re.IGNORECASE)


def _taken(act: Act, scene: Scene) -> tuple[str, str] | None:
    match = _TAKE.match(" ".join(act.text.split()))
    answer = answer_at(scene)
    if match is None or answer is None or act.literals:
        return None
    what = re.sub(r"\s+(?:out of|from)\s+", " of ", match["what"], flags=re.IGNORECASE)
    told = re.search(r"\b(?:of|in)\s+(?:it|the|that|its|this)\b|\b(?:field|key|value|first|last|its)\b", what)
    found = field_of(what, scene) if told else None
    if found is None:
        return None
    name = re.search(r"\.([A-Za-z_]\w*)(?:'\).*)?$", found)
    return found, name[1] if name else "value"


def _score_take(act: Act, scene: Scene) -> float:
    return 0.96 if _taken(act, scene) else 0.0


def _fill_take(act: Act, scene: Scene) -> list[Step] | None:
    """`take the version out of the answer`: no step of its own, what follows reads it where it is."""
    taken, answer = _taken(act, scene), answer_at(scene)
    if taken is None or answer is None:
        return None
    expression, name = taken
    value = Carrier("value", answer.step, ("field", name), answer.type, given=f"{expression}", subject=name)
    scene.carriers.append(replace(value, loops=answer.loops))
    return []


def _fill_output(act: Act, scene: Scene) -> list[Step] | None:
    match = _OUTPUT.match(" ".join(act.text.split()))
    found = expression_of(match["what"], scene.masked, scene) if match else None
    if match is None or found is None:
        return None
    bare = re.sub(r"^(?:the|its)\s+|\s+(?:field|value)?\s*(?:of|in|from)\s+.*$|\s+field$", "", match["what"])
    scene.outputs.append(OutputPlan(id=snake(bare) or "result", value=f"{{{{ {found} }}}}"))
    scene.understood.update(bare.split())
    return []


_ITS = re.compile(
    r"^(?:count|sum|average|compute|calculate|total)\b.*\b(?:its|their|his|her)\b", re.IGNORECASE
)


def _score_elsewhere(act: Act, scene: Scene) -> float:
    loop = scene.loop
    newest = scene.latest("rows", "file", "response")
    asked = _ITS.match(act.low) is not None and loop is not None and loop.json_values
    return 0.999 if asked and newest is not None and loop is not None and loop.id not in newest.loops else 0.0


def _fill_elsewhere(act: Act, scene: Scene) -> list[Step] | None:
    """`for each category count its products`: the rows at hand are the categories, not what is counted."""
    because = f"{act.words}: where these are counted has to be said"
    return [Step(id=scene.name("placeholder"), placeholder=True, because=because)]


_SPLIT = re.compile(
    r"^(?:split|cut|divide|break|chop)\b.*\b(?:of|with|by|every|after|containing)\s+(?:at most\s+|up to\s+)?(?P<n>\d[\d,]*)\s+(?:rows|lines|records|entries)\b"
    r"|^(?:split|cut|divide|break|chop)\b.*\binto\s+(?P<p>\d+|two|three|four|five|six|eight|ten)\s+(?:equal\s+|smaller\s+)?(?:parts|pieces|files|chunks)\b",
    re.IGNORECASE,
)


def _fill_split(act: Act, scene: Scene) -> list[Step] | None:
    match = _SPLIT.match(" ".join(act.text.split()))
    steps: list[Step] = []
    file = source_file(act, scene, steps)
    if match is None or file is None or file.compressed:
        return None
    size = (
        {"rows": int(match["n"].replace(",", ""))} if match["n"] else {"partitions": whole(match["p"] or "")}
    )
    step = scene.step(SPLIT, "split", act, {**size})
    step.wiring["from"] = scene.address(file)
    scene.gives(step, "value", "uris", subject="parts")
    scene.understood.update(
        ("split", "cut", "divide", "break", "chop", "chunks", "pieces", "parts", "equal", "smaller")
    )
    if file.format == "csv":
        scene.note("Split cuts between lines: only the first part of a CSV file holds its header.")
    return [*steps, step]


RULES = (
    Rule(SPLIT, lambda act, scene: 0.98 if _SPLIT.match(act.low) else 0.0, _fill_split),
    Rule(REQUEST, _score_elsewhere, _fill_elsewhere),
    Rule(REQUEST, _score_take, _fill_take),
    Rule(REQUEST, lambda act, scene: 0.99 if _OUTPUT.match(act.low) else 0.0, _fill_output),
)
