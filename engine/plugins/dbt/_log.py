"""dbt's log lines in JSON: each becomes a line of the execution's log."""

from __future__ import annotations

import re

from engine.model.json import Json, loads
from engine.model.log import Level
from engine.plugin import RunContext
from engine.plugins.scripts._protocol import Messages

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_LEVELS = {
    "debug": Level.DEBUG,
    "test": Level.DEBUG,
    "info": Level.INFO,
    "warn": Level.WARN,
    "error": Level.ERROR,
}


class DbtMessages(Messages):
    """Takes dbt's output line by line."""

    def __init__(self, ctx: RunContext) -> None:
        super().__init__(ctx)
        self.warned = False
        """Whether dbt warned."""

    def line(self, text: str, is_error: bool) -> None:
        """Take one line."""
        entry = _entry(text)
        if entry is None:
            super().line(text, is_error)
            return
        level = _LEVELS.get(str(entry.get("level", "info")).lower(), Level.INFO)
        self.warned = self.warned or level is Level.WARN
        said = _COLOURS.sub("", str(entry.get("msg") or "")).strip()
        if said:
            self._ctx.log(level, said)


def _entry(text: str) -> dict[str, Json] | None:
    """Return what dbt says in a line, None when the line is not dbt's."""
    if not text.startswith("{"):
        return None
    try:
        whole = loads(text)
    except ValueError:
        return None
    entry = whole.get("info", whole)  # before dbt 1.4 there was no envelope
    return entry if isinstance(entry, dict) and "msg" in entry and "level" in entry else None
