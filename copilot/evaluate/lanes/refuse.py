"""Words that give no flow, or not a whole one: the reason has a name, nothing is made up, nothing leaks."""

from __future__ import annotations

from copilot.evaluate.bench import Bench
from copilot.evaluate.case import Case
from copilot.evaluate.fact import broken
from copilot.evaluate.lanes.drafted import climb
from copilot.evaluate.lanes.turn import Turn, note, taken
from copilot.evaluate.result import Result


async def judge(case: Case, bench: Bench) -> Result:
    """Compare the end of the turn with the expected ones: refusal codes, `open` for placeholders, `draft`."""
    result = Result(case)
    base = bench.flow(case.flow) if case.flow else None
    turn = await taken(bench.drafter.draft(bench.words(case.words), current_yaml=base))
    note(result, turn)
    if not result.reach("L0", turn.answered, turn.crash or "nothing was answered"):
        return result
    flow = climb(result, turn, bench.engine.registry) if turn.draft is not None else None
    ended = outcome(turn)
    wanted = case.facts["expect"]
    wanted = wanted if isinstance(wanted, list) else [wanted]
    problems = [] if ended in wanted else [f"ended as {ended}, not {' or '.join(wanted)}"]
    facts = {key: value for key, value in case.facts.items() if key != "expect"}
    shown = result.text or (turn.error.message if turn.error else "")
    problems += broken(facts, flow or {}, shown)
    result.reach("L7", not problems, *problems)
    return result


def outcome(turn: Turn) -> str:
    """Name how a turn ended."""
    if turn.error is not None:
        return turn.error.code
    assert turn.draft is not None
    if turn.draft["placeholders"]:
        return "open"
    return "draft" if turn.draft["valid"] else "invalid"
