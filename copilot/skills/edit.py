"""Edit a flow: operations → splices → gate → repair. Bytes outside the changes stay."""

from __future__ import annotations

from copilot.errors import PatchError, ReplyError
from copilot.gate import judge, mend
from copilot.plan.operation import Edit
from copilot.plan.patch import apply_edit
from copilot.planner.request import CALLS, ROUNDS, Failed, Planner, Request
from copilot.providers.guard import Meter
from copilot.skills.outcome import Outcome, open_unknown, settle
from copilot.threads import run_sync
from engine.model.finding import Finding
from engine.registry import Registry


async def edit(request: Request, planner: Planner, registry: Registry, meter: Meter) -> Outcome:
    """Return the changes, the new text and its findings. Raises CopilotError."""
    base = request.current_yaml or ""
    known = {_same(finding) for finding in (await run_sync(judge, base, registry)).blocking}
    changes = await planner.edit(request, meter)
    seen = {changes.model_dump_json()}
    rounds = 0
    while True:
        problems = await run_sync(_tried, changes, base, registry, known)
        if not problems or not planner.repairs or rounds == ROUNDS or meter.calls >= CALLS:
            break
        rounds += 1
        try:
            changes = await planner.edit(request, meter, Failed(changes, tuple(problems)))
        except ReplyError:
            break
        if changes.model_dump_json() in seen:
            break
        seen.add(changes.model_dump_json())
    return await run_sync(_settled, changes, base, registry, rounds)


def _same(finding: Finding) -> tuple[str, str]:
    return finding.code, finding.message


def _tried(changes: Edit, base: str, registry: Registry, known: set[tuple[str, str]]) -> list[str]:
    problems = settle(
        [operation.step for operation in changes.operations if operation.step is not None], registry
    )
    try:
        verdict = judge(apply_edit(base, changes), registry)
    except PatchError as error:
        return [*problems, str(error)]
    return [
        *problems,
        *(finding.text for finding in verdict.blocking if _same(finding) not in known),
    ]


def _settled(changes: Edit, base: str, registry: Registry, rounds: int) -> Outcome:
    steps = [operation.step for operation in changes.operations if operation.step is not None]
    settle(steps, registry)
    open_unknown(steps, registry)
    text = apply_edit(base, changes)
    verdict = mend(text, registry) if judge(base, registry).valid else judge(text, registry)
    open_words = [
        *changes.open,
        *(step.because for outer in steps for step in outer.walk() if step.placeholder),
    ]
    return Outcome(changes, verdict, tuple(dict.fromkeys(open_words)), tuple(changes.notes), rounds)
