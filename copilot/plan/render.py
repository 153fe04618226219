"""A plan as YAML text: the same plan gives the same bytes."""

from __future__ import annotations

import re

from copilot.plan.emit import item_lines, lines_of
from copilot.plan.plan import InputPlan, Plan, Step, TriggerPlan
from engine.model.json import Json

PLACEHOLDER_TYPE = "io.kestra.plugin.core.execution.Fail"
DAG_TYPE = "io.kestra.plugin.core.flow.Dag"
DEFAULT_NAMESPACE = "company.team"


def render_plan(plan: Plan, *, comments: bool = False) -> str:
    """Write the whole flow; with `comments`, the words that caused a step stand above it."""
    named = with_ids(plan)
    blocks = [_head(named), *_sections(named, comments)]
    return "\n".join("\n".join(block) + "\n" for block in blocks if block)


def with_ids(plan: Plan) -> Plan:
    """Return the plan with an id for the flow, every step and every trigger; ids are unique."""
    plan = plan.model_copy(deep=True)
    plan.id = plan.id or "new-flow"
    plan.namespace = plan.namespace or DEFAULT_NAMESPACE
    taken = {step.id for step in plan.walk() if step.id}
    seen: set[str] = set()
    for step in plan.walk():
        wanted = step.id or snake(step.type.rpartition(".")[2]) or "placeholder"
        step.id = wanted if step.id and wanted not in seen else unique(wanted, taken | seen)
        seen.add(step.id)
    names: set[str] = set()
    for trigger in plan.triggers:
        trigger.id = unique(trigger.id or snake(trigger.type.rpartition(".")[2]), names)
        names.add(trigger.id)
    return plan


def snake(name: str) -> str:
    """Write `CopyIn` as `copy_in`."""
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def kebab(name: str) -> str:
    """Write a name as a flow id."""
    return snake(name).replace("_", "-")


def unique(wanted: str, taken: set[str] | frozenset[str]) -> str:
    """Return the name, numbered from 2 if it is taken."""
    if wanted not in taken:
        return wanted
    number = 2
    while f"{wanted}_{number}" in taken:
        number += 1
    return f"{wanted}_{number}"


def step_value(step: Step, *, in_dag: bool = False) -> dict[str, Json]:
    """Return a step as the map that stands in the YAML."""
    if step.placeholder:
        return _in_dag(placeholder_value(step), step) if in_dag else placeholder_value(step)
    value: dict[str, Json] = {"id": step.id, "type": step.type}
    if step.description:
        value["description"] = step.description
    if step.run_if:
        value["runIf"] = step.run_if
    value.update(_wired(step))
    if step.allow_failure:
        value["allowFailure"] = True
    if step.timeout:
        value["timeout"] = step.timeout
    if step.retry:
        value["retry"] = step.retry
    if step.cases:
        value["cases"] = {case: [step_value(child) for child in steps] for case, steps in step.cases.items()}
    dag = step.type == DAG_TYPE
    for name, steps in step.nested.items():
        value[name] = [step_value(child, in_dag=dag and name == "tasks") for child in steps]
    return _in_dag(value, step) if in_dag else value


def _in_dag(value: dict[str, Json], step: Step) -> dict[str, Json]:
    return {"task": value, "dependsOn": step.depends_on} if step.depends_on else {"task": value}


def placeholder_value(step: Step) -> dict[str, Json]:
    """Return the task that stands where nothing matched: it fails and says which words are open."""
    return {
        "id": step.id,
        "type": PLACEHOLDER_TYPE,
        "description": "Placeholder: replace this task",
        "errorMessage": f"Not filled in yet: {step.because}",
    }


def input_value(item: InputPlan) -> dict[str, Json]:
    """Return an input as the map that stands in the YAML."""
    value: dict[str, Json] = {"id": item.id, "type": item.type}
    if item.description:
        value["description"] = item.description
    value.update(item.options)
    if item.defaults is not None:
        value["defaults"] = item.defaults
    if not item.required:
        value["required"] = False
    return value


def trigger_value(trigger: TriggerPlan) -> dict[str, Json]:
    """Return a trigger as the map that stands in the YAML."""
    value: dict[str, Json] = {"id": trigger.id, "type": trigger.type, **trigger.values}
    if trigger.disabled:
        value["disabled"] = True
    return value


def _wired(step: Step) -> dict[str, Json]:
    """Merge wiring into the values; the longest texts (scripts, SQL) go last, where they read best."""
    merged = {key: _copy(item) for key, item in step.values.items()}
    for place, expression in step.wiring.items():
        top, _, inner = place.partition("/")
        text = expression if "{{" in expression else f"{{{{ {expression.strip()} }}}}"
        if not inner:
            merged[top] = text
            continue
        holder = merged.setdefault(top, {})
        if isinstance(holder, dict):
            holder[inner] = text
    return dict(sorted(merged.items(), key=lambda pair: _weight(*pair)))


_BODY = frozenset({"script", "commands", "sql", "message"})


def _weight(name: str, value: Json) -> int:
    return 2 if isinstance(value, str) and "\n" in value else 1 if name in _BODY else 0


def _copy(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copy(item) for item in value]
    return value


def _head(plan: Plan) -> list[str]:
    lines = [*lines_of("id", plan.id, 0), *lines_of("namespace", plan.namespace, 0)]
    if plan.description:
        lines += lines_of("description", plan.description, 0)
    return lines


def _sections(plan: Plan, comments: bool) -> list[list[str]]:
    inputs = [(input_value(item), item.because) for item in plan.inputs]
    outputs: list[tuple[Json, str]] = [
        ({"id": item.id, **({"type": item.type} if item.type else {}), "value": item.value}, "")
        for item in plan.outputs
    ]
    defaults: list[tuple[Json, str]] = [
        ({"type": item.type, "values": item.values}, "") for item in plan.plugin_defaults
    ]
    triggers = [(trigger_value(item), item.because) for item in plan.triggers]
    return [
        lines_of("labels", dict(plan.labels), 0) if plan.labels else [],
        _list("inputs", inputs, comments, spaced=False),
        lines_of("variables", plan.variables, 0) if plan.variables else [],
        _list("tasks", _steps(plan.steps), comments),
        _list("errors", _steps(plan.errors), comments),
        _list("finally", _steps(plan.finally_), comments),
        _list("outputs", outputs, comments, spaced=False),
        lines_of("concurrency", plan.concurrency, 0) if plan.concurrency else [],
        lines_of("retry", plan.retry, 0) if plan.retry else [],
        _list("pluginDefaults", defaults, comments),
        _list("triggers", triggers, comments),
    ]


def _steps(steps: list[Step]) -> list[tuple[dict[str, Json], str]]:
    return [(step_value(step), step.because) for step in steps]


def _list(
    name: str,
    items: list[tuple[dict[str, Json], str]] | list[tuple[Json, str]],
    comments: bool,
    *,
    spaced: bool = True,
) -> list[str]:
    if not items:
        return []
    lines = [f"{name}:"]
    for number, (value, because) in enumerate(items):
        if number and spaced:
            lines.append("")
        if comments and because:
            lines.append(f"  # {' '.join(because.split())}")
        lines += item_lines(value, 2)
    return lines
