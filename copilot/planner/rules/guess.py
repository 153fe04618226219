"""What a finished plan takes for granted, and what it was told and does not use: said in notes."""

from __future__ import annotations

import re

from copilot.plan.plan import InputPlan, Plan, Step
from copilot.plan.render import step_value
from copilot.planner.rules.rows.sql import identifier
from copilot.planner.rules.scene import Scene

DUCKDB = "io.kestra.plugin.jdbc.duckdb.Query"
_FIELD = re.compile(
    r"fromJson\((?:read\()?outputs\.(?P<step>\w+)(?:\[[^\]]*\])*\.[\w.\[\]']+\)+"
    r"\.(?P<field>[A-Za-z_]\w*)\b(?! \?\?)"
)
_FROM = re.compile(r"^(?P<pad>\s*)FROM [^\n]+$", re.MULTILINE)


def tell_guesses(plan: Plan, scene: Scene) -> None:
    """Use choices nothing has used yet, and note the fields and inputs nothing in the words vouches for."""
    for item in plan.inputs:
        if not _used(item, plan):
            _use(item, plan, scene)
    places = dict.fromkeys(
        f"'{match['field']}' of {match['step']}"
        for step in plan.walk()
        for match in _FIELD.finditer(str(step_value(step)))
        if match["field"] not in scene.lists.values()
    )
    if places:
        scene.note(
            f"Read at the top of the answer, where no other place was said: {', '.join(places)}. "
            "Write the whole path where it lies deeper."
        )


def _used(item: InputPlan, plan: Plan) -> bool:
    name = re.compile(rf"\binputs(?:\.{re.escape(item.id)}\b|\['{re.escape(item.id)}'\])")
    parts = [str(step_value(step)) for step in (*plan.steps, *plan.errors, *plan.finally_)]
    parts += [f"{default.values}" for default in plan.plugin_defaults]
    parts += [f"{plan.variables}", *(f"{output.value}" for output in plan.outputs)]
    return any(name.search(part) for part in parts) or "{{ inputs }}" in " ".join(parts)


def _use(item: InputPlan, plan: Plan, scene: Scene) -> None:
    """Keep the rows of the chosen value where there is one query of a file without a condition."""
    queries = [step for step in plan.walk() if step.type == DUCKDB and _plain(step)]
    if item.type != "SELECT" or item.id in ("env", "environment", "mode", "format") or len(queries) != 1:
        scene.note(f"No step uses the input '{item.id}' yet.")
        return
    step = queries[0]
    column = identifier(item.id)
    where = rf"\g<0>\n\g<pad>WHERE {column} = '{{{{ inputs.{item.id} }}}}'"
    step.values["sql"] = _FROM.sub(where, str(step.values["sql"]), count=1)
    scene.note(f"Only rows whose column '{item.id}' holds the chosen value are taken in '{step.id}'.")


def _plain(step: Step) -> bool:
    sql = str(step.values.get("sql", ""))
    return len(_FROM.findall(sql)) == 1 and not re.search(r"\b(?:WHERE|JOIN)\b", sql)
