"""The page: static files under /ui/, with deep links answered by the same page."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, RedirectResponse, Response

router = APIRouter(include_in_schema=False)

_TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".woff2": "font/woff2",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".map": "application/json",
    ".webmanifest": "application/manifest+json",
}


def page_folder() -> Path:
    """Return the folder of the page: installed with the package, or beside it in a checkout."""
    installed = Path(str(files("api"))) / "_share" / "ui" / "page"
    return installed if installed.is_dir() else Path(__file__).resolve().parents[1] / "ui" / "page"


@router.get("/")
async def root() -> Response:
    """Send browsers to the page."""
    return RedirectResponse("/ui/", 307)


@router.get("/ui")
async def bare() -> Response:
    """Send browsers to the page."""
    return RedirectResponse("/ui/", 307)


@router.get("/ui/{path:path}")
async def page(path: str) -> Response:
    """Return a file of the page; deep links such as `main/executions/…` get the page itself."""
    folder = page_folder().resolve()
    target = (folder / (path or "index.html")).resolve()
    if not target.is_relative_to(folder):
        raise HTTPException(404, "Not found")
    if not target.is_file():
        if target.suffix in _TYPES:
            raise HTTPException(404, f"The page has no file {path}")
        target = folder / "index.html"
    kind = _TYPES.get(target.suffix, "application/octet-stream")
    return FileResponse(target, media_type=kind, headers={"Cache-Control": "no-cache"})
