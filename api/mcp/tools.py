"""What the tools do, as plain functions over the wiring. Answers are small; long ones are cut and say so."""

from __future__ import annotations

from typing import Any

from api.talk import gathered
from api.thread import in_thread
from api.wiring import Wiring
from copilot.card import card
from copilot.errors import NotAccepted
from copilot.planner.suggest import suggested
from copilot.skills.explain import explain
from copilot.voice import Terms
from engine.docs.card import card as card_of
from engine.docs.page import page
from engine.errors import NotFound
from engine.model.json import Json

LONGEST = 8_000
"""Most characters of a text in one answer; `next_offset` says where to go on."""


class Tools:
    """The tools. Nothing here saves or runs without a person's acceptance token."""

    def __init__(self, wiring: Wiring, actor: str) -> None:
        self._wiring = wiring
        self._actor = actor

    async def search_docs(self, query: str, limit: int = 5) -> dict[str, Json]:
        """Return passages of the documents."""
        await in_thread(self._wiring.ingest_if_empty)
        passages = await in_thread(self._wiring.retriever.search, query, k=max(1, min(limit, 20)))
        rows = [
            {
                "title": item.title,
                "heading": item.heading,
                "source": f"{item.source}:{item.start_line}-{item.end_line}",
                "text": item.text[:1_500],
            }
            for item in passages
        ]
        answerable = (
            await in_thread(self._wiring.retriever.answerable, query, passages) if passages else False
        )
        return {"passages": rows, "answerable": answerable}

    async def search_plugins(self, words: str, limit: int = 8) -> dict[str, Json]:
        """Return the plugin types that fit some words."""
        copilot = await in_thread(self._wiring.open_copilot)
        types = await in_thread(suggested, copilot.catalogue, copilot.registry, words, max(1, min(limit, 30)))
        return {"types": [{"type": name, "purpose": self._purpose(name)} for name in types]}

    def _purpose(self, type_id: str) -> str:
        plugin = self._wiring.engine.registry.find(type_id)
        return card_of(plugin).purpose if plugin is not None else ""

    async def get_plugin(self, type_id: str, offset: int = 0, brief: bool = False) -> dict[str, Json]:
        """Return the documentation of a type."""
        registry = self._wiring.engine.registry
        canonical = registry.canonical(type_id)
        plugin = registry.find(canonical) if canonical else None
        if canonical is None or plugin is None:
            near = registry.nearest(type_id)
            raise NotFound(f"There is no type '{type_id}'" + (f"; did you mean {near}?" if near else ""))
        text = await in_thread(card, canonical, registry) if brief else await in_thread(page, plugin)
        return {"type": canonical, **_part(text, offset)}

    async def validate_flow(self, yaml: str) -> dict[str, Json]:
        """Return the findings of a flow's text."""
        checked = await in_thread(self._wiring.engine.check, yaml)
        findings = [
            {
                "severity": item.severity.value,
                "code": item.code,
                "path": item.path,
                "line": item.line,
                "message": item.message,
                "suggestion": item.suggestion,
            }
            for item in checked.findings
        ]
        return {"valid": not any(item.blocking for item in checked.findings), "findings": findings}

    async def explain_flow(self, yaml: str) -> dict[str, Json]:
        """Return what a flow does, in words."""
        return _part(await in_thread(explain, yaml, self._wiring.engine.registry), 0)

    async def draft_flow(
        self, words: str, yaml: str | None = None, namespace: str | None = None, provider: str = ""
    ) -> dict[str, Json]:
        """Draft a flow or a change, and return it for review."""
        copilot = await in_thread(self._wiring.open_copilot)
        terms = Terms(provider)
        whole = await gathered(copilot.draft(words, yaml or None, namespace, terms=terms))
        made: dict[str, Any] = whole.get("draft") or {}
        error = whole.get("error")
        await self._note("draft", error["code"] if error else "done", words=words, draft=made, terms=terms)
        if error:
            return {"refused": error["code"], "message": error["message"], "missing": error["missing"]}
        members = ("id", "hash", "yaml", "valid", "placeholders", "notes", "diff", "planner")
        return {
            **{name: made[name] for name in members},
            "findings": [finding["text"] for finding in made["findings"]],
            "next": f"A person accepts it with `flowsmith mcp accept {made['id']}` or in the page.",
        }

    async def create_flow(self, draft_id: str, token: str) -> dict[str, Json]:
        """Save a draft a person has accepted."""
        dialogues = await in_thread(lambda: self._wiring.dialogues)
        draft = await self._wiring.open_copilot().drafts.get(draft_id)
        await self._redeem(token, f"draft:{draft.hash}", "create")
        row = await self._wiring.accept(draft.id, draft.hash, None)
        flow = f"{row.namespace}.{row.id}"
        await in_thread(
            dialogues.audit.write,
            "accept",
            self._actor,
            "done",
            draft_id=draft.id,
            draft_hash=draft.hash,
            flow=flow,
        )
        return {"namespace": row.namespace, "id": row.id, "revision": row.revision}

    async def run_flow(
        self, namespace: str, flow_id: str, token: str, inputs: dict[str, Json] | None = None
    ) -> dict[str, Json]:
        """Start a saved flow a person has accepted to run."""
        row = await in_thread(self._wiring.engine.flow_row, namespace, flow_id)
        await self._redeem(token, f"run:{namespace}.{flow_id}:{row.revision}", "run")
        execution = await in_thread(self._wiring.engine.start, namespace, flow_id, inputs=inputs or {})
        await self._note("run", "done", flow=f"{namespace}.{flow_id}")
        return {"executionId": execution.id, "state": execution.state.value}

    async def _redeem(self, token: str, subject: str, action: str) -> None:
        dialogues = await in_thread(lambda: self._wiring.dialogues)
        try:
            await in_thread(dialogues.acceptances.redeem, token, subject)
        except NotAccepted:
            await self._note(action, "not-accepted")
            raise

    async def _note(
        self,
        action: str,
        outcome: str,
        *,
        words: str = "",
        draft: dict[str, Json] | None = None,
        terms: Terms | None = None,
        flow: str | None = None,
    ) -> None:
        dialogues = await in_thread(lambda: self._wiring.dialogues)
        made = draft or {}
        await in_thread(
            dialogues.audit.write,
            action,
            self._actor,
            outcome,
            words=words,
            meter=terms.meter if terms else None,
            draft_id=made.get("id"),
            draft_hash=made.get("hash"),
            flow=flow,
        )


def _part(text: str, offset: int) -> dict[str, Json]:
    """Return a piece of a text that fits one answer, and where the next begins."""
    end = offset + LONGEST
    return {"text": text[offset:end], "next_offset": end if end < len(text) else None}
