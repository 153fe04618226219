"""The page: static files under /ui/, with deep links answered by the same page."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter, Request
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
    ".woff": "font/woff",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".map": "application/json",
    ".webmanifest": "application/manifest+json",
}
_FOR_EVER = "public, max-age=31536000, immutable"
_PACKED = ".gz"


def page_folder() -> Path:
    """Return the folder of the page: the built one, or the notice how to get it where it was not built."""
    shared = Path(str(files("api"))) / "_share" / "ui"
    checkout = Path(__file__).resolve().parents[1] / "ui"
    built = [folder / "dist" for folder in (shared, checkout)]
    notices = [folder / "notice" for folder in (shared, checkout)]
    return next(folder for folder in (*built, *notices) if (folder / "index.html").is_file())


@router.get("/")
async def root() -> Response:
    """Send browsers to the page."""
    return RedirectResponse("/ui/", 307)


@router.get("/ui")
async def bare() -> Response:
    """Send browsers to the page."""
    return RedirectResponse("/ui/", 307)


@router.get("/ui/{path:path}")
async def page(path: str, request: Request) -> Response:
    """Return a file of the page; deep links such as `main/executions/…` get the page itself."""
    folder = page_folder().resolve()
    target = (folder / (path or "index.html")).resolve()
    if not target.is_relative_to(folder):
        raise HTTPException(404, "Not found")
    if not target.is_file():
        if target.suffix in _TYPES and not path.startswith("main/"):
            raise HTTPException(404, f"The page has no file {path}")
        target = folder / "index.html"
    return _answer(target, folder, request)


def _answer(target: Path, folder: Path, request: Request) -> Response:
    """Return the file, packed if the build packed it. Names under assets/ hold a hash: they never change."""
    kind = _TYPES.get(target.suffix, "application/octet-stream")
    is_hashed = target.is_relative_to(folder / "assets")
    headers = {"Cache-Control": _FOR_EVER if is_hashed else "no-cache", "Vary": "Accept-Encoding"}
    packed = target.with_name(target.name + _PACKED)
    if "gzip" in request.headers.get("accept-encoding", "") and packed.is_file():
        headers["Content-Encoding"] = "gzip"
        target = packed
    return FileResponse(target, media_type=kind, headers=headers)
