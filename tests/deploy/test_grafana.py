"""The dashboard asks for numbers the service tells, under their names and labels."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from api.prometheus import exposition
from engine.engine import Engine, EngineOptions
from tests.postgres import Database

BOARD = Path(__file__).parents[2] / "deploy" / "grafana" / "flowsmith.json"
ONE = """\
id: one
namespace: demo
tasks:
  - {id: a, type: io.kestra.plugin.core.debug.Return, format: x}
"""
OF_PROMETHEUS = {"job", "instance", "le"}
"""Labels that Prometheus itself adds, or a histogram has."""


def _queries() -> list[str]:
    board: dict[str, Any] = json.loads(BOARD.read_text())
    variables = [one["query"]["query"] for one in board["templating"]["list"] if one["type"] == "query"]
    return [*variables, *(target["expr"] for panel in board["panels"] for target in panel["targets"])]


@pytest.fixture(scope="module")
def told(postgres_server: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The samples a service with a waiting execution tells: name → labels."""
    database: Database = postgres_server.make()
    options = EngineOptions(
        home=tmp_path_factory.mktemp("home"),
        database_url=database.url,
        environment={},
        schedule=False,
        role="server",
        collect_rarely=False,
    )
    with Engine.open(options) as engine:
        engine.save(ONE)
        engine.start("demo", "one")
        text = exposition(engine, 0.0)
    postgres_server.drop(database)
    found: dict[str, set[str]] = {}
    for line in text.splitlines():
        if match := re.match(r"(\w+)(?:\{(.*)\})? \S+$", line):
            found.setdefault(match[1], set()).update(re.findall(r'(\w+)="', match[2] or ""))
    return found


@pytest.mark.parametrize("query", _queries())
def test_every_query_names_what_the_service_tells(query: str, told: dict[str, set[str]]) -> None:
    names = re.findall(r"\b(?:flowsmith|process|python)_\w+", query)
    assert names
    for name in names:
        assert name in told, name
        grouped = re.findall(r"\bby \(([^)]*)\)", query)
        matched = re.findall(r"(\w+)=~?\"", query)
        labels = {label.strip() for part in grouped for label in part.split(",")} | set(matched)
        assert labels - OF_PROMETHEUS <= told[name], (name, labels)


def test_a_histogram_adds_up(told: dict[str, set[str]]) -> None:
    for name in ("flowsmith_transaction_seconds", "flowsmith_transaction_events"):
        assert {f"{name}_bucket", f"{name}_sum", f"{name}_count"} <= set(told)
        assert told[f"{name}_bucket"] == {"le"}
