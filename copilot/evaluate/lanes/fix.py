"""A flow is run until it fails, the failure is fixed, and the changed flow is run again."""

from __future__ import annotations

from copilot.evaluate.bench import Bench
from copilot.evaluate.case import Case
from copilot.evaluate.fact import broken
from copilot.evaluate.lanes.drafted import climb
from copilot.evaluate.lanes.edit import unmeant
from copilot.evaluate.lanes.turn import note, taken
from copilot.evaluate.perform import performed
from copilot.evaluate.result import Result
from copilot.skills.fix.failure import Failure, Surroundings, failure_of
from copilot.threads import run_sync
from engine.model.state import State

PATIENCE_S = 60.0


async def judge(case: Case, bench: Bench) -> Result:
    """Compare the reason with the one of the case, then run the change; advice must leave the flow alone."""
    result = Result(case)
    source = bench.words(case.flow)
    failure = await run_sync(_failed, source, bench)
    if failure is None:
        result.reach("L0", False, "the flow of the case does not fail")
        return result
    turn = await taken(bench.copilot.fix(failure))
    note(result, turn)
    if not result.reach("L0", turn.answered and bool(turn.findings), turn.crash or "no reason was given"):
        return result
    found = turn.findings[0].code.removeprefix("fix-")
    reasons = [] if found == case.facts["reason"] else [f"the reason is {found}, not {case.facts['reason']}"]
    if case.facts.get("advice"):
        reasons += ["the flow was changed, although only advice helps"] if turn.draft is not None else []
        result.reach("L7", not reasons, *reasons)
        return result
    flow = climb(result, turn, bench.engine.registry)
    if flow is None or turn.draft is None:
        return result
    result.kept = not (lost := unmeant(source, result.text, case.facts.get("changes") or []))
    problems = [*reasons, *broken(case.facts, flow, result.text), *(f"bytes: {line}" for line in lost)]
    if case.run is not None:
        failed, differences = await performed(case.run, turn.draft, bench, base=source)
        result.reach("L6", not failed, *failed)
        problems += differences
    result.reach("L7", result.levels.get("L6", True) and not problems, *problems)
    return result


def _failed(source: str, bench: Bench) -> Failure | None:
    """Save and run the flow of a case; None when it does not fail."""
    engine = bench.engine
    row = engine.save(source)
    execution = engine.wait(engine.start(row.namespace, row.id).id, PATIENCE_S)
    if execution.state is not State.FAILED:
        return None
    around = Surroundings(
        kv=[key for key, _ in engine.store.kv.items(row.namespace)],
        secrets=list(engine.secrets.names()),
        flows=[f"{item.namespace}.{item.id}" for item in engine.store.flows.latest()],
    )
    return failure_of(execution, engine.logs(execution.id), source, around)
