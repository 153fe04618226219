"""What is asked of rows, written as SQL and as Python: both run and give the same rows."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from copilot.planner.rules.fill.postgres import _HEADER_SCRIPT
from copilot.planner.rules.literal import mask
from copilot.planner.rules.rows.operation import Transform
from copilot.planner.rules.rows.python import to_python
from copilot.planner.rules.rows.reader import read_rows
from copilot.planner.rules.rows.sql import to_sql
from copilot.planner.rules.scene import Scene
from engine.registry import Registry

ROWS = [
    {"title": "Pen", "price": 2.5, "category": "office", "stock": 10},
    {"title": "Desk", "price": 250.0, "category": "office", "stock": 1},
    {"title": "Apple", "price": 0.5, "category": "food", "stock": 300},
    {"title": "Cake", "price": 20.0, "category": "food", "stock": 4},
]

ASKED: dict[str, list[dict[str, Any]]] = {
    "keep title and price": [{"title": row["title"], "price": row["price"]} for row in ROWS],
    "show the two most expensive": [ROWS[1], ROWS[3]],
    "keep the cheapest 1": [ROWS[2]],
    "keep only rows where price is greater than 10": [ROWS[1], ROWS[3]],
    "keep title where stock is at least 4 and category is food": [{"title": "Apple"}, {"title": "Cake"}],
    "count the rows": [{"count": 4}],
    "compute the average price per category": [
        {"category": "office", "average_price": 126.25},
        {"category": "food", "average_price": 10.25},
    ],
    "sum the stock by category": [
        {"category": "food", "total_stock": 304},
        {"category": "office", "total_stock": 11},
    ],
    "sort by price descending and limit to 2": [ROWS[1], ROWS[3]],
    "find the product with the highest price": [ROWS[1]],
    "top 2 products by stock": [ROWS[2], ROWS[0]],
    "drop the columns stock and category": [{"title": row["title"], "price": row["price"]} for row in ROWS],
}


def asked(words: str, registry: Registry) -> Transform:
    masked = mask(words)
    return read_rows(masked.text, masked, Scene(registry, masked))


def run_python(script: str, folder: Path) -> str:
    return subprocess.run(
        [sys.executable, "-c", script], cwd=folder, check=True, capture_output=True, text=True
    ).stdout


@pytest.mark.parametrize(("words", "expected"), ASKED.items(), ids=ASKED.keys())
def test_sql_and_python_give_the_asked_rows(
    words: str, expected: list[dict[str, Any]], registry: Registry, tmp_path: Path
) -> None:
    transform = asked(words, registry)
    (tmp_path / "data.json").write_text(json.dumps({"products": ROWS, "total": 4}))
    run_python(to_python(transform, "data.json", "json", "out.json"), tmp_path)
    found = json.loads((tmp_path / "out.json").read_text())
    key = str if not (transform.order or transform.groups) else lambda row: ""
    if transform.groups:
        key = str
    assert sorted(found, key=key) == sorted(expected, key=key)
    (tmp_path / "rows.json").write_text(json.dumps(ROWS))
    cursor = duckdb.execute(to_sql(transform, f"read_json_auto('{tmp_path / 'rows.json'}')"))
    names = [column[0] for column in cursor.description or ()]
    assert sorted((dict(zip(names, row, strict=True)) for row in cursor.fetchall()), key=key) == sorted(
        expected, key=key
    )


@pytest.mark.parametrize("words", ["query it with DuckDB", "log the result", "load it into postgres"])
def test_other_words_ask_nothing(words: str, registry: Registry) -> None:
    assert not asked(words, registry)


def test_a_csv_goes_in_and_out(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("a,b\n1,x\n2,y\n")
    run_python(to_python(Transform(columns=("b",)), "data.csv", "csv", "out.csv"), tmp_path)
    assert (tmp_path / "out.csv").read_text() == "b\nx\ny\n"


def test_a_header_tells_the_columns_of_a_table(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text(
        'id,price,at,note,empty\n1,2.5,2024-01-31 10:00:00,"x, y",\n2,3,2024-02-01,7_0,\n'
    )
    line = run_python(_HEADER_SCRIPT.replace("{name}", "data.csv"), tmp_path).strip()
    columns = json.loads(line.strip(":"))["outputs"]["columns"]
    assert columns == '"id" bigint, "price" double precision, "at" timestamp, "note" text, "empty" bigint'
