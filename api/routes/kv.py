"""The key-value store: values by namespace and key."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.access import TheEngine, body_text
from api.answer import JsonAnswer
from api.ion import read_value
from api.paging import read_search
from api.shape import kv_json
from api.thread import in_thread
from engine.engine import Engine
from engine.errors import Expired, NotFound
from engine.model.duration import parse_duration
from engine.model.json import Json, loads
from engine.storage.ports import KeyValue

router = APIRouter(tags=["kv"])

_KEY = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]*")
_NAME_RULE = "use letters, digits, '.', '_' and '-', beginning with a letter or digit"
_BASE = "/namespaces/{namespace}/kv"


def _own_namespace(namespace: str) -> str:
    """Return the namespace; raises 422 for one the service keeps for itself."""
    if not _KEY.fullmatch(namespace):
        raise HTTPException(422, f"'{namespace}' is not a namespace; {_NAME_RULE}")
    return namespace


Namespace = Annotated[str, Depends(_own_namespace)]


@router.get("/kv")
async def search_keys(request: Request, engine: TheEngine) -> Response:
    """List keys of all namespaces, page by page."""
    search = read_search(request)
    entries = await in_thread(
        _entries,
        engine,
        search.take("namespace", "EQUALS"),
        search.take("namespace", "PREFIX", "STARTS_WITH"),
        (search.take("q", "EQUALS", "CONTAINS") or "").lower(),
    )
    down = next((down for field, down in search.sort if field == "key"), False)
    entries.sort(key=lambda entry: (entry.key, entry.namespace), reverse=down)
    shown = entries[search.offset : search.offset + search.size]
    return JsonAnswer({"results": [kv_json(entry) for entry in shown], "total": len(entries)})


@router.get(_BASE)
async def list_keys(namespace: Namespace, engine: TheEngine) -> Response:
    """List the keys of a namespace."""
    return JsonAnswer([kv_json(one) for one in await in_thread(_entries, engine, namespace)])


@router.get(f"{_BASE}/inheritance")
async def list_inherited(namespace: Namespace, engine: TheEngine) -> Response:
    """List the keys of the parent namespaces, the nearest first; a nearer key hides a farther one."""
    found: dict[str, KeyValue] = {}
    parent = namespace.rpartition(".")[0]
    while parent:
        for entry in await in_thread(_entries, engine, parent):
            found.setdefault(entry.key, entry)
        parent = parent.rpartition(".")[0]
    return JsonAnswer([kv_json(entry) for entry in found.values()])


@router.get(f"{_BASE}/{{key}}")
async def get_value(namespace: Namespace, key: str, engine: TheEngine) -> Response:
    """Return a value with its type; 404 when missing, 410 when expired."""
    entry = await in_thread(engine.store.kv.get, namespace, key)
    if entry is None or entry.kind == "BYTES":
        raise NotFound(f"Key '{key}' does not exist in namespace {namespace}")
    if entry.expires is not None and entry.expires <= engine.clock():
        raise Expired(f"Key '{key}' of namespace {namespace} has expired")
    head = {"revision": entry.revision, "updated": entry.updated}
    return JsonAnswer({"type": entry.kind, "value": entry.value, **head})


@router.put(f"{_BASE}/{{key}}")
async def put_value(namespace: Namespace, key: str, request: Request, engine: TheEngine) -> Response:
    """Set a value; the body is JSON or a bare word, headers `ttl` and `description` are optional."""
    if not _KEY.fullmatch(key):
        raise HTTPException(422, f"'{key}' is not a key; {_NAME_RULE}")
    kind, value = read_value(await body_text(request))
    await in_thread(
        engine.store.kv.put,
        namespace,
        key,
        value,
        kind,
        engine.clock(),
        expires=_expiry(request.headers.get("ttl"), engine.clock()),
        description=request.headers.get("description"),
    )
    return Response(status_code=200)


@router.delete(_BASE)
async def delete_values(namespace: Namespace, request: Request, engine: TheEngine) -> Response:
    """Remove the keys named in the body; answers those that existed."""
    keys = _keys(await body_text(request))
    deleted = [key for key in keys if await in_thread(engine.store.kv.delete, namespace, key)]
    return JsonAnswer({"keys": deleted})


@router.delete(f"{_BASE}/{{key}}")
async def delete_value(namespace: Namespace, key: str, engine: TheEngine) -> Response:
    """Remove a key; answers whether it existed."""
    return JsonAnswer(await in_thread(engine.store.kv.delete, namespace, key))


def _entries(
    engine: Engine, namespace: str | None, prefix: str | None = None, words: str = ""
) -> list[KeyValue]:
    page = engine.store.kv.search(namespace=namespace, now=engine.clock())
    return [
        entry
        for entry in page.results
        if entry.kind != "BYTES"
        and _KEY.fullmatch(entry.namespace)
        and (not prefix or entry.namespace == prefix or entry.namespace.startswith(f"{prefix}."))
        and words in entry.key.lower()
    ]


def _keys(text: str) -> list[str]:
    try:
        body: Json = loads(text)
    except ValueError:
        body = None
    keys = body.get("keys") if isinstance(body, dict) else None
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise HTTPException(422, 'Send {"keys": ["first", "second"]}')
    return keys


def _expiry(ttl: str | None, now: datetime) -> datetime | None:
    if not ttl:
        return None
    try:
        return now + parse_duration(ttl)
    except ValueError as error:
        raise HTTPException(422, f"ttl: {error}") from None
