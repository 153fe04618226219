"""Words change a flow: the facts of the new text, and the bytes of everything that was not meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from copilot.evaluate.bench import Bench
from copilot.evaluate.case import Case
from copilot.evaluate.fact import broken, same
from copilot.evaluate.lanes.drafted import climb
from copilot.evaluate.lanes.turn import note, taken
from copilot.evaluate.result import Result


async def judge(case: Case, bench: Bench) -> Result:
    """Draft the change, climb the levels, check facts and bytes."""
    result = Result(case)
    base = bench.flow(case.flow)
    turn = await taken(bench.drafter.draft(bench.words(case.words), current_yaml=base))
    note(result, turn)
    flow = climb(result, turn, bench.engine.registry)
    if result.text:
        result.kept = not (lost := unmeant(base, result.text, case.facts.get("changes") or []))
        result.problems += [f"bytes: {line}" for line in lost]
    if flow is None:
        return result
    problems = broken(case.facts, flow, result.text)
    problems += [f"left open: {words}" for words in result.open]
    result.reach("L7", not problems and bool(result.kept), *problems)
    return result


def unmeant(base: str, text: str, meant: Sequence[str]) -> list[str]:
    """Return the lines of the base that are gone although no pattern of `meant` holds them.

    A comment may only go with a line that was meant to go.
    """
    gone = [
        line[2:] for line in difflib.ndiff(base.splitlines(True), text.splitlines(True)) if line[:2] == "- "
    ]
    return [
        line.rstrip("\n")
        for line in gone
        if line.strip()
        and not any(same(line, piece if piece.startswith("~") else f"~{re.escape(piece)}") for piece in meant)
    ]
