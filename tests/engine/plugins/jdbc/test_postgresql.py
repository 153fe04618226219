import threading

import pytest

from engine.errors import TaskFailure


def rows_of(ctx, uri):
    return ctx.read_text(uri).splitlines()


def test_cells_of_every_kind(make_context, make_pg):
    sql = """
        SELECT 1 AS int, 2.5::float8 AS float, 12.50::numeric AS numeric, 12345678901234567890.1::numeric AS long,
               true AS bool, 'text' AS text, NULL AS none, date '2024-01-31' AS date, time '10:00' AS time,
               timestamp '2024-01-31 10:00' AS local, timestamptz '2024-01-31 10:00+02' AS zoned,
               '{"a": [1]}'::jsonb AS json, ARRAY[1, 2] AS list, '\\x0102'::bytea AS bytes,
               interval '1 year 2 mons 3 days -04:05:06.5' AS span,
               'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid AS id, pg_sleep(0) AS void"""
    row = make_pg("Query", sql=sql, fetchType="FETCH_ONE", timeZoneId="Europe/Paris").run(make_context()).row
    assert row == {
        "int": 1,
        "float": 2.5,
        "numeric": 12.5,
        "long": "12345678901234567890.1",
        "bool": True,
        "text": "text",
        "none": None,
        "date": "2024-01-31",
        "time": "10:00:00",
        "local": "2024-01-31T10:00:00",
        "zoned": "2024-01-31T09:00:00+01:00",
        "json": {"a": [1]},
        "list": [1, 2],
        "bytes": "AQI=",
        "span": "P1Y2M3DT-4H-5M-6.5S",
        "id": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
        "void": None,
    }


@pytest.mark.parametrize(
    ("fetch", "sql", "expected"),
    [
        ({"fetchType": "FETCH"}, "SELECT generate_series(1, 2) AS i", ("rows", [{"i": 1}, {"i": 2}], 2)),
        ({"fetchType": "FETCH"}, "SELECT 1 AS i WHERE false", ("rows", [], 0)),
        ({"fetchType": "FETCH_ONE"}, "SELECT generate_series(1, 2) AS i", ("row", {"i": 1}, 1)),
        ({"fetchType": "FETCH_ONE"}, "SELECT 1 AS i WHERE false", ("row", None, 0)),
        ({"fetchType": "NONE"}, "SELECT 1 AS i", ("rows", None, None)),
        ({}, "SELECT 1 AS i", ("rows", None, None)),
        ({"fetch": True}, "SELECT 1 AS i", ("rows", [{"i": 1}], 1)),
        ({"fetchOne": True, "store": True}, "SELECT 1 AS i", ("row", {"i": 1}, 1)),
        ({"fetchType": "FETCH"}, "CREATE TABLE made (i int)", ("rows", None, None)),
        ({"fetchType": "STORE"}, "CREATE TABLE made (i int)", ("uri", None, None)),
    ],
)
def test_fetching(make_context, make_pg, fetch, sql, expected):
    name, value, size = expected
    output = make_pg("Query", sql=sql, **fetch).run(make_context())
    assert (getattr(output, name), output.size) == (value, size)


def test_stored_rows_are_one_a_line(make_context, make_pg):
    ctx = make_context()
    sql = "SELECT i, 'r' || i AS name FROM generate_series(1, 25000) AS i"
    output = make_pg("Query", sql=sql, fetchType="STORE", fetchSize=1000).run(ctx)
    lines = rows_of(ctx, output.uri)
    assert (output.size, len(lines)) == (25000, 25000)
    assert "r25000" in lines[-1]
    assert [(m.name, m.value) for m in ctx.metrics] == [("fetch.size", 25000)]


def test_storing_nothing_is_an_empty_file(make_context, make_pg):
    ctx = make_context()
    output = make_pg("Query", sql="SELECT 1 AS i WHERE false", fetchType="STORE").run(ctx)
    assert (rows_of(ctx, output.uri), output.size) == ([], 0)


def test_parameters_are_bound_by_name(make_context, make_pg):
    values = {"name": "O'Brien; --", "n": 41, "map": {"a": 1}, "list": ["x", "y"]}
    sql = """SELECT :name AS name, :n::int + 1 AS n, ':n 100%' AS text, :missing::text AS missing,
             (:map)::jsonb ->> 'a' AS a, :list::text[] AS list, 7 % 4 AS rest"""
    row = make_pg("Query", sql=sql, parameters=values, fetchType="FETCH_ONE").run(make_context()).row
    assert row == {
        "name": "O'Brien; --",
        "n": 42,
        "text": ":n 100%",
        "missing": None,
        "a": "1",
        "list": ["x", "y"],
        "rest": 3,
    }


def test_one_statement_only(make_context, make_pg):
    with pytest.raises(
        TaskFailure, match=r"holds 2 statements.*use io\.kestra\.plugin\.jdbc\.postgresql\.Queries"
    ):
        make_pg("Query", sql="SELECT 1; SELECT 2;").run(make_context())
    make_pg("Query", sql="SELECT 1; -- the end;").run(make_context())


def test_after_sql_belongs_to_the_transaction(make_context, make_pg, postgres):
    make_pg("Queries", sql="CREATE TABLE jobs (id int, done bool); INSERT INTO jobs VALUES (1, false)").run(
        make_context()
    )
    insert = "INSERT INTO jobs VALUES (2, false)"
    with pytest.raises(TaskFailure, match=r"line 1, column 8 of `afterSQL`"):
        make_pg("Query", sql=insert, afterSQL="UPDATE nowhere SET x = 1").run(make_context())
    assert postgres.rows("SELECT count(*) FROM jobs") == [(1,)]
    read = make_pg(
        "Query", sql="SELECT * FROM jobs", fetchType="STORE", afterSQL="UPDATE jobs SET done = true"
    )
    assert read.run(make_context()).size == 1
    assert postgres.rows("SELECT done FROM jobs") == [(True,)]


@pytest.mark.parametrize(("transaction", "left"), [(True, 0), (False, 1)])
def test_a_failure_in_queries(make_context, make_pg, postgres, transaction, left):
    postgres.rows("CREATE TABLE t (i int)")
    sql = "INSERT INTO t VALUES (1);\nINSERT INTO t\nVALUES (1 / 0);"
    with pytest.raises(TaskFailure, match=r"22012.*division by zero(?s:.)*statement 2 of 2, line 2"):
        make_pg("Queries", sql=sql, transaction=transaction).run(make_context())
    assert postgres.rows("SELECT count(*) FROM t") == [(left,)]


def test_only_statements_with_rows_give_outputs(make_context, make_pg):
    sql = (
        "CREATE TABLE t (i int); INSERT INTO t VALUES (1), (2); SELECT count(*) AS n FROM t; SELECT * FROM t"
    )
    output = make_pg("Queries", sql=sql, fetchType="FETCH").run(make_context())
    assert [(one.rows, one.size) for one in output.outputs] == [([{"n": 2}], 1), ([{"i": 1}, {"i": 2}], 2)]


def test_an_error_shows_line_and_column(make_context, make_pg):
    with pytest.raises(
        TaskFailure, match=r'column "nothing" does not exist\n\(line 3, column 10 of `sql`\)\nSELECT'
    ):
        make_pg("Query", sql="\nSELECT\n  1 + 1, nothing FROM pg_class").run(make_context())


def test_a_server_that_is_not_there_is_named(make_context, make_task):
    task = make_task("postgresql.Query", url="jdbc:postgresql://127.0.0.1:1/shop", sql="SELECT 1")
    with pytest.raises(TaskFailure, match=r"Unable to connect to PostgreSQL at 127\.0\.0\.1:1/shop"):
        task.run(make_context())


@pytest.mark.parametrize("fetch_type", ["FETCH", "STORE"])
def test_a_cancelled_query_stops_on_the_server(make_context, make_pg, postgres, fetch_type):
    import psycopg

    ctx = make_context()
    failures = []
    with psycopg.connect(postgres.url, autocommit=True) as holder:
        holder.execute("SELECT pg_advisory_lock(7)")

        def work() -> None:
            try:
                make_pg("Query", sql="SELECT pg_advisory_lock(7)", fetchType=fetch_type).run(ctx)
            except TaskFailure as failure:
                failures.append(failure.message)

        thread = threading.Thread(target=work)
        thread.start()
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        while holder.execute(waiting).fetchone() == (0,):
            pass
        ctx.cancel()
        thread.join()
        assert holder.execute(waiting).fetchone() == (0,)
    assert failures == ["Stopped; the running statement was cancelled"]


def test_a_file_is_copied_in_and_out(make_context, make_pg, postgres):
    ctx = make_context()
    postgres.rows("CREATE TABLE people (id int, name text, city text)")
    uri = ctx.put("people.csv", b"id;name\n1;'a;b'\n2;\n")
    options = {"format": "CSV", "delimiter": ";", "quote": "'", "header": True}
    copied = make_pg("CopyIn", **{"from": uri}, table="people", columns=["id", "name"], **options).run(ctx)
    assert copied.row_count == 2
    assert postgres.rows("SELECT * FROM people ORDER BY id") == [(1, "a;b", None), (2, None, None)]
    out = make_pg("CopyOut", sql="SELECT id, name FROM people ORDER BY id;", **options).run(ctx)
    assert (ctx.read_text(out.uri), out.row_count) == ("id;name\n1;'a;b'\n2;\n", 2)
    whole = make_pg("CopyOut", table="people", format="BINARY").run(ctx)
    make_pg("CopyIn", **{"from": whole.uri}, table="people", format="BINARY").run(ctx)
    assert postgres.rows("SELECT count(*) FROM people") == [(4,)]


def test_a_bad_line_copies_nothing_and_is_named(make_context, make_pg, postgres):
    ctx = make_context()
    postgres.rows("CREATE TABLE numbers (i int)")
    uri = ctx.put("numbers.csv", b"1\nmany\n")
    with pytest.raises(TaskFailure, match=r"invalid input syntax(?s:.)*line 2, column i(?s:.)*COPY numbers"):
        make_pg("CopyIn", **{"from": uri}, table="numbers", format="CSV").run(ctx)
    assert postgres.rows("SELECT count(*) FROM numbers") == [(0,)]


def test_a_trigger_fires_on_rows_and_handles_them_once(make_context, make_pg, postgres):
    postgres.rows("CREATE TABLE orders (id int, handled bool DEFAULT false)")
    sql = "SELECT id FROM orders WHERE NOT handled"
    trigger = make_pg("Trigger", sql=sql, afterSQL="UPDATE orders SET handled = true")
    assert trigger.poll(make_context()) is None
    postgres.rows("INSERT INTO orders (id) VALUES (1), (2)")
    fired = trigger.poll(make_context())
    assert fired.variables == {"rows": [{"id": 1}, {"id": 2}], "size": 2}
    assert trigger.poll(make_context()) is None


def test_rows_of_a_file_are_written_in_chunks(make_context, make_pg, postgres):
    ctx = make_context()
    postgres.rows(
        "CREATE TABLE source AS SELECT i AS id, 'r' || i AS name, now() AS at, 1.5::numeric AS n, "
        "current_date AS day FROM generate_series(1, 2500) AS i"
    )
    postgres.rows("CREATE TABLE target (LIKE source)")
    stored = make_pg("Query", sql="SELECT * FROM source", fetchType="STORE").run(ctx)
    written = make_pg("Batch", **{"from": stored.uri}, table="target").run(ctx)
    assert (written.row_count, written.updated_count) == (2500, 2500)
    assert postgres.rows("SELECT * FROM source EXCEPT SELECT * FROM target") == []
    sql = "UPDATE target SET name = ? || '?' WHERE id = ? AND id % 2 = 0"
    changed = make_pg("Batch", **{"from": stored.uri}, sql=sql, columns=["name", "id"]).run(ctx)
    assert (changed.row_count, changed.updated_count) == (2500, 1250)
    assert postgres.rows("SELECT name FROM target WHERE id IN (1, 2) ORDER BY id") == [("r1",), ("r2?",)]


def test_chunks_before_a_failure_stay(make_context, make_pg, postgres):
    ctx = make_context()
    postgres.rows("CREATE TABLE numbers (i int PRIMARY KEY)")
    uri = ctx.put("rows.ion", b"{i:1}\n{i:2}\n{i:3}\n{i:3}\n")
    with pytest.raises(
        TaskFailure, match=r"duplicate key(?s:.)*rows 3 to 4 of the file; 2 rows were written"
    ):
        make_pg("Batch", **{"from": uri}, table="numbers", chunk=2).run(ctx)
    assert postgres.rows("SELECT i FROM numbers ORDER BY i") == [(1,), (2,)]


def test_stored_dates_keep_their_kind(make_context, make_pg):
    ctx = make_context()
    sql = "SELECT date '2024-01-31' AS day, timestamp '2024-01-31 10:00' AS local, 1.50::numeric AS n"
    output = make_pg("Query", sql=sql, fetchType="STORE").run(ctx)
    assert rows_of(ctx, output.uri) == ['{day:2024-01-31,local:LocalDateTime::"2024-01-31T10:00:00",n:1.50}']
