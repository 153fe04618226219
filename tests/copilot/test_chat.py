"""Whole turns: with the rules, and with a scripted model over real HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from copilot.chat import Copilot
from copilot.event import (
    CitationEvent,
    DiffEvent,
    DoneEvent,
    DraftEvent,
    ErrorEvent,
    Event,
    PlanEvent,
    TokenEvent,
    UsageEvent,
    to_json,
)  # fmt: skip
from copilot.providers.openai_compatible import OpenAICompatible
from engine.registry import Registry
from engine.storage.memory import MemoryStore
from retrieval.catalogue import Catalogue
from retrieval.passage import Passage
from tests.copilot.scripted import Say, Scripted, scripted_model

LOG = "io.kestra.plugin.core.log.Log"
PLAN: dict[str, Any] = {
    "id": "greet",
    "steps": [{"id": "hello", "type": LOG, "because": "say hello", "values": {"message": "hi"}}],
}
FLOW = "id: a\nnamespace: b\ntasks:\n  # keep me\n  - id: t\n    type: io.kestra.plugin.core.log.Log\n    message: hi\n"
PASSAGES = [
    Passage("c1", "guides", "guide", "", "Triggers", "Schedule", "guides/trigger.md", 10, 20, "A Schedule trigger starts a flow by a cron expression. The timezone property sets its zone.", 1.0),
    Passage("c2", "guides", "guide", "", "Secrets", "Secrets", "guides/secret.md", 1, 9, "Secrets are read from environment variables that begin with SECRET_.", 0.6),
]  # fmt: skip


class Shelf:
    """A retriever over two passages."""

    def __init__(self, answerable: bool = True) -> None:
        self._answerable = answerable

    def search(self, query: str, k: int = 8) -> list[Passage]:
        return PASSAGES[:k]

    def answerable(self, query: str, passages: Any) -> bool:
        return self._answerable


Turn = Callable[[Copilot], AsyncIterator[Event]]


@pytest.fixture
def play(registry: Registry, catalogue: Catalogue) -> Callable[..., tuple[list[Event], Scripted | None]]:
    def run(
        turn: Turn, *answers: str | Say, shelf: Shelf | None = None, timeout_s: float = 2, **options: Any
    ) -> tuple[list[Event], Scripted | None]:
        async def collect(base_url: str | None) -> list[Event]:
            provider = (
                OpenAICompatible(base_url=base_url, model="tiny", retries=0, timeout_s=timeout_s)
                if base_url
                else None
            )
            copilot = Copilot(registry, shelf or Shelf(), catalogue, MemoryStore().kv, provider, **options)
            try:
                return [event async for event in turn(copilot)]
            finally:
                await copilot.close()

        if not answers:
            return asyncio.run(collect(None)), None
        with scripted_model(*answers) as server:
            return asyncio.run(collect(server.base_url)), server

    return run


def names(events: list[Event]) -> list[str]:
    return [event.name for event in events]


def one(events: list[Event], kind: type[Any]) -> Any:
    (found,) = (event for event in events if isinstance(event, kind))
    return found


def test_a_draft_without_a_model_is_complete(play: Any) -> None:
    events, _ = play(lambda c: c.draft('log "hi" and wait 5 seconds'))
    assert [name for name in names(events) if name != "finding"] == ["plan", "draft", "diff", "done"]
    draft = one(events, DraftEvent).draft
    assert (draft["planner"], draft["valid"], draft["placeholders"]) == ("rules", True, [])
    assert one(events, DiffEvent).unified.count("\n+") > 5
    assert one(events, DoneEvent).draft_id == draft["id"]
    json.dumps([to_json(event) for event in events])


def test_an_edit_without_a_model_keeps_the_rest(play: Any) -> None:
    events, _ = play(lambda c: c.edit('change the message of t to "bye"', FLOW))
    assert one(events, DraftEvent).draft["yaml"] == FLOW.replace("message: hi", "message: bye")


def test_words_with_a_current_flow_change_it(play: Any) -> None:
    events, _ = play(lambda c: c.draft("add a retry of 3 times to t", current_yaml=FLOW))
    draft = one(events, DraftEvent).draft
    assert "maxAttempts: 4" in draft["yaml"]
    assert "# keep me" in draft["yaml"]


@pytest.mark.parametrize(
    ("turn", "code"),
    [
        (lambda c: c.draft("what a nice day"), "off-topic"),
        (lambda c: c.draft("   "), "off-topic"),
        (lambda c: c.draft("load everything into Snowflake"), "missing-plugin"),
        (lambda c: c.edit("remove the thing", FLOW), "need-info"),
        (lambda c: c.edit("remove t", "id: [a"), "patch-error"),
    ],
    ids=["off topic", "nothing", "missing", "unclear", "broken"],
)
def test_refusals_are_typed(play: Any, turn: Turn, code: str) -> None:
    events, _ = play(turn)
    error = one(events, ErrorEvent)
    assert error.code == code
    assert events[-1] is error


def test_a_model_plans_and_the_renderer_writes(play: Any) -> None:
    events, server = play(lambda c: c.draft("say hello"), json.dumps(PLAN))
    draft = one(events, DraftEvent).draft
    assert draft["valid"]
    assert "- id: hello" in draft["yaml"]
    assert (draft["planner"], one(events, UsageEvent).calls) == ("tiny", 1)
    assert LOG in server.sent()
    assert server.requests[0]["response_format"]["type"] == "json_schema"


def test_an_invalid_plan_is_asked_for_again_with_its_findings(play: Any) -> None:
    wrong = {**PLAN, "steps": [{**PLAN["steps"][0], "type": "io.kestra.plugin.core.log.Lug"}]}
    events, server = play(lambda c: c.draft("say hello"), json.dumps(wrong), json.dumps(PLAN))
    assert one(events, DraftEvent).draft["valid"]
    assert "is no task type of the catalogue" in server.sent()
    assert one(events, UsageEvent).calls == 2


def test_the_same_wrong_plan_twice_stops_and_stays_open(play: Any) -> None:
    wrong = json.dumps({**PLAN, "steps": [{**PLAN["steps"][0], "type": "made.up.Type"}]})
    events, server = play(lambda c: c.draft("say hello"), wrong, wrong, wrong)
    assert len(server.requests) == 2
    draft = one(events, DraftEvent).draft
    assert draft["placeholders"] == ["say hello"]
    assert "made.up.Type" not in draft["yaml"]


def test_a_broken_reply_is_asked_for_once_more(play: Any) -> None:
    events, server = play(
        lambda c: c.draft("say hello"), "Here you go!", f"<think>ok</think>```json\n{json.dumps(PLAN)}\n```"
    )
    assert one(events, DraftEvent).draft["valid"]
    assert len(server.requests) == 2


def test_a_cut_reply_gets_more_room(play: Any) -> None:
    _, server = play(
        lambda c: c.draft("say hello"), Say(json.dumps(PLAN)[:50], finish="length"), json.dumps(PLAN)
    )
    assert server.requests[1]["max_tokens"] == 2 * server.requests[0]["max_tokens"]


def test_without_an_answer_the_rules_draft_and_say_so(play: Any) -> None:
    events, _ = play(
        lambda c: c.draft('log "hi"'), Say(status=429, error="slow", headers={"retry-after": "9"})
    )
    assert one(events, PlanEvent).planner == "rules"
    assert "could not be used" in one(events, PlanEvent).notes[0]
    assert one(events, DraftEvent).draft["valid"]


def test_a_busy_model_and_words_the_rules_do_not_know_is_an_error(play: Any) -> None:
    events, _ = play(
        lambda c: c.draft("log the mood and frobnicate it"),
        Say(status=429, error="slow", headers={"retry-after": "9"}),
    )
    assert (one(events, ErrorEvent).code, one(events, ErrorEvent).retry_after_s) == ("provider-busy", 9)


def test_a_models_refusal_is_typed(play: Any) -> None:
    refusal = {"refusal": {"reason": "need-info", "message": "Which address?", "missing": ["uri"]}}
    events, _ = play(lambda c: c.draft("download the file"), json.dumps(refusal))
    assert (one(events, ErrorEvent).code, one(events, ErrorEvent).missing) == ("need-info", ("uri",))


def test_a_models_edit_is_applied_as_splices(play: Any) -> None:
    edit = {"operations": [{"op": "add", "step": {**PLAN["steps"][0]}, "where": "after", "anchor": "t"}]}
    events, server = play(lambda c: c.edit("greet at the end", FLOW), json.dumps(edit))
    text = one(events, DraftEvent).draft["yaml"]
    assert text.startswith(FLOW)
    assert "- id: hello" in text
    assert "# keep me" in server.sent()


def test_secrets_never_leave_and_never_come_back(play: Any) -> None:
    leaky = {**PLAN, "steps": [{**PLAN["steps"][0], "values": {"message": "sk-abcdefghijklmnopqrstuvwx"}}]}
    flow = FLOW.replace("message: hi", "message: hunter22").replace(
        "id: a", "id: a\n# password: opensesame99"
    )
    events, server = play(
        lambda c: c.draft("say hello with hunter22"), json.dumps(leaky), secret_values=lambda: ["hunter22"]
    )
    assert "hunter22" not in server.sent()
    assert "secret('HELLO_MESSAGE')" in one(events, DraftEvent).draft["yaml"]
    _, server = play(
        lambda c: c.edit("greet", flow), json.dumps({"operations": []}), secret_values=lambda: ["hunter22"]
    )
    assert "hunter22" not in server.sent()
    assert "opensesame99" not in server.sent()


def test_questions_are_answered_with_passages_when_there_is_no_model(play: Any) -> None:
    events, _ = play(lambda c: c.ask("How do I schedule a flow in a timezone?"))
    assert "[1]" in one(events, DoneEvent).text
    assert PASSAGES[0].text in one(events, DoneEvent).text
    cited = next(event for event in events if isinstance(event, CitationEvent))
    assert (cited.number, cited.source, cited.start_line) == (1, "guides/trigger.md", 10)


def test_what_the_documents_do_not_have_is_said(play: Any) -> None:
    events, _ = play(lambda c: c.ask("Who won the cup?"), shelf=Shelf(answerable=False))
    assert "not in the documents" in one(events, DoneEvent).text
    assert "Triggers: Schedule" in one(events, DoneEvent).text
    assert not [event for event in events if isinstance(event, CitationEvent)]


def test_a_models_citations_are_checked(play: Any) -> None:
    said = (
        "A Schedule trigger starts a flow by cron [1]. The timezone property sets the zone [1][9]. "
        "Elephants can fly over the moon on Tuesdays [2]."
    )
    events, server = play(lambda c: c.ask("How do I schedule?"), Say(said))
    text = one(events, DoneEvent).text
    assert "cron [1]." in text
    assert "[9]" not in text
    assert "Elephants" not in text
    assert [event.number for event in events if isinstance(event, CitationEvent)] == [1]
    assert "never an instruction" in server.sent()


def test_a_model_that_finds_nothing_says_so(play: Any) -> None:
    events, _ = play(lambda c: c.ask("How?"), Say("NOT IN THE DOCUMENTS"))
    assert "not in the documents" in one(events, DoneEvent).text


def test_an_unreachable_model_leaves_quotations(play: Any) -> None:
    events, _ = play(lambda c: c.ask("How do I schedule a flow?"), Say(status=500, error="x"))
    assert "could not be used" in "".join(event.text for event in events if isinstance(event, TokenEvent))
    assert one(events, DoneEvent)


def test_a_flow_is_explained_without_a_model(play: Any) -> None:
    flow = (
        FLOW
        + 'triggers:\n  - id: s\n    type: io.kestra.plugin.core.trigger.Schedule\n    cron: "30 7 * * 1-5"\n'
    )
    events, _ = play(lambda c: c.explain(flow))
    text = one(events, DoneEvent).text
    assert "every weekday at 07:30" in text
    assert "`t` —" in text
    assert "Logs `hi`" in text


def test_nothing_of_the_copilot_can_save_or_run() -> None:
    assert not {name for name in dir(Copilot) if name.startswith(("save", "run", "start", "execute"))}
