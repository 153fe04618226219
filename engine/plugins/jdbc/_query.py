"""What all SQL tasks share: the connection's properties, one statement or many, and how rows come back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import tzinfo
from typing import Annotated, Any, ClassVar, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, Field, WithJsonSchema

from engine.errors import TaskFailure
from engine.expression.ion import write_ion_rows
from engine.model.id import new_id
from engine.model.json import Json, loads
from engine.plugin import STATIC, Fired, Output, Plugin, PollingTrigger, RunContext, Task
from engine.plugins.jdbc._cells import Cell, json_value, row_value
from engine.plugins.jdbc._session import Result, Session, SqlError, failure
from engine.plugins.jdbc._statements import Statement, names_in, split

FetchType = Literal["NONE", "FETCH", "FETCH_ONE", "STORE"]


def _read_map(value: object) -> object:
    return loads(value) if isinstance(value, str) and value.strip() else value


ParameterMap = Annotated[
    dict[str, Any], BeforeValidator(_read_map), WithJsonSchema({"type": ["object", "string"]})
]
"""Names to values; also as JSON text."""


class QueryOutput(Output):
    """What a statement gave."""

    row: dict[str, Any] | None = None
    """The first row, with `FETCH_ONE`."""
    rows: list[dict[str, Any]] | None = None
    """All rows, with `FETCH`."""
    uri: str | None = None
    """The file of all rows (Ion, one a line), with `STORE`."""
    size: int | None = None
    """Number of rows."""


class QueriesOutput(Output):
    """What several statements gave."""

    outputs: list[QueryOutput] = []
    """One entry for each statement that returned rows, in order."""


class SqlProperties(Plugin):
    """Properties of a connection and of fetching; a database adds how it connects."""

    abstract: ClassVar[bool] = True

    url: str
    """Address of the database, `jdbc:…`."""
    username: str | None = None
    """Name of the database user."""
    password: str | None = None
    """Password of the database user."""
    sql: str
    """The SQL to run."""
    fetch_type: FetchType = "NONE"
    """What becomes of rows: `FETCH` gives all of them, `FETCH_ONE` the first, `STORE` writes them into a
    file, `NONE` drops them."""
    fetch_size: Annotated[int, Field(ge=1)] = 10000
    """Number of rows read at once with `STORE`."""
    parameters: ParameterMap | None = None
    """Values for the placeholders `:name` in the SQL; they are bound, never pasted into the text. A name
    without value is NULL."""
    time_zone_id: str | None = None
    """Time zone of dates with time; by default the server's."""
    fetch: Annotated[bool, STATIC] = False
    """Older form of `fetchType: FETCH`."""
    fetch_one: Annotated[bool, STATIC] = False
    """Older form of `fetchType: FETCH_ONE`."""
    store: Annotated[bool, STATIC] = False
    """Older form of `fetchType: STORE`."""
    connection_pooling: bool = True
    """Without effect: every run opens its own connection."""
    connection_pool_size: int = 10
    """Without effect: every run opens its own connection."""

    def connect(self, ctx: RunContext) -> Session:
        """Open a connection; raises TaskFailure with what is wrong with the address."""
        raise NotImplementedError

    @property
    def wanted(self) -> FetchType:
        """What becomes of rows, older forms included."""
        for old, kind in ((self.fetch, "FETCH"), (self.fetch_one, "FETCH_ONE"), (self.store, "STORE")):
            if old:
                return kind  # type: ignore[return-value]  # the tuple above holds only fetch types
        return self.fetch_type

    @contextmanager
    def opened(self, ctx: RunContext) -> Iterator[Session]:
        """Open a connection that is cancelled with the task and closed at the end."""
        with ExitStack() as stack:
            session = self.connect(ctx)
            stack.callback(session.close)
            ctx.on_cancel(session.cancel)
            yield session

    def fetched(self, ctx: RunContext, session: Session, statement: Statement) -> QueryOutput | None:
        """Run one statement and return its rows as wanted; None when it gives no rows."""
        size = self.fetch_size if self.wanted == "STORE" else None
        result = session.execute(statement.sql, self.bound(statement.sql), size)
        if result is None:
            return None
        output = self._output(ctx, result)
        if output.size is not None:
            ctx.metric("fetch.size", output.size)
        return output

    def bound(self, sql: str) -> dict[str, Json] | None:
        """Return a value for every placeholder; None when there are no parameters, so `:x` stays."""
        if not self.parameters:
            return None
        return {name: self.parameters.get(name) for name in names_in(sql)}

    def zone(self, ctx: RunContext) -> tzinfo:
        """Return the zone of dates with time; raises TaskFailure."""
        if not self.time_zone_id:
            return ctx.world.zone
        try:
            return ZoneInfo(self.time_zone_id)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise TaskFailure(
                f"timeZoneId: '{self.time_zone_id}' is not a time zone; write it like Europe/Paris"
            ) from error

    def cell(self, value: Cell, zone: tzinfo) -> Cell:
        """Return what a cell means, where the driver leaves something open."""
        return value

    def is_setting(self, statement: Statement) -> bool:
        """Tell whether a statement does not count as a second one."""
        return False

    def _output(self, ctx: RunContext, result: Result) -> QueryOutput:
        if self.wanted == "STORE":
            return self._stored(ctx, self._rows(ctx, result, row_value))
        if self.wanted == "NONE":
            for _ in result.rows:  # a statement that is streamed has done nothing before its rows are read
                pass
            return QueryOutput()
        rows = self._rows(ctx, result, json_value)
        if self.wanted == "FETCH":
            found = list(rows)
            return QueryOutput(rows=found, size=len(found))
        first = next(rows, None)
        return QueryOutput(row=first, size=0 if first is None else 1)

    def _rows(
        self, ctx: RunContext, result: Result, read: Callable[[Cell, tzinfo], Json]
    ) -> Iterator[dict[str, Json]]:
        zone, columns, cell = self.zone(ctx), result.columns, self.cell
        for row in result.rows:
            yield {name: read(cell(value, zone), zone) for name, value in zip(columns, row, strict=True)}

    def _stored(self, ctx: RunContext, rows: Iterator[dict[str, Json]]) -> QueryOutput:
        path = ctx.work_dir / f"rows-{new_id()}.ion"
        try:
            with path.open("wb") as file:
                count = write_ion_rows(rows, file)
            return QueryOutput(uri=ctx.put("rows.ion", path), size=count)
        finally:
            path.unlink(missing_ok=True)

    def run_all(
        self, ctx: RunContext, session: Session, statements: Sequence[Statement]
    ) -> list[QueryOutput]:
        """Run statements in order and return what those with rows gave; raises TaskFailure."""
        found: list[QueryOutput] = []
        for number, statement in enumerate(statements, 1):
            try:
                output = self.fetched(ctx, session, statement)
            except SqlError as error:
                if ctx.cancelled.is_set():
                    raise TaskFailure("Stopped; the running statement was cancelled") from error
                raise failure(error, self.sql, statement, number, len(statements)) from error
            if output is not None:
                found.append(output)
        return found


class QueryTask(SqlProperties, Task):
    """Runs one statement."""

    abstract: ClassVar[bool] = True
    gives: ClassVar[type[Output]] = QueryOutput

    after_sql: Annotated[str | None, Field(alias="afterSQL")] = None
    """A statement to run afterwards in the same transaction, for example to mark the rows that were read."""

    def one(self, ctx: RunContext, session: Session) -> QueryOutput:
        """Run the statement, and `afterSQL` with it in one transaction."""
        return run_one(self, ctx, session, self.after_sql)


class QueriesTask(SqlProperties, Task):
    """Runs several statements on one connection."""

    abstract: ClassVar[bool] = True
    gives: ClassVar[type[Output]] = QueriesOutput

    transaction: bool = True
    """Commit all statements together, and none of them when one fails; when false, each by itself."""

    def many(self, ctx: RunContext, session: Session) -> list[QueryOutput]:
        """Run all statements."""
        statements = split(self.sql)
        if not statements:
            raise TaskFailure("`sql` holds no statement")
        if not self.transaction:
            return self.run_all(ctx, session, statements)
        with session.transaction():
            return self.run_all(ctx, session, statements)


class SqlTrigger(SqlProperties, PollingTrigger):
    """Asks a database again and again and starts when it answers with rows."""

    abstract: ClassVar[bool] = True
    gives: ClassVar[type[Output]] = QueryOutput

    fetch_type: FetchType = "FETCH"
    """What becomes of the rows: `FETCH` gives all of them, `FETCH_ONE` the first, `STORE` writes them into a
    file."""
    after_sql: Annotated[str | None, Field(alias="afterSQL")] = None
    """A statement to run afterwards in the same transaction, so that the same rows do not start it again."""

    def poll(self, ctx: RunContext) -> Fired | None:
        """Run the statement once."""
        if self.wanted == "NONE":
            raise TaskFailure("fetchType: a trigger needs rows; use FETCH, FETCH_ONE or STORE")
        with self.opened(ctx) as session:
            output = run_one(self, ctx, session, self.after_sql)
        if not output.size:
            return None
        found = output.model_dump(by_alias=True)
        return Fired({name: value for name, value in found.items() if value is not None})


def run_one(task: SqlProperties, ctx: RunContext, session: Session, after_sql: str | None) -> QueryOutput:
    """Run the one statement of `sql`, and what follows in the same transaction; raises TaskFailure."""
    statements = split(task.sql)
    counted = [statement for statement in statements if not task.is_setting(statement)] or statements
    if not statements:
        raise TaskFailure("`sql` holds no statement")
    if len(counted) > 1:
        raise TaskFailure(
            f"`sql` holds {len(counted)} statements, but {type(task).__name__} runs one; "
            f"use {task.type_id.rpartition('.')[0]}.Queries"
        )
    if not after_sql:
        return _only(task.run_all(ctx, session, statements))
    with session.transaction():
        output = _only(task.run_all(ctx, session, statements))
        _after(task, session, after_sql)
    return output


def _after(task: SqlProperties, session: Session, after_sql: str) -> None:
    for number, statement in enumerate(statements := split(after_sql), 1):
        try:
            session.execute(statement.sql, task.bound(statement.sql), None)
        except SqlError as error:
            raise failure(error, after_sql, statement, number, len(statements), "afterSQL") from error


def _only(outputs: Sequence[QueryOutput]) -> QueryOutput:
    return outputs[-1] if outputs else QueryOutput()
