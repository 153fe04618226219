"""What a planner's work came to, after the gate and the repair."""

from __future__ import annotations

import re
from dataclasses import dataclass

from copilot.gate import Verdict
from copilot.plan.operation import Edit
from copilot.plan.plan import Plan, Step
from copilot.plan.render import with_ids
from engine.plugin import Task, Trigger
from engine.registry import Registry


@dataclass(frozen=True, slots=True)
class Outcome:
    """The plan (or edit) that was taken, its text, and what the gate says about it."""

    plan: Plan | Edit
    verdict: Verdict
    placeholders: tuple[str, ...]
    notes: tuple[str, ...]
    rounds: int = 0


def settle(steps: list[Step], registry: Registry) -> list[str]:
    """Write canonical types; returns a problem for every step whose type is not installed or is no task."""
    problems = []
    for step in (inner for outer in steps for inner in outer.walk()):
        if step.placeholder:
            continue
        canonical = registry.canonical(step.type)
        plugin = registry.find(canonical) if canonical else None
        if canonical is None or plugin is None or not issubclass(plugin, Task):
            near = registry.nearest(step.type, Task) if step.type else None
            problems.append(
                f"step '{step.id}': '{step.type}' is no task type of the catalogue"
                + (f"; did you mean {near}?" if near else "")
            )
        else:
            step.type = canonical
    return problems


def settle_plan(plan: Plan, registry: Registry) -> list[str]:
    """As `settle`, for a whole plan with its triggers."""
    problems = settle([*plan.steps, *plan.errors, *plan.finally_], registry)
    for trigger in plan.triggers:
        canonical = registry.canonical(trigger.type)
        plugin = registry.find(canonical) if canonical else None
        if canonical is None or plugin is None or not issubclass(plugin, Trigger):
            problems.append(f"trigger '{trigger.id}': '{trigger.type}' is no trigger type of the catalogue")
        else:
            trigger.type = canonical
    return problems


_AT = re.compile(r"(?P<name>[A-Za-z]\w*)\[(?P<index>\d+)\]")


def open_invalid(plan: Plan, verdict: Verdict) -> bool:
    """Turn what the gate blocks into placeholders that show their words; tell whether anything was."""
    turned = False
    for finding in verdict.blocking:
        places = [(match["name"], int(match["index"])) for match in _AT.finditer(finding.path)]
        if places and places[0][0] == "triggers" and places[0][1] < len(plan.triggers):
            trigger = plan.triggers[places[0][1]]
            plan.steps.append(
                Step(placeholder=True, because=f"{trigger.because or trigger.type}: {finding.message}")
            )
            plan.triggers = [item for item in plan.triggers if item is not trigger]
            return open_invalid_again(plan)
        step = _step_at(plan, places)
        if step is not None and not step.placeholder and not any(step.children()):
            step.because = f"{step.because or step.id}: {finding.message}"
            step.placeholder, step.type, step.values, step.wiring = True, "", {}, {}
            turned = True
    return turned


def open_invalid_again(plan: Plan) -> bool:
    """Give the new placeholder an id; the places of the other findings have moved, so they are read again."""
    named = with_ids(plan)
    plan.steps = named.steps
    return True


def _step_at(plan: Plan, places: list[tuple[str, int]]) -> Step | None:
    """Return the step a finding's path leads to, as far as it leads through lists of steps."""
    lists: dict[str, list[Step]] = {"tasks": plan.steps, "errors": plan.errors, "finally": plan.finally_}
    step: Step | None = None
    for name, index in places:
        steps = lists.get(name)
        if steps is None or index >= len(steps):
            break
        step, lists = steps[index], steps[index].nested
    return step


def open_unknown(steps: list[Step], registry: Registry) -> None:
    """Turn steps with unknown types into placeholders that show their words."""
    for step in (inner for outer in steps for inner in outer.walk()):
        plugin = registry.find(step.type) if step.type else None
        if not step.placeholder and (plugin is None or not issubclass(plugin, Task)):
            step.placeholder = True
            step.because = step.because or step.id or step.type
            step.nested, step.cases = {}, {}
