"""Tell the Avro schema of rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import orjson

from engine.plugin import Example, Output
from engine.plugins.serdes._conversion import Conversion, rows_of
from engine.plugins.serdes.avro._infer import infer

if TYPE_CHECKING:
    from engine.plugin import RunContext


class InferAvroSchemaFromIonOutput(Output):
    """Outputs of `InferAvroSchemaFromIon`."""

    uri: str
    """Address of the schema, a JSON file."""


class InferAvroSchemaFromIon(Conversion):
    """Tell the Avro schema that holds all rows of a row file: every field may be null, a field with several
    kinds of values is text.

    Fails when there is no row, or a row is no map.
    """

    gives: ClassVar[type[Output]] = InferAvroSchemaFromIonOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "The schema of a query's result",
            """\
id: infer-schema
namespace: company.team
tasks:
  - id: query
    type: io.kestra.plugin.jdbc.duckdb.Query
    sql: SELECT 1 AS id, 'Paris' AS city
    fetchType: STORE
  - id: schema
    type: io.kestra.plugin.serdes.avro.InferAvroSchemaFromIon
    from: "{{ outputs.query.uri }}"
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ read(outputs.schema.uri) }}"
""",
            runnable=True,
        ),
    )

    number_of_rows_to_scan: int | None = None
    """Accepted and without effect: all rows are looked at."""

    def run(self, ctx: RunContext) -> InferAvroSchemaFromIonOutput:
        """Look at all rows."""
        schema = infer(rows_of(ctx, self.from_), self.from_)
        text = orjson.dumps(schema, option=orjson.OPT_INDENT_2)
        return InferAvroSchemaFromIonOutput(uri=ctx.put("schema.avsc", text))
