"""What all importers use: shell steps, ids, and text that must not be read as an expression."""

from __future__ import annotations

import re

from copilot.plan.plan import Step
from copilot.plan.render import snake, unique
from engine.model.json import Json

COMMANDS = "io.kestra.plugin.scripts.shell.Commands"
PYTHON = "io.kestra.plugin.scripts.python.Script"
SCHEDULE = "io.kestra.plugin.core.trigger.Schedule"
WEBHOOK = "io.kestra.plugin.core.trigger.Webhook"
PROCESS: dict[str, Json] = {"type": "io.kestra.plugin.core.runner.Process"}


def protected(text: str) -> str:
    """Keep `{{`, `{%` and `{#` of other languages as they are: expressions would take them."""
    return re.sub(r"\{[{%#]", lambda match: "{{ '" + match[0] + "' }}", text)


def shell_step(name: str, commands: list[str], because: str, **values: Json) -> Step:
    """Return a step that runs commands on this machine, as the other system did."""
    kept = {key: value for key, value in values.items() if value}
    return Step(
        id=snake(name)[:60],
        type=COMMANDS,
        because=because,
        values={"taskRunner": dict(PROCESS), **kept, "commands": list(commands)},
    )


def open_step(name: str, because: str) -> Step:
    """Return a step for something nothing here replaces; it blocks acceptance until somebody fills it."""
    plain = re.sub(r"\s*(?:\{\{|\}\}|\{%|%\}|\{#|#\})\s*", " ", because).strip()  # it becomes a message
    return Step(id=snake(name)[:60] or "placeholder", placeholder=True, because=plain)


def flow_name(text: str, taken: set[str]) -> str:
    """Return a flow id made from a text, not used before."""
    name = unique(snake(text)[:60].strip("_") or "imported", taken)
    taken.add(name)
    return name.replace("_", "-")
