# ruff: noqa: E501 - one phrase, one line: a pattern cut in pieces is harder to read
"""Read what a clause asks of rows: every phrase takes its words away, what is left was not understood."""

from __future__ import annotations

import re
from dataclasses import replace

from copilot.planner.rules.literal import Masked
from copilot.planner.rules.rows import choice, measures, order, shape
from copilot.planner.rules.rows.lexicon import TOOL
from copilot.planner.rules.rows.operation import Transform
from copilot.planner.rules.rows.reading import Reading
from copilot.planner.rules.scene import Scene

_FILE = r"⟦\d+⟧"
_NOISE = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:with|using|into|in|to|via|by|through|use)\s+(?:the\s+help\s+of\s+)?(?:an?\s+|some\s+|plain\s+|in-memory\s+|local\s+|embedded\s+|the\s+)*{TOOL}(?:\s+(?:query|script|code|statement|task|step))?\b",
        rf"\b{TOOL}\b\s*:?",
        rf"\b(?:and\s+(?:then\s+)?|then\s+)?(?:save|write|store|export|put|dump|output|keep)\s+(?:(?:it|them|that|this|those|the\s+\w+|everything|all|the\s+whole\s+thing)\s+)?(?:(?:in)?to|as|in)\s+(?:an?\s+|the\s+)?(?:new\s+|local\s+)?(?:(?:csv|json|parquet)\b(?:\s+file)?(?:\s+(?:called|named)\s+)?)?(?:file\s+)?(?:{_FILE})?",
        rf"\b(?:as|to|into)\s+(?:an?\s+|the\s+)?(?:new\s+)?(?:csv|json|parquet)\b(?:\s+file)?(?:\s+(?:called|named)\s+{_FILE})?",
        rf"\b(?:according to|based on|out of|inside|within|in|from|of|at|on|for|about|to|as|into|called|named|read|take|given)\s+(?:the\s+|my\s+|our\s+)?(?:(?:file|csv|data|json|table|address|url|page|api)\s+)?(?:at\s+|in\s+|from\s+)?{_FILE}",
        _FILE,
    )
)  # fmt: skip


def read_rows(text: str, masked: Masked, scene: Scene, known: tuple[str, ...] = ()) -> Transform:
    """Read a clause; `known` are columns that are there for sure."""
    key = (text, known, *scene.subjects, len(scene.inputs), *(frame.id for frame in scene.frames))
    if key not in scene.readings:  # every rule asks what the same clause says
        scene.readings[key] = _read(text, masked, scene, known)
    return scene.readings[key]


def _read(text: str, masked: Masked, scene: Scene, known: tuple[str, ...]) -> Transform:
    reading = Reading(text, masked, scene, known)
    for pattern in _NOISE:
        reading.cut(pattern, _is_file)
    reading.known = (*known, *(name for name in declared(f"{text}. {scene.request}") if name not in known))
    reading.cut(_DECLARED, lambda *_: True)
    for pattern, use in (
        *shape.DERIVED[:-2],
        *order.BEFORE,
        *measures.TABLE[:11],
        *choice.TABLE[:9],
        *measures.TABLE[11:],
        *shape.DERIVED[-2:],
        *order.AFTER,
        *choice.TABLE[9:],
        *shape.COLUMNS,
        *choice.LAST,
    ):
        reading.take(pattern, use)
    return _settled(reading)


_DECLARED = re.compile(
    r"[(,]\s*(?:with\s+)?(?:the\s+)?(?:columns?|fields?)\s*(?:are\s*|is\s*|:\s*)?(?P<names>[a-z_]\w*(?:\s*(?:,\s*(?:and\s+)?|\s+and\s+)[a-z_]\w*)*)\s*\)",
    re.IGNORECASE,
)


def declared(text: str) -> tuple[str, ...]:
    """Return the columns a request says are there: `orders.csv (columns customer_id and amount)`."""
    found = _DECLARED.search(text)
    return tuple(re.findall(r"(?!and\b)\b[A-Za-z_]\w*", found["names"])) if found else ()


def _is_file(reading: Reading, match: re.Match[str]) -> bool:
    return all(item.kind not in ("text", "code") for item in reading.masked.inside(match[0]))


def _settled(reading: Reading) -> Transform:
    """Finish what the words leave to common sense: what an order without a column goes by."""
    if reading.down is not None and not reading.order:
        column = reading.measures[0].name if reading.measures else ""
        if column:
            reading.order.append((column, reading.down))
    elif reading.down is not None:
        reading.order[0] = (reading.order[0][0], reading.down)
    found = reading.transform()
    if (
        len(set(reading.order)) > 1 and found.limit
    ):  # the first few of one order, shown in another: two questions
        return Transform(left=tuple(sorted(found.said)) or found.left)
    if found.measures and found.limit and not found.groups and found.order and found.limit == 1:
        return found
    if found.measures and found.columns:
        kept = set(found.columns)
        groups = {name.partition("|")[0] for name in found.groups}
        if not kept <= groups | {measure.name for measure in found.measures}:
            return replace(found, columns=())
    return found
