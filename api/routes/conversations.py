"""Conversations with the copilot: turns, chips, payloads; the audit log and the tokens used."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Literal

import orjson
from fastapi import APIRouter, Request
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.access import TheWiring
from api.answer import JsonAnswer
from api.camel import camelized
from api.failure import failure_in, surroundings_of
from api.routes.copilot import Body, Words, Yaml, answered
from api.thread import in_thread
from api.wiring import Wiring
from copilot.chip import Chip, context_of, failure_chip, flow_chip, history_chip, names_chip, without
from copilot.conversation import Conversation
from copilot.dialogue import Said
from copilot.event import Event
from copilot.skills.fix.failure import Failure
from engine.model.moment import from_text

router = APIRouter(prefix="/copilot", tags=["copilot"])


class StartBody(Body):
    """A conversation to begin or to go on with."""

    namespace: str | None = None
    """Namespace of the flow it is about."""

    flow_id: str | None = None
    """Id of the flow it is about: the same conversation is returned each time."""

    title: str = Field(default="", max_length=200)
    """Title; by default the first words."""


class TurnBody(Body):
    """What is said."""

    words: Words
    """The request or the question; `/explain`, `/fix`, `/edit`, `/plan`, `/ask` choose the mode as well."""

    mode: Literal["ask", "edit", "plan", "fix"] = "edit"
    """`ask` only reads, `plan` tells what would be done, `edit` drafts, `fix` mends a failed execution."""

    yaml: Yaml | None = None
    """The editor's text, saved or not."""

    namespace: str | None = None
    """Namespace of a new flow."""

    flow_id: str | None = None
    """Id of a new flow."""

    execution_id: str | None = None
    """A failed execution to look at."""

    leave_out: list[str] = Field(default_factory=list)
    """Ids or kinds of chips that must not go to the model."""

    provider: str = ""
    """Name of the model; by default the default one. `rules` uses none."""

    plan_turn: str | None = None
    """Id of a planned turn to draft now, without asking the model again."""


@router.post("/conversations")
async def begin(body: StartBody, wiring: TheWiring) -> Response:
    """Begin a conversation; for a flow, return the one it has."""
    store = (await in_thread(lambda: wiring.dialogues)).conversations
    if body.namespace and body.flow_id:
        found = await in_thread(store.of_flow, body.namespace, body.flow_id)
    else:
        found = await in_thread(store.start, body.title)
    return _conversation(found)


@router.get("/conversations")
async def list_conversations(wiring: TheWiring) -> Response:
    """List conversations, the last used first, without their turns."""
    store = (await in_thread(lambda: wiring.dialogues)).conversations
    rows = [camelized(one.to_json()) for one in await in_thread(store.all)]
    members = ("id", "title", "created", "updated", "namespace", "flowId")
    return JsonAnswer({"results": [{key: row[key] for key in members} for row in rows], "total": len(rows)})


@router.get("/conversations/{conversation_id}")
async def get_conversation(conversation_id: str, wiring: TheWiring) -> Response:
    """Return a conversation with its turns and what they used."""
    store = (await in_thread(lambda: wiring.dialogues)).conversations
    return _conversation(await in_thread(store.get, conversation_id))


@router.get("/conversations/{conversation_id}/export")
async def export_conversation(conversation_id: str, wiring: TheWiring) -> Response:
    """Return a conversation as Markdown."""
    store = (await in_thread(lambda: wiring.dialogues)).conversations
    found = await in_thread(store.get, conversation_id)
    return Response(found.exported(), media_type="text/markdown; charset=utf-8")


@router.delete("/conversations/{conversation_id}")
async def delete_conversation(conversation_id: str, wiring: TheWiring) -> Response:
    """Forget a conversation with all that was said and sent in it."""
    dialogues = await in_thread(lambda: wiring.dialogues)
    await in_thread(dialogues.conversations.delete, conversation_id)
    await in_thread(dialogues.opinions.forget_conversation, conversation_id)
    await in_thread(
        dialogues.audit.write, "delete-conversation", "api", "done", conversation_id=conversation_id
    )
    return Response(status_code=204)


@router.post("/conversations/{conversation_id}/chips")
async def chips(conversation_id: str, body: TurnBody, wiring: TheWiring) -> Response:
    """Tell what would go to the model beside the words, and the payload of a draft as it would leave."""
    store = (await in_thread(lambda: wiring.dialogues)).conversations
    conversation = await in_thread(store.get, conversation_id)
    said = await in_thread(_said, wiring, conversation, body)
    payload = await wiring.open_copilot().preview(
        said.words, said.yaml, said.namespace, context=context_of(said.chips)
    )
    rows = [{**chip.to_json(), "text": chip.text} for chip in said.chips]
    return JsonAnswer({"chips": rows, "payload": payload})


@router.post("/conversations/{conversation_id}/turns")
async def say(conversation_id: str, body: TurnBody, request: Request, wiring: TheWiring) -> Response:
    """Say something; a stream of events that begins with `context`, or one JSON object."""
    dialogues = await in_thread(lambda: wiring.dialogues)
    conversation = await in_thread(dialogues.conversations.get, conversation_id)
    said = await in_thread(_said, wiring, conversation, body)
    events: AsyncIterator[Event] = dialogues.dialogue.say(conversation_id, said)
    return await answered(request, events)


@router.post("/turns/{turn_id}/stop")
async def stop(turn_id: str, wiring: TheWiring) -> Response:
    """Stop a running turn, also before its first token."""
    (await in_thread(lambda: wiring.dialogues)).dialogue.stop(turn_id)
    return Response(status_code=204)


@router.get("/conversations/{conversation_id}/turns/{turn_id}/payloads")
async def payloads(conversation_id: str, turn_id: str, wiring: TheWiring) -> Response:
    """Return exactly what a turn sent to a model, call by call; kept for a week."""
    store = (await in_thread(lambda: wiring.dialogues)).conversations
    return JsonAnswer({"calls": await in_thread(store.payloads, conversation_id, turn_id)})


@router.get("/audit")
async def audit(
    wiring: TheWiring, request: Request, after: str | None = None, action: str | None = None
) -> Response:
    """Return every action of the copilot, oldest first; as lines with `Accept: application/x-ndjson`."""
    try:
        moment = from_text(after) if after else None
    except ValueError as error:
        raise HTTPException(400, f"after: '{after}' is not a moment; write 2026-01-31T12:00:00Z") from error
    log = (await in_thread(lambda: wiring.dialogues)).audit
    rows = await in_thread(
        lambda: [camelized(row.to_json()) for row in log.rows(after=moment, action=action)]
    )
    if "ndjson" in request.headers.get("accept", ""):
        lines = b"".join(orjson.dumps(row) + b"\n" for row in rows)
        return Response(lines, media_type="application/x-ndjson")
    return JsonAnswer({"results": rows, "total": len(rows)})


@router.get("/usage")
async def usage(wiring: TheWiring) -> Response:
    """Return the tokens of today, the limit and when it begins again."""
    return JsonAnswer(await in_thread(wiring.ledger.to_json))


def _conversation(found: Conversation) -> Response:
    turns = [camelized(turn.to_json()) for turn in found.turns]
    return JsonAnswer({**found.to_json(), "turns": turns})


def _said(wiring: Wiring, conversation: Conversation, body: TurnBody) -> Said:
    """Put the turn together with its chips, as they stand at this moment."""
    failure = _failure(wiring, body)
    if body.mode == "fix" and failure is None:
        raise HTTPException(422, "executionId: name the failed execution to fix")
    namespace = body.namespace or conversation.namespace
    around = surroundings_of(wiring.engine, namespace) if namespace else None
    offered: list[Chip | None] = [
        flow_chip(body.yaml) if body.yaml else None,
        failure_chip(failure) if failure is not None else None,
        names_chip(around.kv, around.secrets) if around is not None else None,
        history_chip(conversation),
    ]
    chosen = without(offered, body.leave_out)
    keeps_flow = any(chip.kind == "flow" for chip in chosen)
    return Said(
        body.words,
        body.mode,
        body.yaml if keeps_flow else None,
        namespace,
        body.flow_id or conversation.flow_id,
        body.provider,
        chosen,
        failure,
        body.plan_turn,
    )


def _failure(wiring: Wiring, body: TurnBody) -> Failure | None:
    return failure_in(wiring.engine, body.execution_id) if body.execution_id else None
