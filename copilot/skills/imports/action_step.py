"""Steps of a GitHub Actions job: commands and the best-known actions; other actions become placeholders."""

from __future__ import annotations

import re

from copilot.plan.plan import InputPlan, Plan, Step
from copilot.plan.render import snake
from copilot.skills.imports.action_expression import Unknown, translated
from copilot.skills.imports.action_job import Job
from copilot.skills.imports.common import COMMANDS, PROCESS, PYTHON, open_step
from engine.model.json import Json

CLONE = "io.kestra.plugin.git.Clone"
_IMAGES = {
    "actions/setup-python": ("python-version", "python:{}"),
    "actions/setup-node": ("node-version", "node:{}"),
    "actions/setup-go": ("go-version", "golang:{}"),
    "actions/setup-java": ("java-version", "eclipse-temurin:{}"),
    "ruby/setup-ruby": ("ruby-version", "ruby:{}"),
}
_DROPPED = {"actions/cache": "caching is not needed: script environments are cached"}
_OUTPUT = re.compile(
    r"""echo\s+["']?(?P<name>[\w-]+)=(?P<value>[^\n>]*?)["']?\s*>>\s*["']?\$\{?GITHUB_OUTPUT\}?["']?"""
)


def steps_of(job: dict[str, Json], about: Job, plan: Plan) -> list[Step]:
    """Return the steps of a job; `about.image` changes as steps set up languages."""
    steps: list[Step] = []
    for number, item in enumerate(job.get("steps") or (), 1):
        if isinstance(item, dict):
            made = _step(item, number, about, plan)
            if made is not None:
                steps.append(made)
    return steps


def _step(item: dict[str, Json], number: int, about: Job, plan: Plan) -> Step | None:
    title = str(item.get("name") or item.get("id") or item.get("uses") or f"step {number}")
    name = snake(str(item.get("id") or item.get("name") or "")) or f"step_{number}"
    name = f"{about.prefix}{name}"
    condition = str(item.get("if", "")).strip().removeprefix("${{").removesuffix("}}").strip()
    try:
        if condition and condition not in ("success()", "always()", "!cancelled()"):
            raise Unknown(f"if: {condition}")
        made = (
            _used(item, name, title, about, plan) if "uses" in item else _ran(item, name, title, about, plan)
        )
    except Unknown as error:
        return open_step(name, f"step '{title}': {error}")
    if made is not None:
        if condition in ("always()", "!cancelled()"):
            plan.notes.append(f"Step '{title}' ran even after a failure; put it into `finally` if it must.")
        made.allow_failure = item.get("continue-on-error") is True
        minutes = item.get("timeout-minutes")
        made.timeout = f"PT{minutes}M" if isinstance(minutes, int) else None
    return made


def _ran(item: dict[str, Json], name: str, title: str, about: Job, plan: Plan) -> Step:
    script = str(item.get("run", "")).rstrip("\n")
    if not script:
        raise Unknown("it has neither `run` nor `uses`")
    script = _OUTPUT.sub(_published, script)
    if "GITHUB_OUTPUT" in script or "GITHUB_ENV" in script:
        raise Unknown("it writes to GITHUB_OUTPUT or GITHUB_ENV in a way that cannot be read")
    shell = str(item.get("shell") or about.shell)
    folder = str(item.get("working-directory") or about.folder)
    env = {**about.env, **{str(key): str(value) for key, value in (item.get("env") or {}).items()}}
    values: dict[str, Json] = {} if about.image else {"taskRunner": dict(PROCESS)}
    if about.image:
        values["containerImage"] = about.image
    if env:
        values["env"] = {key: translated(value, about) for key, value in env.items()}
    text = translated(script, about)
    if shell.startswith("python"):
        return Step(id=name, type=PYTHON, because=title, values={**values, "script": text})
    if shell in ("pwsh", "powershell", "cmd"):
        raise Unknown(f"its shell is {shell}")
    if shell.startswith("bash"):
        values["interpreter"] = ["/bin/bash", "-c"]
    commands = [f"cd {translated(folder, about)}"] if folder else []
    return Step(id=name, type=COMMANDS, because=title, values={**values, "commands": [*commands, text]})


def _published(match: re.Match[str]) -> str:
    """Write an output as tasks do."""
    value = match["value"].strip().strip("\"'")
    return f"""echo '::{{"outputs":{{"{match["name"]}":"'"{value}"'"}}}}::'"""


def _used(item: dict[str, Json], name: str, title: str, about: Job, plan: Plan) -> Step | None:
    action = str(item["uses"])
    base = action.partition("@")[0]
    given = item.get("with") or {}
    if base == "actions/checkout":
        return _clone(given, name, about, plan)
    if base in _IMAGES:
        key, image = _IMAGES[base]
        version = str(given.get(key, "latest"))
        about.image = translated(image.format(version), about)
        plan.notes.append(f"'{title}' became the image {about.image} of the commands after it.")
        return None
    if base in _DROPPED:
        plan.notes.append(f"'{title}' was left out: {_DROPPED[base]}.")
        return None
    options = ", ".join(f"{key}: {value}" for key, value in given.items())
    raise Unknown(f"action {action}" + (f" with {options}" if options else ""))


def _clone(given: dict[str, Json], name: str, about: Job, plan: Plan) -> Step:
    values: dict[str, Json] = {"url": "https://github.com/{{ inputs.repository }}"}
    if given.get("repository"):
        values["url"] = f"https://github.com/{translated(str(given['repository']), about)}"
    elif not any(item.id == "repository" for item in plan.inputs):
        plan.inputs.append(
            InputPlan(id="repository", type="STRING", description="Repository as owner/name", required=True)
        )
    if given.get("ref"):
        values["branch"] = translated(str(given["ref"]), about)
    if given.get("path"):
        values["directory"] = str(given["path"])
    return Step(
        id=name if "step_" not in name else f"{about.prefix}checkout",
        type=CLONE,
        because="checkout",
        values=values,
    )
