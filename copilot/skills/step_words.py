"""What a step does in plain words, for the types whose values say more than their purpose."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from engine.model.json import Json

_CORE = "io.kestra.plugin.core."
_LONG = 80


def doing(task: Mapping[str, Json]) -> str | None:
    """Say what a core step does with its values; None for a type whose purpose says it all."""
    read = _TOLD.get(str(task.get("type", "")).removeprefix(_CORE))
    return read(task) if read is not None else None


def duration_words(iso: str) -> str:
    """Write `PT1H30M` as `1 hour 30 minutes`; anything else stays as it is."""
    match = re.fullmatch(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?", iso)
    if match is None or not any(match.groups()):
        return iso
    parts = [
        f"{number} {unit}{'' if number == '1' else 's'}"
        for number, unit in zip(match.groups(), ("day", "hour", "minute", "second"), strict=True)
        if number and float(number)
    ]
    return " ".join(parts) or iso


def short(value: Json) -> str:
    """Show a value on one line, cut after some words."""
    text = " ".join(str(value).split())
    return text if len(text) <= _LONG else f"{text[: _LONG - 3]}…"


def needs(data: Json) -> str:
    """Name the secrets and the keys of the key-value store a flow reads."""
    texts = " ".join(_texts(data))
    lines = []
    for name, said in (("secret", "the secret"), ("kv", "the key")):
        found = list(dict.fromkeys(re.findall(rf"\b{name}\(\s*(?:key\s*=\s*)?['\"]([\w.-]+)['\"]", texts)))
        if found:
            where = " in the key-value store" if name == "kv" else ""
            lines.append(
                f"{said}{'s' if len(found) > 1 else ''} {', '.join(f'`{item}`' for item in found)}{where}"
            )
    return f"Needs {' and '.join(lines)}." if lines else ""


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value


def _loop(task: Mapping[str, Json]) -> str:
    values = task.get("values")
    if isinstance(values, list):
        shown = ", ".join(map(str, values[:6])) + (f" … ({len(values)} values)" if len(values) > 6 else "")
    else:
        shown = f"`{short(values)}`"
    limit = task.get("concurrencyLimit")
    at_once = {0: ", all at the same time", 1: ", one after the other"}.get(
        limit if isinstance(limit, int) else 1, f", up to {limit} at the same time"
    )
    return f"Does the following for each of {shown}{at_once}"


def _log(task: Mapping[str, Json]) -> str:
    message = task.get("message")
    level = str(task.get("level") or "INFO")
    at = "" if level == "INFO" else f" at level {level}"
    if isinstance(message, list):
        return f"Logs {len(message)} messages{at}"
    return f"Logs `{short(message)}`{at}"


def _if(task: Mapping[str, Json]) -> str:
    return f"Checks whether `{short(task.get('condition'))}`"


def _sleep(task: Mapping[str, Json]) -> str:
    return f"Waits {duration_words(str(task.get('duration', '')))}"


def _switch(task: Mapping[str, Json]) -> str:
    return f"Goes on by the value of `{short(task.get('value'))}`"


def _fail(task: Mapping[str, Json]) -> str:
    said = f" with the message `{short(task['errorMessage'])}`" if task.get("errorMessage") else ""
    when = f" when `{short(task['condition'])}`" if task.get("condition") else ""
    return f"Ends the execution as failed{when}{said}"


def _subflow(task: Mapping[str, Json]) -> str:
    waits = "" if task.get("wait") is False else " and waits for its end"
    return f"Runs the flow `{task.get('namespace')}.{task.get('flowId')}`{waits}"


def _pause(task: Mapping[str, Json]) -> str:
    after = task.get("pauseDuration") or task.get("delay") or task.get("timeout")
    return (
        f"Waits for {duration_words(str(after))}" if after else "Waits until somebody resumes the execution"
    )


_TOLD: dict[str, Callable[[Mapping[str, Json]], str]] = {
    "flow.ForEach": _loop,
    "flow.EachSequential": lambda task: _loop({"values": task.get("value"), "concurrencyLimit": 1}),
    "flow.EachParallel": lambda task: _loop({"values": task.get("value"), "concurrencyLimit": 0}),
    "flow.If": _if,
    "flow.Switch": _switch,
    "flow.Sleep": _sleep,
    "flow.Pause": _pause,
    "flow.Subflow": _subflow,
    "flow.Parallel": lambda _: "Does the following at the same time",
    "flow.Sequential": lambda _: "Does the following one after the other",
    "flow.WorkingDirectory": lambda _: "Does the following one after the other in one folder",
    "log.Log": _log,
    "execution.Fail": _fail,
}
