"""What clients ask first: version, health, whether a login is needed."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import PlainTextResponse, Response

from api.access import TheWiring
from api.answer import JsonAnswer
from api.prometheus import MEDIA_TYPE, exposition
from api.thread import in_thread
from api.version import own_version

router = APIRouter(tags=["service"])

LANGUAGE_VERSION = "1.3.0"
"""The version of the flow language and of the interface spoken here; clients read its first number."""


@router.get("/ping")
async def ping() -> Response:
    """Answer `pong`."""
    return PlainTextResponse("pong")


@router.get("/health")
async def health(wiring: TheWiring) -> Response:
    """Answer UP when the database answers and executions are run, 503 otherwise."""
    if wiring.engine.executor.broken:
        return JsonAnswer({"status": "DOWN"}, 503)
    try:
        await in_thread(wiring.engine.store.flows.get, "system", "health")
    except Exception:
        return JsonAnswer({"status": "DOWN"}, 503)
    return JsonAnswer({"status": "UP"})


@router.get("/prometheus")
async def prometheus(wiring: TheWiring) -> Response:
    """Return the state of the service as Prometheus reads it."""
    text = await in_thread(exposition, wiring.engine, wiring.started, len(wiring.followers))
    return Response(text, media_type=MEDIA_TYPE)


@router.get("/api/v1/basicAuthValidationErrors")
async def login_problems() -> Response:
    """List what is wrong with the name and password set up: nothing, or the service had not started."""
    return JsonAnswer([])


@router.get("/api/v1/configs/login")
async def login(wiring: TheWiring) -> Response:
    """Tell whether a name and password are set up."""
    return JsonAnswer({"isBasicAuthInitialized": wiring.settings.needs_login})


@router.get("/api/v1/configs")
async def configs(wiring: TheWiring) -> Response:
    """Return what clients adapt to."""
    return JsonAnswer(
        {
            "uuid": "flowsmith",
            "version": LANGUAGE_VERSION,
            "edition": "OSS",
            "product": {"name": "flowsmith", "version": own_version()},
            "chartDefaultDuration": "P30D",
            "isCustomDashboardsEnabled": False,
            "isAnonymousUsageEnabled": False,
            "isUiAnonymousUsageEnabled": False,
            "isTemplateEnabled": False,
            "environment": {},
            "url": wiring.settings.url,
            "preview": {"initial": 100, "max": 5000},
            "systemNamespace": "system",
            "hiddenLabelsPrefixes": ["system.", "internal."],
            "isAiEnabled": True,
            "isAiApiKeyConfigured": wiring.settings.llm_api_key is not None,
            "isBasicAuthInitialized": wiring.settings.needs_login,
            "isConcurrencyViewEnabled": False,
        }
    )
