"""The MySQL tasks, against a real MariaDB where one is installed."""

import threading

import pytest

from engine.errors import TaskFailure
from engine.expression.ion import read_ion_rows
from engine.plugins.jdbc.mysql._address import address_of
from tests.mariadb import PASSWORD, USER, mariadb, mariadb_server

__all__ = ["mariadb", "mariadb_server"]


@pytest.fixture
def make(make_task, mariadb):
    """Return a factory of tasks that are connected."""

    def made(name, **properties):
        login = {"url": mariadb.jdbc_url, "username": USER, "password": PASSWORD}
        return make_task(f"mysql.{name}", **{**login, **properties})

    return made


@pytest.fixture
def orders(mariadb):
    mariadb.rows("CREATE TABLE orders (id INT PRIMARY KEY, city VARCHAR(20), total DECIMAL(8,2))")
    mariadb.rows("INSERT INTO orders VALUES (1,'Paris',10.5),(2,'Rome',20),(3,'Paris',NULL)")
    return mariadb


def test_rows_and_parameters(make, make_context, orders):
    sql = "SELECT id, total FROM orders WHERE city = :city AND 'a:b%' LIKE '%' ORDER BY id;"
    ctx = make_context()
    output = make("Query", sql=sql, parameters={"city": "Paris"}, fetchType="FETCH").run(ctx)
    assert output.rows == [{"id": 1, "total": 10.5}, {"id": 3, "total": None}]
    assert output.size == 2
    one = make("Query", sql="SELECT id FROM orders WHERE id = 99", fetchType="FETCH_ONE").run(ctx)
    assert (one.row, one.size) == (None, 0)
    assert make("Query", sql="DELETE FROM orders").run(ctx).size is None
    assert orders.rows("SELECT count(*) FROM orders") == [(0,)]


def test_cells(make, make_context):
    sql = """SELECT 1 AS i, 1.5 AS d, 'ü' AS t, NULL AS n, DATE '2026-01-02' AS day,
        TIMESTAMP '2026-01-02 03:04:05' AS moment, TIME '01:02:03' AS span, X'6869' AS bytes"""
    row = make("Query", sql=sql, fetchType="FETCH_ONE").run(make_context()).row
    assert row == {
        "i": 1,
        "d": 1.5,
        "t": "ü",
        "n": None,
        "day": "2026-01-02",
        "moment": "2026-01-02T03:04:05",
        "span": "PT1H2M3S",
        "bytes": "aGk=",
    }


def test_rows_are_streamed_into_a_file_and_written_back(make, make_context, orders):
    ctx = make_context()
    stored = make("Query", sql="SELECT * FROM orders ORDER BY id", fetchType="STORE").run(ctx)
    with ctx.open(stored.uri) as file:
        assert [row["city"] for row in read_ion_rows(file)] == ["Paris", "Rome", "Paris"]
    orders.rows("CREATE TABLE copy LIKE orders")
    output = make("Batch", **{"from": stored.uri}, table="copy", chunk=2).run(ctx)
    assert (output.row_count, output.updated_count) == (3, 3)
    sql = "INSERT INTO copy (id, city) VALUES (?, ?) ON DUPLICATE KEY UPDATE city = 'again?'"
    make("Batch", **{"from": stored.uri}, sql=sql, columns=["id", "city"]).run(ctx)
    assert orders.rows("SELECT id, city FROM copy ORDER BY id")[2] == (3, "again?")


def test_a_failed_chunk_says_what_was_written(make, make_context, orders):
    ctx = make_context()
    stored = make("Query", sql="SELECT * FROM orders ORDER BY id DESC", fetchType="STORE").run(ctx)
    orders.rows("CREATE TABLE copy LIKE orders")
    orders.rows("INSERT INTO copy (id) VALUES (1)")
    with pytest.raises(TaskFailure, match=r"ERROR 1062(?s:.)*rows 3 to 4 of the file; 2 rows were written"):
        make("Batch", **{"from": stored.uri}, table="copy", chunk=2).run(ctx)
    assert orders.rows("SELECT count(*) FROM copy") == [(3,)]


def test_queries_commit_together_or_not_at_all(make, make_context, orders):
    ctx = make_context()
    sql = "INSERT INTO orders (id) VALUES (4); SELECT count(*) AS n FROM orders; SELECT nope FROM orders"
    with pytest.raises(TaskFailure, match=r"ERROR 1054(?s:.)*statement 3 of 3, line 1"):
        make("Queries", sql=sql, fetchType="FETCH").run(ctx)
    assert orders.rows("SELECT count(*) FROM orders") == [(3,)]
    with pytest.raises(TaskFailure):
        make("Queries", sql=sql, transaction=False).run(ctx)
    assert orders.rows("SELECT count(*) FROM orders") == [(4,)]
    output = make("Queries", sql="SELECT 1 AS a; SELECT 2 AS b", fetchType="FETCH_ONE").run(ctx)
    assert [item.row for item in output.outputs] == [{"a": 1}, {"b": 2}]


def test_one_statement_is_one(make, make_context):
    with pytest.raises(TaskFailure, match=r"holds 2 statements.*mysql\.Queries"):
        make("Query", sql="SELECT 1; SELECT 2").run(make_context())


def test_what_follows_is_in_the_same_transaction(make, make_context, orders):
    task = make("Trigger", sql="SELECT id FROM orders", afterSQL="DELETE FROM orders")
    ctx = make_context(trigger_id="t", task_run_id="", task_id="")
    fired = task.poll(ctx)
    assert [row["id"] for row in fired.variables["rows"]] == [1, 2, 3]
    assert task.poll(ctx) is None
    orders.rows("INSERT INTO orders (id) VALUES (9)")
    with pytest.raises(TaskFailure, match=r"of `afterSQL`"):
        make("Query", sql="UPDATE orders SET city = 'x'", afterSQL="DELETE FROM nope").run(make_context())
    assert orders.rows("SELECT city FROM orders") == [(None,)]


def test_a_file_can_be_loaded_only_when_it_is_given(make_context, run_task, orders):
    ctx = make_context()
    login = {"url": orders.jdbc_url, "username": USER, "password": PASSWORD}
    sql = "LOAD DATA LOCAL INFILE '{}' INTO TABLE orders FIELDS TERMINATED BY ','"
    uri = ctx.put("orders.csv", b"7,Bonn,1.5\n8,Oslo,2\n")
    from engine.plugins.jdbc.mysql.query import Query

    place = Query.variables_for(ctx, {"inputFile": uri})["inputFile"]
    run_task(ctx, "jdbc.mysql.Query", **login, inputFile=uri, sql=sql.format(place))
    assert orders.rows("SELECT count(*) FROM orders") == [(5,)]
    with pytest.raises(TaskFailure, match=r"(?i)local"):
        run_task(ctx, "jdbc.mysql.Query", **login, sql=sql.format("/etc/hostname"))


def test_a_cancelled_statement_is_stopped(make, make_context, mariadb):
    ctx = make_context()
    failures = []

    def work():
        try:
            make("Query", sql="SELECT sleep(600)").run(ctx)
        except TaskFailure as failure:
            failures.append(failure)

    thread = threading.Thread(target=work)
    thread.start()
    running = "SELECT count(*) FROM information_schema.processlist WHERE info = 'SELECT sleep(600)'"
    while thread.is_alive() and mariadb.rows(running) == [(0,)]:
        pass
    ctx.cancel()
    thread.join()
    # Killing a sleep makes it answer 1, without an error.
    assert not failures or "Stopped" in failures[0].message


def test_a_wrong_password_names_the_server(make, make_context, mariadb):
    with pytest.raises(
        TaskFailure, match=f"connect to MySQL at 127.0.0.1:{mariadb.port}/test.*1045"
    ) as caught:
        make("Query", sql="SELECT 1", password="wrong-one").run(make_context())
    assert "wrong-one" not in caught.value.message


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("jdbc:mysql://db:3307/shop", ("db", 3307, "shop", {})),
        ("jdbc:mysql://db", ("db", 3306, None, {})),
        ("jdbc:mariadb://[::1]:33/a%20b", ("::1", 33, "a b", {})),
        ("jdbc:mysql:///shop?useSSL=false&serverTimezone=UTC", ("localhost", 3306, "shop", {})),
        ("jdbc:mysql://u:p%40@db/s", ("db", 3306, "s", {"user": "u", "password": "p@"})),
        (
            "jdbc:mysql://db/s?user=u&password=p&connectTimeout=2500&characterEncoding=UTF-8",
            ("db", 3306, "s", {"user": "u", "password": "p", "charset": "utf8mb4", "connect_timeout": 2}),
        ),
        ("jdbc:mysql://db/s?sslMode=DISABLED", ("db", 3306, "s", {"ssl_disabled": True})),
        (
            "jdbc:mysql://db/s?sslMode=verify-full",
            (
                "db",
                3306,
                "s",
                {"ssl_ca": None, "ssl_verify_cert": True, "ssl_verify_identity": True},
            ),
        ),
    ],
)
def test_addresses(url, expected):
    address = address_of(url)
    assert (address.host, address.port, address.database, dict(address.options)) == expected


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("jdbc:postgresql://db/s", "is not a MySQL address; write it like jdbc:mysql://"),
        ("jdbc:mysql://db:x/s?password=hidden", "'x' in 'jdbc:mysql://db:x/s' is not a port"),
        ("jdbc:mysql://db/s?sslMode=LOUD", "'LOUD' of 'sslMode'.*use one of"),
        ("jdbc:mysql://db/s?connectTimeout=1s", "'1s' of 'connectTimeout'"),
    ],
)
def test_addresses_that_cannot_be_read(url, message):
    with pytest.raises(TaskFailure, match=message) as caught:
        address_of(url)
    assert "hidden" not in caught.value.message
