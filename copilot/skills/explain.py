"""Explain a flow in plain words, from its text and the cards of its types; needs no model."""

from __future__ import annotations

import re
from collections.abc import Mapping

from copilot.card import purpose_of
from copilot.plan import target
from copilot.skills.step_words import doing, duration_words, needs, short
from engine.errors import SourceError
from engine.model.json import Json
from engine.registry import Registry
from engine.source.document import read_document

_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_NICKNAMES = {
    "@hourly": "every hour",
    "@daily": "every day at 00:00",
    "@midnight": "every day at 00:00",
    "@weekly": "every Sunday at 00:00",
    "@monthly": "on day 1 of every month at 00:00",
    "@yearly": "every year on 1 January",
    "@annually": "every year on 1 January",
}
_REFERENCE = re.compile(r"\boutputs(?:\.([A-Za-z_]\w*)|\[['\"]([\w-]+)['\"]\])")
_INPUT = re.compile(r"\binputs\.([A-Za-z_]\w*)")


def explain(source: str, registry: Registry) -> str:
    """Return Markdown: what starts the flow, what it asks for, what each task does with which data."""
    try:
        data = read_document(source).data
    except SourceError as error:
        return f"The text is not valid YAML: {error}."
    if not isinstance(data, dict):
        return "There is no flow in this text."
    parts = [_head(data), _starts(data), _inputs(data), *_tasks(data, registry), *_rest(data, registry)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(data: Mapping[str, Json]) -> str:
    title = f"**{data.get('id', 'unnamed')}** in namespace `{data.get('namespace', '?')}`"
    about = str(data.get("description") or "").strip()
    return f"{title}: {about}" if about else f"{title}."


def _starts(data: Mapping[str, Json]) -> str:
    lines = []
    for trigger in data.get("triggers") or ():
        if isinstance(trigger, dict):
            off = " (switched off)" if trigger.get("disabled") is True else ""
            lines.append(f"- {_trigger(trigger)}{off}")
    head = "Starts" if lines else "Starts by hand, by API or from another flow; it has no trigger."
    return f"{head}\n" + "\n".join(lines) if lines else head


def _trigger(trigger: Mapping[str, Json]) -> str:
    name = str(trigger.get("type", "")).rpartition(".")[2]
    if name == "Schedule":
        zone = f", {trigger['timezone']} time" if trigger.get("timezone") else ""
        given = trigger.get("inputs")
        values = (
            ", ".join(f"{key} = {value}" for key, value in given.items()) if isinstance(given, dict) else ""
        )
        when = f"{cron_words(str(trigger.get('cron', '')))}{zone}"
        return f"`{trigger.get('id')}`: {when}{f', with {values}' if values else ''}"
    if name == "Webhook":
        return f"`{trigger.get('id')}`: when its webhook address is called"
    if name == "Flow":
        names = re.findall(r"'flowId': '([\w.-]+)'", str(dict(trigger)))
        which = (
            f"the flow {' and '.join(f'`{name}`' for name in dict.fromkeys(names))}"
            if names
            else "another flow"
        )
        return f"`{trigger.get('id')}`: when {which} has ended"
    return f"`{trigger.get('id')}`: {name}"


def cron_words(cron: str) -> str:
    """Say a cron in words; what is unusual is shown as it is."""
    cron = cron.strip()
    if cron in _NICKNAMES:
        return _NICKNAMES[cron]
    fields = cron.split()
    if len(fields) == 6:
        return (
            f"at seconds {fields[0]} of {cron_words(' '.join(fields[1:]))}"
            if not fields[0].startswith("*/")
            else f"every {fields[0][2:]} seconds"
        )
    if len(fields) != 5:
        return f"by the cron `{cron}`"
    minute, hour, day, month, weekday = fields
    when = _days(day, month, weekday)
    if re.fullmatch(r"\*/\d+|\*", minute):
        every = "every minute" if minute == "*" else f"every {minute[2:]} minutes"
        hours = "" if hour == "*" else f" in the hours {hour}"
        return f"{every}{hours}{'' if when == 'every day' else ' ' + when}"
    if re.fullmatch(r"\d+", minute) and hour == "*":
        return f"every hour at minute {minute}{'' if when == 'every day' else ' ' + when}"
    if re.fullmatch(r"\d+", minute) and hour.startswith("*/"):
        return f"every {hour[2:]} hours at minute {minute}{'' if when == 'every day' else ' ' + when}"
    if re.fullmatch(r"\d+", minute) and re.fullmatch(r"\d+(?:,\d+)*", hour):
        times = " and ".join(f"{int(part):02d}:{int(minute):02d}" for part in hour.split(","))
        return f"{when} at {times}"
    return f"by the cron `{cron}`"


def _days(day: str, month: str, weekday: str) -> str:
    months = (
        ""
        if month == "*"
        else " in "
        + ", ".join(
            _MONTHS[int(part) - 1] if part.isdigit() and 0 < int(part) < 13 else part
            for part in month.split(",")
        )
    )
    if day != "*":
        return f"on day {day} of {'every month' if not months else months.removeprefix(' in ')}"
    if weekday == "*":
        return f"every day{months}"
    if weekday in ("1-5", "MON-FRI"):
        return f"every weekday{months}"
    names = [_DAYS[int(part)] if part.isdigit() and int(part) < 8 else part for part in weekday.split(",")]
    return f"every {' and '.join(names)}{months}"


def _inputs(data: Mapping[str, Json]) -> str:
    lines = []
    for item in data.get("inputs") or ():
        if isinstance(item, dict):
            extra = (
                _default(item)
                if item.get("defaults") is not None
                else ""
                if item.get("required", True) is not False
                else ", may be left out"
            )
            choices = (
                f" ({', '.join(map(str, item['values']))})" if isinstance(item.get("values"), list) else ""
            )
            lines.append(f"- `{item.get('id')}` ({item.get('type', 'STRING')}){choices}{extra}")
    return "Asks for\n" + "\n".join(lines) if lines else ""


def _default(item: Mapping[str, Json]) -> str:
    """Show a default; what looks like a password is not repeated."""
    hidden = item.get("type") == "SECRET" or re.search(
        r"passw|secret|token|api_?key", str(item.get("id")), re.IGNORECASE
    )
    return ", with a default" if hidden else f", `{item['defaults']}` by default"


def _tasks(data: Mapping[str, Json], registry: Registry) -> list[str]:
    lines = _steps(data.get("tasks"), registry, 0)
    return ["Does, in this order\n" + "\n".join(lines)] if lines else ["It has no tasks."]


def _steps(tasks: Json, registry: Registry, depth: int) -> list[str]:
    lines: list[str] = []
    for number, task in enumerate(tasks if isinstance(tasks, list) else (), 1):
        task = task.get("task", task) if isinstance(task, dict) and "task" in task else task
        if not isinstance(task, dict):
            continue
        mark = f"{number}." if not depth else "-"
        lines.append(f"{'   ' * depth}{mark} {_step(task, registry)}")
        for name, value in task.items():
            if isinstance(value, list) and any(
                isinstance(item, dict)
                and ("type" in item or "task" in item)
                and ("id" in item or "task" in item)
                for item in value
            ):
                label = {
                    "then": "if true",
                    "else": "otherwise",
                    "defaults": "in all other cases",
                    "errors": "if one fails",
                }.get(name, "")
                if label:
                    lines.append(f"{'   ' * (depth + 1)}- {label}:")
                lines += _steps(value, registry, depth + 1 + bool(label))
            elif name == "cases" and isinstance(value, dict):
                for case, steps in value.items():
                    lines.append(f"{'   ' * (depth + 1)}- if it is `{case}`:")
                    lines += _steps(steps, registry, depth + 2)
    return lines


def _step(task: Mapping[str, Json], registry: Registry) -> str:
    type_id = str(task.get("type", ""))
    plugin = registry.find(type_id)
    told = doing(task) if plugin is not None else None
    about = purpose_of(plugin) if plugin is not None else f"`{type_id}`, a type that is not installed."
    text = f"`{task.get('id')}` — {told or about.rstrip('.')}"
    text += "" if told else _detail(task)
    own = {key: value for key, value in task.items() if not _holds_tasks(value)}
    sources = list(dict.fromkeys(a or b for a, b in _REFERENCE.findall(str(own))))
    if sources:
        text += f"; takes the output of {', '.join(f'`{name}`' for name in sources)}"
    asked = list(dict.fromkeys(_INPUT.findall(str(own))))
    if asked:
        text += f"; uses the input{'s' if len(asked) > 1 else ''} {', '.join(f'`{name}`' for name in asked)}"
    return text + _limits(task) + "."


def _holds_tasks(value: Json) -> bool:
    return any(True for _ in target.tasks_of({"tasks": [value] if isinstance(value, dict) else value}))


_DETAILS = (
    ("uri", "from"),
    ("condition", "on"),
    ("value", "of"),
    ("values", "over"),
    ("duration", "for"),
    ("table", "table"),
    ("flowId", "flow"),
    ("key", "key"),
    ("message", "saying"),
    ("messageText", "saying"),
    ("bucket", "bucket"),
    ("to", "to"),
    ("sql", "the statement"),
)


def _detail(task: Mapping[str, Json]) -> str:
    for name, word in _DETAILS:
        value = task.get(name)
        if isinstance(value, str | int | float) and ("\n" not in str(value) or name == "sql"):
            shown = short(re.sub(r"--[^\n]*", "", str(value)) if name == "sql" else value)
            return f" ({word} `{shown}`)"
        if isinstance(value, list) and name == "values":
            shown = ", ".join(map(str, value[:6])) + (f" … ({len(value)} values)" if len(value) > 6 else "")
            return f" ({word} {shown})"
    return ""


def _limits(task: Mapping[str, Json]) -> str:
    text = ""
    retry = task.get("retry")
    if isinstance(retry, dict):
        text += (
            f"; tried up to {retry['maxAttempts']} times"
            if retry.get("maxAttempts")
            else "; tried again when it fails"
        )
    if task.get("timeout"):
        text += f"; gives up after {duration_words(str(task['timeout']))}"
    if task.get("allowFailure") is True:
        text += "; the flow goes on if it fails"
    if task.get("runIf"):
        text += f"; only if `{task['runIf']}`"
    return text + ("; switched off" if task.get("disabled") is True else "")


def _rest(data: Mapping[str, Json], registry: Registry) -> list[str]:
    parts = []
    for name, head in (
        ("errors", "If something fails"),
        ("finally", "At the end, in any case"),
        ("afterExecution", "After the execution has ended"),
    ):
        lines = _steps(data.get(name), registry, 0)
        if lines:
            parts.append(f"{head}\n" + "\n".join(lines))
    limit = data.get("concurrency")
    if isinstance(limit, dict) and limit.get("limit"):
        more = {"CANCEL": "further ones are cancelled", "FAIL": "further ones fail"}.get(
            str(limit.get("behavior")), "further ones wait"
        )
        parts.append(
            f"At most {limit['limit']} execution{'s' if limit['limit'] != 1 else ''} at the same "
            f"time; {more}."
        )
    for item in data.get("sla") or ():
        if isinstance(item, dict) and item.get("duration"):
            end = {"FAIL": "fails", "CANCEL": "is cancelled"}.get(str(item.get("behavior")), "is marked")
            parts.append(
                f"An execution that takes longer than {duration_words(str(item['duration']))} {end}."
            )
    retry = data.get("retry")
    if isinstance(retry, dict) and retry.get("maxAttempts"):
        parts.append(f"Every task is tried up to {retry['maxAttempts']} times.")
    parts.append(_shared(data))
    given = [
        f"`{item.get('id')}` (`{short(item.get('value'))}`)"
        for item in data.get("outputs") or ()
        if isinstance(item, dict)
    ]
    if given:
        parts.append(f"Gives {', '.join(given)}.")
    return [*parts, needs(data)]


def _shared(data: Mapping[str, Json]) -> str:
    """Say which values tasks of a kind share: their names only, as there may be passwords among them."""
    lines = [
        f"- `{item.get('type')}`: {', '.join(f'`{name}`' for name in item['values'])}"
        for item in data.get("pluginDefaults") or ()
        if isinstance(item, dict) and isinstance(item.get("values"), dict)
    ]
    return "Tasks of these types share values\n" + "\n".join(lines) if lines else ""
