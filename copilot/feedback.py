"""Opinions on turns as cases of the evaluation, in the form `flowsmith eval` reads."""

from __future__ import annotations

from collections.abc import Iterable

from copilot.conversation import Turn
from copilot.plan.emit import item_lines
from engine.model.json import Json

_KINDS = {"ask": "ask", "edit": "create", "plan": "create", "fix": "fix"}


def case_of(turn: Turn) -> dict[str, Json]:
    """Return a case: the words and what came of them; `facts` are for whoever adds it to the set.

    A good turn asks for the same types again; a bad one keeps the comment as what was expected.
    """
    opinion = turn.feedback or {}
    with_flow = any(chip.get("kind") == "flow" for chip in turn.chips)
    kind = "edit" if _KINDS[turn.mode] == "create" and with_flow else _KINDS[turn.mode]
    case: dict[str, Json] = {"kind": kind, "words": turn.words}
    types = _types(turn.plan or {})
    if opinion.get("good") and types:
        case["has"] = types
    if opinion.get("comment"):
        case["expected"] = opinion["comment"]
    case["verdict"] = "good" if opinion.get("good") else "bad"
    case["outcome"] = turn.outcome
    case["turn"] = turn.id
    return case


def cases_yaml(turns: Iterable[Turn]) -> str:
    """Write the cases as one YAML list."""
    lines = [line for turn in turns for line in item_lines(case_of(turn), 0)]
    return "\n".join(lines or ["[]"]) + "\n"


def _types(plan: dict[str, Json]) -> list[str]:
    """Return the last names of the types a plan uses, nested ones included, in order."""
    found: list[str] = []
    for step in plan.get("steps") or ():
        if step.get("type"):
            found.append(str(step["type"]).rpartition(".")[2])
        for nested in (step.get("nested") or {}).values():
            found += _types({"steps": nested})
    return found
