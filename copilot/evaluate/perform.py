"""A draft accepted by its hash and run to its end, compared with what the case expects of the run."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from copilot.errors import CopilotError
from copilot.evaluate.bench import Bench
from copilot.evaluate.fact import lacking
from copilot.threads import run_sync
from engine.errors import FlowsmithError
from engine.executor.inputs import Upload
from engine.model.execution import Execution
from engine.model.json import Json
from engine.model.state import State
from engine.model.uri import to_path
from engine.source.document import read_document

PATIENCE_S = 60.0


async def performed(
    wanted: Mapping[str, Json], draft: Mapping[str, Any], bench: Bench, *, base: str = ""
) -> tuple[list[str], list[str]]:
    """Accept a draft (of a change of `base`) and run it. Return what kept the flow from its expected"
    " end, and where its results differ."""
    posted = len(bench.ground.posted)
    bench.ground.asked.clear()
    try:
        execution = await _run(wanted, draft, bench, base)
    except (CopilotError, FlowsmithError) as error:
        return [f"{type(error).__name__}: {error}"], []
    logs = await run_sync(_logs, bench, execution)
    state = wanted.get("state", "SUCCESS")
    if execution.state.value != state:
        return [f"ended {execution.state.value}, not {state}: {' / '.join(logs)[-300:]}"], []
    return [], [
        *(f"not logged: {piece}; logged {logs}" for piece in lacking(wanted.get("logs", []), logs)),
        *(f"must not be logged: {piece}" for piece in wanted.get("quiet", []) if not lacking(piece, logs)),
        *_rows(wanted, execution),
        *(
            f"not posted: {piece}; posted {bench.ground.posted[posted:]}"
            for piece in lacking(wanted.get("posts", []), bench.ground.posted[posted:])
        ),
        *(f"not asked for: {path}" for path in lacking(wanted.get("asks", []), list(bench.ground.asked))),
        *await run_sync(_files, wanted, execution, bench),
        *(f"no output {piece}" for piece in lacking(wanted.get("gives", []), _given(execution))),
    ]


async def _run(wanted: Mapping[str, Json], draft: Mapping[str, Any], bench: Bench, base: str) -> Execution:
    flow = read_document(draft["yaml"]).data
    inputs: dict[str, Json] = {
        name: Upload(name, value["file"].encode()) if isinstance(value, dict) and "file" in value else value
        for name, value in (wanted.get("given") or {}).items()
    }
    await bench.copilot.drafts.accept(draft["id"], draft["hash"], bench.engine.save, current_yaml=base)
    started = await run_sync(lambda: bench.engine.start(flow["namespace"], flow["id"], inputs=inputs or None))
    if wanted.get("resume"):
        await run_sync(_resumed, bench, started.id)
    return await run_sync(bench.engine.wait, started.id, PATIENCE_S)


def _resumed(bench: Bench, execution_id: str) -> None:
    """Answer a pause, as soon as there is one."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        execution = bench.engine.store.executions.get(execution_id)
        if execution is None or execution.state.ended:
            return
        if execution.state is State.PAUSED:
            bench.engine.resume(execution_id)
            return
        time.sleep(0.02)


def _logs(bench: Bench, execution: Execution) -> list[str]:
    return [entry.message for entry in bench.engine.logs(execution.id)]


def _rows(wanted: Mapping[str, Json], execution: Execution) -> list[str]:
    if "rows" not in wanted:
        return []
    found = next(
        (
            run.outputs["rows"]
            for run in reversed(execution.task_runs)
            if run.outputs and "rows" in run.outputs
        ),
        None,
    )
    expected = [_plain(row) for row in wanted["rows"]]
    given = [_plain(row) for row in found or []]
    ordered = bool(wanted.get("ordered"))
    agree = given == expected if ordered else sorted(given) == sorted(expected)
    return [] if agree else [f"rows {found}, not {wanted['rows']}"]


def _plain(row: Mapping[str, Json]) -> list[str]:
    """Return the values of a row as text, sorted: how a column is named is left to the planner."""
    return sorted(f"{value:g}" if isinstance(value, int | float) else str(value) for value in row.values())


def _files(wanted: Mapping[str, Json], execution: Execution, bench: Bench) -> list[str]:
    pieces = wanted.get("files") or []
    if not pieces:
        return []
    texts = [_content(uri, bench) for run in execution.task_runs for uri in _uris(run.outputs)]
    return [f"in no file: {piece}; files {[text[:80] for text in texts]}" for piece in lacking(pieces, texts)]


def _uris(value: Json) -> list[str]:
    if isinstance(value, str):
        return [value] if value.startswith("kestra://") else []
    items = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return [uri for item in items for uri in _uris(item)]


def _content(uri: str, bench: Bench) -> str:
    with bench.engine.files.open(to_path(uri)) as file:
        return file.read().decode(errors="replace")


def _given(execution: Execution) -> list[str]:
    return [str(run.outputs) for run in execution.task_runs if run.outputs]
