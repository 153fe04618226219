"""What people think of drafts and answers: given, listed, taken back, and read as cases of the evaluation."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from api.access import TheWiring
from api.answer import JsonAnswer
from api.camel import camelized
from api.routes.copilot import Body, Words, Yaml
from api.thread import in_thread
from api.wiring import Wiring
from copilot.draft import Draft
from copilot.errors import DraftUnknown
from copilot.feedback import about_draft, about_turn, about_words, cases_yaml
from copilot.opinion import Opinion, Subject

router = APIRouter(prefix="/copilot", tags=["copilot"])


class FeedbackBody(Body):
    """What somebody thinks of a draft or an answer."""

    good: bool
    """Whether it was right."""

    comment: str = Field(default="", max_length=5_000)
    """What was wrong, or what was expected."""


class TurnFeedbackBody(FeedbackBody):
    """What somebody thinks of a turn."""

    yaml: Yaml = ""
    """The flow that was spoken of, kept with the opinion; a draft has its own."""


class AnswerFeedbackBody(TurnFeedbackBody):
    """What somebody thinks of an answer that belongs to no conversation."""

    kind: Literal["ask", "explain"] = "ask"
    """Whether a question was answered or a flow explained."""

    words: Words
    """The question."""


@router.post("/conversations/{conversation_id}/turns/{turn_id}/feedback")
async def judge_turn(
    conversation_id: str, turn_id: str, body: TurnFeedbackBody, wiring: TheWiring
) -> Response:
    """Keep an opinion on a turn; it becomes a case of the evaluation."""
    store = (await in_thread(lambda: wiring.dialogues)).conversations
    turn = await in_thread(store.turn, conversation_id, turn_id)
    draft = await _draft_of(wiring, turn.draft_id)
    about = about_turn(turn, conversation_id, flow=body.yaml, draft=draft)
    opinion = await _kept(wiring, about, body)
    short = {"good": opinion.good, "comment": opinion.comment}
    return JsonAnswer(camelized((await in_thread(store.judge, conversation_id, turn_id, short)).to_json()))


@router.post("/drafts/{draft_id}/feedback")
async def judge_draft(draft_id: str, body: FeedbackBody, wiring: TheWiring) -> Response:
    """Keep an opinion on a draft; it becomes a case of the evaluation."""
    copilot = await in_thread(wiring.open_copilot)
    draft = await copilot.drafts.get(draft_id)
    return JsonAnswer((await _kept(wiring, about_draft(draft), body)).to_json())


@router.post("/feedback")
async def judge_answer(body: AnswerFeedbackBody, wiring: TheWiring) -> Response:
    """Keep an opinion on an answer or an explanation outside of any conversation."""
    about = about_words(body.kind, body.words, flow=body.yaml)
    return JsonAnswer((await _kept(wiring, about, body)).to_json())


@router.get("/feedback")
async def list_opinions(wiring: TheWiring) -> Response:
    """Return all opinions, oldest first."""
    rows = [one.to_json() for one in await in_thread(_all, wiring)]
    return JsonAnswer({"results": rows, "total": len(rows)})


@router.get("/feedback/cases")
async def cases(wiring: TheWiring) -> Response:
    """Return all opinions as cases for `flowsmith eval --from-feedback`, in YAML."""
    found = await in_thread(_all, wiring)
    return Response(await in_thread(cases_yaml, found), media_type="application/yaml")


@router.delete("/feedback/{opinion_id}")
async def delete_opinion(opinion_id: str, wiring: TheWiring) -> Response:
    """Forget an opinion."""
    dialogues = await in_thread(lambda: wiring.dialogues)
    await in_thread(dialogues.opinions.delete, opinion_id)
    await in_thread(dialogues.audit.write, "delete-feedback", "api", "done")
    return Response(status_code=204)


async def _kept(wiring: Wiring, about: Subject, body: FeedbackBody) -> Opinion:
    dialogues = await in_thread(lambda: wiring.dialogues)
    return await in_thread(dialogues.judged, about, body.good, body.comment, "api")


async def _draft_of(wiring: Wiring, draft_id: str | None) -> Draft | None:
    """Return the draft of a turn; None when it has none, or none any more."""
    if draft_id is None:
        return None
    copilot = await in_thread(wiring.open_copilot)
    try:
        return await copilot.drafts.get(draft_id)
    except DraftUnknown:
        return None


def _all(wiring: Wiring) -> list[Opinion]:
    return list(wiring.dialogues.opinions.all())
