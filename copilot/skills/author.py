"""Author a flow: plan → YAML → gate → repair by rule → at most two more rounds with the planner."""

from __future__ import annotations

from copilot.errors import ReplyError
from copilot.gate import Verdict
from copilot.plan.plan import Plan
from copilot.plan.render import render_plan, with_ids
from copilot.planner.request import CALLS, ROUNDS, Failed, Planner, Request
from copilot.providers.guard import Meter
from copilot.redact import looks_secret
from copilot.repair import repair
from copilot.skills.outcome import Outcome, open_invalid, open_unknown, settle_plan
from copilot.threads import run_sync
from engine.model.json import Json
from engine.plugin import Trigger
from engine.registry import Registry


async def author(
    request: Request, planner: Planner, registry: Registry, meter: Meter, *, comments: bool = False
) -> Outcome:
    """Return the plan, its YAML and its findings. Raises Refusal, ReplyError, ProviderError."""
    plan = await planner.plan(request, meter)
    seen = {_key(plan)}
    rounds = 0
    while True:
        problems, verdict = await run_sync(_tried, plan, registry, comments)
        spent = rounds == ROUNDS or meter.calls >= CALLS
        if not planner.repairs or spent or not (problems or verdict.blocking):
            break
        rounds += 1
        told = (*problems, *(finding.text for finding in verdict.blocking))
        try:
            plan = await planner.plan(request, meter, Failed(plan, told))
        except ReplyError:  # what came first is still better than nothing: its faults become placeholders
            break
        if _key(plan) in seen:  # the same answer again: another round would not help
            break
        seen.add(_key(plan))
    return await run_sync(_settled, plan, registry, comments, rounds)


def _key(plan: Plan) -> str:
    return plan.model_dump_json()


def _tried(plan: Plan, registry: Registry, comments: bool) -> tuple[list[str], Verdict]:
    problems = settle_plan(plan, registry)
    return problems, repair(render_plan(plan, comments=comments), registry)


def _settled(plan: Plan, registry: Registry, comments: bool, rounds: int) -> Outcome:
    """What is still unknown becomes a placeholder, what looks like a secret a reference to one."""
    settle_plan(plan, registry)
    open_unknown([*plan.steps, *plan.errors, *plan.finally_], registry)
    known = [
        trigger
        for trigger in plan.triggers
        if (found := registry.find(trigger.type)) is not None and issubclass(found, Trigger)
    ]
    notes = list(plan.notes)
    notes += [
        f"Trigger '{item.type}' is not installed; it was left out."
        for item in plan.triggers
        if item not in known
    ]
    plan.triggers = known
    for step in plan.walk():
        step.values = {
            key: _without_secrets(item, f"{step.id}_{key}", notes) for key, item in step.values.items()
        }
    plan = with_ids(plan)
    verdict = repair(render_plan(plan, comments=comments), registry)
    if not verdict.valid and open_invalid(plan, verdict):
        verdict = repair(render_plan(plan, comments=comments), registry)
    return Outcome(plan, verdict, tuple(plan.placeholders), tuple(dict.fromkeys(notes)), rounds)


def _without_secrets(value: Json, name: str, notes: list[str]) -> Json:
    if isinstance(value, dict):
        return {key: _without_secrets(item, f"{name}_{key}", notes) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_secrets(item, name, notes) for item in value]
    if isinstance(value, str) and "\n" not in value and looks_secret(value):
        secret = "".join(letter if letter.isalnum() else "_" for letter in name).upper()
        notes.append(f"A value that looks like a key was taken out; set the secret {secret} instead.")
        return f"{{{{ secret('{secret}') }}}}"
    return value
