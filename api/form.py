"""Execution inputs as they arrive: a multipart form read by hand, or nothing at all."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from api.guard import MAX_TEXT_BYTES
from engine.executor.inputs import Upload
from engine.model.flow import Flow
from engine.model.json import Json

MAX_PARTS = 10_000
_LISTS = frozenset({"ARRAY", "MULTISELECT"})
_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")


@asynccontextmanager
async def read_form(request: Request) -> AsyncIterator[FormData]:
    """Read the form; empty when there is none. Uploads live until the end of the block."""
    kind = request.headers.get("content-type", "").lower()
    if not kind.startswith(_FORMS):
        yield FormData()
        return
    try:
        form = await request.form(max_files=MAX_PARTS, max_fields=MAX_PARTS, max_part_size=MAX_TEXT_BYTES)
    except HTTPException as error:
        raise HTTPException(422, f"The form cannot be read: {error.detail}") from error
    try:
        yield form
    finally:
        await form.close()


def inputs_of(form: FormData, flow: Flow) -> Mapping[str, Json | Upload]:
    """Return the inputs by id. A part `files` whose file name is a declared FILE input is the older form."""
    kinds = {spec.id: spec.type for spec in flow.inputs}
    files = {key for key, kind in kinds.items() if kind == "FILE"}
    values: dict[str, Json | Upload] = {}
    for name, part in form.multi_items():
        if isinstance(part, UploadFile):
            old = name == "files" and part.filename in files
            key = str(part.filename) if old else name
            if part.size == 0 and key in files:
                raise HTTPException(422, f"Invalid input for `{key}`, the uploaded file is empty")
            values[key] = Upload(part.filename or key, part.file)
        elif name in values and kinds.get(name) in _LISTS:
            before = values[name]
            values[name] = [*before, part] if isinstance(before, list) else [before, part]
        else:
            values[name] = part
    return values


def given_values(form: FormData) -> dict[str, Json | Upload]:
    """Return the parts by name, for values whose declarations are not known here."""
    return {
        name: Upload(part.filename or name, part.file) if isinstance(part, UploadFile) else part
        for name, part in form.multi_items()
    }
