"""Namespaces: they exist because flows live in them. The values of secrets are never shown."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.access import TheEngine
from api.answer import JsonAnswer
from api.body import json_map
from api.paging import Search, read_search
from api.thread import in_thread
from engine.engine import Engine
from engine.errors import NotFound
from engine.model.json import Json

router = APIRouter(tags=["namespaces"])


@router.get("/namespaces/search")
async def search_namespaces(request: Request, engine: TheEngine) -> Response:
    """Find namespaces by a part of their name, parents included."""
    search = read_search(request)
    names = [name for name in await in_thread(_names, engine) if _fits(name, search)]
    if any(down for field, down in search.sort if field in ("id", "namespace")):
        names.reverse()
    shown = names[search.offset : search.offset + search.size]
    return JsonAnswer({"results": [_namespace(name) for name in shown], "total": len(names)})


@router.post("/namespaces/autocomplete")
async def complete_namespace(request: Request, engine: TheEngine) -> Response:
    """List the namespaces that begin with `q`, or those of `ids`."""
    wanted = await json_map(request)
    q, ids = str(wanted.get("q") or "").lower(), wanted.get("ids")
    names = await in_thread(_names, engine)
    if isinstance(ids, list) and ids:
        return JsonAnswer([name for name in names if name in ids])
    return JsonAnswer([name for name in names if q in name.lower()])


@router.get("/namespaces/{namespace}")
async def get_namespace(namespace: str, engine: TheEngine) -> Response:
    """Return a namespace; 404 when no flow lives in it or below it."""
    if namespace not in await in_thread(_names, engine):
        raise NotFound(f"Namespace {namespace} does not exist; it begins with its first flow")
    return JsonAnswer(_namespace(namespace))


@router.get("/namespaces/{namespace}/inherited-variables")
async def inherited_variables(namespace: str) -> Response:
    """Return the variables of the namespace: here variables belong to flows, so there are none."""
    return JsonAnswer({})


@router.get("/namespaces/{namespace}/inherited-secrets")
async def inherited_secrets(namespace: str, engine: TheEngine) -> Response:
    """Return the names of the secrets by namespace: those of the service are seen everywhere."""
    return JsonAnswer({namespace: sorted(engine.secrets.names())})


@router.get("/namespaces/{namespace}/secrets")
@router.get("/secrets")
async def list_secrets(request: Request, engine: TheEngine) -> Response:
    """List the names of the secrets, which come from the environment of the service."""
    search = read_search(request)
    words = (search.take("q", "EQUALS", "CONTAINS") or "").lower()
    names = sorted(name for name in engine.secrets.names() if words in name.lower())
    shown = names[search.offset : search.offset + search.size]
    rows = [{"key": name} for name in shown]
    return JsonAnswer({"results": rows, "total": len(names), "readOnly": True})


@router.put("/namespaces/{namespace}/secrets")
@router.patch("/namespaces/{namespace}/secrets/{key}")
@router.delete("/namespaces/{namespace}/secrets/{key}")
async def change_secret(namespace: str) -> Response:
    """Refuse: secrets are set where the service is started."""
    raise HTTPException(
        405, "Secrets are read-only here; start the service with SECRET_<NAME>=<base64 value>"
    )


def _names(engine: Engine) -> list[str]:
    """Return the namespaces with flows and their parents, sorted."""
    found: set[str] = set()
    for row in engine.store.flows.latest():
        parts = row.namespace.split(".")
        found |= {".".join(parts[:count]) for count in range(1, len(parts) + 1)}
    return sorted(found)


def _fits(name: str, search: Search) -> bool:
    words = search.take("q", "EQUALS", "CONTAINS")
    exact = search.take("namespace", "EQUALS")
    prefix = search.take("namespace", "PREFIX", "STARTS_WITH")
    return (
        (words is None or words.lower() in name.lower())
        and exact in (None, name)
        and (prefix is None or name == prefix or name.startswith(f"{prefix}."))
    )


def _namespace(name: str) -> dict[str, Json]:
    return {"id": name, "deleted": False}
