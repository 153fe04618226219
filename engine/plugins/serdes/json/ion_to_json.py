"""Write JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar, TextIO

from engine.plugin import Example, Text
from engine.plugins.serdes._conversion import Charset, Conversion, ConversionOutput, rows_of, store_text
from engine.plugins.serdes._dates import zone_of
from engine.plugins.serdes.json._values import in_zone, json_bytes

if TYPE_CHECKING:
    from engine.plugin import RunContext


class IonToJson(Charset, Conversion):
    """Write a row file as JSON, row by row: one value per line, or one array.

    Dates become ISO text, bytes base64. Without `newLine` a single row is written as it is, not as an array.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.serdes.json.JsonWriter",)
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Export the result of a query as one JSON array",
            """\
id: ion-to-json
namespace: company.team
tasks:
  - id: query
    type: io.kestra.plugin.jdbc.duckdb.Query
    sql: SELECT 1 AS id, 'Paris' AS city UNION ALL SELECT 2, 'Oslo' ORDER BY id
    fetchType: STORE
  - id: export
    type: io.kestra.plugin.serdes.json.IonToJson
    from: "{{ outputs.query.uri }}"
    newLine: false
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ read(outputs.export.uri) }}"
""",
            runnable=True,
        ),
    )

    new_line: bool = True
    """Whether one value per line is written; otherwise one array."""

    time_zone_id: Text | None = None
    """Time zone that dates with an offset are written in; by default the server's. Moments of UTC stay so."""

    should_keep_annotations: bool = False
    """Whether dates whose kind JSON cannot tell are written as a map of `ion_annotations` and `value`."""

    def run(self, ctx: RunContext) -> ConversionOutput:
        """Convert the file."""
        zone = zone_of(ctx, self.time_zone_id)
        rows = (
            json_bytes(in_zone(row, zone, annotate=self.should_keep_annotations)).decode()
            for row in rows_of(ctx, self.from_)
        )
        if self.new_line:
            return store_text(ctx, "rows.jsonl", self.writes, lambda text: write_lines(rows, text))
        return store_text(ctx, "rows.json", self.writes, lambda text: write_array(rows, text))


def write_lines(values: Iterator[str], text: TextIO) -> int:
    """Write values one a line; return how many."""
    count = 0
    for value in values:
        text.write(value + "\n")
        count += 1
    return count


def write_array(values: Iterator[str], text: TextIO) -> int:
    """Write values as an array, a single one as it is; return how many."""
    first = next(values, None)
    if first is None:
        text.write("[]")
        return 0
    second = next(values, None)
    if second is None:
        text.write(first)
        return 1
    text.write(f"[{first},{second}")
    count = 2
    for value in values:
        text.write("," + value)
        count += 1
    text.write("]")
    return count
