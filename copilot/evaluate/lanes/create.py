"""Words become a new flow: up to L5 by validation, then accepted and run, then every fact."""

from __future__ import annotations

from copilot.evaluate.bench import Bench
from copilot.evaluate.case import Case
from copilot.evaluate.fact import Flow, broken, lacking
from copilot.evaluate.lanes.drafted import climb
from copilot.evaluate.lanes.turn import note, taken
from copilot.evaluate.perform import performed
from copilot.evaluate.result import Result


async def judge(case: Case, bench: Bench) -> Result:
    """Draft, climb the levels, run where the case says how, and check the facts."""
    result = Result(case)
    turn = await taken(bench.drafter.draft(bench.words(case.words)))
    note(result, turn)
    flow = climb(result, turn, bench.engine.registry)
    if flow is None or turn.draft is None:
        return result
    problems = [*broken(case.facts, flow, result.text), *_left_open(case, result, flow)]
    if case.run is not None:
        if not result.acceptable:
            result.reach("L6", False, f"not acceptable, open: {'; '.join(result.open)}")
        else:
            failure, differences = await performed(case.run, turn.draft, bench)
            result.reach("L6", not failure, *failure)
            problems += differences
    sound = result.levels.get("L6", True)
    if not result.reach("L7", sound and not problems, *problems) and not problems:
        result.problems.append("L7: it does not run")
    return result


def _left_open(case: Case, result: Result, flow: Flow) -> list[str]:
    """Compare the words left open with those that have to be."""
    wanted = case.facts.get("open")
    if wanted is None:
        return [f"left open: {words}" for words in result.open]
    if not result.open:
        return ["nothing was left open, although nobody can know it"]
    return [f"not shown as open: {piece}" for piece in lacking(wanted, result.open)]
