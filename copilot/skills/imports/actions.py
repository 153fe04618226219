"""GitHub Actions workflows: jobs become working directories, steps their tasks.

Source: https://docs.github.com/actions/reference/workflow-syntax-for-github-actions
"""

from __future__ import annotations

from typing import Final

from copilot.errors import NotImportable
from copilot.plan.plan import InputPlan, Plan, Step, TriggerPlan
from copilot.plan.render import DAG_TYPE, snake
from copilot.skills.imports.action_job import Job
from copilot.skills.imports.action_step import steps_of
from copilot.skills.imports.common import SCHEDULE, WEBHOOK, flow_name, open_step
from engine.errors import SourceError
from engine.model.json import Json
from engine.source.document import read_document

WORKING_DIRECTORY = "io.kestra.plugin.core.flow.WorkingDirectory"
FOR_EACH = "io.kestra.plugin.core.flow.ForEach"
PARALLEL = "io.kestra.plugin.core.flow.Parallel"
_INPUT_TYPES: Final = {"string": "STRING", "number": "FLOAT", "boolean": "BOOLEAN", "choice": "SELECT"}
_BY_HAND = frozenset({"workflow_dispatch", "workflow_call"})


def is_workflow(data: Json) -> bool:
    """Tell whether data is a workflow: `jobs` with `runs-on`, `steps` or `uses`."""
    jobs = data.get("jobs") if isinstance(data, dict) else None
    return isinstance(jobs, dict) and any(
        isinstance(job, dict) and {"runs-on", "steps", "uses"} & set(job) for job in jobs.values()
    )


def import_workflow(text: str, namespace: str, name: str = "") -> list[Plan]:
    """Return the plan of a workflow. Raises NotImportable."""
    try:
        data = read_document(text).data
    except SourceError as error:
        raise NotImportable(f"The workflow is not valid YAML: {error}") from error
    if not isinstance(data, dict) or not is_workflow(data):
        raise NotImportable("The workflow has no `jobs` with steps", missing=["jobs"])
    title = str(data.get("name") or name.rpartition("/")[2].partition(".")[0] or "workflow")
    plan = Plan(id=flow_name(title, set()), namespace=namespace, description=title)
    _starts(plan, data.get("on", data.get(True)))
    _limit(plan, data.get("concurrency"))
    jobs = {str(key): job for key, job in data["jobs"].items() if isinstance(job, dict)}
    needs = {key: _names(job.get("needs")) for key, job in jobs.items()}
    _check_needs(needs)
    shared = _environment(data.get("env"))
    made = {key: _job(key, job, shared, data, plan) for key, job in jobs.items()}
    plan.steps = _laid_out(made, needs)
    plan.notes = list(dict.fromkeys(plan.notes))
    return [plan]


def _starts(plan: Plan, on: Json) -> None:
    events: dict[str, Json] = {str(on): None} if isinstance(on, str) else {}
    if isinstance(on, list):
        events = {str(item): None for item in on}
    elif isinstance(on, dict):
        events = {str(key): value for key, value in on.items()}
    for event, options in events.items():
        if event == "schedule":
            for number, item in enumerate(options if isinstance(options, list) else [], 1):
                values = {"cron": str(item.get("cron", "")), "timezone": "Etc/UTC"}
                plan.triggers.append(TriggerPlan(id=f"schedule_{number}", type=SCHEDULE, values=values))
        elif event in _BY_HAND:
            _ask(plan, options)
        else:
            _hook(plan, event, options)


def _ask(plan: Plan, options: Json) -> None:
    given = (options or {}).get("inputs") or {} if isinstance(options, dict) else {}
    for key, item in given.items():
        kind = _INPUT_TYPES.get(str((item or {}).get("type", "string")), "STRING")
        choices: dict[str, Json] = (
            {"values": [str(value) for value in item.get("options", [])]} if kind == "SELECT" else {}
        )
        plan.inputs.append(
            InputPlan(
                id=snake(str(key)),
                type=kind,
                description=(item or {}).get("description"),
                defaults=(item or {}).get("default"),
                required=bool((item or {}).get("required", False)),
                options=choices,
            )
        )


def _hook(plan: Plan, event: str, options: Json) -> None:
    """An event of the repository: a webhook that the repository calls."""
    only = (
        f" ({', '.join(f'{key}: {value}' for key, value in options.items())})"
        if isinstance(options, dict)
        else ""
    )
    plan.notes.append(
        f"'{event}'{only} starts the flow by webhook: add one in the repository's settings for this event. "
        "Filters such as branches are not carried over."
    )
    if not any(trigger.type == WEBHOOK for trigger in plan.triggers):
        key = "{{ secret('GITHUB_WEBHOOK_KEY') }}"
        plan.triggers.append(TriggerPlan(id="repository", type=WEBHOOK, values={"key": key}))


def _limit(plan: Plan, concurrency: Json) -> None:
    if concurrency is None:
        return
    plan.concurrency = {"limit": 1, "behavior": "QUEUE"}
    if isinstance(concurrency, dict) and concurrency.get("cancel-in-progress"):
        plan.notes.append("A newer run cancelled the older one; here it waits for it.")


def _job(key: str, job: dict[str, Json], shared: dict[str, str], data: dict[str, Json], plan: Plan) -> Step:
    title = str(job.get("name") or key)
    if "uses" in job:
        return open_step(key, f"job '{title}' calls the workflow {job['uses']}")
    matrix = (job.get("strategy") or {}).get("matrix") if isinstance(job.get("strategy"), dict) else None
    values = _matrix(matrix)
    names = list(values[0]) if values else []
    run = (job.get("defaults") or data.get("defaults") or {}).get("run") or {}
    about = Job(
        env={**shared, **_environment(job.get("env"))},
        shell=str(run.get("shell", "")),
        folder=str(run.get("working-directory", "")),
        image=_image(job.get("container")),
        matrix=tuple(names),
        prefix=f"{snake(key)}_" if len(data["jobs"]) > 1 else "",
    )
    steps = steps_of(job, about, plan)
    if not about.image:
        runner = job.get("runs-on", "a runner")
        plan.notes.append(f"Job '{title}' ran on {runner}; its commands run on this machine.")
    if job.get("services"):
        steps.insert(
            0, open_step(f"{key}_services", f"services of job '{title}': {', '.join(job['services'])}")
        )
    if job.get("if") is not None:
        steps.insert(0, open_step(f"{key}_if", f"job '{title}' only if {job['if']}"))
    inside = Step(
        id=snake(key),
        type=WORKING_DIRECTORY,
        because=title,
        nested={"tasks": steps or [open_step(f"{key}_steps", f"job '{title}' has no steps")]},
        timeout=f"PT{job['timeout-minutes']}M" if isinstance(job.get("timeout-minutes"), int) else None,
        allow_failure=job.get("continue-on-error") is True,
    )
    if not values:
        return inside
    inside.id = f"{snake(key)}_once"
    listed: list[Json] = [item[names[0]] for item in values] if len(names) == 1 else list(values)
    limit = (job.get("strategy") or {}).get("max-parallel")
    loop = {"values": listed, "concurrencyLimit": limit if isinstance(limit, int) else 0}
    return Step(id=snake(key), type=FOR_EACH, because=title, values=loop, nested={"tasks": [inside]})


def _matrix(matrix: Json) -> list[dict[str, Json]]:
    """Return the combinations of a matrix, `exclude` and simple `include` done."""
    if not isinstance(matrix, dict):
        return []
    rows: list[dict[str, Json]] = [{}]
    for key, values in matrix.items():
        if key not in ("include", "exclude") and isinstance(values, list):
            rows = [{**row, str(key): value} for row in rows for value in values]
    for gone in matrix.get("exclude") or ():
        rows = [row for row in rows if any(row.get(key) != value for key, value in gone.items())]
    rows = [] if rows == [{}] else rows
    for extra in matrix.get("include") or ():
        fitting = [
            row for row in rows if all(row.get(key) == value for key, value in extra.items() if key in row)
        ]
        shares = rows and set(extra) & set(rows[0])
        if fitting and shares:
            for row in fitting:
                row.update(extra)
        else:
            rows.append(dict(extra))
    return rows


def _laid_out(made: dict[str, Step], needs: dict[str, list[str]]) -> list[Step]:
    """Put the jobs one after the other, beside each other, or as a graph, as they need each other."""
    keys = list(made)
    if len(keys) == 1:
        return list(made.values())
    if not any(needs.values()):
        return [Step(id="jobs", type=PARALLEL, nested={"tasks": list(made.values())})]
    if all(needs[key] == ([keys[number - 1]] if number else []) for number, key in enumerate(keys)):
        return list(made.values())
    for key, step in made.items():
        step.depends_on = [made[other].id for other in needs[key]]
    return [Step(id="jobs", type=DAG_TYPE, nested={"tasks": list(made.values())})]


def _check_needs(needs: dict[str, list[str]]) -> None:
    for key, others in needs.items():
        for other in others:
            if other not in needs:
                raise NotImportable(f"jobs.{key}.needs: there is no job '{other}'")


def _names(value: Json) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else [str(value)] if value else []


def _environment(value: Json) -> dict[str, str]:
    return {str(key): str(item) for key, item in value.items()} if isinstance(value, dict) else {}


def _image(container: Json) -> str:
    return str(container.get("image", "")) if isinstance(container, dict) else str(container or "")
