"""BigQuery tasks with the real client."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable
from typing import Any

import pytest

from engine.errors import TaskFailure
from engine.expression.ion import read_ion_rows
from engine.model.state import State
from tests.emulators.google import PROJECT, Google
from tests.engine.plugins.conftest import MakeContext, make_plugin

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def bq(google: Google, make_context: MakeContext) -> Run:
    """Return `bq("Query", **properties)`, which runs a task and gives its outputs."""

    def run(task: str, /, *, ctx: Any = None, **properties: Any) -> dict[str, Any]:
        ctx = ctx or make_context()
        output = make_plugin(ctx, f"gcp.bigquery.{task}", projectId=PROJECT, **properties).run(ctx)
        return {} if output is None else output.model_dump(by_alias=True)

    return run


@pytest.fixture
def shop(bq: Run) -> str:
    """Return the name of a dataset with a table `items` of three rows."""
    bq("CreateDataset", name="shop")
    bq(
        "Query",
        sql="""
        CREATE TABLE shop.items (id INT64, name STRING, price NUMERIC);
        INSERT INTO shop.items VALUES (1, 'chair', 40), (2, 'table', 60.5), (3, 'lamp', NULL);
        """,
    )
    return "shop"


def rows(google: Google, table: str) -> list[tuple[Any, ...]]:
    """Return the rows of a table, sorted."""
    return google.bigquery.rows(f'SELECT * FROM "{PROJECT}".{table} ORDER BY ALL')


# -- queries

CELLS = """
SELECT TRUE AS yes, 5 AS number, 1.5 AS half, NUMERIC '2.5' AS money, 'x' AS text, b'ab' AS bytes,
       DATE '2024-01-31' AS day, DATETIME '2024-01-31 10:00:00' AS moment, TIME '10:30:00' AS clock,
       TIMESTAMP '2024-01-31 10:00:00.5+02:00' AS instant, [1, 2] AS list, STRUCT(1 AS a, 'b' AS b) AS struct,
       [STRUCT(1 AS a)] AS structs, JSON '{"k": [1]}' AS json, CAST(NULL AS STRING) AS none
"""
JSON_CELLS = {
    "yes": True,
    "number": 5,
    "half": 1.5,
    "money": 2.5,
    "text": "x",
    "bytes": "YWI=",
    "day": "2024-01-31",
    "moment": "2024-01-31T10:00:00Z",
    "clock": "10:30:00",
    "instant": "2024-01-31T08:00:00.500000Z",
    "list": [1, 2],
    "struct": {"a": 1, "b": "b"},
    "structs": [{"a": 1}],
    "json": {"k": [1]},
    "none": None,
}


def test_cells_of_every_kind(bq: Run) -> None:
    answer = bq("Query", sql=CELLS, fetchType="FETCH_ONE")
    assert (answer["row"], answer["size"]) == (JSON_CELLS, 1)


def test_stored_rows_keep_their_types(bq: Run, make_context: MakeContext) -> None:
    ctx = make_context()
    answer = bq("Query", ctx=ctx, sql=CELLS, fetchType="STORE")
    [row] = read_ion_rows(ctx.open(answer["uri"]))
    assert (answer["size"], answer["rows"]) == (1, None)
    assert (row["money"], row["bytes"], row["moment"], row["struct"]) == (
        2.5,
        b"ab",
        "2024-01-31T10:00:00Z",
        {"a": 1, "b": "b"},
    )
    assert row["day"].isoformat() == "2024-01-31"
    assert row["instant"].isoformat() == "2024-01-31T08:00:00.500000+00:00"


@pytest.mark.parametrize(
    ("given", "fetched"),
    [
        ({}, (None, None, None)),
        ({"fetchType": "FETCH"}, ([{"id": 1}, {"id": 2}], None, 2)),
        ({"fetchType": "FETCH_ONE"}, (None, {"id": 1}, 1)),
        ({"fetch": True}, ([{"id": 1}, {"id": 2}], None, 2)),
        ({"fetchOne": True}, (None, {"id": 1}, 1)),
        ({"fetch": True, "fetchOne": True}, ([{"id": 1}, {"id": 2}], None, 2)),
        ({"fetchType": "FETCH_ONE", "sql": "SELECT id FROM shop.items WHERE id = 9"}, (None, {}, 0)),
        ({"fetchType": "FETCH", "maxResults": 1}, ([{"id": 1}, {"id": 2}], None, 2)),
    ],
)
def test_what_becomes_of_rows(bq: Run, shop: str, given: dict[str, Any], fetched: tuple[Any, ...]) -> None:
    answer = bq("Query", **{"sql": "SELECT id FROM shop.items ORDER BY id LIMIT 2", **given})
    assert (answer["rows"], answer["row"], answer["size"]) == fetched


def test_the_job_is_labelled_and_measured(
    bq: Run, google: Google, shop: str, make_context: MakeContext
) -> None:
    ctx = make_context(execution_id="Exec1")
    answer = bq("Query", ctx=ctx, sql="UPDATE shop.items SET price = 1 WHERE id < 3", labels={"team": "data"})
    job = google.bigquery.queries[-1]
    assert job.reference["jobId"] == answer["jobId"]
    assert job.configuration["labels"] == {
        "namespace": "company-team",
        "flow": "my-flow",
        "execution": "exec1",
        "team": "data",
    }
    metrics = {metric.name: metric.value for metric in ctx.metrics}
    assert metrics["num.dml.affected.rows"] == 2
    assert metrics["total.bytes.processed"] == 1024
    assert metrics["total.bytes.billed"] == 2048
    assert metrics["cache.hit"] == 0
    assert "duration" in metrics


def test_a_script_gives_the_rows_of_its_last_query(bq: Run, shop: str) -> None:
    sql = "DELETE FROM shop.items WHERE id = 1; SELECT count(*) AS n FROM shop.items"
    assert bq("Query", sql=sql, fetchType="FETCH_ONE")["row"] == {"n": 2}


def test_a_result_is_written_into_a_table(bq: Run, google: Google, shop: str) -> None:
    target = {"destinationTable": "shop.cheap", "sql": "SELECT id, name FROM shop.items WHERE price < 50"}
    layout = {"timePartitioningField": "day", "timePartitioningType": "MONTH", "clusteringFields": ["id"]}
    first = bq("Query", **target, **layout, fetchType="FETCH")
    assert first["destinationTable"] == {"project": PROJECT, "dataset": "shop", "table": "cheap"}
    assert first["rows"] == [{"id": 1, "name": "chair"}]
    settings = google.bigquery.queries[-1].settings
    assert settings["timePartitioning"] == {"type": "MONTH", "field": "day"}
    assert settings["clustering"] == {"fields": ["id"]}
    with pytest.raises(
        TaskFailure, match="The query failed: .*Already Exists: Table test-project.shop.cheap"
    ):
        bq("Query", **target, writeDisposition="WRITE_EMPTY")
    bq("Query", **target, writeDisposition="WRITE_APPEND")
    assert rows(google, "shop.cheap") == [(1, "chair")] * 2
    bq("Query", **target, writeDisposition="WRITE_TRUNCATE")
    assert rows(google, "shop.cheap") == [(1, "chair")]
    with pytest.raises(TaskFailure, match="Not found: Table test-project:shop.none"):
        bq("Query", **{**target, "destinationTable": "shop.none"}, createDisposition="CREATE_NEVER")


def test_new_columns_are_added_only_if_allowed(bq: Run, google: Google, shop: str) -> None:
    append = {
        "destinationTable": "shop.items",
        "writeDisposition": "WRITE_APPEND",
        "sql": "SELECT 4 AS id, 9 AS w",
    }
    with pytest.raises(TaskFailure, match=r"Cannot add fields \(field: w\)"):
        bq("Query", **append)
    bq("Query", **append, schemaUpdateOptions=["ALLOW_FIELD_ADDITION"])
    assert rows(google, "shop.items")[-1] == (4, None, None, 9)


def test_settings_reach_the_service(bq: Run, google: Google, shop: str) -> None:
    bq(
        "Query",
        sql="SELECT count(*) FROM items",
        defaultDataset="shop",
        priority="BATCH",
        useQueryCache=False,
        maximumBytesBilled=10**9,
        jobTimeout="PT1M",
        rangePartitioningField="id",
        rangePartitioningStart=0,
        rangePartitioningEnd=100,
        rangePartitioningInterval=10,
        location="EU",
    )
    job = google.bigquery.queries[-1]
    assert job.reference["location"] == "EU"
    assert job.configuration["jobTimeoutMs"] == "60000"
    wanted = {
        "defaultDataset": {"projectId": PROJECT, "datasetId": "shop"},
        "priority": "BATCH",
        "useQueryCache": False,
        "useLegacySql": False,
        "maximumBytesBilled": "1000000000",
        "rangePartitioning": {"field": "id", "range": {"start": "0", "end": "100", "interval": "10"}},
    }
    assert {name: job.settings[name] for name in wanted} == wanted
    with pytest.raises(TaskFailure, match="needs rangePartitioningStart and rangePartitioningEnd"):
        bq("Query", sql="SELECT 1", rangePartitioningField="id", rangePartitioningInterval=1)


def test_a_dry_run_changes_nothing(bq: Run, google: Google, shop: str) -> None:
    answer = bq("Query", sql="DELETE FROM shop.items WHERE TRUE", dryRun=True, fetchType="FETCH")
    assert (answer["rows"], len(rows(google, "shop.items"))) == (None, 3)
    with pytest.raises(TaskFailure, match="Not found: Table test-project:shop.none"):
        bq("Query", sql="SELECT * FROM shop.none", dryRun=True)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"sql": "SELEC 1"}, "The query failed: "),
        ({"sql": "SELECT * FROM shop.none"}, "Not found: Table test-project:shop.none"),
        ({"sql": "SELECT * FROM none.t"}, "Not found: Dataset test-project:none"),
        ({"sql": "SELECT 1", "destinationTable": "items"}, "destinationTable: 'items' is not a table"),
        ({"sql": "SELECT 1", "defaultDataset": "a.b.c"}, "defaultDataset: 'a.b.c' is not a dataset"),
        ({"sql": "SELECT 1", "store": True, "fetch": True}, "`store` and `fetch` exclude each other"),
        ({"sql": "SELECT 1", "fetch": True, "destinationTable": "a.b"}, "`fetch` and `destinationTable`"),
    ],
)
def test_a_wrong_query_says_what_is_wrong(bq: Run, shop: str, given: dict[str, Any], message: str) -> None:
    with pytest.raises(TaskFailure, match=message):
        bq("Query", **given)


def test_a_stopped_task_cancels_its_job(google: Google, make_context: MakeContext) -> None:
    ctx = make_context()
    sql = "SELECT COUNT(*) FROM UNNEST(GENERATE_ARRAY(1, 3000000)) a, UNNEST(GENERATE_ARRAY(1, 3000000)) b WHERE a > b"
    task = make_plugin(ctx, "gcp.bigquery.Query", projectId=PROJECT, sql=sql)
    failures: list[Exception] = []

    def run() -> None:
        try:
            task.run(ctx)
        except TaskFailure as failure:
            failures.append(failure)

    thread = threading.Thread(target=run)
    begun = threading.Event()
    plain = ctx.on_cancel
    ctx.on_cancel = lambda callback: (plain(callback), begun.set())
    thread.start()
    assert begun.wait(20)
    ctx.cancel()
    thread.join(20)
    assert [str(failure) for failure in failures] == ["Stopped; the query was broken off"]
    assert google.bigquery.queries[-1].error.reason == "stopped"


SOON = {"retryAuto": {"type": "constant", "interval": "PT0.001S", "maxAttempts": 3, "warningOnRetry": True}}


@pytest.mark.parametrize(
    ("reason", "message"),
    [("jobBackendError", "busy"), ("invalidQuery", "Could not serialize access due to concurrent update")],
)
def test_a_passing_failure_is_tried_again(
    bq: Run, google: Google, make_context: MakeContext, reason: str, message: str
) -> None:
    ctx = make_context()
    google.bigquery.fail_next(reason, message, times=2)
    assert bq("Query", ctx=ctx, sql="SELECT 1 AS n", fetchType="FETCH_ONE", **SOON)["row"] == {"n": 1}
    assert len(google.bigquery.queries) == 3
    assert ctx.final_state is State.WARNING
    assert [text for text in ctx.messages if "next attempt in 0.001 seconds" in text and message in text]


@pytest.mark.parametrize(
    ("failures", "given", "attempts"),
    [
        (("jobBackendError", "busy", 5), SOON, 3),
        (("quotaExceeded", "no", 1), SOON, 1),
        (("jobBackendError", "busy", 1), {**SOON, "retryReasons": ["somethingElse"]}, 1),
        (("quotaExceeded", "later perhaps", 1), {**SOON, "retryMessages": ["later"]}, 2),
    ],
)
def test_other_failures_are_not(
    bq: Run, google: Google, failures: tuple[str, str, int], given: dict[str, Any], attempts: int
) -> None:
    google.bigquery.fail_next(*failures)
    if failures[2] >= attempts:
        with pytest.raises(TaskFailure, match=failures[1]):
            bq("Query", sql="SELECT 1", **given)
    else:
        bq("Query", sql="SELECT 1", **given)
    assert len(google.bigquery.queries) == attempts


def test_rows_start_a_flow(google: Google, shop: str, make_context: MakeContext) -> None:
    def poll(sql: str, **given: Any) -> Any:
        ctx = make_context(trigger_id="watch", execution_id="", task_run_id="")
        return make_plugin(ctx, "gcp.bigquery.Trigger", projectId=PROJECT, sql=sql, **given).poll(ctx)

    fired = poll("SELECT id FROM shop.items WHERE id = 2", fetchType="FETCH")
    assert (fired.variables["rows"], fired.variables["size"]) == ([{"id": 2}], 1)
    assert poll("SELECT id FROM shop.items WHERE id = 9", fetchType="FETCH") is None
    with pytest.raises(TaskFailure, match="fetchType: a trigger needs rows"):
        poll("SELECT 1")


# -- datasets and tables


def test_a_dataset_is_made_changed_and_deleted(bq: Run, google: Google) -> None:
    made = bq(
        "CreateDataset",
        name="sales",
        location="EU",
        description="What was sold",
        friendlyName="Sales",
        labels={"team": "data"},
        defaultTableLifetime=3_600_000,
        defaultPartitionExpirationMs=5000,
        defaultEncryptionConfiguration={"kmsKeyName": "projects/p/key"},
        acl=[{"entity": {"type": "USER", "value": "grace@example.com"}, "role": "READER"}],
    )
    assert made == {
        "dataset": "sales",
        "project": PROJECT,
        "friendlyName": "Sales",
        "description": "What was sold",
        "location": "EU",
    }
    stored = google.bigquery.store.datasets[PROJECT, "sales"]
    assert stored["defaultTableExpirationMs"] == "3600000"
    assert stored["defaultPartitionExpirationMs"] == "5000"
    assert stored["defaultEncryptionConfiguration"] == {"kmsKeyName": "projects/p/key"}
    assert stored["access"] == [{"role": "READER", "userByEmail": "grace@example.com"}]

    with pytest.raises(TaskFailure, match="The dataset sales exists already; set `ifExists` to SKIP"):
        bq("CreateDataset", name="sales")
    assert (
        bq("CreateDataset", name="sales", ifExists="SKIP", description="x")["description"] == "What was sold"
    )
    assert bq("CreateDataset", name="sales", ifExists="UPDATE", description="x")["description"] == "x"
    changed = bq("UpdateDataset", name=f"{PROJECT}.sales", labels={"team": "shop"})
    assert (changed["description"], stored["labels"]) == ("x", {"team": "shop"})

    bq("CreateTable", dataset="sales", table="t", tableDefinition=COLUMNS)
    with pytest.raises(TaskFailure, match="Deleting the dataset sales failed: .*still in use"):
        bq("DeleteDataset", name="sales")
    assert bq("DeleteDataset", name="sales", deleteContents=True) == {"dataset": "sales"}
    with pytest.raises(TaskFailure, match=r"Not found: Dataset test-project:sales \(404\)"):
        bq("DeleteDataset", name="sales")


COLUMNS = {
    "type": "TABLE",
    "schema": {
        "fields": [
            {"name": "id", "type": "INT64", "mode": "REQUIRED", "description": "its number"},
            {"name": "tags", "type": "STRING", "mode": "REPEATED"},
            {"name": "at", "type": "STRUCT", "subFields": [{"name": "x", "type": "FLOAT64"}]},
            {"name": "made", "type": "TIMESTAMP"},
        ]
    },
    "standardTableDefinition": {
        "timePartitioning": {"type": "MONTH", "field": "made", "expirationMs": 1000},
        "clustering": {"fields": ["id"]},
    },
}


def test_a_table_is_made_changed_and_deleted(bq: Run, google: Google, shop: str) -> None:
    made = bq(
        "CreateTable",
        dataset=shop,
        table="t",
        tableDefinition=COLUMNS,
        friendlyName="T",
        description="a table",
        labels={"a": "b"},
        requirePartitionFilter=True,
        encryptionConfiguration={"kmsKeyName": "projects/p/key"},
        expirationDuration="P1D",
    )
    assert (made["projectId"], made["datasetId"], made["table"]) == (PROJECT, shop, "t")
    assert (made["type"], made["numRows"], made["friendlyName"], made["labels"]) == (
        "TABLE",
        0,
        "T",
        {"a": "b"},
    )
    assert made["expirationTime"] == "2026-01-03T03:04:05.000000Z"
    fields = {field["name"]: field for field in made["definition"]["schema"]}
    assert (fields["id"]["mode"], fields["tags"]["mode"]) == ("REQUIRED", "REPEATED")
    assert fields["at"]["fields"][0]["name"] == "x"
    stored = google.bigquery.store.tables[PROJECT, shop, "t"]
    assert stored["timePartitioning"] == {"type": "MONTH", "field": "made", "expirationMs": "1000"}
    assert stored["clustering"] == {"fields": ["id"]}
    assert stored["encryptionConfiguration"] == {"kmsKeyName": "projects/p/key"}
    assert stored["requirePartitionFilter"] is True

    with pytest.raises(TaskFailure, match="Making the table shop.t failed: .*Already Exists"):
        bq("CreateTable", dataset=shop, table="t", tableDefinition=COLUMNS)
    changed = bq("UpdateTable", dataset=shop, table="t", description="changed")
    assert (changed["description"], changed["friendlyName"]) == ("changed", "T")
    assert bq("TableMetadata", dataset=shop, table="items")["numRows"] == 3
    assert bq("DeleteTable", dataset=shop, table="t") == {
        "projectId": PROJECT,
        "datasetId": shop,
        "table": "t",
    }
    with pytest.raises(TaskFailure, match=r"Deleting the table shop.t failed: .*\(404\)"):
        bq("DeleteTable", dataset=shop, table="t")
    with pytest.raises(TaskFailure, match="The table shop.t does not exist"):
        bq("TableMetadata", dataset=shop, table="t")
    assert bq("TableMetadata", dataset=shop, table="t", ifNotExists="SKIP") == {}


def test_a_table_may_be_partitioned_by_numbers(bq: Run, google: Google, shop: str) -> None:
    numbers = {"field": "id", "range": {"start": 0, "end": 100, "interval": 10}}
    definition = {**COLUMNS, "standardTableDefinition": {"rangePartitioning": numbers}}
    bq("CreateTable", dataset=shop, table="t", tableDefinition=definition)
    assert google.bigquery.store.tables[PROJECT, shop, "t"]["rangePartitioning"] == {
        "field": "id",
        "range": {"start": "0", "end": "100", "interval": "10"},
    }


def test_a_view_shows_what_its_query_gives(bq: Run, shop: str) -> None:
    view = {"type": "VIEW", "viewDefinition": {"query": "SELECT name FROM shop.items WHERE price > 50"}}
    assert bq("CreateTable", dataset=shop, table="dear", tableDefinition=view)["type"] == "VIEW"
    answer = bq("Query", sql="SELECT * FROM shop.dear", fetchType="FETCH")
    assert answer["rows"] == [{"name": "table"}]
    with pytest.raises(TaskFailure, match="tableDefinition.viewDefinition: missing"):
        bq("CreateTable", dataset=shop, table="v", tableDefinition={"type": "VIEW"})


def test_an_external_table_reads_its_files(bq: Run, google: Google, shop: str) -> None:
    google.gcs.storage.create_bucket("data", {"name": "data"})
    google.gcs.put("data/a.csv", b"x;y\n1;a\n")
    definition = {
        "type": "EXTERNAL",
        "schema": {"fields": [{"name": "x", "type": "INT64"}, {"name": "y", "type": "STRING"}]},
        "externalTableDefinition": {
            "sourceUris": ["gs://data/*.csv"],
            "formatType": "CSV",
            "skipLeadingRows": 1,
            "fieldDelimiter": ";",
        },
    }
    assert bq("CreateTable", dataset=shop, table="files", tableDefinition=definition)["type"] == "EXTERNAL"
    google.gcs.put("data/b.csv", b"x;y\n2;b\n")
    answer = bq("Query", sql="SELECT * FROM shop.files ORDER BY x", fetchType="FETCH")
    assert answer["rows"] == [{"x": 1, "y": "a"}, {"x": 2, "y": "b"}]
    with pytest.raises(TaskFailure, match="externalTableDefinition: missing"):
        bq("CreateTable", dataset=shop, table="e", tableDefinition={"type": "EXTERNAL"})


# -- files


CSV = {"format": "CSV", "csvOptions": {"skipLeadingRows": 1}}


def test_a_file_is_loaded(bq: Run, google: Google, shop: str, make_context: MakeContext) -> None:
    ctx = make_context()
    file = ctx.put("x.csv", b"id,name,price\n4,sofa,99.5\n5,,1\n")
    loaded = bq("Load", ctx=ctx, **{"from": file}, destinationTable="shop.items", **CSV)
    assert (loaded["rows"], loaded["destinationTable"]["table"]) == (2, "items")
    assert rows(google, "shop.items")[-2:] == [(4, "sofa", 99.5), (5, "", 1)]
    assert ("output.rows", 2) in [(metric.name, metric.value) for metric in ctx.metrics]
    bq(
        "Load",
        ctx=ctx,
        **{"from": file},
        destinationTable="shop.items",
        **CSV,
        writeDisposition="WRITE_TRUNCATE",
    )
    assert len(rows(google, "shop.items")) == 2


@pytest.mark.parametrize(
    ("content", "given", "loaded"),
    [
        (b"a|b\n1|'x|y'\n", {"format": "CSV", "csvOptions": {"skipLeadingRows": 1, "fieldDelimiter": "|", "quote": "'"}, "autodetect": True}, [(1, "x|y")]),
        (b'{"a": 1, "b": "x", "c": 2}\n', {"format": "JSON", "schema": {"fields": [{"name": "a", "type": "INT64"}, {"name": "b", "type": "STRING"}]}, "ignoreUnknownValues": True}, [(1, "x")]),
        (b'{"a": 1}\n{"a": 2}\n', {"format": "JSON", "autodetect": True}, [(1,), (2,)]),
        (b"1,x\nbad,y\n", {"format": "CSV", "csvOptions": {}, "maxBadRecords": 1, "schema": {"fields": [{"name": "a", "type": "INT64"}, {"name": "b", "type": "STRING"}]}}, [(1, "x")]),
        (b"1\n2,y\n", {"format": "CSV", "csvOptions": {"allowJaggedRows": True}, "schema": {"fields": [{"name": "a", "type": "INT64"}, {"name": "b", "type": "STRING"}]}}, [(1, None), (2, "y")]),
    ],
    ids=["csv", "json", "json-detected", "bad-rows", "jagged"],
)  # fmt: skip
def test_files_of_many_shapes_are_loaded(
    bq: Run, google: Google, shop: str, make_context: MakeContext, content: bytes, given: Any, loaded: Any
) -> None:
    ctx = make_context()
    bq("Load", ctx=ctx, **{"from": ctx.put("x", content)}, destinationTable="shop.new", **given)
    assert rows(google, "shop.new") == loaded


def test_a_large_file_is_loaded_in_parts(
    bq: Run, google: Google, shop: str, make_context: MakeContext
) -> None:
    ctx = make_context()
    content = b"".join(b"%d,%s\n" % (number, b"x" * 1000) for number in range(11_000))
    schema = {"fields": [{"name": "a", "type": "INT64"}, {"name": "b", "type": "STRING"}]}
    given = {"destinationTable": "shop.new", "format": "CSV", "csvOptions": {}, "schema": schema}
    assert bq("Load", ctx=ctx, **{"from": ctx.put("x", content)}, **given)["rows"] == 11_000


def test_loading_nothing_fails_unless_that_is_fine(bq: Run, shop: str, make_context: MakeContext) -> None:
    ctx = make_context()
    for content, message in (
        (b"", "is empty, so there is nothing to load"),
        (b"id,name,price\n", "No row was loaded"),
    ):
        given = {"from": ctx.put("x.csv", content), "destinationTable": "shop.items", **CSV}
        with pytest.raises(TaskFailure, match=message):
            bq("Load", ctx=ctx, **given)
        assert bq("Load", ctx=ctx, **given, failedOnEmpty=False)["rows"] == 0


def test_loading_needs_to_know_what_and_where_to(bq: Run, shop: str, make_context: MakeContext) -> None:
    ctx = make_context()
    given = {"from": ctx.put("x.csv", b"1\n")}
    with pytest.raises(TaskFailure, match="`format: CSV` needs `csvOptions`"):
        bq("Load", ctx=ctx, **given, destinationTable="shop.items", format="CSV")
    with pytest.raises(TaskFailure, match="destinationTable: missing"):
        bq("Load", ctx=ctx, **given, **CSV)
    with pytest.raises(TaskFailure, match="Not found: Table test-project:shop.none"):
        bq("Load", ctx=ctx, **given, destinationTable="shop.none", **CSV)


def test_objects_are_loaded_and_extracted(bq: Run, google: Google, shop: str) -> None:
    google.gcs.storage.create_bucket("data", {"name": "data"})
    out = bq(
        "ExtractToGcs",
        sourceTable="shop.items",
        destinationUris=["gs://data/p/items-*.parquet"],
        format="PARQUET",
    )
    assert (out["fileCounts"], out["sourceTable"]["table"]) == ([1], "items")
    assert google.gcs.names("data") == ["p/items-000000000000.parquet"]
    loaded = bq("LoadFromGcs", **{"from": ["gs://data/p/*"]}, destinationTable="shop.again", format="PARQUET")
    assert (loaded["rows"], rows(google, "shop.again")) == (3, rows(google, "shop.items"))
    with pytest.raises(TaskFailure, match="Not found: URI gs://data/none"):
        bq("LoadFromGcs", **{"from": ["gs://data/none"]}, destinationTable="shop.again", format="PARQUET")


@pytest.mark.parametrize(
    ("given", "content"),
    [
        ({}, b"id,name\n1,chair\n"),
        ({"fieldDelimiter": ";", "printHeader": False}, b"1;chair\n"),
        ({"format": "JSON"}, b'{"id":1,"name":"chair"}\n'),
    ],
)
def test_a_table_is_extracted(
    bq: Run, google: Google, shop: str, given: dict[str, Any], content: bytes
) -> None:
    google.gcs.storage.create_bucket("data", {"name": "data"})
    bq("Query", sql="SELECT id, name FROM shop.items WHERE id = 1", destinationTable="shop.one")
    bq(
        "ExtractToGcs",
        sourceTable="shop.one",
        destinationUris=["gs://data/one.gz"],
        compression="GZIP",
        **given,
    )
    assert gzip.decompress(google.gcs.get("data/one.gz")) == content


def test_tables_are_copied_into_one(bq: Run, google: Google, shop: str) -> None:
    bq("Copy", sourceTables=["shop.items", f"{PROJECT}.shop.items"], destinationTable="shop.twice")
    assert len(rows(google, "shop.twice")) == 6
    copy = {"sourceTables": ["shop.items"], "destinationTable": "shop.twice"}
    with pytest.raises(TaskFailure, match="Copying to shop.twice failed: .*Already Exists"):
        bq("Copy", **copy)
    bq("Copy", **copy, writeDisposition="WRITE_TRUNCATE")
    assert len(rows(google, "shop.twice")) == 3
