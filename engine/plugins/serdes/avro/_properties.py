"""Properties of tasks that write rows by an Avro schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from engine.errors import TaskFailure
from engine.model.json import Json
from engine.plugin import Plugin, Text
from engine.plugins.serdes._conversion import OnBadLines, bad_line, rows_of
from engine.plugins.serdes._dates import zone_of
from engine.plugins.serdes.avro._fit import Fit
from engine.plugins.serdes.avro._infer import infer
from engine.plugins.serdes.avro._schema import FALSE, NULL, TRUE, Misfit, read_schema

if TYPE_CHECKING:
    from engine.plugin import RunContext


class SchemaProperties(Plugin):
    """How rows are made to fit a schema."""

    abstract: ClassVar[bool] = True

    schema_: Annotated[Text | None, Field(alias="schema")] = None
    """Avro schema of a row, as JSON text; without it, it is told from all rows."""

    on_bad_lines: OnBadLines = "ERROR"
    """What is done with a row that does not fit: fail, leave it out with a warning, or leave it out."""

    strict_schema: bool = False
    """Whether fields that are not in the schema make a row a bad one; otherwise they are left out."""

    true_values: list[Text] = list(TRUE)
    """Texts that mean true, in lower case."""

    false_values: list[Text] = list(FALSE)
    """Texts that mean false, in lower case."""

    null_values: list[Text] = list(NULL)
    """Texts that mean null in fields that may be null and are no text."""

    date_format: Text | None = None
    """Pattern of dates given as text; ISO without it."""

    time_format: Text | None = None
    """Pattern of times of day given as text; ISO without it."""

    datetime_format: Text | None = None
    """Pattern of dates with time given as text; ISO without it."""

    decimal_separator: Text = "."
    """Decimal sign of numbers given as text."""

    time_zone_id: Text | None = None
    """Time zone of dates without an offset; by default the server's."""

    number_of_rows_to_scan: int | None = None
    """Accepted and without effect: all rows are looked at to tell the schema."""

    infer_all_fields: bool | None = None
    """Accepted and without effect: every field is in a schema told from the rows."""

    def schema_of(self, ctx: RunContext, uri: str) -> dict[str, Any]:
        """Return the schema given, or the one of the rows."""
        return infer(rows_of(ctx, uri), uri) if self.schema_ is None else read_schema(self.schema_)

    def fitted(self, ctx: RunContext, uri: str, schema: dict[str, Any]) -> Iterator[dict[str, Json]]:
        """Yield the rows as the schema wants them."""
        fit = Fit(
            zone=zone_of(ctx, self.time_zone_id),
            date_format=self.date_format,
            time_format=self.time_format,
            date_time_format=self.datetime_format,
            decimal_separator=self.decimal_separator,
            true_values=self.true_values,
            false_values=self.false_values,
            null_values=self.null_values,
            strict=self.strict_schema,
        )
        try:
            one = fit.of(schema)
        except (KeyError, TypeError, AttributeError) as error:
            raise TaskFailure(f"schema: it is not an Avro schema: {error!r}") from error
        for number, row in enumerate(rows_of(ctx, uri), start=1):
            try:
                yield one(row)
            except Misfit as error:
                bad_line(ctx, self.on_bad_lines, f"row {number} of {uri} does not fit the schema: {error}")
