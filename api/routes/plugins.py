"""Plugins: what types there are, their documentation and schemas. Never tenanted."""

from __future__ import annotations

from functools import lru_cache

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.access import TheEngine
from api.answer import JsonAnswer
from api.catalogue import (
    group_icons_of,
    icons_of,
    input_documentation,
    plugin_documentation,
    plugin_groups,
    plugin_rows,
    property_names,
)
from api.paging import read_search
from api.thread import in_thread
from api.version import own_version
from engine.docs import flow_schema
from engine.engine import Engine
from engine.errors import NotFound
from engine.expression.reference import items
from engine.model.input_type import OPTIONS
from engine.model.json import Json
from engine.registry import Registry

router = APIRouter(prefix="/api/v1", tags=["plugins"])

_CACHED = {"Cache-Control": "public, max-age=3600"}
_INPUT_CLASS = "io.kestra.core.models.flows.input."
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#4f46e5" '
    'stroke-width="2"><rect x="4" y="4" width="16" height="16" rx="4"/><path d="M8 12h8"/></svg>'
)


@router.get("/plugins/schemas/{kind}")
async def json_schema(kind: str, engine: TheEngine) -> Response:
    """Return the JSON schema of a flow, or of any task or trigger."""
    return JsonAnswer(await in_thread(_schema, engine, kind), headers=_CACHED)


@router.get("/plugins")
async def list_plugins(request: Request, engine: TheEngine) -> Response:
    """List plugins by group; page by page when `page` or `size` is given."""
    groups = await in_thread(plugin_groups, engine.registry, own_version())
    if not {"page", "size"} & set(request.query_params):
        return JsonAnswer(groups)
    search = read_search(request)
    shown = groups[search.offset : search.offset + search.size]
    return JsonAnswer({"results": shown, "total": len(groups)})


@router.get("/plugins/groups/subgroups")
async def list_subgroups(engine: TheEngine) -> Response:
    """List plugins by sub-group, which here are the groups."""
    return JsonAnswer(await in_thread(plugin_groups, engine.registry, own_version()))


@router.get("/plugins/icons")
async def icons(engine: TheEngine) -> Response:
    """Return the icons by type; all types share one."""
    return JsonAnswer(await in_thread(icons_of, engine.registry, _ICON), headers=_CACHED)


@router.get("/plugins/icons/groups")
async def group_icons(engine: TheEngine) -> Response:
    """Return the icons by group; all groups share one."""
    return JsonAnswer(await in_thread(group_icons_of, engine.registry, _ICON), headers=_CACHED)


@router.get("/plugins/icons/{type_id}")
async def one_icon(type_id: str, engine: TheEngine) -> Response:
    """Return the icon of a type."""
    known = await in_thread(icons_of, engine.registry, _ICON)
    found = await in_thread(engine.registry.canonical, type_id)
    if found is None or found not in known:
        raise NotFound(f"There is no type '{type_id}'")
    return JsonAnswer(known[found], headers=_CACHED)


@router.get("/plugins/icons/{type_id}/icon.svg")
async def icon(type_id: str) -> Response:
    """Return the one icon all types share."""
    return Response(_ICON, media_type="image/svg+xml", headers=_CACHED)


@router.get("/plugins/inputs")
async def input_types() -> Response:
    """List the types of inputs."""
    return JsonAnswer(
        [{"type": name, "cls": f"{_INPUT_CLASS}{name.title()}Input"} for name in sorted(OPTIONS)]
    )


@router.get("/plugins/inputs/{name}")
async def input_type(name: str) -> Response:
    """Return the documentation of a type of input: Markdown and schema."""
    return JsonAnswer(await in_thread(input_documentation, name), headers=_CACHED)


@router.get("/plugins/triggers")
async def trigger_types(engine: TheEngine) -> Response:
    """List the types of triggers."""
    rows = await in_thread(plugin_rows, engine.registry)
    found = [{**row, "type": row["cls"]} for row in rows if row["kind"] == "trigger"]
    return JsonAnswer({"results": found, "total": len(found)})


@router.get("/plugins/properties/{kind}")
async def properties(kind: str, engine: TheEngine) -> Response:
    """List the names of the properties of tasks or triggers."""
    return JsonAnswer(await in_thread(property_names, engine.registry, kind))


@router.get("/plugins/{type_id}")
async def documentation(type_id: str, engine: TheEngine) -> Response:
    """Return the documentation of a type: Markdown and schema."""
    return JsonAnswer(await in_thread(plugin_documentation, engine.registry, type_id), headers=_CACHED)


@router.get("/plugins/{type_id}/versions")
async def versions(type_id: str, engine: TheEngine) -> Response:
    """List the versions of a type: the one that is installed."""
    await in_thread(engine.registry.resolve, type_id)
    return JsonAnswer({"type": type_id, "versions": [own_version()]})


@router.get("/plugins/{type_id}/versions/{version}")
async def documentation_of_version(type_id: str, version: str, engine: TheEngine) -> Response:
    """Return the documentation of a type in the version that is installed; 404 for another one."""
    if version != own_version():
        raise NotFound(f"{type_id} {version} is not installed; there is {own_version()}")
    return JsonAnswer(await in_thread(plugin_documentation, engine.registry, type_id), headers=_CACHED)


@router.get("/pebble/filters")
async def pebble_filters() -> Response:
    """List the filters of expressions."""
    return JsonAnswer(await in_thread(lambda: [item.name for item in items() if item.kind == "filter"]))


@router.get("/pebble/functions")
async def pebble_functions() -> Response:
    """List the functions of expressions with their arguments."""
    return JsonAnswer(await in_thread(_functions))


def _functions() -> list[dict[str, Json]]:
    return [
        {"name": item.name, "arguments": [argument.name for argument in item.arguments]}
        for item in items()
        if item.kind == "function"
    ]


def _schema(engine: Engine, kind: str) -> Json:
    whole = _flow_schema(engine.registry)
    if kind == "flow":
        return whole
    if kind in ("task", "trigger"):
        return {**whole, "$ref": f"#/definitions/{kind}"}
    raise NotFound(f"There is no schema '{kind}'; use flow, task or trigger")


@lru_cache(maxsize=4)
def _flow_schema(registry: Registry) -> Json:
    """Make the schema once: plugins do not change while the service runs."""
    return flow_schema(registry)
