"""Webhooks: an address with a key that starts a flow."""

from __future__ import annotations

from urllib.parse import unquote

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.access import TheEngine, TheWiring, body_text
from api.admission import only_waits, refuse_if_behind
from api.answer import JsonAnswer
from api.follow import wait_end
from api.shape import execution_json
from api.tenant import TENANT
from api.thread import in_thread
from engine.model.execution import Execution
from engine.model.json import Json, dumps, without_nulls
from engine.plugins.core.trigger.webhook import Webhook
from engine.triggers.webhook import Call

router = APIRouter(prefix="/executions/webhook", tags=["executions"])

MAX_WAIT_SECONDS = 3600.0


async def call_webhook(
    namespace: str, flow_id: str, rest: str, request: Request, wiring: TheWiring, engine: TheEngine
) -> Response:
    """Start the flow whose webhook has the key; what comes after the key is not looked at.

    Answers the execution, or 204 when the conditions of the trigger do not hold.
    """
    refuse_if_behind(wiring)
    call = Call(
        key=_key(request, rest),
        body=await body_text(request) or None,
        headers=_headers(request),
        parameters=_parameters(request),
    )
    answer = await in_thread(engine.call_webhook, namespace, flow_id, call)
    execution = answer.execution
    if execution is None:
        return Response(status_code=204)
    webhook = answer.webhook
    if webhook.wait:
        only_waits(request)
        execution = await wait_end(wiring.followers, execution.id, MAX_WAIT_SECONDS)
        if webhook.return_outputs:
            return _outputs(execution, webhook)
    base = str(request.base_url).rstrip("/")
    url = f"{base}/ui/{TENANT}/executions/{namespace}/{flow_id}/{execution.id}"
    return _answer({**execution_json(execution), "url": url}, webhook)


for _method in ("GET", "POST", "PUT"):
    router.add_api_route(
        "/{namespace}/{flow_id}/{rest:path}",
        call_webhook,
        methods=[_method],
        operation_id=f"call_webhook_{_method.lower()}",
    )


def _outputs(execution: Execution, webhook: Webhook) -> Response:
    """Answer with the outputs; a single one is the whole body where the content type is not JSON."""
    outputs = execution.outputs or {}
    kind = (webhook.response_content_type or "").lower()
    if kind and "json" not in kind and len(outputs) == 1:
        return _answer(next(iter(outputs.values())), webhook)
    return _answer(outputs, webhook)


def _answer(content: Json, webhook: Webhook) -> Response:
    status, kind = webhook.response_code or 200, webhook.response_content_type
    if kind is None:
        return JsonAnswer(content, status)
    if not kind.isprintable() or "/" not in kind:
        raise HTTPException(422, f"responseContentType: '{kind}' is not a content type, like text/plain")
    body = content.encode() if isinstance(content, str) and "json" not in kind.lower() else None
    return Response(dumps(without_nulls(content)) if body is None else body, status, {"Content-Type": kind})


def _key(request: Request, rest: str) -> str:
    """Return the first part after the flow, slashes written as `%2F` included."""
    raw = request.scope.get("raw_path")
    if isinstance(raw, bytes):
        parts = raw.decode("latin-1").partition("?")[0].partition("/executions/webhook/")[2].split("/")
        if len(parts) > 2:
            return unquote(parts[2])
    return rest.partition("/")[0]


def _headers(request: Request) -> dict[str, list[str]]:
    """Return the headers under two spellings, since servers pass them on in lower case only: `x-token` and
    `X-Token`.
    """
    found: dict[str, list[str]] = {}
    for name, value in request.headers.items():
        found.setdefault(name, []).append(value)
    spelled = {"-".join(part.capitalize() for part in name.split("-")): found[name] for name in found}
    return {**found, **spelled}


def _parameters(request: Request) -> dict[str, list[str]]:
    query = request.query_params
    return {name: query.getlist(name) for name in query}
