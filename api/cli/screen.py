"""What commands print: states, logs, tables, findings; JSON for machines."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from engine.model.json import Json, dumps, without_nulls

if TYPE_CHECKING:
    from engine.model.finding import Finding
    from engine.model.log import LogEntry

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

COLOURS = {
    "SUCCESS": "green",
    "SKIPPED": "green",
    "WARNING": "yellow",
    "FAILED": "red",
    "KILLED": "red",
    "KILLING": "red",
    "CANCELLED": "red",
    "PAUSED": "yellow",
    "RETRYING": "yellow",
    "RETRIED": "yellow",
    "QUEUED": "yellow",
}
_LEVELS = {"ERROR": "red", "WARN": "yellow", "INFO": "cyan"}


def print_json(value: Json) -> None:
    """Write one JSON value and a line end to stdout."""
    sys.stdout.write(dumps(without_nulls(value)).decode() + "\n")
    sys.stdout.flush()


def state(text: str) -> str:
    """Return a state in its colour."""
    return f"[bold {COLOURS.get(text, 'blue')}]{text}[/]"


def print_log(entry: LogEntry) -> None:
    """Print one log entry."""
    task = f" [magenta]{escape(entry.task_id)}[/]" if entry.task_id else ""
    time = entry.timestamp.strftime("%H:%M:%S.%f")[:-3]
    colour = _LEVELS.get(entry.level, "dim")
    out.print(f"[dim]{time}[/] [{colour}]{entry.level:<5}[/]{task} {escape(entry.message)}")


def print_findings(findings: Sequence[Finding], name: str = "") -> None:
    """Print findings as `file:line:column severity text`."""
    for finding in findings:
        colour = {"ERROR": "red", "WARNING": "yellow"}.get(finding.severity, "blue")
        place = ":".join(str(part) for part in (name, finding.line, finding.column) if part)
        path = f"{finding.path}: " if finding.path else ""
        suggestion = f"; {finding.suggestion}" if finding.suggestion else ""
        out.print(
            f"{escape(place)} [{colour}]{finding.severity.lower()}[/] "
            f"{escape(path + finding.message + suggestion)} [dim]\\[{finding.code}][/]"
        )


def print_rows(rows: Sequence[Mapping[str, Json]], title: str, limit: int = 20) -> None:
    """Print rows as a table, the first ones of many."""
    columns: dict[str, None] = {}
    for row in rows:
        columns.update(dict.fromkeys(str(key) for key in row))
    table = Table(title=escape(title), title_justify="left", title_style="bold")
    for column in columns:
        table.add_column(escape(column))
    for row in rows[:limit]:
        table.add_row(*(escape(cell(row.get(column))) for column in columns))
    out.print(table)
    if len(rows) > limit:
        out.print(f"[dim]… {len(rows) - limit} more rows[/]")


def cell(value: Json) -> str:
    """Return a value as the text of a table cell."""
    if value is None:
        return ""
    if isinstance(value, dict | list):
        return dumps(value).decode()
    return str(value)
