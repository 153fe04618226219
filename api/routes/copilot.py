"""The copilot: drafts to review and accept, answers with citations, explanations."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from sse_starlette import ServerSentEvent
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.access import TheWiring
from api.answer import JsonAnswer
from api.failure import failure_in
from api.shape import flow_json
from api.sse import event as sse_event
from api.sse import stream
from api.talk import collected, event_data, gathered, refused
from api.thread import in_thread
from api.wiring import Wiring
from copilot.errors import DraftChanged
from copilot.event import Event
from copilot.voice import Terms

router = APIRouter(tags=["copilot"])

Words = Annotated[str, Field(min_length=1, max_length=50_000)]
Yaml = Annotated[str, Field(max_length=1_000_000)]


class Body(BaseModel):
    """A request in camelCase; what is not known is left alone."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="ignore", use_attribute_docstrings=True
    )


class DraftBody(Body):
    """What to draft."""

    words: Words
    """What the flow should do, or how it should change."""

    yaml: Yaml | None = None
    """The flow as it is now, to change it; absent for a new one."""

    namespace: str | None = None
    """Namespace of a new flow."""

    flow_id: str | None = None
    """Id of a new flow."""

    provider: str = ""
    """Name of the model to plan with; by default the default one, `rules` for none."""


class AcceptBody(Body):
    """What was reviewed."""

    hash: str
    """The hash of the draft that was shown."""

    revision: int | None = Field(default=None, ge=0)
    """The flow's revision the reviewer compared with, 0 for a new flow; absent: the draft's own base."""


class ChooseBody(Body):
    """Which changes to keep."""

    hunks: list[int]
    """Indexes of the changes to keep."""


class AskBody(Body):
    """A question."""

    question: Words
    """The question in plain words."""


class ExplainBody(Body):
    """A flow to explain: its text, or where it is saved."""

    yaml: Yaml | None = None
    """The flow's text."""

    namespace: str | None = None
    """Namespace of a saved flow."""

    flow_id: str | None = None
    """Id of a saved flow."""


class FixBody(Body):
    """A failed execution."""

    execution_id: str
    """Id of the execution."""

    provider: str = ""
    """Name of the model to ask where no rule helps; `rules` asks none."""


class GenerateBody(Body):
    """A request as Kestra's clients send it."""

    conversation_id: str
    """Chosen by the client."""

    user_prompt: Words
    """What the flow should do."""

    yaml: Yaml | None = None
    """The editor's content, to be changed."""

    namespace: str | None = None
    """Namespace of a new flow."""

    provider_id: str = ""
    """Id of one of `/ai/providers`; by default the default one, `rules` for none."""


@router.get("/copilot/status")
async def status(wiring: TheWiring) -> Response:
    """Tell who plans, and what documents are searched."""
    return JsonAnswer(await in_thread(wiring.status))


@router.post("/copilot/draft")
async def draft(body: DraftBody, request: Request, wiring: TheWiring) -> Response:
    """Draft a flow; a stream of events, or one JSON object when `Accept` is application/json."""
    copilot = await in_thread(wiring.open_copilot)
    terms = Terms(body.provider)
    events = copilot.draft(body.words, body.yaml or None, body.namespace, body.flow_id, terms=terms)
    return await answered(request, _noted(wiring, "draft", body.words, events, terms))


@router.post("/copilot/ask")
async def ask(body: AskBody, request: Request, wiring: TheWiring) -> Response:
    """Answer a question from the documents, with citations."""
    copilot = await in_thread(wiring.open_copilot)
    terms = Terms()
    events = copilot.ask(body.question, terms=terms)
    return await answered(request, _noted(wiring, "ask", body.question, events, terms))


@router.post("/copilot/explain")
async def explain(body: ExplainBody, request: Request, wiring: TheWiring) -> Response:
    """Explain a flow in plain words."""
    text = body.yaml
    if text is None:
        if body.namespace is None or body.flow_id is None:
            raise HTTPException(422, "Send `yaml`, or `namespace` and `flowId` of a saved flow")
        text = (await in_thread(wiring.engine.flow_row, body.namespace, body.flow_id)).source
    copilot = await in_thread(wiring.open_copilot)
    return await answered(request, _noted(wiring, "explain", "", copilot.explain(text), Terms()))


@router.post("/copilot/fix")
async def fix(body: FixBody, request: Request, wiring: TheWiring) -> Response:
    """Say why an execution failed, and draft the change that mends it, where a change of the flow can."""
    failure = await in_thread(failure_in, wiring.engine, body.execution_id)
    copilot = await in_thread(wiring.open_copilot)
    terms = Terms(body.provider)
    return await answered(request, _noted(wiring, "fix", "", copilot.fix(failure, terms=terms), terms))


@router.get("/copilot/drafts")
async def list_drafts(wiring: TheWiring) -> Response:
    """List drafts, newest first, without their texts."""
    copilot = await in_thread(wiring.open_copilot)
    drafts = await copilot.drafts.list()
    members = ("id", "hash", "planner", "created", "words", "accepted", "valid")
    rows = [{key: one.to_json()[key] for key in members} for one in drafts]
    return JsonAnswer({"results": rows, "total": len(rows)})


@router.get("/copilot/drafts/{draft_id}")
async def get_draft(draft_id: str, wiring: TheWiring) -> Response:
    """Return a draft."""
    copilot = await in_thread(wiring.open_copilot)
    return JsonAnswer(await copilot.shown(await copilot.drafts.get(draft_id)))


@router.delete("/copilot/drafts/{draft_id}")
async def delete_draft(draft_id: str, wiring: TheWiring) -> Response:
    """Forget a draft."""
    copilot = await in_thread(wiring.open_copilot)
    await copilot.drafts.get(draft_id)
    await copilot.drafts.delete(draft_id)
    dialogues = await in_thread(lambda: wiring.dialogues)
    await in_thread(dialogues.audit.write, "delete-draft", "api", "done", draft_id=draft_id)
    return Response(status_code=204)


@router.post("/copilot/drafts/{draft_id}/choose")
async def choose_changes(draft_id: str, body: ChooseBody, wiring: TheWiring) -> Response:
    """Make a new draft with only some of the changes."""
    copilot = await in_thread(wiring.open_copilot)
    number = len((await copilot.drafts.get(draft_id)).hunks)
    wrong = sorted(index for index in body.hunks if not 0 <= index < number)
    if wrong:
        raise HTTPException(422, f"hunks: {wrong[0]} is no change of this draft; it has {number}, from 0 on")
    draft = await copilot.drafts.choose(draft_id, body.hunks)
    dialogues = await in_thread(lambda: wiring.dialogues)
    await in_thread(dialogues.audit.write, "choose", "api", "done", draft_id=draft.id, draft_hash=draft.hash)
    return JsonAnswer(await copilot.shown(draft))


@router.post("/copilot/drafts/{draft_id}/accept")
async def accept_draft(draft_id: str, body: AcceptBody, wiring: TheWiring) -> Response:
    """Save a reviewed draft; 409 with the reason when it is not what was reviewed, stale or invalid."""
    row = await wiring.accept(draft_id, body.hash, body.revision)
    dialogues = await in_thread(lambda: wiring.dialogues)
    flow = f"{row.namespace}.{row.id}"
    await in_thread(
        dialogues.audit.write, "accept", "api", "done", draft_id=draft_id, draft_hash=body.hash, flow=flow
    )
    return JsonAnswer(await in_thread(flow_json, row, source=True))


@router.post("/copilot/drafts/{draft_id}/acceptance")
async def issue_acceptance(draft_id: str, body: AcceptBody, wiring: TheWiring) -> Response:
    """Give a program the right to save this one draft: a token for one use within an hour."""
    dialogues = await in_thread(lambda: wiring.dialogues)
    draft = await wiring.open_copilot().drafts.get(draft_id)
    if draft.hash != body.hash:
        raise DraftChanged(
            "The hash is not that of this draft; read the draft again and accept what it shows"
        )
    token = await in_thread(dialogues.acceptances.issue, f"draft:{draft.hash}")
    await in_thread(
        dialogues.audit.write, "acceptance", "api", "done", draft_id=draft_id, draft_hash=body.hash
    )
    return JsonAnswer({"token": token, "subject": f"draft:{draft.hash}"})


@router.post("/ai/generate/flow")
async def generate_flow(body: GenerateBody, request: Request, wiring: TheWiring) -> Response:
    """Return a drafted flow as YAML text, without saving it."""
    copilot = await in_thread(wiring.open_copilot)
    terms = Terms(body.provider_id)
    events = copilot.draft(body.user_prompt, body.yaml or None, body.namespace, terms=terms)
    whole = await gathered(_noted(wiring, "draft", body.user_prompt, events, terms))
    if "error" in whole:
        return refused(whole["error"], request.url.path)
    return Response(str(whole["draft"]["yaml"]), media_type="application/yaml")


@router.get("/ai/providers")
async def providers(wiring: TheWiring) -> Response:
    """List who may plan: the models that are set up, and the rules."""
    copilot = await in_thread(wiring.open_copilot)
    rows = [
        {"id": name, "displayName": model, "isDefault": is_default}
        for name, model, is_default in copilot.providers
    ]
    rules = {"id": "rules", "displayName": "rules, no model", "isDefault": not rows}
    return JsonAnswer([*rows, rules])


async def _noted(
    wiring: Wiring, action: str, words: str, events: AsyncIterator[Event], terms: Terms
) -> AsyncIterator[Event]:
    dialogues = await in_thread(lambda: wiring.dialogues)
    async for event in dialogues.noted(action, "api", words, events, terms):
        yield event


async def answered(request: Request, events: AsyncIterator[Event]) -> Response:
    """Answer with a stream of events, or with one JSON object when `Accept` is application/json."""
    if _wants_json(request):
        return await collected(events, request.url.path)
    return stream(_frames(events))


async def _frames(events: AsyncIterator[Event]) -> AsyncIterator[ServerSentEvent]:
    async for event in events:
        yield sse_event(event.name, event_data(event))


def _wants_json(request: Request) -> bool:
    accept = request.headers.get("accept", "")
    return "application/json" in accept and "text/event-stream" not in accept
