"""The copilot's front door: drafts, edits, answers and explanations as streams of typed events."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator, Callable, Iterable

from copilot.draft import Draft, Drafts
from copilot.errors import CopilotError, OffTopic, ProviderBusy, ProviderError, Refusal, ReplyError
from copilot.event import (
    DiffEvent,
    DoneEvent,
    DraftEvent,
    ErrorEvent,
    Event,
    FindingEvent,
    PlanEvent,
    TokenEvent,
    UsageEvent,
)
from copilot.plan.operation import Edit
from copilot.planner.llm import ModelPlanner
from copilot.planner.request import Planner, Request
from copilot.planner.rules.planner import RulesPlanner
from copilot.planner.suggest import Catalogue
from copilot.providers.guard import Guard, Meter
from copilot.providers.port import Provider
from copilot.skills.answer import Ending, Retrieval, answer
from copilot.skills.author import author
from copilot.skills.edit import edit as edit_flow
from copilot.skills.explain import explain as explain_flow
from copilot.skills.outcome import Outcome
from copilot.threads import run_sync
from engine.model.moment import Clock, now
from engine.registry import Registry
from engine.storage.ports import KeyValueStore

logger = logging.getLogger(__name__)

_REWRITE = re.compile(
    (
        r"\b(?:rewrite|start (?:over|again|from scratch)|from scratch|a (?:whole )?new flow"
        r"|replace (?:the|this) (?:whole )?flow)\b"
    ),
    re.IGNORECASE,
)


class Copilot:
    """Drafts flows and answers questions. It can neither save nor run anything: see `Drafts.accept`.

    Without a provider the rules planner drafts and answers are quotations; `secret_values` returns the values
    that must never leave, `comments` puts the words that caused a step above it.
    """

    def __init__(
        self,
        registry: Registry,
        retriever: Retrieval,
        catalogue: Catalogue | None,
        kv: KeyValueStore,
        provider: Provider | None = None,
        *,
        secret_values: Callable[[], Iterable[str]] = tuple,
        clock: Clock = now,
        comments: bool = False,
        budget_tokens: int = 12_000,
        max_tokens: int = 2_000,
    ) -> None:
        self.registry = registry
        self.drafts = Drafts(kv, registry, clock=clock)
        self.guard = Guard(provider, secret_values) if provider is not None else None
        self._retriever = retriever
        self._clock = clock
        self._comments = comments
        self._rules = RulesPlanner(registry, catalogue)
        self._model = (
            ModelPlanner(
                self.guard,
                registry,
                catalogue,
                clock=clock,
                budget_tokens=budget_tokens,
                max_tokens=max_tokens,
            )
            if self.guard is not None
            else None
        )

    @property
    def planner(self) -> str:
        """Name of the planner that drafts: the model, or `rules`."""
        return self._model.name if self._model is not None else self._rules.name

    async def close(self) -> None:
        """Release the provider's connections."""
        if self.guard is not None:
            await self.guard.close()

    # -- turns

    async def draft(
        self,
        words: str,
        current_yaml: str | None = None,
        namespace: str | None = None,
        flow_id: str | None = None,
    ) -> AsyncIterator[Event]:
        """Draft a flow from words; with a current text the words change it, unless they ask for a rewrite."""
        if current_yaml and current_yaml.strip() and not _REWRITE.search(words):
            turn = self.edit(words, current_yaml)
        else:
            turn = self._turn(Request(words, current_yaml, namespace, flow_id), editing=False)
        async for event in turn:
            yield event

    async def edit(self, words: str, current_yaml: str) -> AsyncIterator[Event]:
        """Draft changes of a flow; what they do not touch keeps its bytes."""
        async for event in self._turn(Request(words, current_yaml), editing=True):
            yield event

    async def ask(self, question: str) -> AsyncIterator[Event]:
        """Answer a question from the documents, with checked citations."""
        meter = Meter()
        if not question.strip():
            yield _failed(OffTopic("There is no question.", missing=["question"]))
            return
        for guard in (self.guard, None) if self.guard is not None else (None,):
            began, ending = False, Ending("", found=False)
            try:
                async for piece in answer(question, self._retriever, guard, meter):
                    if isinstance(piece, Ending):
                        ending = piece
                        continue
                    began = True
                    yield piece
            except ProviderError as error:
                if began:
                    yield _failed(error)
                    return
                yield TokenEvent(
                    f"The model could not be used ({error}); these are passages of the documents.\n\n"
                )
                continue
            if guard is not None or meter.calls:
                yield self._usage(meter)
            yield DoneEvent(ending.text)
            return

    async def explain(self, yaml: str) -> AsyncIterator[Event]:
        """Explain a flow in plain words."""
        text = await run_sync(explain_flow, yaml, self.registry)
        for line in text.splitlines(keepends=True):
            yield TokenEvent(line)
        yield DoneEvent(text)

    # -- drafting

    async def _turn(self, request: Request, *, editing: bool) -> AsyncIterator[Event]:
        meter = Meter()
        if not request.words.strip():
            yield _failed(OffTopic("Say what the flow should do.", missing=["words"]))
            return
        try:
            outcome, planner = await self._planned(request, meter, editing)
        except CopilotError as error:
            logger.info("draft refused", extra={"code": error.code})
            if meter.calls:
                yield self._usage(meter)
            yield _failed(error)
            return
        async for event in self._drafted(request, outcome, planner, editing):
            yield event
            if isinstance(event, DiffEvent) and meter.calls:
                yield self._usage(meter)

    async def _planned(self, request: Request, meter: Meter, editing: bool) -> tuple[Outcome, str]:
        """Ask the model; the rules when there is none, or it fails and they understand everything."""
        if self._model is None:
            return await self._with(self._rules, request, meter, editing), self._rules.name
        try:
            return await self._with(self._model, request, meter, editing), self._model.name
        except (ProviderError, ReplyError) as error:
            try:
                outcome = await self._with(self._rules, request, meter, editing)
            except CopilotError:
                raise error from None
            if outcome.placeholders or not outcome.verdict.valid:
                raise
            note = f"The model could not be used ({error}); this draft is from the rules planner."
            return Outcome(outcome.plan, outcome.verdict, (), (note, *outcome.notes)), self._rules.name

    async def _with(self, planner: Planner, request: Request, meter: Meter, editing: bool) -> Outcome:
        if editing:
            return await edit_flow(request, planner, self.registry, meter)
        return await author(request, planner, self.registry, meter, comments=self._comments)

    async def _drafted(
        self, request: Request, outcome: Outcome, planner: str, editing: bool
    ) -> AsyncIterator[Event]:
        plan = outcome.plan.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        yield PlanEvent(planner, plan, outcome.notes)
        for finding in outcome.verdict.fixed:
            yield FindingEvent(finding, fixed=True)
        for finding in outcome.verdict.findings:
            yield FindingEvent(finding)
        draft = await self.drafts.put(
            Draft.make(
                outcome.verdict.text,
                base=request.current_yaml or "",
                planner=planner,
                created=self._clock(),
                words=request.words,
                findings=outcome.verdict.findings,
                placeholders=outcome.placeholders,
                plan=plan,
                notes=outcome.notes,
            )
        )
        yield DraftEvent(draft.to_json())
        yield DiffEvent(draft.unified, tuple(hunk.to_json() for hunk in draft.hunks))
        yield DoneEvent(summary(draft, outcome), draft.id)

    def _usage(self, meter: Meter) -> UsageEvent:
        model = self.guard.model if self.guard is not None else ""
        return UsageEvent(model, meter.input_tokens, meter.output_tokens, meter.calls)


def summary(draft: Draft, outcome: Outcome) -> str:
    """Say what the draft does, computed from the draft itself."""
    added = sum(len(hunk.new) for hunk in draft.hunks)
    removed = sum(len(hunk.old) for hunk in draft.hunks)
    what = (
        f"{len(outcome.plan.operations)} change(s)"
        if isinstance(outcome.plan, Edit)
        else f"a flow with {sum(1 for _ in outcome.plan.walk())} task(s)"
    )
    text = f"Drafted {what}: {added} line(s) added, {removed} removed."
    if draft.placeholders:
        text += f" Still open: {'; '.join(draft.placeholders)}."
    blocking = [finding for finding in draft.findings if finding.blocking]
    if blocking:
        text += f" {len(blocking)} finding(s) block acceptance."
    return text


def _failed(error: CopilotError) -> ErrorEvent:
    missing = error.missing if isinstance(error, Refusal) else ()
    wait = error.retry_after_s if isinstance(error, ProviderBusy) else None
    return ErrorEvent(error.code, error.message, missing, wait)
