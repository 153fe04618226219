"""Questions answered from the documents, and flows explained: cited, to the point, or honestly not there."""

from __future__ import annotations

from copilot.evaluate.bench import Bench
from copilot.evaluate.case import Case
from copilot.evaluate.fact import lacking
from copilot.evaluate.lanes.turn import note, taken
from copilot.evaluate.result import Result


async def judge_answer(case: Case, bench: Bench) -> Result:
    """A question in the documents cites a page that has it; any other is said not to be there."""
    result = Result(case)
    turn = await taken(bench.copilot.ask(case.words))
    note(result, turn)
    if not result.reach("L0", turn.answered, turn.crash or "nothing was answered"):
        return result
    cited = [f"{item.source} {item.title} {item.heading}" for item in turn.citations]
    if case.facts.get("abstain"):
        problems = [f"answered from {cited}"] if cited else []
    else:
        problems = [
            f"no citation of {piece}; cited {cited}" for piece in lacking(case.facts.get("cites", []), cited)
        ]
        texts = [*(item.text for item in turn.citations), turn.text]
        problems += [f"the answer lacks {piece}" for piece in lacking(case.facts.get("says", []), texts)]
    result.reach("L7", not problems, *problems)
    return result


async def judge_explanation(case: Case, bench: Bench) -> Result:
    """An explanation says what the flow does, and nothing it does not."""
    result = Result(case)
    turn = await taken(bench.copilot.explain(bench.flow(case.flow)))
    note(result, turn)
    if not result.reach("L0", turn.answered, turn.crash or "nothing was answered"):
        return result
    problems = [f"does not say {piece}" for piece in lacking(case.facts.get("says", []), [turn.text])]
    never = case.facts.get("never", [])
    problems += [f"says {piece}" for piece in never if not lacking(piece, [turn.text])]
    result.reach("L7", not problems, *problems)
    return result
