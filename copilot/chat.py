"""The copilot's front door: drafts, edits, answers and explanations as streams of typed events."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator, Callable, Iterable, Sequence

from copilot.draft import Draft, Drafts
from copilot.ending import failed, summary
from copilot.errors import (
    CopilotError,
    OffTopic,
    ProviderError,
    ReplyError,
)
from copilot.event import (
    DiffEvent,
    DoneEvent,
    DraftEvent,
    Event,
    FindingEvent,
    PlanEvent,
    TokenEvent,
    UsageEvent,
)
from copilot.planner.given import GivenPlanner
from copilot.planner.request import Planner, Request
from copilot.planner.rules.planner import RulesPlanner
from copilot.planner.suggest import Catalogue
from copilot.preview import preview
from copilot.providers.guard import Guard, Meter, Payload, Tally
from copilot.providers.port import Provider
from copilot.providers.roster import Listed
from copilot.skills.answer import Ending, Retrieval, answer
from copilot.skills.author import author
from copilot.skills.edit import edit as edit_flow
from copilot.skills.explain import explain as explain_flow
from copilot.skills.fix.failure import Failure
from copilot.skills.fix.fix import Fixed
from copilot.skills.fix.fix import fix as fix_failure
from copilot.skills.imports.read import read_import
from copilot.skills.outcome import Outcome
from copilot.threads import run_sync
from copilot.voice import Terms, Voices
from engine.model.json import Json
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
    that must never leave, `comments` puts the words that caused a step above it. `others` are models that can
    be chosen beside the default; `tally` counts the tokens of all of them.
    """

    def __init__(
        self,
        registry: Registry,
        retriever: Retrieval,
        catalogue: Catalogue | None,
        kv: KeyValueStore,
        provider: Provider | None = None,
        *,
        others: Sequence[Listed] = (),
        tally: Tally | None = None,
        secret_values: Callable[[], Iterable[str]] = tuple,
        clock: Clock = now,
        comments: bool = False,
        budget_tokens: int = 12_000,
        max_tokens: int = 2_000,
    ) -> None:
        self.registry = registry
        self.kv = kv
        self.catalogue = catalogue
        self.drafts = Drafts(kv, registry, clock=clock)
        own = [Listed(provider.model, provider, is_default=True)] if provider is not None else []
        self._voices = Voices(
            [*own, *others],
            registry,
            catalogue,
            tally=tally,
            secret_values=secret_values,
            clock=clock,
            budget_tokens=budget_tokens,
            max_tokens=max_tokens,
        )
        self._retriever = retriever
        self._clock = clock
        self._comments = comments
        self._rules = RulesPlanner(registry, catalogue)

    @property
    def guard(self) -> Guard | None:
        """The guard of the default model, None without one."""
        return self._voices.guard

    @property
    def planner(self) -> str:
        """Name of the planner that drafts: the model, or `rules`."""
        return self.guard.model if self.guard is not None else self._rules.name

    @property
    def providers(self) -> list[tuple[str, str, bool]]:
        """Name, model and whether it is the default, of every model that can be chosen."""
        return self._voices.names

    async def close(self) -> None:
        """Release the providers' connections."""
        await self._voices.close()

    # -- turns

    async def draft(
        self,
        words: str,
        current_yaml: str | None = None,
        namespace: str | None = None,
        flow_id: str | None = None,
        *,
        terms: Terms | None = None,
        keep: bool = True,
    ) -> AsyncIterator[Event]:
        """Draft a flow from words; with a current text the words change it, unless they ask for a rewrite.

        Without `keep` only the plan and what the gate finds are told: no draft is stored.
        """
        terms = terms or Terms()
        editing = bool(current_yaml and current_yaml.strip() and not _REWRITE.search(words))
        request = Request(words, current_yaml, namespace, flow_id, terms.context)
        async for event in self._turn(request, terms, editing=editing, keep=keep):
            yield event

    async def edit(
        self, words: str, current_yaml: str, *, terms: Terms | None = None
    ) -> AsyncIterator[Event]:
        """Draft changes of a flow; what they do not touch keeps its bytes."""
        terms = terms or Terms()
        request = Request(words, current_yaml, context=terms.context)
        async for event in self._turn(request, terms, editing=True):
            yield event

    async def fix(self, failure: Failure, *, terms: Terms | None = None) -> AsyncIterator[Event]:
        """Say why an execution failed, and draft the change that mends it, where a change of the flow can."""
        terms = terms or Terms()
        try:
            voice = self._voices.pick(terms.provider)
        except ProviderError as error:
            yield failed(error)
            return
        planner = voice.planner if voice is not None else None
        fixed = await fix_failure(failure, self.registry, planner, terms.meter)
        for remedy in fixed.remedies:
            yield FindingEvent(remedy.finding)
        if fixed.outcome is None:
            async for event in self._advised(fixed, terms.meter):
                yield event
            return
        words = f"Fix: {fixed.remedies[0].problem}"
        request = Request(words, failure.source, failure.namespace, failure.flow_id)
        async for event in self._drafted(request, fixed.outcome, fixed.planner, keep=True):
            yield event
            if isinstance(event, DiffEvent) and terms.meter.calls:
                yield self._usage(terms.meter)

    async def take(
        self,
        words: str,
        plan: dict[str, Json],
        current_yaml: str | None = None,
        namespace: str | None = None,
        flow_id: str | None = None,
    ) -> AsyncIterator[Event]:
        """Draft a plan that was looked at before: no planner is asked again."""
        request = Request(words, current_yaml, namespace, flow_id)
        given = GivenPlanner(plan)
        try:
            outcome = await self._with(given, request, Meter(), "operations" in plan)
        except CopilotError as error:
            yield failed(error)
            return
        async for event in self._drafted(request, outcome, given.name, keep=True):
            yield event

    async def preview(
        self, words: str, current_yaml: str | None = None, namespace: str | None = None, *, context: str = ""
    ) -> Payload:
        """Return what a draft would send to a model, redacted as it would leave; nothing is sent."""
        editing = bool(current_yaml and not _REWRITE.search(words))
        request = Request(words, current_yaml, namespace, context=context)
        return await self._voices.preview(request, editing=editing)

    async def shown(self, draft: Draft) -> dict[str, Json]:
        """Return a draft for interfaces, with what it would do."""
        facts = await run_sync(preview, draft.yaml, self.registry, self._clock())
        return {**draft.to_json(), "preview": facts}

    async def _advised(self, fixed: Fixed, meter: Meter) -> AsyncIterator[Event]:
        """No change of the flow helps: say what does, and where."""
        lines = [remedy.finding.text for remedy in fixed.remedies] + list(fixed.notes)
        text = "\n".join(f"- {line}" for line in lines)
        yield TokenEvent(text)
        if meter.calls:
            yield self._usage(meter)
        yield DoneEvent(text)

    async def ask(self, question: str, *, terms: Terms | None = None) -> AsyncIterator[Event]:
        """Answer a question from the documents, with checked citations."""
        terms = terms or Terms()
        meter = terms.meter
        if not question.strip():
            yield failed(OffTopic("There is no question.", missing=["question"]))
            return
        try:
            voice = self._voices.pick(terms.provider)
        except ProviderError as error:
            yield failed(error)
            return
        for guard in (voice.guard, None) if voice is not None else (None,):
            began, ending = False, Ending("", found=False)
            try:
                async for piece in answer(question, self._retriever, guard, meter, terms.context):
                    if isinstance(piece, Ending):
                        ending = piece
                        continue
                    began = True
                    yield piece
            except ProviderError as error:
                if began:
                    yield failed(error)
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

    async def import_flows(
        self, text: str, name: str = "", kind: str | None = None, namespace: str = "company.team"
    ) -> list[Draft]:
        """Store a draft of every flow in another system's file. Raises NotImportable."""
        found = await run_sync(read_import, text, self.registry, name=name, kind=kind, namespace=namespace)
        drafts = []
        for made, verdict in found:
            draft = Draft.make(
                made.yaml,
                base="",
                planner=f"import of {made.kind}",
                created=self._clock(),
                words=f"Import {name or made.name}",
                findings=verdict.findings,
                placeholders=made.placeholders,
                notes=made.notes,
            )
            drafts.append(await self.drafts.put(draft))
        return drafts

    # -- drafting

    async def _turn(
        self, request: Request, terms: Terms, *, editing: bool, keep: bool = True
    ) -> AsyncIterator[Event]:
        if not request.words.strip():
            yield failed(OffTopic("Say what the flow should do.", missing=["words"]))
            return
        try:
            outcome, planner = await self._planned(request, terms, editing)
        except CopilotError as error:
            logger.info("draft refused", extra={"code": error.code})
            if terms.meter.calls:
                yield self._usage(terms.meter)
            yield failed(error)
            return
        async for event in self._drafted(request, outcome, planner, keep=keep):
            if isinstance(event, DoneEvent) and terms.meter.calls:
                yield self._usage(terms.meter)
            yield event

    async def _planned(self, request: Request, terms: Terms, editing: bool) -> tuple[Outcome, str]:
        """Ask the model; the rules when there is none, or it fails and they understand everything."""
        voice, meter = self._voices.pick(terms.provider), terms.meter
        if voice is None:
            return await self._with(self._rules, request, meter, editing), self._rules.name
        try:
            return await self._with(voice.planner, request, meter, editing), voice.planner.name
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
        self, request: Request, outcome: Outcome, planner: str, *, keep: bool
    ) -> AsyncIterator[Event]:
        plan = outcome.plan.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        yield PlanEvent(planner, plan, outcome.notes)
        for finding in outcome.verdict.fixed:
            yield FindingEvent(finding, fixed=True)
        for finding in outcome.verdict.findings:
            yield FindingEvent(finding)
        draft = Draft.make(
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
        if not keep:
            yield DiffEvent(draft.unified, tuple(hunk.to_json() for hunk in draft.hunks))
            yield DoneEvent(f"Planned, nothing is drafted yet. {summary(draft, outcome)}")
            return
        await self.drafts.put(draft)
        yield DraftEvent(await self.shown(draft))
        yield DiffEvent(draft.unified, tuple(hunk.to_json() for hunk in draft.hunks))
        yield DoneEvent(summary(draft, outcome), draft.id)

    def _usage(self, meter: Meter) -> UsageEvent:
        return UsageEvent(meter.model, meter.input_tokens, meter.output_tokens, meter.calls, meter.cost)
