"""Lines a script prints for the engine: `::{"outputs": …, "metrics": […], "logs": […]}::`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from engine.model.duration import parse_duration
from engine.model.json import Json, loads
from engine.model.log import Level
from engine.plugin.context import RunContext

_MESSAGE = re.compile(r"::(\{.*\})::\s*", re.DOTALL)
_KINDS = frozenset({"counter", "timer", "gauge"})
_TAKEN = frozenset({"self", "name", "value", "kind"})
"""Names of parameters of `RunContext.metric`."""


class Messages:
    """Takes the output of a script line by line: messages are obeyed, everything else is logged."""

    def __init__(self, ctx: RunContext) -> None:
        self._ctx = ctx
        self.vars: dict[str, Json] = {}
        """Outputs so far; a later value replaces an earlier one of the same name."""
        self.missing_module: str | None = None
        """The Python module an `import` did not find, if the script said so."""

    def line(self, text: str, is_error: bool) -> None:
        """Take one line."""
        match = _MESSAGE.fullmatch(text) if text.startswith("::{") else None
        if match is None:
            self._ctx.log(Level.ERROR if is_error else Level.INFO, text)
            if is_error:
                self._note(text)
            return
        try:
            message = loads(match[1])
        except ValueError as error:
            self._ctx.warn(f"Unable to read the message '{text[:500]}': {error}")
            return
        self._obey(message)

    def _note(self, text: str) -> None:
        missing = re.match(r"ModuleNotFoundError: No module named '([\w.]+)'", text)
        if missing:
            self.missing_module = missing[1].partition(".")[0]

    def _obey(self, message: Mapping[str, Json]) -> None:
        outputs = message.get("outputs")
        if isinstance(outputs, dict):
            self.vars.update(outputs)
        elif outputs is not None:
            self._ctx.warn(f"`outputs` of a message must be a map, not {str(outputs)[:200]!r}")
        for metric in _items(message.get("metrics")):
            self._metric(metric)
        for entry in _items(message.get("logs")):
            self._log(entry)

    def _metric(self, metric: Mapping[str, Json]) -> None:
        name, kind, value = metric.get("name"), metric.get("type"), metric.get("value")
        try:
            if not isinstance(name, str) or kind not in _KINDS or value is None:
                raise ValueError("it needs a `name`, a `type` (counter, timer, gauge) and a `value`")
            if kind == "timer" and isinstance(value, str):
                number = parse_duration(value).total_seconds()
            else:
                number = float(value)
        except (TypeError, ValueError) as error:
            self._ctx.warn(f"Unable to read the metric {str(dict(metric))[:200]}: {error}")
            return
        tags = metric.get("tags")
        clean = (
            {f"{key}_" if key in _TAKEN else str(key): str(tag) for key, tag in tags.items()} if tags else {}
        )
        self._ctx.metric(name, number, str(kind), **clean)

    def _log(self, entry: Mapping[str, Json]) -> None:
        text = str(entry.get("message", ""))
        try:
            level = Level(str(entry.get("level", "INFO")).upper().replace("WARNING", "WARN"))
        except ValueError:
            self._ctx.warn(f"'{entry.get('level')}' is not a level; the message was: {text}")
            return
        self._ctx.log(level, text)


def _items(value: Json) -> list[Mapping[str, Json]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
