"""Write Parquet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from engine.model.id import new_id
from engine.plugin import Example, Size
from engine.plugins.serdes._conversion import Conversion, ConversionOutput
from engine.plugins.serdes.avro._properties import SchemaProperties
from engine.plugins.serdes.parquet._duckdb import name, opened, quoted
from engine.plugins.serdes.parquet._types import columns_of, line_of

if TYPE_CHECKING:
    from engine.plugin import RunContext


class IonToParquet(SchemaProperties, Conversion):
    """Write a row file as Parquet. Without a `schema` the columns and their types are those of the rows: a
    column with several kinds of values becomes text.

    Fails when a row is no map or does not fit the schema, and when there are no rows and no schema.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.serdes.parquet.ParquetWriter",)
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "From CSV text to typed Parquet",
            """\
id: ion-to-parquet
namespace: company.team
tasks:
  - id: file
    type: io.kestra.plugin.core.storage.Write
    extension: .csv
    content: |
      id,fare
      1,10.5
      2,7.25
  - id: rows
    type: io.kestra.plugin.serdes.csv.CsvToIon
    from: "{{ outputs.file.uri }}"
  - id: parquet
    type: io.kestra.plugin.serdes.parquet.IonToParquet
    from: "{{ outputs.rows.uri }}"
    schema: |
      {"type": "record", "name": "Ride", "fields": [
        {"name": "id", "type": "long"}, {"name": "fare", "type": ["null", "double"]}]}
  - id: check
    type: io.kestra.plugin.jdbc.duckdb.Query
    inputFiles:
      rides.parquet: "{{ outputs.parquet.uri }}"
    sql: SELECT sum(fare) AS total FROM 'rides.parquet'
    fetchType: FETCH_ONE
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.check.row.total }}"
""",
            runnable=True,
        ),
    )

    compression_codec: Literal["UNCOMPRESSED", "SNAPPY", "GZIP", "ZSTD"] = "GZIP"
    """How the columns are compressed."""

    parquet_version: Literal["V1", "V2"] = "V2"
    """Version of the format."""

    row_group_size: Size | None = None
    """Size of a group of rows in bytes, as far as possible."""

    page_size: Size | None = Field(default=None)
    """Accepted and without effect: pages have the writer's own size."""

    dictionary_page_size: Size | None = None
    """Size of a dictionary of texts in bytes, at most."""

    def run(self, ctx: RunContext) -> ConversionOutput:
        """Convert the file."""
        schema = self.schema_of(ctx, self.from_)
        lines, target = (ctx.work_dir / f"{kind}-{new_id()}" for kind in ("lines", "parquet"))
        try:
            size, longest = self._write_lines(ctx, schema, lines)
            with opened(ctx) as connection:
                connection.execute(self._copy(schema, lines, longest, target))
            ctx.metric("records", size)
            return ConversionOutput(uri=ctx.put("rows.parquet", target), size=size)
        finally:
            lines.unlink(missing_ok=True)
            target.unlink(missing_ok=True)

    def _write_lines(self, ctx: RunContext, schema: dict[str, Any], path: Path) -> tuple[int, int]:
        """Return how many lines there are, and the size of the longest in bytes."""
        count = longest = 0
        with path.open("wb") as file:
            for row in self.fitted(ctx, self.from_, schema):
                longest = max(longest, file.write(line_of(row)))
                count += 1
        return count, longest

    def _copy(self, schema: dict[str, Any], lines: Path, longest: int, target: Path) -> str:
        # Bytes are written as text with escapes, which only a cast reads.
        read = columns_of(schema, binary="VARCHAR")
        columns = ", ".join(f"{quoted(key)}: {quoted(kind)}" for key, kind in read.items())
        names = ", ".join(
            name(key) if read[key] == kind else f"CAST({name(key)} AS {kind}) AS {name(key)}"
            for key, kind in columns_of(schema).items()
        )
        options = ["FORMAT parquet", f"COMPRESSION {self.compression_codec.lower()}"]
        options.append(f"PARQUET_VERSION {self.parquet_version}")
        if self.row_group_size is not None:
            options.append(f"ROW_GROUP_SIZE_BYTES {self.row_group_size}")
        if self.dictionary_page_size is not None:
            options.append(f"STRING_DICTIONARY_PAGE_SIZE_LIMIT {self.dictionary_page_size}")
        source = (
            f"read_json({quoted(str(lines))}, format = 'newline_delimited', columns = {{{columns}}}, "
            f"maximum_object_size = {max(longest + 1, 1 << 20)})"
        )
        return f"COPY (SELECT {names} FROM {source}) TO {quoted(str(target))} ({', '.join(options)})"
