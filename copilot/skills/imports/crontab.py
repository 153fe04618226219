"""Crontab lines: one flow each, started by the same expression.

Read as cron(8) and crontab(5) do: names, `@daily`, variables that hold for the lines below, `%` as line end,
the user column of a system crontab.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field

from copilot.errors import NotImportable
from copilot.plan.plan import Plan, TriggerPlan
from copilot.skills.imports.common import SCHEDULE, flow_name, open_step, protected, shell_step

_VARIABLE = re.compile(r"\s*(?P<name>[A-Za-z_]\w*)\s*=\s*(?P<value>.*?)\s*")
_FIELD = r"(?:[\d*][\d*,/~-]*|[A-Za-z]{3}(?:[,/-][A-Za-z\d]+)*)"
_LINE = re.compile(
    rf"\s*(?P<cron>@[a-z]+|{_FIELD}(?:[ \t]+{_FIELD}){{4}})[ \t]+(?P<rest>\S.*)", re.IGNORECASE
)
_USERS = frozenset(
    {"root", "www-data", "postgres", "ubuntu", "nobody", "airflow", "mysql", "ec2-user", "daemon"}
)
_NICKNAMES = frozenset(
    {"@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually", "@reboot"}
)
_SETTINGS = frozenset({"SHELL", "MAILTO", "MAILFROM", "CRON_TZ", "TZ", "RANDOM_DELAY", "LOGNAME", "HOME"})


@dataclass(slots=True)
class _Line:
    number: int
    cron: str
    command: str
    comment: str
    user: str = ""
    variables: dict[str, str] = field(default_factory=dict)


def is_crontab(text: str, name: str = "") -> bool:
    """Tell whether a text is a crontab: every line that counts is a job or a variable, one a job."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    jobs = [line for line in lines if _LINE.fullmatch(line)]
    return bool(jobs) and all(_LINE.fullmatch(line) or _VARIABLE.fullmatch(line) for line in lines)


def import_crontab(text: str, namespace: str) -> list[Plan]:
    """Return a plan per line. Raises NotImportable that names the line."""
    taken: set[str] = set()
    lines = list(_lines(text))
    if not lines:
        raise NotImportable("The crontab has no job: every line is empty, a comment or a variable")
    return [_plan(line, namespace, taken) for line in lines]


def _lines(text: str) -> Iterator[_Line]:
    variables: dict[str, str] = {}
    comment = ""
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.strip()
        if not bare:
            comment = ""
        elif bare.startswith("#"):
            comment = bare.lstrip("# ").strip()
        elif (job := _LINE.fullmatch(line)) is not None:
            yield _job(number, job, comment, dict(variables))
            comment = ""
        elif (match := _VARIABLE.fullmatch(line)) is not None:
            variables[match["name"]] = _unquoted(match["value"])
        else:
            raise NotImportable(
                f"Line {number} is no crontab line: '{bare[:80]}'; write five fields and a command",
                missing=["cron"],
            )


def _job(number: int, match: re.Match[str], comment: str, variables: dict[str, str]) -> _Line:
    cron, rest = match["cron"], match["rest"].strip()
    if cron.startswith("@") and cron.lower() not in _NICKNAMES:
        raise NotImportable(
            f"Line {number}: '{cron}' is no time cron knows; use @daily, @hourly … or five fields"
        )
    first, _, command = rest.partition(" ")
    if first in _USERS and command.strip():
        return _Line(number, cron, command.strip(), comment, first, variables)
    return _Line(number, cron, rest, comment, "", variables)


def _plan(line: _Line, namespace: str, taken: set[str]) -> Plan:
    command = _unescaped(line.command)
    name = flow_name(_title(re.split(r"(?<!\\)%", line.command)[0]), taken)
    notes = [f"From line {line.number}: {line.cron} {line.command}"[:300]]
    env = {key: value for key, value in line.variables.items() if key not in _SETTINGS}
    step = shell_step(
        "run", [protected(command)], line.command, env={key: protected(value) for key, value in env.items()}
    )
    if (shell := line.variables.get("SHELL")) not in (None, "/bin/sh"):
        step.values["interpreter"] = [shell, "-c"]
    if line.user:
        notes.append(f"It ran as user {line.user}; tasks run as the user of the service.")
    if line.variables.get("MAILTO"):
        notes.append(
            f"Cron mailed the output to {line.variables['MAILTO']}; it is in the execution's log now."
        )
    plan = Plan(id=name, namespace=namespace, description=line.comment or None, steps=[step], notes=notes)
    _start(plan, line)
    return plan


def _start(plan: Plan, line: _Line) -> None:
    if line.cron.lower() == "@reboot":
        plan.steps.insert(0, open_step("at_start", "@reboot: nothing starts a flow when a machine starts"))
        return
    if "~" in line.cron:
        plan.steps.insert(0, open_step("random_time", f"a random time: {line.cron}"))
        return
    fields = line.cron.split()
    if len(fields) == 5 and fields[2] != "*" and fields[4] != "*":
        plan.notes.append(
            "Day of month and day of week are both set: as in cron, either of them starts the flow."
        )
    values = {"cron": line.cron if len(fields) == 1 else " ".join(fields)}
    zone = line.variables.get("CRON_TZ") or line.variables.get("TZ")
    if zone:
        values["timezone"] = zone
    else:
        plan.notes.append(
            "The schedule is in the time zone of the service; set `timezone` if cron ran in another."
        )
    plan.triggers.append(TriggerPlan(id="schedule", type=SCHEDULE, values=dict(values)))


def _unescaped(command: str) -> str:
    """Read `%`: the first ends the command, what follows is its input; `\\%` is a percent sign."""
    parts = [part.replace("\\%", "%") for part in re.split(r"(?<!\\)%", command)]
    if len(parts) == 1:
        return parts[0]
    given = "\n".join(parts[1:])
    return f"printf '%s\\n' {shlex.quote(given)} | {parts[0].strip()}"


def _title(command: str) -> str:
    """Name a command by its program or script: `/opt/etl/load.sh --all` is `load`."""
    try:
        words = shlex.split(command)
    except ValueError:
        words = command.split()
    words = [word for word in words if "=" not in word] or ["job"]
    runners = {
        "python",
        "python3",
        "bash",
        "sh",
        "nice",
        "flock",
        "env",
        "sudo",
        "timeout",
        "cd",
        "php",
        "node",
    }
    for word in words:
        base = word.rpartition("/")[2]
        if (
            base in runners
            or word.startswith("-")
            or word in ("&&", ";")
            or not re.search(r"[A-Za-z]{2}", base)
        ):
            continue
        if word.endswith("/") or (words[0] == "cd" and word == words[1]):
            continue
        return re.sub(r"\.\w{1,4}$", "", base)
    return words[0].rpartition("/")[2]


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"" else value
