"""Scripts: what a script task costs above the bare start of its interpreter."""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path

from engine.engine import Engine, EngineOptions

COUNT = 40
ROUNDS = 5
SCRIPT = """\
import json
words = ["a", "b", "c"]
print("::" + json.dumps({"outputs": {"count": len(words)}}) + "::")
"""
_TASK = """
  - id: script_{number}
    type: io.kestra.plugin.scripts.python.Script
    taskRunner:
      type: io.kestra.plugin.core.runner.Process
    script: |
"""


def main() -> None:
    """Print the time of 40 small Python scripts in a row, as a flow and as bare processes, side by side."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        options = EngineOptions(home=home / "home", environment={}, schedule=False, threads=2)
        with Engine.open(options) as engine:
            row = engine.save(_flow())
            _through_the_engine(engine, row.namespace, row.id)  # makes the environment once
            # The same interpreter for both: that of the environment.
            python = next((home / "home" / "environments").glob("*/bin/python"))
            pairs = [
                (_through_the_engine(engine, row.namespace, row.id), _bare(home, python))
                for _ in range(ROUNDS)
            ]
    ours, bare = (min(times) for times in zip(*pairs, strict=True))
    print(
        f"{COUNT} Python scripts in a row   flow {ours:.2f} s   bare interpreter starts {bare:.2f} s   "
        f"ratio {ours / bare:.2f} (target <= 1.3)"
    )


def _flow() -> str:
    script = "".join(f"      {line}\n" for line in SCRIPT.splitlines())
    tasks = "".join(_TASK.format(number=number) + script for number in range(COUNT))
    return f"id: scripts\nnamespace: bench\ntasks:{tasks}"


def _through_the_engine(engine: Engine, namespace: str, flow_id: str) -> float:
    started = time.perf_counter()
    ended = engine.wait(engine.start(namespace, flow_id).id, 120)
    taken = time.perf_counter() - started
    if str(ended.state) != "SUCCESS":
        raise RuntimeError(f"the scripts ended {ended.state}")
    return taken


def _bare(home: Path, python: Path) -> float:
    place = home / "script.py"
    place.write_text(SCRIPT, "utf-8")
    started = time.perf_counter()
    for _ in range(COUNT):
        subprocess.run([str(python), str(place)], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
