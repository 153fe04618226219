"""A file somebody hands in when the flow starts: `the uploaded Excel file`."""

from __future__ import annotations

import re

from copilot.plan.plan import InputPlan
from copilot.planner.rules.scene import Carrier, Scene

_UPLOADED = re.compile(
    r"\b(?:the|an?|my|this|each)\s+(?:uploaded|attached|provided|given)\s+(?P<kind>excel|xlsx|csv|"
    r"json|parquet|avro|xml|zip|yaml|text)?\s*"
    r"(?:file|workbook|spreadsheet|archive|document)\b",
    re.IGNORECASE,
)


def give_uploaded(scene: Scene) -> None:
    """Ask for the file the words say is handed in, unless an input of that kind was declared."""
    match = _UPLOADED.search(scene.masked.text)
    if match is None or any(item.type == "FILE" for item in scene.inputs) or scene.arrivals:
        return
    kind = (match["kind"] or ("excel" if "sheet" in match[0] or "workbook" in match[0] else "")).lower()
    format_ = {"xlsx": "excel", "text": "text"}.get(kind, kind)
    item = scene.add_input(InputPlan(id="file", type="FILE", because=match[0]))
    facts = {
        "format": format_,
        "name": f"data.{kind or 'txt'}",
        "subject": "file",
        "given": f"inputs.{item.id}",
    }
    scene.carriers.append(Carrier("file", "", (), **facts))  # type: ignore[arg-type]
