"""The document: what FastAPI reads from the signatures, and what the tables say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.description.parameter import parameter
from api.description.schema import SCHEMAS
from api.description.table import ANSWERS, BODIES, QUERIES, READS
from api.once import HEADER as ONCE
from api.request_id import HEADER as REQUEST_ID
from api.tenant import ROOT, TENANT
from engine.model.json import Json

PREFIX = f"{ROOT}{TENANT}"
PROBLEM: Json = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})

_MEANINGS = {
    400: "A parameter or filter cannot be read.",
    401: "Name and password are missing or wrong.",
    403: "Not allowed: by rights, or because the request comes from another site.",
    404: "There is no such thing.",
    405: "This cannot be done here.",
    409: "It conflicts with what is there, or with the state it is in.",
    410: "It has expired.",
    413: "The body is too large.",
    422: "The body does not fit; `errors` says where.",
    429: "Too much at once; `Retry-After` says when to try again.",
    500: "A fault of the service; `traceId` leads to it in the log.",
    503: "The service, or one it needs, cannot answer now.",
}
_MEDIA: dict[str, Json] = {
    "zip": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    "bytes": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    "csv": {"text/csv": {"schema": {"type": "string"}}},
    "text": {"text/plain": {"schema": {"type": "string"}}},
    "yaml": {"application/yaml": {"schema": {"type": "string"}}},
    "stream": {"text/event-stream": {"schema": {"type": "string"}}},
    "flag": {"application/json": {"schema": {"type": "boolean"}}},
}
_AROUND = {
    "GET /ping": "text",
    "GET /prometheus": "text",
    "GET /api/v1/plugins/icons/{type_id}/icon.svg": "svg",
}


def described(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document of the application; made once."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        app.openapi_schema = _completed(made)
    return app.openapi_schema


def _completed(made: dict[str, Any]) -> dict[str, Any]:
    components = made.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas |= SCHEMAS
    components["securitySchemes"] = {
        "basic": {"type": "http", "scheme": "basic"},
        "token": {"type": "http", "scheme": "bearer"},
    }
    made["security"] = [{}, {"basic": []}, {"token": []}]
    for method, path, operation in operations(made):
        _complete(method, path, operation)
    return made


def operations(made: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield method, path and description of every operation."""
    for path, methods in made["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def _complete(method: str, path: str, operation: dict[str, Any]) -> None:
    name = f"{method} {path.removeprefix(PREFIX)}"
    parameters = operation.setdefault("parameters", [])
    known = {one["name"] for one in parameters}
    for one in re.findall(r"\{(\w+)(?::path)?\}", path):
        if one not in known:
            parameters.append({"name": one, "in": "path", "required": True, "schema": {"type": "string"}})
    told = [parameter(one) for one in QUERIES.get(name, "").split()]
    parameters += [one for one in told if one["name"] not in known]
    if name.startswith("POST /executions/") and "wait" in QUERIES.get(name, ""):
        parameters.append(_once())
    if name in READS:
        operation["requestBody"] = {"required": False, "content": BODIES[READS[name]]}
    responses = operation.setdefault("responses", {})
    responses.pop("422", None)
    _answer(name, responses, ANSWERS.get(name, _AROUND.get(name, "")))
    for status in _statuses(method, path, operation):
        made: dict[str, Any] = {"description": _MEANINGS[status], "content": PROBLEM}
        if status == 429:
            made["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
        responses.setdefault(str(status), made)
    for status, response in responses.items():
        if status[0] in "45":
            response["content"] = PROBLEM
    for response in responses.values():
        response.setdefault("headers", {})[REQUEST_ID] = {"schema": {"type": "string"}}
    if not parameters:
        del operation["parameters"]


def _answer(name: str, responses: dict[str, Any], shape: str) -> None:
    """Describe the good answer."""
    word, _, of = shape.partition(" ")
    if word == "nothing":
        responses.pop("200", None)
        responses["204"] = {"description": "Done."}
        return
    good = responses.get("200") or responses.get("201")
    if good is None:
        return
    good["description"] = _good(word, of)
    if word == "empty":
        good.pop("content", None)
    elif word == "svg":
        good["content"] = {"image/svg+xml": {"schema": {"type": "string"}}}
    elif word in _MEDIA:
        good["content"] = _MEDIA[word]
    elif word in ("page", "list") or word in SCHEMAS:
        good["content"] = {"application/json": {"schema": _shape(word, of)}}
    if "/webhook/" in name:
        responses["204"] = {"description": "The trigger's conditions do not hold; nothing was started."}
        # The trigger may choose another status and content type.
        responses["2XX"] = {"description": "As the trigger says."}
        good["content"] = {"*/*": {"schema": {}}}


def _shape(word: str, of: str) -> Json:
    item: Json = {"$ref": f"#/components/schemas/{of}"} if of else {}
    if word == "list":
        return {"type": "array", "items": item}
    if word == "page":
        return {
            "type": "object",
            "required": ["results", "total"],
            "properties": {"results": {"type": "array", "items": item}, "total": {"type": "integer"}},
        }
    return {"$ref": f"#/components/schemas/{word}"}


def _good(word: str, of: str) -> str:
    if word == "page":
        return f"A page of results{f' ({of})' if of else ''}, and how many there are."
    if word == "list":
        return f"A list{f' of {of}' if of else ''}."
    return word if word in SCHEMAS else "Done."


def _statuses(method: str, path: str, operation: dict[str, Any]) -> Iterator[int]:
    yield from (400, 401, 403, 413, 422, 429, 500, 503)
    if "{" in path or operation.get("parameters") or method in WRITES:
        yield 404
    if method in WRITES:
        yield 409
    if path.endswith("/kv/{key}") and method == "GET":
        yield 410
    if "/secrets" in path and method in WRITES:
        yield 405


def _once() -> Json:
    return {
        "name": ONCE,
        "in": "header",
        "required": False,
        "description": "The same key starts the flow once, and answers the same execution for a day.",
        "schema": {"type": "string"},
    }
