"""Replies of a model, good and bad, played from a script: how each turn ends, and what it cost."""

from __future__ import annotations

from copilot.chat import Copilot
from copilot.evaluate.bench import Bench
from copilot.evaluate.case import Case
from copilot.evaluate.fact import broken, lacking
from copilot.evaluate.lanes.drafted import climb
from copilot.evaluate.lanes.refuse import outcome
from copilot.evaluate.lanes.turn import note, taken
from copilot.evaluate.result import Result
from copilot.evaluate.scripted import ScriptedProvider
from copilot.planner.request import CALLS


async def judge(case: Case, bench: Bench) -> Result:
    """Play the script and compare the end, the facts, the calls, and what was sent."""
    result = Result(case)
    provider = ScriptedProvider(case.facts["replies"])
    copilot = Copilot(
        bench.engine.registry, bench.retriever, bench.copilot.catalogue, bench.engine.store.kv, provider
    )
    base = bench.flow(case.flow) if case.flow else None
    try:
        turn = await taken(copilot.draft(bench.words(case.words), current_yaml=base))
    finally:
        await copilot.close()
    note(result, turn)
    if not result.reach("L0", turn.answered, turn.crash or "nothing was answered"):
        return result
    flow = climb(result, turn, bench.engine.registry) if turn.draft is not None else None
    wanted = case.facts["expect"]
    wanted = wanted if isinstance(wanted, list) else [wanted]
    ended = outcome(turn)
    problems = [] if ended in wanted else [f"ended as {ended}, not {' or '.join(wanted)}"]
    most = case.facts.get("calls", CALLS)
    problems += [f"{provider.calls} calls, more than {most}"] if provider.calls > most else []
    problems += [
        f"not sent back: {piece}" for piece in lacking(case.facts.get("told", []), provider.sent[1:])
    ]
    leaked = [piece for piece in case.facts.get("unsent", []) if not lacking(piece, provider.sent)]
    problems += [f"sent to the model: {piece}" for piece in leaked]
    shown = result.text or (turn.error.message if turn.error else "")
    problems += broken(case.facts, flow or {}, shown)
    result.reach("L7", not problems, *problems)
    return result
