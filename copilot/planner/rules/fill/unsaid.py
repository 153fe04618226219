"""Files the words leave something open of: their address, or their format."""

from __future__ import annotations

import re
from dataclasses import replace

from copilot.plan.plan import InputPlan, Step
from copilot.planner.rules.clause import Act
from copilot.planner.rules.fill.database import PUT, about_postgres
from copilot.planner.rules.fill.postgres import PREFIX as POSTGRES
from copilot.planner.rules.fill.postgres import RULES as POSTGRES_RULES
from copilot.planner.rules.fill.rule import Rule
from copilot.planner.rules.scene import Scene


def _score_unmarked(act: Act, scene: Scene) -> float:
    newest = scene.latest("file", "rows", "response")
    unmarked = newest is not None and newest.kind == "file" and newest.format == ""
    return 0.985 if unmarked and not act.first("url") and act.has(PUT) and about_postgres(act, scene) else 0.0


def _fill_unmarked(act: Act, scene: Scene) -> list[Step] | None:
    """Load a file nothing says the format of: as CSV, and say so."""
    newest = scene.latest("file")
    if newest is None:
        return None
    scene.carriers.append(replace(newest, format="csv", name="data.csv"))
    scene.note("The words do not say the format of the files; they are read as CSV with a header.")
    load = next(rule for rule in POSTGRES_RULES if rule.type.endswith(".CopyIn"))
    return load.fill(act, scene)


_UNKNOWN = re.compile(
    r"^(?:download|fetch|get|grab|pull)\s+(?:the\s+|a\s+|our\s+)?(?P<what>(?:[a-z][\w-]*\s+){1,4}?)"
    r"(?P<kind>csv|json|parquet|file|data ?set|data|excel|xml)(?:\s+(?:file|files|data))"
    r"?(?:\s+(?:for|of)\s+.*)?$",
    re.IGNORECASE,
)


def _score_unknown(act: Act, scene: Scene) -> float:
    if act.literals and any(item.kind not in ("retry", "timeout", "lenient") for item in act.literals):
        return 0.0
    asked = _UNKNOWN.match(_bare(act))
    known = scene.scheduled or scene.hooked or bool(scene.arrivals)
    return 0.55 if asked and not known and not act.has(r"\b(?:table|database|query|input|rows?)\b") else 0.0


def _bare(act: Act) -> str:
    return " ".join(re.sub(r"⟦\d+⟧", " ", act.text).split())


def _fill_unknown(act: Act, scene: Scene) -> list[Step] | None:
    match = _UNKNOWN.match(_bare(act))
    if match is None:
        return None
    name = re.sub(r"\W+", "_", match["what"].strip().lower())
    item = scene.add_input(InputPlan(id=f"{name}_url", type="URI", because=act.words))
    scene.note(
        f"The address of '{match['what'].strip()}' was not said, so it is asked for as the input '{item.id}'."
    )
    step = scene.step(
        "io.kestra.plugin.core.http.Download", "download", act, {"uri": f"{{{{ inputs.{item.id} }}}}"}
    )
    kind = match["kind"].lower()
    format_ = {"excel": "excel", "xml": "xml", "json": "json", "parquet": "parquet"}.get(kind, "csv")
    scene.gives(step, "file", "uri", format=format_, name=f"data.{format_}", subject=name)
    if scene.loop is None:
        return [step]
    because = (
        f"{act.words}: one address for each {scene.loop.noun}; write {{{{ {scene.loop_value()} "
        f"}}}} into the uri"
    )
    return [step, Step(id=scene.name("placeholder"), placeholder=True, because=because)]


RULES = (
    Rule(f"{POSTGRES}.CopyIn", _score_unmarked, _fill_unmarked),
    Rule("io.kestra.plugin.core.http.Download", _score_unknown, _fill_unknown),
)
