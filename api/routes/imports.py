"""Imports: other systems' files become drafts to review."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from api.access import TheWiring
from api.answer import JsonAnswer
from api.routes.copilot import Body, Yaml
from api.thread import in_thread

router = APIRouter(prefix="/copilot", tags=["copilot"])


class ImportBody(Body):
    """A file to import."""

    text: Yaml
    """The file's text. It is read, never run."""

    name: str = Field(default="", max_length=255)
    """The file's name, which helps to tell what it is."""

    kind: Literal["crontab", "github-actions", "airflow", "kestra-2"] | None = None
    """What it is; found out when absent."""

    namespace: str = Field(default="company.team", max_length=150)
    """Namespace of the flows."""


@router.post("/import")
async def import_file(body: ImportBody, wiring: TheWiring) -> Response:
    """Make a draft of every flow in a file; nothing is saved before its acceptance."""
    copilot = await in_thread(wiring.open_copilot)
    drafts = await copilot.import_flows(body.text, body.name, body.kind, body.namespace)
    dialogues = await in_thread(lambda: wiring.dialogues)
    for draft in drafts:
        await in_thread(
            dialogues.audit.write,
            "import",
            "api",
            "done",
            words=body.name,
            draft_id=draft.id,
            draft_hash=draft.hash,
        )
    rows = [await copilot.shown(draft) for draft in drafts]
    return JsonAnswer({"results": rows, "total": len(rows)})
