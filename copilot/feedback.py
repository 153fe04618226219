"""Opinions as cases of the evaluation, in the form `flowsmith eval --from-feedback` reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from copilot.conversation import Turn
from copilot.dialogue import explains
from copilot.draft import Draft
from copilot.opinion import Opinion, Subject
from copilot.plan import target
from copilot.plan.emit import item_lines
from engine.errors import SourceError
from engine.model.json import Json
from engine.source.document import read_document

_PLACEHOLDER: Final = "Fail"
"""Type of the task that stands where words were left open."""
_FIXES: Final = "Fix: "
"""How the words of a draft begin that mends a failed execution."""


def about_draft(draft: Draft, turn: Turn | None = None, conversation_id: str | None = None) -> Subject:
    """Return a draft as what an opinion is about, with the turn it was made in, if there was one."""
    facts = _of_change(draft) if draft.base_yaml.strip() else _of_flow(draft)
    kind = "edit" if draft.base_yaml.strip() else "create"
    if (turn is not None and turn.mode == "fix") or (turn is None and draft.words.startswith(_FIXES)):
        kind = "fix"
        facts = {key: value for key, value in facts.items() if key == "changes"}
        facts |= {"reason": turn.reason} if turn is not None and turn.reason else {}
    return Subject(
        kind,
        turn.words if turn is not None else draft.words,
        draft.base_yaml,
        facts,
        "draft" if draft.valid else "open",
        draft.planner,
        draft.id,
        conversation_id,
        turn.id if turn is not None else None,
    )


def about_turn(turn: Turn, conversation_id: str, *, flow: str = "", draft: Draft | None = None) -> Subject:
    """Return a turn as what an opinion is about; `flow` is the text it spoke of, where the draft has none."""
    if draft is not None:
        return about_draft(draft, turn, conversation_id)
    has_flow = bool(flow.strip()) or any(chip.get("kind") == "flow" for chip in turn.chips)
    kind = {"ask": "ask", "fix": "fix"}.get(turn.mode, "edit" if has_flow else "create")
    if kind == "ask" and explains(turn.words):
        kind = "explain"
    facts: dict[str, Json] = {}
    if kind == "ask":
        facts = {"cites": list(turn.cites[:1])} if turn.cites else {"abstain": True}
    elif kind == "create" and (types := _types(turn.plan or {})):
        facts = {"has": types}
    elif kind == "fix" and turn.reason:
        facts = {"reason": turn.reason, "advice": True}
    return Subject(kind, turn.words, flow, facts, turn.outcome, turn.model, None, conversation_id, turn.id)


def about_words(kind: str, words: str, *, flow: str = "") -> Subject:
    """Return a question or an explanation outside of any conversation as what an opinion is about."""
    return Subject(kind, words, flow)


def case_of(opinion: Opinion) -> dict[str, Json]:
    """Return a case: the words, the flow, and what decides.

    A good one asks for the same facts again; a bad one keeps the comment as what was expected, and fails
    until somebody has added the facts that decide.
    """
    about = opinion.subject
    case: dict[str, Json] = {"kind": about.kind, "words": about.words}
    if about.flow:
        case["flow"] = about.flow
    if opinion.good:
        case |= about.facts
    if opinion.comment:
        case["expected"] = opinion.comment
    case["verdict"] = "good" if opinion.good else "bad"
    case["outcome"] = about.outcome
    case["turn"] = about.turn_id or about.draft_id or opinion.id
    return case


def cases_yaml(opinions: Iterable[Opinion]) -> str:
    """Write the cases as one YAML list."""
    lines = [line for opinion in opinions for line in item_lines(case_of(opinion), 0)]
    return "\n".join(lines or ["[]"]) + "\n"


def _of_flow(draft: Draft) -> dict[str, Json]:
    """Return the types of a new flow in their order, its triggers, and what was left open."""
    data = _data(draft.yaml)
    types = [name for name in _task_types(data) if not (draft.placeholders and name == _PLACEHOLDER)]
    facts: dict[str, Json] = {"has": types} if types else {}
    starts = [_short(trigger.get("type")) for trigger in data.get("triggers") or ()]
    if starts:
        facts["starts"] = starts
    if draft.placeholders:
        facts["open"] = list(draft.placeholders)
    return facts


def _of_change(draft: Draft) -> dict[str, Json]:
    """Return the lines that were changed, what stands there now, and the types that are new."""
    gone = [line.strip() for hunk in draft.hunks for line in hunk.old if line.strip()]
    came = [line.strip() for hunk in draft.hunks for line in hunk.new if line.strip()]
    new = Counter(_task_types(_data(draft.yaml))) - Counter(_task_types(_data(draft.base_yaml)))
    facts: dict[str, Json] = {"changes": list(dict.fromkeys(gone)), "says": list(dict.fromkeys(came))}
    if new:
        facts["uses"] = list(new)
    return facts


def _data(text: str) -> dict[str, Json]:
    try:
        data = read_document(text).data
    except SourceError:
        return {}
    return data if isinstance(data, dict) else {}


def _task_types(data: dict[str, Json]) -> list[str]:
    return [_short(task["type"]) for _, task in target.tasks_of(data)]


def _types(plan: dict[str, Json]) -> list[str]:
    """Return the last names of the types a plan uses, nested ones included, in order."""
    found: list[str] = []
    for step in plan.get("steps") or ():
        if step.get("type"):
            found.append(_short(step["type"]))
        for nested in (step.get("nested") or {}).values():
            found += _types({"steps": nested})
    return found


def _short(type_id: Json) -> str:
    return str(type_id).rpartition(".")[2]
