"""Documents: searched, read, brought up to date, measured, removed."""

from __future__ import annotations

import re
from dataclasses import asdict

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.access import TheWiring
from api.answer import JsonAnswer
from api.body import json_map
from api.camel import camelized
from api.paging import integer
from api.thread import in_thread
from engine.errors import NotFound
from engine.model.json import Json
from engine.storage.ports import KeyValueStore
from retrieval.collection import remove, status
from retrieval.errors import CollectionAbsent, QuestionsInvalid
from retrieval.evaluate import evaluate, question_of
from retrieval.ingest import IngestReport
from retrieval.store import CollectionStore, collections

router = APIRouter(prefix="/docs", tags=["documents"])

MAX_PASSAGES = 50

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@router.get("/search")
async def search_documents(q: str, request: Request, wiring: TheWiring) -> Response:
    """Find passages, best first; `kind` (plugin, guide, expression, page) and `collection` narrow down."""
    count = min(integer(request, "size") or 8, MAX_PASSAGES)
    kinds = request.query_params.getlist("kind") or None
    chosen = request.query_params.getlist("collection") or None
    passages = await in_thread(wiring.retriever.search, q, k=count, kinds=kinds, collections=chosen)
    notice = await in_thread(lambda: wiring.retriever.notice)
    rows = [camelized(asdict(passage)) for passage in passages]
    return JsonAnswer({"results": rows, "total": len(rows), "notice": notice})


@router.get("/page")
async def read_page(source: str, wiring: TheWiring) -> Response:
    """Return a document, chunk by chunk in its order."""
    return JsonAnswer(await in_thread(_page, wiring.engine.store.kv, source))


@router.get("/status")
async def show_status(wiring: TheWiring) -> Response:
    """Return every collection: counts, version, origins, what is damaged."""
    found = await in_thread(status, wiring.engine.store.kv)
    notice = await in_thread(lambda: wiring.retriever.notice)
    return JsonAnswer({"collections": [camelized(asdict(one)) for one in found], "notice": notice})


@router.post("/ingest")
async def ingest_documents(request: Request, wiring: TheWiring) -> Response:
    """Read `sources` (addresses, sitemaps, `…/*` for all pages below) into `collection`; waits for the end.

    Without sources, or without a body, what the collection holds is read again: built-in documents and web
    pages. Folders of the server and private addresses are read by `flowsmith docs ingest` only.
    """
    body = await json_map(request) if await request.body() else {}
    collection = _collection(body.get("collection", "docs"))
    sources = body.get("sources") or []
    if not isinstance(sources, list) or not all(isinstance(one, str) for one in sources):
        raise HTTPException(422, "sources: send a list of addresses")
    for one in sources:
        if not one.startswith(("http://", "https://")):
            raise HTTPException(
                422, f"sources: '{one}' is not an http(s) address; use `flowsmith docs ingest`"
            )
    if sources:
        report = await in_thread(wiring.ingest, sources=sources, collection=collection, allow_private=False)
    else:
        report = await in_thread(wiring.refresh, collection)
    return JsonAnswer(_report(report))


@router.post("/eval")
async def evaluate_search(request: Request, wiring: TheWiring) -> Response:
    """Ask `questions` ({question, kind, expect, answerable}) and return the scores and the misses."""
    body = await json_map(request)
    given = body.get("questions")
    try:
        asked = [question_of(one, f"questions[{at}]") for at, one in enumerate(given or [])]
        report = await in_thread(evaluate, asked, wiring.retriever)
    except (QuestionsInvalid, TypeError) as error:
        raise HTTPException(422, str(error)) from error
    return JsonAnswer(report.to_json())


@router.delete("/collections/{name}")
async def remove_documents(name: str, request: Request, wiring: TheWiring) -> Response:
    """Remove a collection, or with `origin` only what came from there."""
    origins = request.query_params.getlist("origin")
    try:
        count = await in_thread(remove, wiring.engine.store.kv, name, origins)
    except CollectionAbsent as error:
        raise NotFound(error.message) from error
    return JsonAnswer({"removed": count})


def _collection(value: Json) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise HTTPException(422, f"collection: '{value}' is not a name; use letters, digits, '-' and '_'")
    return value


def _report(report: IngestReport) -> dict[str, Json]:
    return {**camelized(asdict(report)), "skipped": [asdict(skip) for skip in report.skipped]}


def _page(kv: KeyValueStore, source: str) -> dict[str, Json]:
    for name in collections(kv):
        documents, _ = CollectionStore(kv, name).documents()
        found = next((one for one in documents.values() if one.source == source), None)
        if found is not None:
            return {
                "collection": name,
                "source": source,
                "title": found.title,
                "chunks": [
                    {
                        "heading": chunk.heading,
                        "startLine": chunk.start_line,
                        "endLine": chunk.end_line,
                        "text": chunk.text,
                    }
                    for chunk in found.chunks
                ],
            }
    raise NotFound(f"Document '{source}' has not been read; see `flowsmith docs ingest`")
