"""Files of executions: which may be read, and their first rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response, StreamingResponse

from api.attachment import attachment
from engine.errors import ForbiddenPath, NotFound
from engine.model import uri as uris
from engine.model.execution import Execution
from engine.model.json import Json, loads
from engine.storage.files import FileStorage

MAX_BYTES = 2 << 20
_LINES = frozenset({"jsonl", "ndjson", "ion"})
_IMAGES = frozenset({"png", "jpg", "jpeg", "gif", "svg", "webp"})


def file_of(execution: Execution, uri: str) -> str:
    """Return the storage path of a file of this execution; raises ForbiddenPath for any other."""
    path = uris.to_path(uri)
    own = uris.execution_prefix(execution.namespace, execution.flow_id, execution.id)
    if not path.startswith(f"{own}/"):
        raise ForbiddenPath(f"'{uri}' is not a file of execution {execution.id}")
    return path


def file_answer(files: FileStorage, path: str) -> Response:
    """Return a whole file as an attachment; raises NotFound."""
    info = files.info(path)
    name = path.rpartition("/")[2]
    if info.folder:
        raise NotFound(f"'{name}' is a folder; name a file in it")
    local = files.local_path(path)
    if local is not None:
        return FileResponse(local, media_type="application/octet-stream", filename=name)
    headers = {**attachment(name), "Content-Length": str(info.size)}
    return StreamingResponse(_chunks(files, path), media_type="application/octet-stream", headers=headers)


def preview(files: FileStorage, path: str, rows: int, encoding: str = "utf-8") -> dict[str, Json]:
    """Return the first rows: a table for CSV and JSON lines, text otherwise."""
    extension = path.rpartition("/")[2].rpartition(".")[2].lower()
    with files.open(path) as file:
        data = file.read(MAX_BYTES + 1)
    answer: dict[str, Json] = {"extension": extension, "maxLine": rows}
    if extension in _IMAGES:
        return {**answer, "type": "IMAGE", "content": "", "truncated": False}
    try:
        text = data[:MAX_BYTES].decode(encoding, "replace")
    except LookupError:
        raise HTTPException(422, f"encoding: '{encoding}' is not known; try utf-8 or latin-1") from None
    lines = text.splitlines()
    truncated = len(data) > MAX_BYTES or len(lines) > rows
    if extension in _LINES:
        return {**answer, "type": "LIST", "content": _json_lines(lines[:rows]), "truncated": truncated}
    if extension == "csv":
        table = list(csv.DictReader(io.StringIO("\n".join(lines[: rows + 1]))))
        return {**answer, "type": "LIST", "content": table, "truncated": len(lines) > rows + 1}
    kind = "MARKDOWN" if extension == "md" else "TEXT"
    return {**answer, "type": kind, "content": "\n".join(lines[:rows]), "truncated": truncated}


def _json_lines(lines: list[str]) -> list[Json]:
    found: list[Json] = []
    for line in lines:
        if line.strip():
            try:
                found.append(loads(line))
            except ValueError:
                found.append(line)
    return found


def _chunks(files: FileStorage, path: str) -> Iterator[bytes]:
    with files.open(path) as file:
        while chunk := file.read(1 << 20):
            yield chunk
