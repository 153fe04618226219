"""Rows pass through SQL tasks in pieces: many need no more memory than few.

Each way is taken in a process of its own, first with few rows, so that everything is loaded and every buffer full, then with many: what
the peak of its memory grew by is far below what the rows would take if they were held.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.postgres import Database

ROOT = Path(__file__).resolve().parents[4]
FEW, MANY = 20_000, 50_000
ROOM_KB = 32 << 10
"""A row below is 1,600 bytes of text, and more than 2,200 bytes as Python objects: the rows that MANY has more
than FEW would take 66 MB. What a database keeps to itself is full after FEW."""

PROGRAM = """
import json, resource, sys
from pathlib import Path
from engine.engine import Engine, EngineOptions

flow, home, few, many = sys.argv[1:]
options = EngineOptions(home=Path(home), environment={}, in_memory=True, schedule=False, collect_rarely=False)
with Engine.open(options) as engine:
    row = engine.save(flow)
    peaks = []
    for count in (int(few), int(many)):
        ended = engine.wait(engine.start(row.namespace, row.id, inputs={"n": count}).id, 120)
        assert ended.state == "SUCCESS", [entry.message for entry in engine.logs(ended.id)]
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    sizes = {run.task_id: (run.outputs or {}).get("size") or (run.outputs or {}).get("rowCount") for run in ended.task_runs}
print(json.dumps({"grown": peaks[1] - peaks[0], "sizes": sizes}))
"""

HEAD = "id: many\nnamespace: company.team\ninputs: [{id: n, type: INT}]\ntasks:\n"
COLUMNS = f"'name of the row ' || i AS name, i * 1.5 AS amount, '{'long text ' * 150}' || i AS note"
DUCKDB = f"""\
  - id: rows
    type: io.kestra.plugin.jdbc.duckdb.Query
    sql: SELECT i, {COLUMNS} FROM range({{{{ inputs.n }}}}) AS t(i)
    fetchType: STORE
"""
SQLITE = f"""\
  - id: rows
    type: io.kestra.plugin.jdbc.sqlite.Query
    url: "jdbc:sqlite::memory:"
    sql: >-
      WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t WHERE i < {{{{ inputs.n }}}})
      SELECT i, {COLUMNS} FROM t
    fetchType: STORE
"""
POSTGRESQL = f"""\
  - id: rows
    type: io.kestra.plugin.jdbc.postgresql.Query
    sql: SELECT i, {COLUMNS} FROM generate_series(1, {{{{ inputs.n }}}}) AS t(i)
    fetchType: STORE
  - id: table
    type: io.kestra.plugin.jdbc.postgresql.Queries
    sql: DROP TABLE IF EXISTS copied; CREATE TABLE copied (i int, name text, amount numeric, note text)
  - id: batch
    type: io.kestra.plugin.jdbc.postgresql.Batch
    from: "{{{{ outputs.rows.uri }}}}"
    table: copied
    columns: [i, name, amount, note]
  - id: out
    type: io.kestra.plugin.jdbc.postgresql.CopyOut
    sql: SELECT * FROM copied
    format: CSV
  - id: in
    type: io.kestra.plugin.jdbc.postgresql.CopyIn
    from: "{{{{ outputs.out.uri }}}}"
    table: copied
    format: CSV
pluginDefaults:
  - type: io.kestra.plugin.jdbc.postgresql
    values: {{url: "%s", username: "%s", password: "%s"}}
"""


def measured(tasks: str, home: Path) -> tuple[int, dict[str, int | None]]:
    """Return by how many kB the peak of memory grew, and how many rows each task had."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, HEAD + tasks, str(home), str(FEW), str(MANY)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    answer = json.loads(done.stdout)
    return answer["grown"], answer["sizes"]


@pytest.mark.parametrize("tasks", [DUCKDB, SQLITE], ids=["duckdb", "sqlite"])
def test_stored_rows_are_not_held(tasks: str, tmp_path: Path) -> None:
    grown, sizes = measured(tasks, tmp_path)
    assert sizes == {"rows": MANY}
    assert grown < ROOM_KB


def test_rows_of_postgresql_are_not_held(tmp_path: Path, postgres: Database) -> None:
    login = (postgres.jdbc_url, postgres.user, postgres.password)
    grown, sizes = measured(POSTGRESQL % login, tmp_path)
    assert {sizes[name] for name in ("rows", "batch", "out", "in")} == {MANY}
    assert grown < ROOM_KB
