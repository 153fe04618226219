import threading

import pytest

from engine.errors import ForbiddenPath, TaskFailure


def test_cells_of_every_kind(make_context, make_task):
    sql = """SELECT 1 AS int, 1::HUGEINT AS huge, 1.50::DECIMAL(10, 2) AS money, timestamp '2024-01-31 10:00' AS t,
             timestamptz '2024-01-31 10:00+02' AS tz, [1, 2] AS list, {'a': 1.5::DOUBLE} AS struct,
             date '2024-01-31' AS day, MAP {'k': 1} AS map, 'nan'::DOUBLE AS nan, NULL AS none, 'x'::BLOB AS bytes"""
    row = make_task("duckdb.Query", sql=sql, fetchType="FETCH_ONE").run(make_context()).row
    assert row == {
        "int": 1,
        "huge": 1,
        "money": 1.5,
        "t": "2024-01-31T10:00:00Z",
        "tz": "2024-01-31T08:00:00Z",
        "list": [1, 2],
        "struct": {"a": 1.5},
        "day": "2024-01-31",
        "map": {"k": 1},
        "nan": "nan",
        "none": None,
        "bytes": "eA==",
    }


def test_input_files_are_found_by_name(make_context, make_task):
    ctx = make_context()
    files = {"a.csv": "x\n1\n2\n", "b.json": ctx.put("b.json", b'[{"x": 3}]')}
    sql = "SELECT sum(x)::INT AS total FROM (FROM 'a.csv' UNION ALL SELECT x FROM read_json_auto('b.json'))"
    output = make_task("duckdb.Query", sql=sql, inputFiles=files, fetchType="FETCH_ONE").run(ctx)
    assert output.row == {"total": 6}


def test_written_files_are_kept(make_context, make_task, registry):
    ctx = make_context()
    places = registry.resolve("io.kestra.plugin.jdbc.duckdb.Query").variables_for(
        ctx, {"outputFiles": ["out.csv"]}
    )
    sql = f"COPY (SELECT 1 AS a) TO '{places['outputFiles']['out.csv']}'"
    output = make_task("duckdb.Query", sql=sql, outputFiles=["out.csv"], fetchType="FETCH").run(ctx)
    assert output.rows is None
    assert ctx.read_text(output.output_files["out.csv"]) == "a\n1\n"


def test_a_database_is_handed_on(make_context, make_task):
    first, second = make_context(), make_context(task_run_id="run2")
    made = make_task(
        "duckdb.Queries", sql="CREATE TABLE t (i INT); INSERT INTO t VALUES (1), (2)", outputDbFile=True
    )
    uri = made.run(first).database_uri
    read = make_task(
        "duckdb.Query", sql="SELECT count(*) AS n FROM t", databaseUri=uri, fetchType="FETCH_ONE"
    )
    assert read.run(second).row == {"n": 2}


def test_a_file_of_this_machine_is_worked_on(make_context, make_task, tmp_path):
    url = f"jdbc:duckdb:{tmp_path}/deep/shop.duckdb"
    make_task("duckdb.Query", url=url, sql="CREATE TABLE t AS SELECT 5 AS i").run(make_context())
    output = make_task("duckdb.Query", url=url, sql="FROM t", fetchType="FETCH").run(make_context())
    assert output.rows == [{"i": 5}]


@pytest.mark.parametrize("url", ["jdbc:duckdb:../out.db", "jdbc:postgresql://x/y"])
def test_other_addresses_are_refused(make_context, make_task, url):
    with pytest.raises((TaskFailure, ForbiddenPath)):
        make_task("duckdb.Query", url=url, sql="SELECT 1").run(make_context())


def test_a_search_path_is_no_second_statement(make_context, make_task, tmp_path):
    (tmp_path / "far.csv").write_text("x\n9\n")
    sql = f"SET file_search_path = '{tmp_path}'; SELECT x FROM 'far.csv'"
    assert make_task("duckdb.Query", sql=sql, fetchType="FETCH").run(make_context()).rows == [{"x": 9}]
    with pytest.raises(TaskFailure, match="holds 2 statements"):
        make_task("duckdb.Query", sql="SELECT 1; SELECT 2").run(make_context())


def test_parameters_are_bound_by_name(make_context, make_task):
    sql = "SELECT :a || ':a' AS text, :missing IS NULL AS missing"
    row = make_task("duckdb.Query", sql=sql, parameters={"a": "x", "b": 1}, fetchType="FETCH_ONE").run(
        make_context()
    )
    assert row.row == {"text": "x:a", "missing": True}


def test_only_statements_with_rows_give_outputs(make_context, make_task):
    sql = """CREATE TABLE t (i INT); INSERT INTO t VALUES (1), (2); UPDATE t SET i = i + 1;
             SELECT count(*) AS "Count" FROM t; DELETE FROM t RETURNING i; DROP TABLE t"""
    outputs = make_task("duckdb.Queries", sql=sql, fetchType="FETCH").run(make_context()).outputs
    assert [one.rows for one in outputs] == [[{"Count": 2}], [{"i": 2}, {"i": 3}]]


def test_stored_rows_are_one_a_line(make_context, make_task):
    ctx = make_context()
    output = make_task("duckdb.Query", sql="SELECT range AS i FROM range(25000)", fetchType="STORE").run(ctx)
    assert (output.size, len(ctx.read_text(output.uri).splitlines())) == (25000, 25000)


def test_an_error_shows_line_and_column(make_context, make_task):
    with pytest.raises(TaskFailure, match=r"statement 2 of 2, line 3, column 9 of `sql`"):
        make_task("duckdb.Queries", sql="SELECT 1;\nSELECT\n  1 + + nothing").run(make_context())


def test_rows_nobody_wants_are_computed_all_the_same(make_context, make_task):
    with pytest.raises(TaskFailure, match="out of range"):
        make_task("duckdb.Query", sql="SELECT error('out of range')").run(make_context())


def test_queries_are_rolled_back_together(make_context, make_task, tmp_path):
    url = f"jdbc:duckdb:{tmp_path}/shop.duckdb"
    with pytest.raises(TaskFailure, match="nowhere"):
        make_task("duckdb.Queries", url=url, sql="CREATE TABLE t (i INT); SELECT * FROM nowhere").run(
            make_context()
        )
    tables = make_task("duckdb.Query", url=url, sql="SHOW TABLES", fetchType="FETCH").run(make_context())
    assert tables.rows == []


def test_a_cancelled_query_stops(make_context, make_task):
    ctx = make_context()
    entered = threading.Event()
    failures = []

    def work() -> None:
        try:
            make_task("duckdb.Query", sql="SELECT count(*) FROM range(1000000000) a, range(1000000) b").run(
                ctx
            )
        except TaskFailure as failure:
            failures.append(failure.message)

    task_thread = threading.Thread(target=work)
    ctx.on_cancel(entered.set)
    task_thread.start()
    while task_thread.is_alive():
        ctx.cancel()  # as often as it takes: the first may come before the query
        task_thread.join(0.05)
    assert entered.is_set()
    assert failures == ["Stopped; the running statement was cancelled"]


def test_a_trigger_fires_on_rows_and_handles_them_once(make_context, make_task, tmp_path):
    url = f"jdbc:duckdb:{tmp_path}/shop.duckdb"
    make_task("duckdb.Queries", url=url, sql="CREATE TABLE orders (id int, handled bool)").run(make_context())
    trigger = make_task(
        "duckdb.Trigger",
        url=url,
        sql="SELECT id FROM orders WHERE NOT handled",
        afterSQL="UPDATE orders SET handled = true",
    )
    assert trigger.poll(make_context()) is None
    insert = "INSERT INTO orders VALUES (1, false), (2, true)"
    make_task("duckdb.Queries", url=url, sql=insert).run(make_context())
    assert trigger.poll(make_context()).variables == {"rows": [{"id": 1}], "size": 1}
    assert trigger.poll(make_context()) is None
