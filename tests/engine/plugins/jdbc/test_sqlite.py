import pytest

from engine.errors import TaskFailure


def test_memory_is_the_default(make_context, make_task):
    sql = "CREATE TABLE t (i INT); INSERT INTO t VALUES (1), (2); SELECT sum(i) AS total FROM t"
    output = make_task("sqlite.Queries", sql=sql, fetchType="FETCH_ONE").run(make_context())
    assert output.outputs[0].row == {"total": 3}


def test_a_database_is_handed_on(make_context, make_task):
    ctx = make_context()
    uri = (
        make_task("sqlite.Query", sql="CREATE TABLE t AS SELECT 5 AS i", outputDbFile=True)
        .run(ctx)
        .database_uri
    )
    read = make_task(
        "sqlite.Query", sqliteFile=uri, sql="SELECT i FROM t WHERE i = :i", parameters={"i": 5}, fetch=True
    )
    assert read.run(make_context(task_run_id="run2")).rows == [{"i": 5}]


@pytest.mark.parametrize(("transaction", "left"), [(True, 0), (False, 1)])
def test_a_failure_in_queries(make_context, make_task, tmp_path, transaction, left):
    url = f"jdbc:sqlite:{tmp_path}/shop.db"
    make_task("sqlite.Query", url=url, sql="CREATE TABLE t (i INT)").run(make_context())
    sql = "INSERT INTO t VALUES (1); INSERT INTO nowhere VALUES (1)"
    with pytest.raises(TaskFailure, match="no such table: nowhere"):
        make_task("sqlite.Queries", url=url, sql=sql, transaction=transaction).run(make_context())
    count = make_task("sqlite.Query", url=url, sql="SELECT count(*) AS n FROM t", fetchType="FETCH_ONE")
    assert count.run(make_context()).row == {"n": left}


def test_a_trigger_body_is_one_statement(make_context, make_task):
    sql = """CREATE TABLE t (i INT);
    CREATE TRIGGER up AFTER INSERT ON t BEGIN UPDATE t SET i = i + 1; UPDATE t SET i = i * 2; END;
    INSERT INTO t VALUES (1); SELECT i FROM t"""
    assert make_task("sqlite.Queries", sql=sql, fetchType="FETCH").run(make_context()).outputs[0].rows == [
        {"i": 4}
    ]
