"""Fills a database with the version that is on the path, and writes it as SQL: see README.md."""

from __future__ import annotations

import io
import sqlite3
import sys
import tempfile
import threading
from contextlib import closing
from pathlib import Path

from engine.engine import Engine, EngineOptions
from engine.executor.inputs import Upload
from engine.model.execution import Execution
from engine.model.moment import now
from engine.model.state import State

KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
SECRET = "correct-horse-battery-staple"
FLOW = """\
id: daily
namespace: demo
labels: {team: data}
inputs:
  - {id: password, type: SECRET}
  - {id: sheet, type: FILE}
tasks:
  - {id: hello, type: io.kestra.plugin.core.log.Log, message: "größe ✓ {{ read(inputs.sheet) }}"}
  - {id: made, type: io.kestra.plugin.core.storage.Write, content: "made of {{ read(inputs.sheet) }}"}
  - {id: child, type: io.kestra.plugin.core.flow.Subflow, namespace: demo, flowId: child}
triggers:
  - {id: yearly, type: io.kestra.plugin.core.trigger.Schedule, cron: "0 0 1 1 *"}
"""
CHILD = """\
id: child
namespace: demo
tasks:
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: [1, 2]
    tasks:
      - {id: say, type: io.kestra.plugin.core.debug.Return, format: "{{ taskrun.value }}"}
"""
HOLD = """\
id: hold
namespace: demo
tasks:
  - {id: wait, type: io.kestra.plugin.core.flow.Pause}
  - {id: after, type: io.kestra.plugin.core.debug.Return, format: went on}
"""


def fill(home: Path) -> None:
    """Run a flow that calls another, and leave one waiting."""
    options = EngineOptions(home=home, environment={}, encryption_key=KEY, threads=2)
    with Engine.open(options) as engine:
        for source in (CHILD, FLOW, FLOW.replace("team: data", "team: other"), HOLD):
            engine.save(source)
        sheet = Upload("sheet.csv", io.BytesIO(b"a,b"))
        ended = engine.start("demo", "daily", inputs={"password": SECRET, "sheet": sheet}, labels={"x": "ü"})
        assert engine.wait(ended.id, 60).state is State.SUCCESS
        waits = threading.Event()

        def receive(event: object) -> None:
            if isinstance(event, Execution) and event.flow_id == "hold" and event.state is State.PAUSED:
                waits.set()

        engine.feed.subscribe(receive)
        engine.start("demo", "hold")
        assert waits.wait(60)
        engine.store.kv.put("demo", "text", {"a": [1, None, "ü"]}, "JSON", now())
        engine.store.kv.put("demo", "raw", bytes(range(256)), "BYTES", now())


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder))
        with closing(sqlite3.connect(Path(folder) / "flowsmith.db")) as connection:
            Path(sys.argv[1]).write_text("\n".join(connection.iterdump()) + "\n")
