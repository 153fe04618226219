"""Documents: searched and read."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.access import TheWiring
from api.answer import JsonAnswer
from api.camel import camelized
from api.paging import integer
from api.thread import in_thread
from engine.errors import NotFound
from engine.model.json import Json
from engine.storage.ports import KeyValueStore
from retrieval.store import CollectionStore, collections

router = APIRouter(prefix="/docs", tags=["documents"])

MAX_PASSAGES = 50


@router.get("/search")
async def search_documents(q: str, request: Request, wiring: TheWiring) -> Response:
    """Find passages, best first; `kind` narrows to plugin, guide, expression or page."""
    count = min(integer(request, "size") or 8, MAX_PASSAGES)
    kinds = request.query_params.getlist("kind") or None
    passages = await in_thread(wiring.retriever.search, q, k=count, kinds=kinds)
    notice = await in_thread(lambda: wiring.retriever.notice)
    rows = [camelized(asdict(passage)) for passage in passages]
    return JsonAnswer({"results": rows, "total": len(rows), "notice": notice})


@router.get("/page")
async def read_page(source: str, wiring: TheWiring) -> Response:
    """Return a document, chunk by chunk in its order."""
    return JsonAnswer(await in_thread(_page, wiring.engine.store.kv, source))


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
