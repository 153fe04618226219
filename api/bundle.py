"""Flows in files: a YAML text with several documents, or a zip of such texts."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable

from starlette.exceptions import HTTPException

from engine.source.split import split_documents
from engine.storage.ports import FlowRow

MAX_FLOW_BYTES = 4 << 20
MAX_ENTRIES = 10_000


def flow_texts(name: str, content: bytes) -> list[tuple[str, str]]:
    """Return (file name, text) of every document; the file's name decides how it is read."""
    if name.lower().endswith(".zip"):
        files = _zip_entries(content)
    elif name.lower().endswith((".yml", ".yaml")):
        files = [(name, content)]
    else:
        raise HTTPException(422, f"'{name}' is not a flow file; send .yml, .yaml or .zip")
    return [
        (entry, part.text)
        for entry, data in files
        for part in split_documents(data.decode("utf-8-sig", "replace"))
    ]


def zip_flows(rows: Iterable[FlowRow]) -> bytes:
    """Return a zip file with one `namespace.id.yml` per flow."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for row in rows:
            archive.writestr(f"{row.namespace}.{row.id}.yml", row.source)
    return buffer.getvalue()


def _zip_entries(content: bytes) -> list[tuple[str, bytes]]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except zipfile.BadZipFile as error:
        raise HTTPException(422, f"The zip file cannot be read: {error}") from error
    with archive:
        chosen = [i for i in archive.infolist() if i.filename.lower().endswith((".yml", ".yaml"))]
        large = [i.filename for i in chosen if i.file_size > MAX_FLOW_BYTES]
        if large or len(chosen) > MAX_ENTRIES:
            raise HTTPException(422, f"The zip file holds too much: {', '.join(large) or len(chosen)}")
        return [(info.filename, archive.read(info)) for info in chosen]
