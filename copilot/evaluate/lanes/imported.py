"""Files of other systems become drafts: how many, valid or honestly open, with the facts of the first."""

from __future__ import annotations

import time

from copilot.errors import CopilotError
from copilot.evaluate.bench import Bench
from copilot.evaluate.case import Case
from copilot.evaluate.fact import broken
from copilot.evaluate.lanes.drafted import climb
from copilot.evaluate.lanes.turn import Turn
from copilot.evaluate.result import Result


async def judge(case: Case, bench: Bench) -> Result:
    """Import the text, judge the first draft level by level, check the facts."""
    result = Result(case)
    began = time.perf_counter()
    try:
        drafts = await bench.copilot.import_flows(case.words)
        refusal = ""
    except CopilotError as error:
        drafts, refusal = [], f"{error.code}: {error.message}"
    result.ms = (time.perf_counter() - began) * 1000
    if case.facts.get("refused"):
        result.reach("L0", bool(refusal or drafts))
        result.reach("L7", bool(refusal), f"{len(drafts)} flows were made of it")
        return result
    turn = Turn(draft=drafts[0].to_json() if drafts else None, text=refusal)
    flow = climb(result, turn, bench.engine.registry)
    if flow is None:
        return result
    facts = {name: value for name, value in case.facts.items() if name not in ("flows", "refused")}
    problems = broken(facts, flow, result.text)
    if len(drafts) != case.facts["flows"]:
        problems.append(f"{len(drafts)} flows, not {case.facts['flows']}")
    result.reach("L7", not problems, *problems)
    return result
