"""Validation as clients of Kestra ask for it: one row per document, never an error."""

from __future__ import annotations

from starlette.requests import Request

from api.access import body_text
from engine.engine import Engine
from engine.model.json import Json
from engine.source.split import split_documents
from engine.validation import Checked


async def posted_texts(request: Request) -> list[tuple[str | None, str]]:
    """Return (file name, text) of the body, or of its multipart parts `flows`."""
    if not request.headers.get("content-type", "").lower().startswith("multipart/"):
        return [(None, await body_text(request))]
    async with request.form() as form:
        texts: list[tuple[str | None, str]] = []
        for part in form.getlist("flows"):
            if isinstance(part, str):
                texts.append((None, part))
            else:
                texts.append((part.filename, (await part.read()).decode("utf-8", "replace")))
        return texts


def violations(engine: Engine, texts: list[tuple[str | None, str]]) -> list[Json]:
    """Return one row per document, in order; `constraints` is there only when it is invalid."""
    rows: list[Json] = []
    for filename, text in texts:
        for part in split_documents(text) or split_documents("{}"):
            rows.append({"index": len(rows), "filename": filename, **_violation(engine, part.text)})
    return rows


def _violation(engine: Engine, text: str) -> dict[str, Json]:
    checked = engine.check(text)
    problems = [finding.text for finding in checked.findings if finding.blocking]
    ids = _ids_of(checked)
    return {
        "flow": ids.get("id"),
        "namespace": ids.get("namespace"),
        "constraints": "\n".join(problems) or None,
        "outdated": _outdated(engine, ids),
        "deprecationPaths": [f.path for f in checked.findings if f.code == "deprecated"],
        "warnings": [f.text for f in checked.findings if f.severity == "WARNING" and f.code != "deprecated"],
        "infos": [f.text for f in checked.findings if f.severity == "INFO"],
    }


def _ids_of(checked: Checked) -> dict[str, Json]:
    data = checked.document.data if checked.document else None
    return data if isinstance(data, dict) else {}


def _outdated(engine: Engine, written: dict[str, Json]) -> bool:
    revision = written.get("revision")
    if not isinstance(revision, int):
        return False
    row = engine.store.flows.get(str(written.get("namespace")), str(written.get("id")))
    return row is not None and revision != row.revision + 1
