"""Running a query job: its settings, and what becomes of its rows."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from engine.errors import TaskFailure
from engine.expression.ion import write_ion_rows
from engine.model.id import new_id
from engine.plugin import STATIC, Duration, Output, RunContext, StringMap, Text
from engine.plugins.gcp._google import google
from engine.plugins.gcp.bigquery._cells import json_row, row_values
from engine.plugins.gcp.bigquery._destination import DestinationProperties
from engine.plugins.gcp.bigquery._job import TableId, dataset_id, given, job_labels, table_id

FetchType = Literal["NONE", "FETCH", "FETCH_ONE", "STORE"]


class QueryOutput(Output):
    """What a query gave."""

    job_id: str
    """The job's id in BigQuery."""
    rows: list[dict[str, Any]] | None = None
    """All rows, with `FETCH`."""
    row: dict[str, Any] | None = None
    """The first row, with `FETCH_ONE`; empty when there is none."""
    uri: str | None = None
    """The file of all rows (Ion, one a line), with `STORE`."""
    size: int | None = None
    """Number of rows that were fetched."""
    destination_table: TableId | None = None
    """The table with the result; a temporary one unless `destinationTable` is given."""


class QueryProperties(DestinationProperties):
    """A query and what becomes of its rows."""

    abstract: ClassVar[bool] = True

    sql: Text
    """The SQL; several statements run as one script, and the rows are those of the last one."""
    legacy_sql: bool | None = None
    """Older form of `useLegacySql`."""
    use_legacy_sql: bool | None = None
    """Whether the query is in BigQuery's legacy SQL; by default it is not."""
    fetch_type: FetchType = "NONE"
    """What becomes of rows: `FETCH` gives all of them, `FETCH_ONE` the first, `STORE` writes them into a
    file, `NONE` leaves them in BigQuery."""
    fetch: Annotated[bool, STATIC] = False
    """Older form of `fetchType: FETCH`."""
    store: Annotated[bool, STATIC] = False
    """Older form of `fetchType: STORE`."""
    fetch_one: Annotated[bool, STATIC] = False
    """Older form of `fetchType: FETCH_ONE`."""
    default_dataset: Text | None = None
    """The dataset of tables that are named without one: `dataset` or `project.dataset`."""
    priority: Literal["INTERACTIVE", "BATCH"] = "INTERACTIVE"
    """Run at once, or when BigQuery has capacity to spare."""
    use_query_cache: bool | None = None
    """Whether an earlier result of the same query may be given."""
    allow_large_results: bool | None = None
    """Legacy SQL: whether results may be large; needs `destinationTable`."""
    flatten_results: bool = True
    """Legacy SQL: whether nested values become rows of their own."""
    maximum_billing_tier: int | None = None
    """Legacy limit of the cost."""
    maximum_bytes_billed: int | None = None
    """The query fails before it costs anything when it would read more bytes."""
    max_results: Annotated[int | None, Field(ge=1)] = None
    """How many rows are fetched with one request."""
    job_timeout: Duration | None = None
    """BigQuery stops the job after this time."""
    dry_run: bool = False
    """Only check the query and estimate what it reads."""
    range_partitioning_field: Text | None = None
    """Column of whole numbers by which the table is partitioned."""
    range_partitioning_start: int | None = None
    """First number of the first partition."""
    range_partitioning_end: int | None = None
    """Number after that of the last partition."""
    range_partitioning_interval: int | None = None
    """Numbers in a partition."""

    @model_validator(mode="after")
    def _agree(self) -> QueryProperties:
        old = [name for name in ("store", "fetch", "fetchOne") if getattr(self, _OLD[name][0])]
        if "store" in old and len(old) > 1:
            raise ValueError(f"`store` and `{old[1]}` exclude each other; use `fetchType`")
        if old and self.destination_table is not None:
            raise ValueError(f"`{old[0]}` and `destinationTable` exclude each other; use `fetchType`")
        return self

    @property
    def wanted(self) -> FetchType:
        """What becomes of rows, older forms included."""
        for name in ("fetch", "store", "fetchOne"):
            if getattr(self, _OLD[name][0]):
                return _OLD[name][1]
        return self.fetch_type

    @property
    def own_labels(self) -> StringMap | None:
        """Labels of the job besides those every job has."""
        return None

    def query(self, ctx: RunContext) -> QueryOutput:
        """Run the query and fetch its rows."""
        with self.opened(ctx, "The query") as client:
            config = google("google.cloud.bigquery").QueryJobConfig.from_api_repr(self._config(ctx, client))
            found: list[Any] = []

            def wait(job: Any) -> None:
                if not self.dry_run:
                    found[:] = [job.result(page_size=self.max_results)]

            job = self.finished(ctx, lambda: client.query(self.sql, job_config=config, job_retry=None), wait)
            _measure(ctx, job)
            fetched = self._fetched(ctx, found[0]) if found else {}
            return QueryOutput(job_id=job.job_id, destination_table=TableId.of(job.destination), **fetched)

    def _fetched(self, ctx: RunContext, rows: Any) -> dict[str, Any]:
        schema = rows.schema
        fetched: dict[str, Any]
        if self.wanted == "NONE":
            return {}
        if self.wanted == "STORE":
            path = ctx.work_dir / f"rows-{new_id()}.ion"
            try:
                with path.open("wb") as file:
                    size = write_ion_rows((row_values(row, schema) for row in rows), file)
                fetched = {"uri": ctx.put("rows.ion", path), "size": size}
            finally:
                path.unlink(missing_ok=True)
        elif self.wanted == "FETCH":
            all_rows = [json_row(row, schema) for row in rows]
            fetched = {"rows": all_rows, "size": len(all_rows)}
        else:
            first = next((json_row(row, schema) for row in rows), None)
            fetched = {"row": first or {}, "size": 0 if first is None else 1}
        ctx.metric("fetch.rows", fetched["size"])
        return fetched

    def _config(self, ctx: RunContext, client: Any) -> dict[str, Any]:
        """Return the settings of the job as the service takes them."""
        legacy = self.use_legacy_sql if self.use_legacy_sql is not None else bool(self.legacy_sql)
        query = {
            **self.destination(),
            "useLegacySql": legacy,
            "priority": self.priority,
            "rangePartitioning": self._range(),
            "useQueryCache": self.use_query_cache,
            "allowLargeResults": self.allow_large_results,
            "flattenResults": self.flatten_results if legacy else None,
            "maximumBillingTier": self.maximum_billing_tier,
            "maximumBytesBilled": _text(self.maximum_bytes_billed),
        }
        if self.destination_table is not None:
            query["destinationTable"] = table_id(self.destination_table, "destinationTable", client)
        if self.default_dataset is not None:
            query["defaultDataset"] = dataset_id(self.default_dataset, "defaultDataset", client)
        timeout = None if self.job_timeout is None else _text(int(self.job_timeout.total_seconds() * 1000))
        config = {"labels": job_labels(ctx, self.own_labels), "dryRun": self.dry_run, "jobTimeoutMs": timeout}
        return {"query": given(query), **given(config)}

    def _range(self) -> dict[str, Any] | None:
        if self.range_partitioning_field is None:
            return None
        range_ = {
            "start": self.range_partitioning_start,
            "end": self.range_partitioning_end,
            "interval": self.range_partitioning_interval,
        }
        missing = [f"rangePartitioning{name.capitalize()}" for name, value in range_.items() if value is None]
        if missing:
            raise TaskFailure(f"rangePartitioningField needs {' and '.join(missing)} as well")
        return {
            "field": self.range_partitioning_field,
            "range": {name: str(value) for name, value in range_.items()},
        }


_OLD: dict[str, tuple[str, FetchType]] = {
    "store": ("store", "STORE"),
    "fetch": ("fetch", "FETCH"),
    "fetchOne": ("fetch_one", "FETCH_ONE"),
}


def _text(value: int | None) -> str | None:
    return None if value is None else str(value)


def _measure(ctx: RunContext, job: Any) -> None:
    for name, value in (
        ("total.bytes.billed", job.total_bytes_billed),
        ("total.bytes.processed", job.total_bytes_processed),
        ("total.slot.ms", job.slot_millis),
        ("num.dml.affected.rows", job.num_dml_affected_rows),
    ):
        if value is not None:
            ctx.metric(name, value)
    if job.cache_hit is not None:
        ctx.metric("cache.hit", int(job.cache_hit))
    if job.started and job.ended:
        ctx.metric("duration", (job.ended - job.started).total_seconds(), "timer")
