"""Validation as clients of Kestra ask for it: one row per document, never an error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from starlette.requests import Request

from api.access import body_text
from engine.engine import Engine
from engine.errors import SourceError
from engine.model.finding import Finding
from engine.model.json import Json, dumps
from engine.source.document import read_document
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


def part_violation(engine: Engine, text: str, section: str) -> dict[str, Json]:
    """Validate one task (`section` tasks, errors, finally …) or one trigger (`triggers`).

    It is looked at alone: what it says of inputs and other tasks is not checked.
    """
    try:
        part = read_document(text).data
    except SourceError as error:
        return {"index": 0, **_row([error.message], []), "outdated": False}
    if not isinstance(part, dict):
        return {
            "index": 0,
            **_row(["Send one task or trigger, a map with `id` and `type`"], []),
            "outdated": False,
        }
    beside = {"tasks": [{"id": "alone", "type": "io.kestra.plugin.core.log.Log", "message": "alone"}]}
    flow = {"id": "alone", "namespace": "alone", **beside, _SECTIONS.get(section, "tasks"): [part]}
    checked = engine.check(dumps(flow).decode())
    at = f"{_SECTIONS.get(section, 'tasks')}[0]"
    own = [
        replace(finding, path=finding.path.removeprefix(at).removeprefix("."), line=None)
        for finding in checked.findings
        if finding.path.startswith(at) and finding.code not in _ELSEWHERE
    ]
    problems = [finding.text for finding in own if finding.blocking]
    return {"index": 0, **_row(problems, own), "outdated": False}


_SECTIONS = {
    "triggers": "triggers",
    "errors": "errors",
    "finally": "finally",
    "afterexecution": "afterExecution",
}
_ELSEWHERE = frozenset({"undefined-variable", "uncertain-variable"})


def deprecations(engine: Engine, namespace: str) -> list[Json]:
    """Return the flows below a namespace that use something deprecated."""
    found: list[Json] = []
    for row in engine.store.flows.latest():
        if namespace and row.namespace != namespace and not row.namespace.startswith(f"{namespace}."):
            continue
        paths = [f.path for f in engine.check(row.source).findings if f.code == "deprecated"]
        if paths:
            found.append({"namespace": row.namespace, "id": row.id, "deprecationPaths": paths})
    return found


def _violation(engine: Engine, text: str) -> dict[str, Json]:
    checked = engine.check(text)
    problems = [finding.text for finding in checked.findings if finding.blocking]
    ids = _ids_of(checked)
    return {
        "flow": ids.get("id"),
        "namespace": ids.get("namespace"),
        **_row(problems, checked.findings),
        "outdated": _outdated(engine, ids),
    }


def _row(problems: Sequence[str], findings: Sequence[Finding]) -> dict[str, Json]:
    return {
        "constraints": "\n".join(problems) or None,
        "deprecationPaths": [f.path for f in findings if f.code == "deprecated"],
        "warnings": [f.text for f in findings if f.severity == "WARNING" and f.code != "deprecated"],
        "infos": [f.text for f in findings if f.severity == "INFO"],
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
