"""Read Parquet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC
from typing import TYPE_CHECKING, ClassVar

from engine.model.json import Json
from engine.plugin import Example
from engine.plugins.jdbc._cells import row_value
from engine.plugins.serdes._conversion import Conversion, ConversionOutput, store_rows
from engine.plugins.serdes.parquet._duckdb import local_copy, opened, quoted

if TYPE_CHECKING:
    import duckdb

    from engine.plugin import RunContext

_ROWS = 2000


class ParquetToIon(Conversion):
    """Read a Parquet file into a row file, in groups of rows. Fails when the file is no Parquet."""

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.serdes.parquet.ParquetReader",)
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Read a Parquet file that another task wrote",
            """\
id: parquet-to-ion
namespace: company.team
tasks:
  - id: write
    type: io.kestra.plugin.jdbc.duckdb.Query
    outputFiles: [cities.parquet]
    sql: |
      COPY (SELECT 1 AS id, 'Paris' AS city) TO '{{ outputFiles['cities.parquet'] }}' (FORMAT parquet)
  - id: rows
    type: io.kestra.plugin.serdes.parquet.ParquetToIon
    from: "{{ outputs.write.outputFiles['cities.parquet'] }}"
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.rows.size }} rows: {{ read(outputs.rows.uri) }}"
""",
            runnable=True,
        ),
    )

    def run(self, ctx: RunContext) -> ConversionOutput:
        """Convert the file."""
        with local_copy(ctx, self.from_) as path, opened(ctx) as connection:
            connection.execute(f"SELECT * FROM read_parquet({quoted(str(path))})")
            return store_rows(ctx, _rows(connection))


def _rows(connection: duckdb.DuckDBPyConnection) -> Iterator[Json]:
    names = [str(column[0]) for column in connection.description or ()]
    while rows := connection.fetchmany(_ROWS):
        for row in rows:
            yield dict(zip(names, (row_value(cell, UTC) for cell in row), strict=True))
