"""What an editor asks while a flow is written: findings, completion, hover. Texts go in, positions come out.

Offsets count from 0, lines and columns from 1; all in UTF-16 units as JavaScript counts them, or in
characters with `units: characters`.
"""

from __future__ import annotations

from typing import Literal, Self

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.responses import Response

from api.access import TheEngine, TheWiring
from api.answer import JsonAnswer
from api.editor.complete import Completer
from api.editor.hover import hover
from api.editor.position import Positions
from api.shape import finding_json
from api.thread import in_thread
from engine.engine import Engine
from engine.model.finding import Finding
from engine.model.json import Json

router = APIRouter(prefix="/editor", tags=["editor"])

MAX_CHARACTERS = 2_000_000
_LONGEST_MARK = 400


class Text(BaseModel):
    """The text in the editor, saved or not."""

    model_config = ConfigDict(
        extra="forbid",
        use_attribute_docstrings=True,
        json_schema_extra={"examples": [{"text": "id: hello\nnamespace: demo\ntasks:\n  - "}]},
    )

    text: str = Field(max_length=MAX_CHARACTERS)
    """The whole flow."""

    units: Literal["utf-16", "characters"] = "utf-16"
    """How offsets and columns are counted, in both directions."""


class Place(Text):
    """A position in the text: `offset`, or `line` and `column`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"text": "id: hello\nnamespace: demo\ntasks:\n  - ", "line": 4, "column": 5}]
        },
    )

    offset: int | None = Field(default=None, ge=0)
    """Offset from 0."""

    line: int | None = Field(default=None, ge=1)
    """Line from 1."""

    column: int | None = Field(default=None, ge=1)
    """Column from 1."""

    @model_validator(mode="after")
    def _has_one(self) -> Self:
        if self.offset is None and (self.line is None or self.column is None):
            raise ValueError("send `offset`, or `line` and `column`")
        return self

    def found(self) -> tuple[Positions, int]:
        """Return the positions of the text, and the character the place is at."""
        positions = Positions(self.text, self.units)
        if self.offset is not None:
            return positions, positions.inside(self.offset)
        return positions, positions.at(self.line or 1, self.column or 1)


@router.post("/lint")
async def lint(body: Text, engine: TheEngine) -> Response:
    """Return every finding of the gate with the characters to mark, and its fix as an edit."""
    return JsonAnswer(await in_thread(_lint, engine, body))


@router.post("/complete")
async def complete(body: Place, wiring: TheWiring) -> Response:
    """Return what may be written at a position: properties, types, values, or what fits into `{{ … }}`.

    All items replace the characters `from` to `to`; the best come first. `complete` is false when there are
    more than are sent.
    """
    return JsonAnswer(await in_thread(_complete, wiring.completer, body))


@router.post("/hover")
async def explain(body: Place, wiring: TheWiring) -> Response:
    """Return the documentation of what stands at a position, as Markdown; an empty object without any."""
    return JsonAnswer(await in_thread(_hover, wiring.completer, body))


def _lint(engine: Engine, body: Text) -> dict[str, Json]:
    checked = engine.check(body.text)
    positions = Positions(body.text, body.units)
    characters = Positions(body.text, "characters")
    found = [_finding(finding, positions, characters) for finding in checked.findings]
    return {"valid": checked.flow is not None, "findings": found}


def _finding(finding: Finding, positions: Positions, characters: Positions) -> dict[str, Json]:
    start = characters.at(finding.line or 1, finding.column or 1)
    if finding.fix is not None and finding.fix.start == start < finding.fix.end:
        end = finding.fix.end
    else:
        end = _end(positions.text, start)
    told = finding_json(finding)
    if finding.fix is not None:
        fix = finding.fix
        told["fix"] = {"title": fix.title, "text": fix.text, **positions.span(fix.start, fix.end)}
    return {**told, **positions.span(start, end)}


def _end(text: str, start: int) -> int:
    """Return the end of the word or quoted text that begins at an offset; at least one character."""
    quote = text[start : start + 1]
    if quote in ("'", '"'):
        closing = text.find(quote, start + 1, start + _LONGEST_MARK)
        if closing > 0 and "\n" not in text[start:closing]:
            return closing + 1
    end = start
    while (
        end < len(text) and end - start < _LONGEST_MARK and not text[end].isspace() and text[end] not in ",]}"
    ):
        end += 1
    if end - start > 1 and text[end - 1] == ":":
        end -= 1
    return min(max(end, start + 1), len(text))


def _complete(completer: Completer, body: Place) -> dict[str, Json]:
    positions, offset = body.found()
    found = completer.complete(body.text, offset)
    return {
        **positions.span(found.start, found.end),
        "context": found.context,
        "items": [item.json() for item in found.items],
        "complete": found.complete,
    }


def _hover(completer: Completer, body: Place) -> dict[str, Json]:
    positions, offset = body.found()
    found = hover(completer, body.text, offset)
    if found is None:
        return {}
    return {**positions.span(found.start, found.end), "markdown": found.markdown, "type": found.type}
