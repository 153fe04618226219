"""Write Avro."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import IO, TYPE_CHECKING, Any, ClassVar

from engine.errors import TaskFailure
from engine.plugin import Example
from engine.plugins.serdes._conversion import Conversion, ConversionOutput, store
from engine.plugins.serdes.avro._properties import SchemaProperties

if TYPE_CHECKING:
    from engine.plugin import RunContext

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class IonToAvro(SchemaProperties, Conversion):
    """Write a row file as Avro, row by row. Without a `schema` it is told from all rows.

    Fails when a row does not fit the schema, and when there are no rows and no schema.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.serdes.avro.AvroWriter",)
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Write Avro and read it back",
            """\
id: ion-to-avro
namespace: company.team
tasks:
  - id: query
    type: io.kestra.plugin.jdbc.duckdb.Query
    sql: SELECT 1 AS id, 'Paris' AS city
    fetchType: STORE
  - id: avro
    type: io.kestra.plugin.serdes.avro.IonToAvro
    from: "{{ outputs.query.uri }}"
    schema: |
      {"type": "record", "name": "City", "fields": [
        {"name": "id", "type": "int"}, {"name": "city", "type": "string"}]}
  - id: back
    type: io.kestra.plugin.serdes.avro.AvroToIon
    from: "{{ outputs.avro.uri }}"
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ read(outputs.back.uri) }}"
""",
            runnable=True,
        ),
    )

    def run(self, ctx: RunContext) -> ConversionOutput:
        """Convert the file."""
        import fastavro  # type: ignore[import-untyped, unused-ignore]
        from fastavro.schema import SchemaParseException  # type: ignore[import-untyped, unused-ignore]

        schema = self.schema_of(ctx, self.from_)
        _check_names(schema)
        try:
            parsed = fastavro.parse_schema(schema)
        except (SchemaParseException, KeyError, TypeError, ValueError) as error:
            raise TaskFailure(f"schema: it is not an Avro schema: {error or type(error).__name__}") from error

        def write(file: IO[bytes]) -> int:
            count = _Counted(self.fitted(ctx, self.from_, schema))
            fastavro.writer(file, parsed, count, codec="deflate")
            return count.count

        return store(ctx, "rows.avro", write)


def _check_names(schema: Any) -> None:
    """Refuse names that Avro does not have; raises TaskFailure."""
    if isinstance(schema, list):
        for one in schema:
            _check_names(one)
    elif isinstance(schema, dict):
        for one in schema.get("fields") or ():
            name = one.get("name") if isinstance(one, dict) else one
            if not _NAME.fullmatch(str(name)):
                raise TaskFailure(
                    f"schema: '{name}' cannot be a name in Avro; use letters, digits and `_`, no digit first"
                )
            _check_names(one)
        for key in ("type", "items", "values"):
            _check_names(schema.get(key))


class _Counted:
    """Counts what is taken from it."""

    def __init__(self, rows: Iterator[dict[str, Any]]) -> None:
        self._rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for row in self._rows:
            self.count += 1
            yield row
