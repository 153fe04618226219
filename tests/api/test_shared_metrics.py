from __future__ import annotations

from pathlib import Path

from api.prometheus import exposition
from engine.engine import Engine, EngineOptions
from tests.postgres import Database

ONE = """\
id: one
namespace: demo
tasks:
  - {id: a, type: io.kestra.plugin.core.debug.Return, format: x}
"""


def test_what_waits_and_who_is_alive_is_measured(postgres: Database, tmp_path: Path) -> None:
    options = EngineOptions(
        home=tmp_path, database_url=postgres.url, environment={}, schedule=False, role="server"
    )
    with Engine.open(options) as engine:
        engine.save(ONE)
        for _ in range(3):
            engine.start("demo", "one")
        told = exposition(engine, 0.0).splitlines()
    assert 'flowsmith_queue_waiting{queue="default"} 3' in told
    assert 'flowsmith_members{role="server"} 1' in told
