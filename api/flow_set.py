"""Many flows at once: saved, exchanged, switched on and off, deleted."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from starlette.exceptions import HTTPException
from starlette.requests import Request

from api.find_flow import every_flow
from api.paging import read_search
from engine.engine import Engine
from engine.errors import FlowInvalid, FlowsmithError, NotFound, SourceError
from engine.model.json import Json
from engine.model.moment import to_text
from engine.source.document import read_document
from engine.source.split import split_documents
from engine.storage.ports import FlowRow

_UNDERSTOOD = frozenset({"q", "namespace", "labels", "scope", "page", "size", "sort"})


def save_each(engine: Engine, texts: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Save what can be saved; returns the names of the others with the reasons."""
    refused: dict[str, str] = {}
    for name, text in texts:
        try:
            engine.save(text)
        except FlowsmithError as error:
            refused[_name_of(text) or name] = error.message
    return refused


def save_all(
    engine: Engine, text: str, namespace: str | None, *, children: bool = False, override: bool = False
) -> list[FlowRow]:
    """Save every document, or nothing when one is invalid or of another namespace.

    `children`: namespaces below are fine too. `override`: other namespaces are replaced by this one.
    """
    parts = [part.text for part in split_documents(text)]
    if not parts:
        raise HTTPException(422, "The body holds no flow, so nothing was changed; send YAML")
    if namespace and override:
        parts = [_moved(part, namespace) for part in parts]
    for number, part in enumerate(parts):
        checked = engine.check(part)
        if checked.flow is None:
            raise FlowInvalid(checked.findings)
        own = checked.flow.namespace
        if namespace and own != namespace and not (children and own.startswith(f"{namespace}.")):
            raise HTTPException(422, f"Document {number}: namespace is {own}, not {namespace}")
    return [engine.save(part) for part in parts]


def delete_others(engine: Engine, namespace: str, kept: Iterable[FlowRow], *, children: bool = False) -> None:
    """Delete the flows of a namespace that are not among those kept."""
    names = {(row.namespace, row.id) for row in kept}
    for row in engine.store.flows.latest():
        inside = row.namespace == namespace or (children and row.namespace.startswith(f"{namespace}."))
        if inside and (row.namespace, row.id) not in names:
            engine.delete_flow(row.namespace, row.id)


def rows_of(engine: Engine, body: Json) -> list[FlowRow]:
    """Return the flows named in a body like `[{namespace, id}]`; raises 422, or NotFound."""
    if not isinstance(body, list) or not all(isinstance(one, dict) and "id" in one for one in body):
        raise HTTPException(422, 'Send a JSON list like [{"namespace": "demo", "id": "hello"}]')
    return [engine.flow_row(str(one.get("namespace")), str(one["id"])) for one in body]


def rows_found(engine: Engine, request: Request) -> list[FlowRow]:
    """Return the flows a filter finds; raises 400 without a filter, or with one that is not understood."""
    names = request.query_params
    strange = [name for name in names if name not in _UNDERSTOOD and not name.startswith("filters[")]
    if strange:
        raise HTTPException(400, f"Parameter '{strange[0]}' is not understood, so nothing was changed")
    search = read_search(request, groups=True)
    if not search.narrows:
        raise HTTPException(400, "Say which flows: without a filter nothing is changed")
    return every_flow(engine, search)


def switch(engine: Engine, rows: Sequence[FlowRow], *, disabled: bool) -> int:
    """Disable or enable flows; returns how many changed. Only the word `disabled` of a text changes."""
    changed = [row for row in rows if row.disabled is not disabled]
    texts = [_switched(row, disabled) for row in changed]
    for row, text in zip(changed, texts, strict=True):
        engine.save(text, mode="update", expected=(row.namespace, row.id))
    return len(changed)


def delete(engine: Engine, rows: Sequence[FlowRow]) -> int:
    """Delete flows; returns how many there were."""
    deleted = 0
    for row in rows:
        try:
            engine.delete_flow(row.namespace, row.id)
        except NotFound:
            continue
        deleted += 1
    return deleted


def csv_of(rows: Iterable[FlowRow]) -> str:
    """Return flows as a table."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["id", "namespace", "revision", "disabled", "description", "labels", "updated"])
    for row in rows:
        labels = ",".join(f"{key}:{value}" for key, value in row.labels.items())
        written = [row.id, row.namespace, row.revision, str(row.disabled).lower()]
        writer.writerow([*written, row.description or "", labels, to_text(row.updated)])
    return table.getvalue()


def _switched(row: FlowRow, disabled: bool) -> str:
    text = row.source
    document = read_document(text)
    word = str(disabled).lower()
    if document.exists(("disabled",)):
        span = document.span(("disabled",))
        return text[: span.start] + word + text[span.end :]
    line_end = text.find("\n", document.span(("namespace",)).end)
    if line_end < 0:
        return f"{text}\ndisabled: {word}\n"
    return f"{text[:line_end]}\ndisabled: {word}{text[line_end:]}"


def _moved(text: str, namespace: str) -> str:
    document = read_document(text)
    if not document.exists(("namespace",)):
        return f"namespace: {namespace}\n{text}"
    span = document.span(("namespace",))
    return text[: span.start] + namespace + text[span.end :]


def _name_of(text: str) -> str | None:
    try:
        data = read_document(text).data
    except SourceError:
        return None
    named = isinstance(data, dict) and data.get("id")
    return f"{data.get('namespace')}.{data['id']}" if named else None
