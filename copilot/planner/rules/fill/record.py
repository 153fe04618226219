"""What is sent to a broker: a text, rows, the content of a file, what the last step gave."""

from __future__ import annotations

import re

from copilot.plan.plan import Step
from copilot.planner.rules.clause import Act
from copilot.planner.rules.fill.convert import converted
from copilot.planner.rules.fill.http import source_file
from copilot.planner.rules.phrase import message_of, subject_of
from copilot.planner.rules.scene import Carrier, Scene
from engine.model.json import Json

DUCKDB = "io.kestra.plugin.jdbc.duckdb.Query"
_DATA = (
    r"\b(?:it|them|this|that|these|results?|rows?|records?|data|content|each|all|everything|file|lines?)\b"
)


def records(act: Act, what: str, scene: Scene, steps: list[Step], shape: str) -> Json | None:
    """Return the `from` of a sending step; `shape` is a jq term that makes a record of a row.

    None where the words name nothing to send.
    """
    texts = [item for item in act.of("text", "code") if item.facts.get("lang") != "sql"]
    if texts and not act.first("url"):
        return [_shaped(scene.fill_text(item.value), shape) for item in texts]
    if act.first("url") is not None:
        source: Carrier | None = source_file(act, scene, steps)
    else:
        source = scene.latest("rows", "file", "response", "value")
    named = subject_of(what, scene) if what else None
    loop = scene.loop
    if loop is not None and (source is None or loop.id not in source.loops) and not texts:
        value = named or scene.loop_value()  # what the loop is at, not all of what was there before
        return (
            [_shaped(f"{{{{ {value} }}}}", shape)]
            if value and act.has(_DATA + r"|\b" + re.escape(loop.noun))
            else None
        )
    if source is None or (named and source.kind == "value"):
        text = f"{{{{ {named} }}}}" if named else message_of(what, scene.masked, scene) if what else ""
        return [_shaped(text, shape)] if text else None
    if source.kind == "value":
        return [_shaped(f"{{{{ {scene.address(source)} }}}}", shape)] if act.has(_DATA) or not what else None
    expression = _rows(source, act, scene, steps)
    return f"{{{{ {expression} | jq('{_program(source, shape)}') }}}}" if expression else None


def _program(source: Carrier, shape: str) -> str:
    return shape if source.kind == "response" and not source.records else f".[] | {shape}"


def _shaped(text: str, shape: str) -> Json:
    return {"value": text} if "value" in shape else {"data": text} if "data" in shape else text


def _rows(source: Carrier, act: Act, scene: Scene, steps: list[Step]) -> str | None:
    """Return the expression of a list of rows; files of rows are read by a query."""
    if source.kind in ("rows", "response"):
        return scene.address(source)
    if source.format == "json" and not source.compressed:
        return f"read({scene.address(source)})"
    if source.format not in ("csv", "jsonl", "parquet"):
        made = converted(source, "jsonl", act, scene, steps)
        if made is None:
            return None
        source = made
    reader = {"csv": "read_csv_auto", "parquet": "read_parquet"}.get(source.format, "read_json_auto")
    name = source.name if not source.compressed else f"data.{source.format}.gz"
    header = ", header = true" if source.format == "csv" else ""
    sql = f"SELECT *\nFROM {reader}('{name}'{header})"
    step = scene.step(DUCKDB, "read_rows", Act("", act.words, []), {"fetchType": "FETCH", "sql": sql})
    step.wiring[f"inputFiles/{name}"] = scene.address(source)
    steps.append(step)
    return scene.address(scene.gives(step, "rows", "rows"))
