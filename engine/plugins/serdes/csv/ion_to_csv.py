"""Write CSV."""

from __future__ import annotations

import base64
import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, time
from typing import TYPE_CHECKING, ClassVar, Literal, TextIO

from engine.errors import TaskFailure
from engine.expression.text import printed
from engine.model.json import Json
from engine.plugin import Example, Text
from engine.plugins.serdes._conversion import (
    Charset,
    Conversion,
    ConversionOutput,
    one_character,
    rows_of,
    store_text,
)
from engine.plugins.serdes._dates import DateFormats

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from engine.plugin import RunContext

_NUMBER = re.compile(r"[+-]?\d*\.?\d*")
_END = "\r\n"


class IonToCsv(DateFormats, Charset, Conversion):
    """Write a row file as CSV, row by row. The fields of the first row give the columns and their order; the
    values of later rows are written in the order they have.

    null is written as nothing; maps and lists as JSON. Fails when a row is neither a map nor a list, and when
    rows are lists while `header` is true.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.serdes.csv.CsvWriter",)
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Export the result of a query",
            """\
id: ion-to-csv
namespace: company.team
tasks:
  - id: query
    type: io.kestra.plugin.jdbc.duckdb.Query
    sql: SELECT 1 AS id, 'Paris' AS city UNION ALL SELECT 2, 'Oslo' ORDER BY id
    fetchType: STORE
  - id: export
    type: io.kestra.plugin.serdes.csv.IonToCsv
    from: "{{ outputs.query.uri }}"
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ read(outputs.export.uri) }}"
""",
            runnable=True,
        ),
    )

    header: bool = True
    """Whether the first line names the columns."""

    field_separator: Text = ","
    """The character between fields."""

    text_delimiter: Text = '"'
    """The character around texts that hold separators or line ends."""

    line_delimiter: Text = "\n"
    """What ends a line."""

    quote_mode: Literal["ALWAYS", "REQUIRED", "NON_NUMERIC"] | None = None
    """Which fields are put in quotes: all, those that need it (the default), or all that are no numbers."""

    always_delimit_text: bool = False
    """Whether all fields are put in quotes; `quoteMode` counts if both are given."""

    def run(self, ctx: RunContext) -> ConversionOutput:
        """Convert the file."""
        zone = self.zone(ctx)

        def write(text: TextIO) -> int:
            return self._write(self._rows(rows_of(ctx, self.from_), zone), text)

        return store_text(ctx, "rows.csv", self.writes, write)

    def _rows(self, rows: Iterator[Json], zone: ZoneInfo) -> Iterator[list[str]]:
        """Yield the lines as texts, the header first if there is one."""
        for number, row in enumerate(rows, start=1):
            if isinstance(row, Mapping):
                if number == 1 and self.header:
                    yield [str(name) for name in row]
                values: Iterable[Json] = row.values()
            elif isinstance(row, list):
                if self.header:
                    raise TaskFailure(
                        f"row {number} of {self.from_} is a list, so its columns have no names; "
                        f"set `header: false`"
                    )
                values = row
            else:
                raise TaskFailure(f"row {number} of {self.from_} is neither a map nor a list: {row!r:.100}")
            yield [value if type(value) is str else self._text(value, zone) for value in values]

    def _text(self, value: Json, zone: ZoneInfo) -> str:
        if isinstance(value, date | time):
            return self.date_text(value, zone)
        return base64.b64encode(value).decode() if isinstance(value, bytes) else printed(value)

    def _write(self, rows: Iterator[list[str]], text: TextIO) -> int:
        mode = self.quote_mode or ("ALWAYS" if self.always_delimit_text else "REQUIRED")
        quote = one_character("textDelimiter", self.text_delimiter)
        separator = one_character("fieldSeparator", self.field_separator)
        count = 0
        if mode == "NON_NUMERIC":
            for row in rows:
                text.write(separator.join(_unless_number(cell, quote) for cell in row) + self.line_delimiter)
                count += 1
        else:
            writer = csv.writer(
                _Lines(text, self.line_delimiter),
                delimiter=separator,
                quotechar=quote,
                lineterminator=_END,
                quoting=csv.QUOTE_ALL if mode == "ALWAYS" else csv.QUOTE_MINIMAL,
            )
            for row in rows:
                writer.writerow(row)
                count += 1
        return count - 1 if self.header and count else count


def _unless_number(cell: str, quote: str) -> str:
    if any(character.isdigit() for character in cell) and _NUMBER.fullmatch(cell):
        return cell
    return f"{quote}{cell.replace(quote, quote * 2)}{quote}"


class _Lines:
    """Puts the wanted line end in place of the one that makes the writer quote both its characters."""

    def __init__(self, text: TextIO, end: str) -> None:
        self._text = text
        self._end = end

    def write(self, line: str) -> None:
        """Write one line."""
        self._text.write(line[: -len(_END)] + self._end)
