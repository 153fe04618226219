"""Flows with side effects that are written down, and what must be true of them however the fleet was treated."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.engine import Engine
from engine.model.execution import Execution
from engine.model.state import State

PROCESS = "taskRunner: {type: io.kestra.plugin.core.runner.Process}"
CORE = "io.kestra.plugin.core"
_GRACE = timedelta(milliseconds=50)


def write_flows(engine: Engine, folder: Path, seed: int) -> dict[str, int]:
    """Save flows of random shape; returns by flow how many effects an undisturbed run has."""
    chance = random.Random(seed)
    effects = folder / "effects"
    effects.mkdir(exist_ok=True)
    wanted = {}
    for number in range(3):
        tasks, count = _tasks(chance, effects, depth=1, prefix=f"t{number}")
        engine.save(f"id: flow{number}\nnamespace: chaos\ntasks:\n{tasks}")
        wanted[f"flow{number}"] = count
    engine.save(
        "id: parent\nnamespace: chaos\ntasks:\n"
        f"  - id: each\n    type: {CORE}.flow.ForEach\n    values: [a, b, c]\n    concurrencyLimit: 0\n    tasks:\n"
        f"      - {{id: call, type: {CORE}.flow.Subflow, namespace: chaos, flowId: flow0, wait: true}}\n"
        + _effect("own", effects, 2)
    )
    wanted["parent"] = 1
    return wanted


def _tasks(chance: random.Random, effects: Path, *, depth: int, prefix: str) -> tuple[str, int]:
    text, count = "", 0
    for number in range(chance.randint(2, 3)):
        name = f"{prefix}x{number}"
        kind = chance.choice(["effect", "effect", "each", "sleep"]) if depth else "effect"
        indent = 2 if depth else 6
        if kind == "effect":
            text += _effect(name, effects, indent)
            count += 1
        elif kind == "sleep":
            text += f"  - {{id: {name}, type: {CORE}.flow.Sleep, duration: PT0.1S}}\n"
        else:
            inner, each = _tasks(chance, effects, depth=0, prefix=name)
            text += f"  - id: {name}\n    type: {CORE}.flow.ForEach\n    values: [1, 2]\n    tasks:\n{inner}"
            count += 2 * each
    return text, count


def _effect(name: str, effects: Path, indent: int) -> str:
    """Return a task that writes down its run and attempt, takes a moment, and writes its end."""
    space = " " * indent
    file = f"{effects}/{{{{ execution.id }}}}"
    line = f'echo "{{{{ taskrun.id }}}} $(date -u +%s.%N)" >> {file}'
    return (
        f"{space}- id: {name}\n{space}  type: io.kestra.plugin.scripts.shell.Commands\n{space}  {PROCESS}\n"
        f"{space}  commands:\n{space}    - '{line}'\n{space}    - sleep 0.1\n"
    )


def effects_of(folder: Path, execution_id: str) -> list[tuple[str, datetime]]:
    """Return which task runs of an execution took effect, and when."""
    path = folder / "effects" / execution_id
    if not path.exists():
        return []
    found = []
    for line in path.read_text().splitlines():
        run, _, moment = line.partition(" ")
        found.append((run, datetime.fromtimestamp(float(moment), UTC)))
    return found


def violations(
    engine: Engine,
    folder: Path,
    accepted: Iterable[tuple[str, str]],
    wanted: dict[str, int],
    crashes: int,
    killed: dict[str, datetime],
) -> list[str]:
    """Return what is not as it must be. `accepted` are (execution, flow), `killed` when a kill was confirmed."""
    found: list[str] = []
    for execution_id, flow in accepted:
        execution = engine.execution(execution_id)
        found += _of_history(execution)
        effects = effects_of(folder, execution_id)
        if execution_id in killed:
            late = [run for run, moment in effects if moment > killed[execution_id] + _GRACE]
            if late:
                found.append(
                    f"{execution_id}: {len(late)} task runs took effect after the kill was confirmed"
                )
            continue
        if execution.state is not State.SUCCESS:
            found.append(f"{execution_id}: {execution.state}, not SUCCESS")
        counts = Counter(run for run, _ in effects)
        if len(counts) != wanted[flow]:
            found.append(f"{execution_id}: {len(counts)} effects instead of {wanted[flow]}")
        for run in execution.task_runs:
            attempts = len(run.attempts)
            if attempts > 1 + crashes:
                found.append(f"{execution_id}/{run.task_id}: {attempts} attempts with {crashes} crashes")
            if counts[run.id] > attempts:
                found.append(f"{execution_id}/{run.task_id}: {counts[run.id]} effects in {attempts} attempts")
    return found


def _of_history(execution: Execution) -> list[str]:
    terminal = [passage.state for passage in execution.history.passages if passage.state.ended]
    if len(terminal) != 1 or not execution.state.ended or execution.owner is not None:
        return [
            f"{execution.id}: terminal states {[str(state) for state in terminal]}, now {execution.state}"
        ]
    left = [run.task_id for run in execution.task_runs if not run.state.ended]
    return [f"{execution.id}: ended, but {left} have not"] if left else []


def schedule(engine: Engine, flow: str = "ticks") -> None:
    """Save a flow that starts every second."""
    engine.save(
        f"id: {flow}\nnamespace: chaos\ntasks:\n  - {{id: a, type: {CORE}.debug.Return, format: x}}\n"
        f"triggers:\n  - {{id: clock, type: {CORE}.trigger.Schedule, cron: '* * * * * *', withSeconds: true}}\n"
    )


def dates_fired(engine: Engine, flow: str = "ticks") -> list[str]:
    """Return the dates of a schedule for which executions were made, oldest first."""
    from engine.storage.ports import ExecutionQuery

    found = engine.store.executions.search(
        ExecutionQuery(namespace="chaos", flow_id=flow, limit=100_000)
    ).results
    return sorted(str(one.trigger.variables["date"]) for one in found if one.trigger is not None)
