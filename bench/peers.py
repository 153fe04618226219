"""40 trivial steps in Dagster and Prefect beside ours, each in a process of its own.

Needs `pip install flowsmith[bench-peers]`, or another interpreter that has them: BENCH_PEERS_PYTHON=….
A peer that is not there is skipped with the reason. Each measures itself after one warm-up run, so that
imports and start-up do not count.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from engine.engine import Engine, EngineOptions

STEPS = 40
ROUNDS = 5

DAGSTER = f"""
import os, tempfile, time, statistics
from dagster import DagsterInstance, execute_job, graph, job, op, reconstructable
@op
def step(number: int) -> int:
    return number + 1
@op
def first() -> int:
    return 0
@job
def chain():
    value = first()
    for number in range({STEPS} - 1):
        value = step.alias(f"s{{number}}")(value)
folder = tempfile.mkdtemp()
instance = DagsterInstance.local_temp(folder)
def run():
    started = time.perf_counter()
    assert chain.execute_in_process(instance=instance).success
    return time.perf_counter() - started
run()
print(statistics.median(run() for _ in range({ROUNDS})))
"""

PREFECT = f"""
import asyncio, logging, statistics, time
from prefect import flow, task
logging.disable(logging.CRITICAL)
@task
async def step(number):
    return number + 1
@flow
async def chain():
    value = 0
    for _ in range({STEPS}):
        value = await step(value)
    return value
async def run():
    started = time.perf_counter()
    assert await chain() == {STEPS}
    return time.perf_counter() - started
async def main():
    await run()
    print(statistics.median([await run() for _ in range({ROUNDS})]))
asyncio.run(main())
"""


def main() -> None:
    """Print seconds and ratios."""
    ours = _ours()
    print(f"{STEPS} sequential steps   here {ours * 1e3:8.1f} ms")
    for name, script, goal in (("dagster", DAGSTER, 50), ("prefect", PREFECT, 25)):
        seconds, reason = _peer(name, script)
        if seconds is None:
            print(f"  {name:8s} skipped: {reason}")
        else:
            print(
                f"  {name:8s} {seconds * 1e3:8.1f} ms   {seconds / ours:6.0f} times ours (target >= {goal})"
            )


def _ours() -> float:
    tasks = "".join(
        f"  - {{id: t{n}, type: io.kestra.plugin.core.debug.Return, format: step {n}}}\n"
        for n in range(STEPS)
    )
    with tempfile.TemporaryDirectory() as folder:
        options = EngineOptions(home=Path(folder), environment={}, schedule=False)
        with Engine.open(options) as engine:
            engine.save(f"id: chain\nnamespace: bench\ntasks:\n{tasks}")
            times = []
            for _ in range(ROUNDS + 1):
                started = time.perf_counter()
                assert engine.wait(engine.start("bench", "chain").id).state == "SUCCESS"
                times.append(time.perf_counter() - started)
    return statistics.median(times[1:])


def _peer(name: str, script: str) -> tuple[float | None, str]:
    python = os.environ.get("BENCH_PEERS_PYTHON", sys.executable)
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "PREFECT_HOME": home, "DAGSTER_HOME": home, "DO_NOT_TRACK": "1"}
        environment |= {"PREFECT_SERVER_ANALYTICS_ENABLED": "false", "PREFECT_LOGGING_LEVEL": "CRITICAL"}
        done = subprocess.run(
            [python, "-c", script], env=environment, cwd=home, capture_output=True, text=True, check=False
        )
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        if any("No module named" in line for line in lines):
            return None, f"{name} is not installed; pip install 'flowsmith[bench-peers]'"
        return None, lines[-1][:200] if lines else f"exit code {done.returncode}"
    return float(done.stdout.strip().splitlines()[-1]), ""
