"""Drafts: what was proposed, kept until somebody accepts it. Nothing here saves a flow or runs one."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from copilot.diff import Hunk, hunks, take, unified
from copilot.errors import DraftChanged, DraftInvalid, DraftStale, DraftUnknown
from copilot.event import finding_json
from copilot.gate import judge
from copilot.threads import run_sync
from engine.errors import Conflict
from engine.model.finding import Finding, Severity
from engine.model.id import new_id
from engine.model.json import Json
from engine.model.moment import Clock, from_text, now, to_text
from engine.registry import Registry
from engine.storage.ports import KeyValueStore

NAMESPACE = "_copilot"
KEPT = timedelta(days=30)


def hash_of(text: str) -> str:
    """Return the hash a reviewer sends back: of the very text that was shown."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Draft:
    """A proposed text for a flow. `base_yaml` is the text it was made from, empty for a new flow."""

    id: str
    yaml: str
    base_yaml: str
    base_hash: str
    hash: str
    planner: str
    created: datetime
    words: str = ""
    findings: tuple[Finding, ...] = ()
    placeholders: tuple[str, ...] = ()
    plan: dict[str, Json] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    accepted: bool = False

    @classmethod
    def make(
        cls,
        text: str,
        *,
        base: str,
        planner: str,
        created: datetime,
        words: str = "",
        findings: tuple[Finding, ...] = (),
        placeholders: tuple[str, ...] = (),
        plan: dict[str, Json] | None = None,
        notes: tuple[str, ...] = (),
    ) -> Draft:
        """Make a draft with a new id."""
        return cls(
            new_id(),
            text,
            base,
            hash_of(base),
            hash_of(text),
            planner,
            created,
            words,
            findings,
            placeholders,
            plan or {},
            notes,
        )

    @property
    def valid(self) -> bool:
        """Whether it may be accepted: no blocking finding, no placeholder."""
        return not self.placeholders and not any(finding.blocking for finding in self.findings)

    @property
    def unified(self) -> str:
        """The change as a unified diff."""
        return unified(self.base_yaml, self.yaml)

    @property
    def hunks(self) -> list[Hunk]:
        """The change in pieces."""
        return hunks(self.base_yaml, self.yaml)

    def to_json(self) -> dict[str, Json]:
        """Return the form for interfaces."""
        return {
            "id": self.id,
            "yaml": self.yaml,
            "baseYaml": self.base_yaml,
            "baseHash": self.base_hash,
            "hash": self.hash,
            "planner": self.planner,
            "created": to_text(self.created),
            "words": self.words,
            "findings": [finding_json(finding) for finding in self.findings],
            "placeholders": list(self.placeholders),
            "plan": self.plan,
            "notes": list(self.notes),
            "accepted": self.accepted,
            "valid": self.valid,
            "diff": self.unified,
            "hunks": [hunk.to_json() for hunk in self.hunks],
        }

    def stored(self) -> dict[str, Json]:
        """Return the stored form."""
        return {
            **asdict(self),
            "created": to_text(self.created),
            "findings": [_finding_out(item) for item in self.findings],
        }

    @classmethod
    def from_stored(cls, stored: Json) -> Draft:
        """Read the stored form."""
        return cls(
            **{
                **stored,
                "created": from_text(stored["created"]),
                "findings": tuple(_finding_in(item) for item in stored["findings"]),
                "placeholders": tuple(stored["placeholders"]),
                "notes": tuple(stored["notes"]),
            }
        )


def _finding_out(finding: Finding) -> dict[str, Json]:
    return {**asdict(replace(finding, fix=None)), "severity": finding.severity.value}


def _finding_in(stored: dict[str, Json]) -> Finding:
    return Finding(**{**stored, "severity": Severity(stored["severity"]), "fix": None})


@dataclass(frozen=True, slots=True)
class Accepted:
    """An accepted draft; `result` is what `save` returned, None when it had been accepted before."""

    draft: Draft
    result: Any = None
    again: bool = False


class Drafts:
    """Drafts in the key-value store, under `draft.<id>`."""

    def __init__(self, kv: KeyValueStore, registry: Registry, *, clock: Clock = now) -> None:
        self._kv = kv
        self._registry = registry
        self._clock = clock
        self._lock = asyncio.Lock()

    async def put(self, draft: Draft) -> Draft:
        """Store a draft."""
        moment = self._clock()
        await run_sync(
            self._kv.put, NAMESPACE, _key(draft.id), draft.stored(), "JSON", moment, expires=moment + KEPT
        )
        return draft

    async def get(self, draft_id: str) -> Draft:
        """Return a draft. Raises DraftUnknown."""
        entry = await run_sync(self._kv.get, NAMESPACE, _key(draft_id))
        if entry is None or (entry.expires is not None and entry.expires <= self._clock()):
            raise DraftUnknown(f"There is no draft '{draft_id}'; drafts are kept for {KEPT.days} days")
        return Draft.from_stored(entry.value)

    async def list(self) -> list[Draft]:
        """Return all drafts, newest first."""
        page = await run_sync(self._kv.search, namespace=NAMESPACE, prefix="draft.", now=self._clock())
        found = [Draft.from_stored(entry.value) for entry in page.results if isinstance(entry.value, dict)]
        return sorted(found, key=lambda draft: draft.created, reverse=True)

    async def delete(self, draft_id: str) -> bool:
        """Forget a draft."""
        return await run_sync(self._kv.delete, NAMESPACE, _key(draft_id))

    async def choose(self, draft_id: str, chosen: Collection[int]) -> Draft:
        """Return a new draft with only some of the changes, judged again."""
        draft = await self.get(draft_id)
        text = take(draft.base_yaml, draft.yaml, chosen)
        verdict = await run_sync(judge, text, self._registry)
        kept = tuple(words for words in draft.placeholders if words in text)
        made = Draft.make(
            text,
            base=draft.base_yaml,
            planner=draft.planner,
            created=self._clock(),
            words=draft.words,
            findings=verdict.findings,
            placeholders=kept,
            plan=draft.plan,
            notes=draft.notes,
        )
        return await self.put(made)

    async def accept(
        self,
        draft_id: str,
        reviewed_hash: str,
        save: Callable[[str], Any],
        *,
        current_yaml: str | None = None,
    ) -> Accepted:
        """Hand the draft's text to `save`, once.

        `reviewed_hash` is the hash of the draft that was shown; `current_yaml` is the flow as it is now
        ("" for a new one), None to leave that check to `save`. `save` may be async. An accepted draft is
        returned without saving again. Raises the DraftError that says why not.
        """
        async with self._lock:
            draft = await self.get(draft_id)
            if draft.hash != reviewed_hash:
                raise DraftChanged(
                    "The hash is not that of this draft; read the draft again and accept what it shows"
                )
            if draft.accepted:
                return Accepted(draft, again=True)
            await self._check(draft, current_yaml)
            await self._claim(draft)
            try:
                result = await _call(save, draft.yaml)
            except BaseException:
                await run_sync(self._kv.delete, NAMESPACE, _claim_key(draft.id))
                raise
            draft = await self.put(replace(draft, accepted=True))
            return Accepted(draft, result)

    async def _check(self, draft: Draft, current_yaml: str | None) -> None:
        if current_yaml is not None and hash_of(current_yaml) != draft.base_hash:
            raise DraftStale(
                "The flow has changed since this draft was made; ask again from the present text"
            )
        if draft.placeholders:
            raise DraftInvalid(f"Still open: {'; '.join(draft.placeholders)}. Fill these in first")
        verdict = await run_sync(judge, draft.yaml, self._registry)
        if not verdict.valid:
            raise DraftInvalid(
                "The draft is not valid: " + "; ".join(finding.text for finding in verdict.blocking)
            )

    async def _claim(self, draft: Draft) -> None:
        """Make sure that only one process saves this draft."""
        moment = self._clock()
        try:
            await run_sync(
                self._kv.put,
                NAMESPACE,
                _claim_key(draft.id),
                True,
                "BOOLEAN",
                moment,
                expires=moment + KEPT,
                overwrite=False,
            )
        except Conflict as error:
            raise DraftChanged("The draft is being accepted by somebody else") from error


def _key(draft_id: str) -> str:
    return f"draft.{draft_id}"


def _claim_key(draft_id: str) -> str:
    return f"claim.{draft_id}"


async def _call(save: Callable[[str], Any], text: str) -> Any:
    if inspect.iscoroutinefunction(save):
        return await save(text)
    result = await run_sync(save, text)
    return await result if inspect.isawaitable(result) else result
