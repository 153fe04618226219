"""`flowsmith run`: run one flow here and now, and watch it."""

from __future__ import annotations

import queue
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.engine import Engine
    from engine.executor.inputs import Upload
    from engine.feed import Event
    from engine.model.execution import Execution
    from engine.model.json import Json

EXAMPLES = """
Examples:

[dim]$[/] flowsmith run flows/hello.yaml -i name=Ada

[dim]$[/] flowsmith run company.team.orders -i file=@orders.csv --label run:manual

[dim]$[/] flowsmith run flow.yaml --json | jq .outputs
"""


def run(
    flow: Annotated[str, typer.Argument(help="A YAML file, or a saved flow as namespace.id.")],
    inputs: Annotated[
        list[str] | None,
        typer.Option("--input", "-i", help="key=value; @path reads a file for a FILE input."),
    ] = None,
    labels: Annotated[list[str] | None, typer.Option("--label", "-l", help="key:value")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the ended execution as JSON.")] = False,
) -> None:
    """Run a flow to its end with its states and logs. Exit code 0 on SUCCESS or WARNING only."""
    from api.cli import screen
    from api.cli.result import print_result
    from api.opening import open_engine
    from api.settings import read_settings
    from api.shape import execution_json

    with open_engine(read_settings(), schedule=False) as engine:
        namespace, flow_id = _chosen(engine, flow)
        given = _inputs(inputs or [])
        execution = watch(engine, namespace, flow_id, given, _labels(labels or []), quiet=as_json)
        if as_json:
            screen.print_json(execution_json(execution))
        else:
            print_result(engine, execution)
    if execution.state not in ("SUCCESS", "WARNING"):
        raise typer.Exit(1)


def watch(
    engine: Engine,
    namespace: str,
    flow_id: str,
    inputs: Mapping[str, Json | Upload],
    labels: dict[str, str],
    *,
    quiet: bool = False,
) -> Execution:
    """Start a flow, print its states and logs as they come, return it when it has ended."""
    from api.cli import screen
    from engine.feed import queue_of

    events, end = queue_of(engine.feed)
    try:
        execution = engine.start(namespace, flow_id, inputs=inputs, labels=labels)
        if not quiet:
            screen.out.print(f"[bold]{namespace}.{flow_id}[/] [dim]{execution.id}[/]")
        seen: dict[str, str] = {}
        while not engine.is_over(execution.id):
            _drain(events, execution.id, seen, quiet=quiet, wait=0.5)
        _drain(events, execution.id, seen, quiet=quiet, wait=0.0)
        return engine.execution(execution.id)
    except KeyboardInterrupt:
        engine.kill(execution.id)
        return engine.wait(execution.id, 30)
    finally:
        end()


def _drain(
    events: queue.SimpleQueue[Event], execution_id: str, seen: dict[str, str], *, quiet: bool, wait: float
) -> None:
    """Print what is waiting; returns as soon as the execution may have ended."""
    while True:
        try:
            event = events.get(timeout=wait) if wait else events.get_nowait()
        except queue.Empty:
            return
        if _show(event, execution_id, seen, quiet=quiet):
            return


def _show(event: Event, execution_id: str, seen: dict[str, str], *, quiet: bool) -> bool:
    from api.cli import screen
    from engine.model.execution import Execution
    from engine.model.log import LogEntry

    own = event.id if isinstance(event, Execution) else event.execution_id
    if own != execution_id:
        return False
    if isinstance(event, LogEntry):
        if not quiet:
            screen.print_log(event)
        return False
    name = "flow" if isinstance(event, Execution) else event.task_id
    if not isinstance(event, Execution) and event.value is not None:
        name += f" \\[{event.value}]"
    if not quiet and seen.get(event.id) != event.state:
        time = event.history.passages[-1].date.strftime("%H:%M:%S.%f")[:-3]
        screen.out.print(f"[dim]{time}[/] [bold]●[/]     {name} {screen.state(event.state)}")
    seen[event.id] = event.state
    return isinstance(event, Execution) and event.state.ended


def _chosen(engine: Engine, flow: str) -> tuple[str, str]:
    """Return the flow's namespace and id; a file is saved first, as its next revision."""
    from engine.errors import NotFound

    path = Path(flow)
    if path.is_file():
        row = engine.save(path.read_text(encoding="utf-8-sig"))
        return row.namespace, row.id
    if flow.endswith((".yml", ".yaml")):
        raise NotFound(f"File {flow} does not exist")
    for row in engine.store.flows.latest():
        if f"{row.namespace}.{row.id}" == flow or f"{row.namespace}/{row.id}" == flow:
            return row.namespace, row.id
    raise NotFound(f"'{flow}' is neither a YAML file nor a saved flow; write it as namespace.id")


def _inputs(pairs: list[str]) -> dict[str, Json | Upload]:
    from engine.executor.inputs import Upload

    values: dict[str, Json | Upload] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise typer.BadParameter(f"'{pair}' is not an input; write key=value")
        if value.startswith("@") and Path(value[1:]).is_file():
            values[key] = Upload(Path(value[1:]).name, Path(value[1:]).read_bytes())
        else:
            values[key] = value
    return values


def _labels(pairs: list[str]) -> dict[str, str]:
    labels: dict[str, str] = {}
    for pair in pairs:
        key, colon, value = pair.partition(":")
        if not colon or not key:
            raise typer.BadParameter(f"'{pair}' is not a label; write key:value")
        labels[key] = value
    return labels
