"""Namespace files: what tasks read beside their flow."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.access import TheEngine
from api.answer import JsonAnswer
from api.attachment import attachment
from api.preview import file_answer
from api.shape import file_json
from api.thread import in_thread
from engine.engine import Engine
from engine.errors import NotFound
from engine.model import uri as uris
from engine.storage.files import FileInfo

router = APIRouter(prefix="/namespaces/{namespace}/files", tags=["namespace files"])

MAX_NAME_BYTES = 255
MAX_UNPACKED_BYTES = 1 << 30


@router.post("")
async def write_file(namespace: str, path: str, request: Request, engine: TheEngine) -> Response:
    """Write a file; a zip file is unpacked at `path`, files under `/_flows/` are saved as flows."""
    async with request.form(max_part_size=64 << 20) as form:
        part = form.get("fileContent")
        if part is None:
            raise HTTPException(422, "Send the content as the multipart part `fileContent`")
        content = part.encode() if isinstance(part, str) else part.file
        name = "" if isinstance(part, str) else part.filename or ""
        if path.endswith(".zip") or name.endswith(".zip"):
            raw = content if isinstance(content, bytes) else await in_thread(content.read)
            await in_thread(_unpack, engine, namespace, path, raw)
        elif _relative(path).startswith("_flows/"):
            raw = content if isinstance(content, bytes) else await in_thread(content.read)
            await in_thread(engine.save, raw.decode("utf-8", "replace"))
        else:
            await in_thread(engine.files.put, _full(namespace, path), content)
    return Response(status_code=200)


@router.get("")
async def read_file(namespace: str, path: str, engine: TheEngine) -> Response:
    """Return a file's content."""
    answer = await in_thread(file_answer, engine.files, _full(namespace, path))
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@router.put("")
async def move_file(namespace: str, request: Request, engine: TheEngine) -> Response:
    """Move a file or folder from `from` to `to`."""
    source, target = request.query_params.get("from"), request.query_params.get("to")
    if not source or not target:
        raise HTTPException(400, "Say what to move: ?from=/old.sql&to=/new.sql")
    await in_thread(engine.files.move, _full(namespace, source), _full(namespace, target))
    return Response(status_code=200)


@router.delete("")
async def delete_file(namespace: str, path: str, engine: TheEngine) -> Response:
    """Remove a file, or a folder with everything in it."""
    if not await in_thread(engine.files.delete, _full(namespace, path)):
        raise NotFound(f"File {path} does not exist in namespace {namespace}")
    return Response(status_code=204)


@router.get("/directory")
async def list_folder(namespace: str, engine: TheEngine, path: str = "/") -> Response:
    """List a folder."""
    found = await in_thread(engine.files.list, _full(namespace, path, folder=True))
    return JsonAnswer([file_json(info) for info in found])


@router.post("/directory")
async def make_folder(namespace: str, path: str, engine: TheEngine) -> Response:
    """Make a folder and its parents."""
    await in_thread(engine.files.make_folder, _full(namespace, path))
    return Response(status_code=200)


@router.get("/stats")
async def stats(namespace: str, engine: TheEngine, path: str = "/") -> Response:
    """Return the attributes of a file or folder."""
    try:
        info = await in_thread(engine.files.info, _full(namespace, path, folder=True))
    except NotFound:
        if _relative(path):
            raise
        info = FileInfo("", 0, datetime.now(UTC), folder=True)
    return JsonAnswer(file_json(info))


@router.get("/revisions")
async def list_revisions(namespace: str, path: str, engine: TheEngine) -> Response:
    """List the revisions of a file: the one that is kept."""
    await in_thread(engine.files.info, _full(namespace, path))
    return JsonAnswer([{"revision": 1}])


@router.get("/search")
async def search_files(namespace: str, engine: TheEngine, q: str = "") -> Response:
    """List the paths of all files whose path holds `q`."""
    paths = await in_thread(_paths, engine, namespace)
    return JsonAnswer([path for path in paths if q.lower() in path.lower()])


@router.get("/export")
async def export(namespace: str, engine: TheEngine) -> Response:
    """Return all files of the namespace as a zip file."""
    headers = attachment(f"{namespace}_files.zip")
    data = await in_thread(_zipped, engine, namespace)
    return Response(data, media_type="application/octet-stream", headers=headers)


def _relative(path: str) -> str:
    return uris.safe_path(path)


def _full(namespace: str, path: str, *, folder: bool = False) -> str:
    """Return the storage path; raises ForbiddenPath when it leaves the namespace, 422 when it is unfit."""
    relative = _relative(path)
    if not relative and not folder:
        raise HTTPException(422, "path: name a file, for example /queries/daily.sql")
    if any(len(part.encode()) > MAX_NAME_BYTES for part in relative.split("/")):
        raise HTTPException(422, f"path: a name may have at most {MAX_NAME_BYTES} bytes")
    return f"{_prefix(namespace)}/{relative}".rstrip("/")


def _prefix(namespace: str) -> str:
    return uris.namespace_files_prefix(uris.safe_path(namespace))


def _paths(engine: Engine, namespace: str) -> list[str]:
    prefix = _prefix(namespace)
    return [info.path.removeprefix(prefix) for info in engine.files.walk(prefix)]


def _zipped(engine: Engine, namespace: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in _paths(engine, namespace):
            archive.writestr(path.lstrip("/"), engine.files.read(_full(namespace, path)))
    return buffer.getvalue()


def _unpack(engine: Engine, namespace: str, path: str, content: bytes) -> None:
    folder = path.rpartition("/")[0] if path.endswith(".zip") else path
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except zipfile.BadZipFile as error:
        raise HTTPException(422, f"The zip file cannot be read: {error}") from error
    with archive:
        entries = [info for info in archive.infolist() if not info.is_dir()]
        if sum(info.file_size for info in entries) > MAX_UNPACKED_BYTES:
            raise HTTPException(422, f"The zip file unpacks to more than {MAX_UNPACKED_BYTES >> 20} MB")
        for info in entries:
            engine.files.put(_full(namespace, f"{folder}/{info.filename}"), archive.read(info))
