"""The end of an execution on the screen: states, outputs, result rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from api.cli import screen
from api.preview import preview
from engine.errors import FlowsmithError
from engine.model import uri as uris
from engine.model.json import Json
from engine.model.moment import now

if TYPE_CHECKING:
    from engine.engine import Engine
    from engine.model.execution import Execution

MAX_ROWS = 20


def print_result(engine: Engine, execution: Execution) -> None:
    """Print states per task, outputs and the first rows of results."""
    table = Table(box=None, pad_edge=False)
    for column in ("task", "state", "took"):
        table.add_column(column, style="dim" if column == "took" else None)
    for run in execution.task_runs:
        name = run.task_id if run.value is None else f"{run.task_id} [{run.value}]"
        seconds = run.history.duration(now()).total_seconds()
        table.add_row(escape(name), screen.state(run.state), f"{seconds:.2f} s")
    screen.out.print()
    screen.out.print(table)
    for title, rows in result_rows(engine, execution):
        screen.out.print()
        screen.print_rows(rows, title, MAX_ROWS)
    _print_outputs(execution)
    seconds = execution.history.duration(now()).total_seconds()
    screen.out.print(f"\n{screen.state(execution.state)} in {seconds:.2f} s  [dim]{execution.id}[/]")


def result_rows(engine: Engine, execution: Execution) -> Iterator[tuple[str, list[dict[str, Json]]]]:
    """Yield (title, rows) of every task that gave rows, in its outputs or in a file."""
    for run in execution.task_runs:
        for name, value in (run.outputs or {}).items():
            rows = _rows(engine, value)
            if rows:
                yield f"{run.task_id}.{name}", rows


def _rows(engine: Engine, value: Json) -> list[dict[str, Json]]:
    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        return value
    if not isinstance(value, str) or not value.startswith(uris.SCHEME):
        return []
    try:
        shown = preview(engine.files, uris.to_path(value), MAX_ROWS)
    except FlowsmithError:
        return []
    content = shown["content"]
    is_table = isinstance(content, list) and content and all(isinstance(row, dict) for row in content)
    return content if is_table else []


def _print_outputs(execution: Execution) -> None:
    if not execution.outputs:
        return
    screen.out.print("\n[bold]outputs[/]")
    for key, value in execution.outputs.items():
        screen.out.print(f"  {escape(key)} = {escape(screen.cell(value))}")
