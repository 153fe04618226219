"""The application: middleware outside, routes inside."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from api import error, page
from api.auth import BasicAuth
from api.guard import Guard
from api.routes import (
    absent,
    actions,
    configs,
    copilot,
    docs,
    executions,
    files,
    flow_sets,
    flows,
    graphs,
    kv,
    logs,
    metrics,
    namespaces,
    outputs,
    overviews,
    plugins,
    triggers,
    webhooks,
)
from api.tenant import ROOT, TENANT, Tenants
from api.version import own_version
from api.wiring import Wiring

TENANTED = (
    graphs,
    flow_sets,
    flows,
    webhooks,
    overviews,
    actions,
    executions,
    outputs,
    metrics,
    logs,
    triggers,
    kv,
    files,
    namespaces,
    copilot,
    docs,
    absent,
)
"""In this order: fixed words before the templates that would take them."""


def create_app(wiring: Wiring) -> FastAPI:
    """Return the application over an open wiring; whoever opened the wiring closes it."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        await wiring.stop_background()

    app = FastAPI(
        title="Flowsmith",
        version=own_version(),
        description="Describe a data pipeline, review the flow, run it. Speaks Kestra's REST as well.",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        openapi_url=f"{ROOT}openapi.json",
    )
    app.state.wiring = wiring
    tenanted = APIRouter(prefix=f"{ROOT}{TENANT}")
    for module in TENANTED:
        tenanted.include_router(module.router)
    app.include_router(tenanted)
    for module in (configs, plugins, page):
        app.include_router(module.router)
    error.install(app)
    # The last one added is the outermost.
    if wiring.settings.needs_login:
        app.add_middleware(BasicAuth, settings=wiring.settings)
    app.add_middleware(Tenants)
    app.add_middleware(Guard, only_loopback=not wiring.settings.needs_login)
    return app
