"""The application: middleware outside, routes inside."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, Depends, FastAPI
from starlette.routing import Route

from api import error, page
from api.admission import Admission
from api.description import described
from api.guard import Guard
from api.mcp.door import Door
from api.once import Sweep
from api.request_id import RequestIds, note_route
from api.routes import (
    absent,
    accounts,
    actions,
    audits,
    configs,
    conversations,
    copilot,
    docs,
    editor,
    executions,
    feedback,
    files,
    flow_sets,
    flows,
    graphs,
    imports,
    kv,
    logs,
    metrics,
    namespaces,
    outputs,
    overviews,
    plugins,
    statistics,
    tokens,
    triggers,
    webhooks,
)
from api.security.gate import Gate
from api.tenant import ROOT, TENANT, Tenants
from api.thread import in_thread
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
    conversations,
    feedback,
    imports,
    docs,
    editor,
    accounts,
    tokens,
    audits,
    statistics,
    absent,
)
"""In this order: fixed words before the templates that would take them."""


def create_app(wiring: Wiring) -> FastAPI:
    """Return the application over an open wiring; whoever opened the wiring closes it."""

    door = Door(wiring)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        sweep = Sweep(wiring.engine)
        sweep.start()
        yield
        await in_thread(sweep.close)
        await door.close()
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
        dependencies=[Depends(note_route)],
    )
    app.state.wiring = wiring
    tenanted = APIRouter(prefix=f"{ROOT}{TENANT}")
    for module in TENANTED:
        tenanted.include_router(module.router)
    app.include_router(tenanted)
    for module in (configs, plugins, page):
        app.include_router(module.router)
    app.include_router(accounts.own)
    app.router.routes.append(Route("/mcp", endpoint=door))
    app.openapi = lambda: described(app)  # type: ignore[method-assign]  # FastAPI's own way to replace it
    error.install(app)
    # The last one added is the outermost.
    app.add_middleware(Gate, security=wiring.security)
    app.add_middleware(Tenants)
    app.add_middleware(Guard, only_loopback=not wiring.settings.needs_login)
    app.add_middleware(Admission, most=wiring.settings.max_requests)
    app.add_middleware(RequestIds)
    return app
