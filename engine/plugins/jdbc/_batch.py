"""Writing the rows of a file into a table, many at a time: what `Batch` is on every database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import islice
from typing import Annotated, Any, ClassVar, Literal, Protocol

from pydantic import Field

from engine.errors import ExpressionError, TaskFailure
from engine.expression.ion import read_ion_rows
from engine.plugin import Duration, Output, RunContext, Size, Task
from engine.plugins.jdbc._session import SqlError
from engine.plugins.jdbc._statements import with_question_marks


class BatchOutput(Output):
    """What was written."""

    row_count: int
    """Number of rows read from the file."""
    updated_count: int
    """Number of rows changed in the database."""


class Writer(Protocol):
    """An open connection."""

    def columns(self, table: str) -> list[str]:
        """Return the names of a table's columns, in order."""

    def write(self, sql: str, rows: Sequence[Sequence[Any]]) -> int:
        """Run a statement for every row, in one transaction; returns how many rows changed."""

    def bound(self, value: Any) -> Any:
        """Return a value of a row as the driver takes it."""


class BatchTask(Task):
    """A task that writes the rows of a file."""

    abstract: ClassVar[bool] = True
    gives: ClassVar[type[Output]] = BatchOutput

    source: Annotated[str, Field(alias="from")]
    """Address of the file of rows."""
    sql: str | None = None
    """The statement for each row, with `?` for each value; built from `table` and `columns` when left out."""
    columns: list[str] | None = None
    """Names of the values for the question marks, in order; without, the values in the order of the row."""
    table: str | None = None
    """The table to insert into when there is no `sql`."""
    chunk: Annotated[int, Field(ge=1)] = 1000
    """Number of rows written and committed together."""
    time_zone_id: str | None = None
    """Without effect: moments in the file have their zone."""
    max_retries: int = 3
    """Without effect: use the task's `retry`."""
    retry_backoff: Duration | None = None
    """Without effect: use the task's `retry`."""
    input_handling: Literal["AUTO", "STREAM", "LOCAL"] = "AUTO"
    """Without effect: the file is always read as a stream."""
    local_buffer_max_bytes: Size | None = None
    """Without effect: the file is always read as a stream."""
    resume_on_retry: bool = True
    """Without effect: a retry begins with the first row."""
    retry_scope: Literal["NONE", "INPUT", "ALL"] = "INPUT"
    """Without effect: use the task's `retry`."""
    connection_pooling: bool = True
    """Without effect: every run opens its own connection."""
    connection_pool_size: int = 10
    """Without effect: every run opens its own connection."""

    def writer(self, ctx: RunContext) -> AbstractContextManager[Writer]:
        """Connect; what the database refuses becomes an SqlError, and stopping the task stops it."""
        raise NotImplementedError

    def run(self, ctx: RunContext) -> BatchOutput:
        """Write the rows, chunk by chunk."""
        done = updated = 0
        try:
            with ctx.open(self.source) as file, self.writer(ctx) as writer:
                sql, names = self._statement(writer)
                rows = _values(writer, read_ion_rows(file), names, sql.replace("%%", "").count("%s"))
                while chunk := list(islice(rows, self.chunk)):
                    updated += max(writer.write(sql, chunk), 0)
                    done += len(chunk)
        except (SqlError, ExpressionError) as error:
            if ctx.cancelled.is_set():
                raise TaskFailure(f"Stopped after {done} rows") from error
            raise TaskFailure(
                f"{error}\n(rows {done + 1} to {done + self.chunk} of the file; {done} rows were written)"
            ) from error
        ctx.metric("records", done)
        ctx.metric("updated", updated)
        return BatchOutput(row_count=done, updated_count=updated)

    def _statement(self, writer: Writer) -> tuple[str, list[str] | None]:
        """Return the statement with `%s` for each value, and the names of the values."""
        if self.sql:
            return with_question_marks(self.sql, "%s", "%"), self.columns
        if not self.table:
            raise TaskFailure("`sql` and `table` are missing; give the INSERT or the table")
        names = writer.columns(self.table) if self.columns is None else self.columns
        marks = ", ".join(["%s"] * len(names))
        listed = ", ".join(name.replace("%", "%%") for name in names)
        return f"INSERT INTO {self.table} ({listed}) VALUES ({marks})", names


def _values(writer: Writer, rows: Iterator[Any], names: list[str] | None, count: int) -> Iterator[list[Any]]:
    for row in rows:
        if isinstance(row, dict):
            values = [row.get(name) for name in names] if names else list(row.values())
        elif isinstance(row, list):
            values = list(row)
        else:
            values = [row]
        padded = values[:count] + [None] * (count - len(values))
        yield [writer.bound(value) for value in padded]
