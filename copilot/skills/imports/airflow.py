"""Airflow files: read with `ast`, never run. Each DAG becomes a flow."""

from __future__ import annotations

import ast

from copilot.errors import NotImportable
from copilot.plan.plan import InputPlan, Plan, Step, TriggerPlan
from copilot.plan.render import DAG_TYPE, snake
from copilot.skills.imports.airflow_schedule import schedule_of
from copilot.skills.imports.airflow_scope import Scope, dags_of
from copilot.skills.imports.airflow_task import step_of
from copilot.skills.imports.airflow_value import whole
from copilot.skills.imports.common import SCHEDULE, flow_name, open_step
from engine.model.json import Json


def is_airflow(text: str) -> bool:
    """Tell whether a text is a Python file that imports airflow."""
    try:
        module = ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    for node in ast.walk(module):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        if any(name.partition(".")[0] == "airflow" for name in names):
            return True
    return False


def import_airflow(text: str, namespace: str) -> list[Plan]:
    """Return a plan per DAG. Raises NotImportable with the line."""
    try:
        module = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        raise NotImportable(f"The file is no Python{f' (line {line})' if line else ''}: {error}") from error
    scopes = dags_of(module, text)
    if not scopes:
        raise NotImportable(
            "The file defines no DAG: neither `DAG(...)` nor a function under `@dag`", missing=["DAG"]
        )
    taken: set[str] = set()
    return [_plan(scope, namespace, taken) for scope in scopes]


def _plan(scope: Scope, namespace: str, taken: set[str]) -> Plan:
    options = scope.options
    plan = Plan(id=flow_name(scope.dag_id, taken), namespace=namespace)
    plan.description = str(options["description"]) if isinstance(options.get("description"), str) else None
    plan.labels = {snake(str(tag)): "true" for tag in options.get("tags") or () if isinstance(tag, str)}
    _inputs(plan, options.get("params"))
    _start(plan, scope)
    _retry(plan, options.get("default_args"))
    if options.get("max_active_runs") == 1:
        plan.concurrency = {"limit": 1, "behavior": "QUEUE"}
    opened = plan.steps
    made = {found.name: step_of(found, scope, plan) for found in scope.tasks}
    before = {name: [item for item in names if item in made] for name, names in scope.before.items()}
    steps, before = _without_empty(made, before)
    plan.steps = [*opened, *_laid_out(steps, before)]
    plan.notes = list(dict.fromkeys(plan.notes))
    return plan


def _inputs(plan: Plan, params: Json) -> None:
    for key, value in (params or {}).items() if isinstance(params, dict) else ():
        kind = "BOOLEAN" if isinstance(value, bool) else "INT" if isinstance(value, int) else "STRING"
        kind = "FLOAT" if isinstance(value, float) else "JSON" if isinstance(value, dict | list) else kind
        plan.inputs.append(
            InputPlan(id=snake(str(key)), type=kind, defaults=value, required=value is not None)
        )


def _start(plan: Plan, scope: Scope) -> None:
    schedule = schedule_of(scope.schedule)
    if schedule.problem:
        plan.steps.append(open_step("schedule", schedule.problem))
    if schedule.cron:
        values: dict[str, Json] = {"cron": schedule.cron, "timezone": scope.timezone or "Etc/UTC"}
        plan.triggers.append(TriggerPlan(id="schedule", type=SCHEDULE, values=values))
    if scope.options.get("catchup") is True:
        plan.notes.append("catchup was on: run a backfill of the trigger for the dates before.")


def _retry(plan: Plan, defaults: Json) -> None:
    retries = defaults.get("retries") if isinstance(defaults, dict) else None
    if isinstance(retries, int) and retries > 0:
        delay = defaults.get("retry_delay")
        plan.retry = {
            "type": "constant",
            "interval": whole(delay) if isinstance(delay, str) else "PT5M",
            "maxAttempts": retries + 1,
        }


def _without_empty(
    made: dict[str, Step | None], before: dict[str, list[str]]
) -> tuple[dict[str, Step], dict[str, list[str]]]:
    """Take out tasks that do nothing; what waited for them waits for what they waited for."""
    kept = {name: step for name, step in made.items() if step is not None}

    def reached(name: str, seen: frozenset[str]) -> list[str]:
        found: list[str] = []
        for other in before.get(name, ()):
            if other in kept:
                found.append(other)
            elif other not in seen:
                found += reached(other, seen | {other})
        return list(dict.fromkeys(found))

    return kept, {name: reached(name, frozenset({name})) for name in kept}


def _laid_out(steps: dict[str, Step], before: dict[str, list[str]]) -> list[Step]:
    """Put tasks in a row where each waits for the one before, else in a graph."""
    order = _sorted(steps, before)
    in_a_row = all(
        before[name] == ([order[number - 1]] if number else []) for number, name in enumerate(order)
    )
    if in_a_row:
        return [steps[name] for name in order]
    for name in order:
        steps[name].depends_on = [steps[other].id for other in before[name]]
    return [Step(id="dag", type=DAG_TYPE, nested={"tasks": [steps[name] for name in order]})]


def _sorted(steps: dict[str, Step], before: dict[str, list[str]]) -> list[str]:
    done: list[str] = []
    left = list(steps)
    while left:
        ready = [name for name in left if set(before[name]) <= set(done)]
        if not ready:
            raise NotImportable(f"The tasks {', '.join(left)} wait for each other in a circle")
        done.append(ready[0])
        left.remove(ready[0])
    return done
