"""Read CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal, TextIO

from engine.model.json import Json
from engine.plugin import Example, Text
from engine.plugins.serdes._conversion import (
    Charset,
    Conversion,
    ConversionOutput,
    OnBadLines,
    bad_line,
    one_character,
    store_rows,
)

if TYPE_CHECKING:
    from engine.plugin import RunContext


class CsvToIon(Charset, Conversion):
    """Read a CSV file into a row file, row by row. Every value stays text; only `\\N` becomes null.

    With a header every row becomes a map, without one a list. A row with another number of fields than the
    header is a bad line, and so is one whose quotes are wrong. Fails on a bad line unless `onBadLines` says
    otherwise.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.serdes.csv.CsvReader",)
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Read orders and use each of them",
            """\
id: csv-to-ion
namespace: company.team
tasks:
  - id: file
    type: io.kestra.plugin.core.storage.Write
    extension: .csv
    content: |
      id;city
      1;Paris
      2;Oslo
  - id: rows
    type: io.kestra.plugin.serdes.csv.CsvToIon
    from: "{{ outputs.file.uri }}"
    fieldSeparator: ";"
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.rows.size }} orders: {{ read(outputs.rows.uri) }}"
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

    skip_empty_rows: bool = False
    """Whether lines without any character are left out."""

    skip_rows: int = 0
    """How many rows after the header are left out."""

    on_bad_lines: OnBadLines = "ERROR"
    """What is done with a bad line: fail, leave it out with a warning, or leave it out."""

    on_empty_header: Literal["DROP", "RENAME"] = "DROP"
    """What is done with columns without a name: leave out those at the end, or name all `col_` and their
    place counted from 0."""

    error_on_different_field_count: bool | None = None
    """Deprecated and without effect: `onBadLines`."""

    max_buffer_size: int | None = None
    """Accepted and without effect: the file is read piece by piece."""

    max_field_size: int = 16 * 1024 * 1024
    """How many characters a field may have; a longer one is a bad line."""

    allow_extra_chars_after_closing_quote: bool = False
    """Whether characters between a closing quote and the next separator are part of the field."""

    def run(self, ctx: RunContext) -> ConversionOutput:
        """Convert the file."""
        with self.reading(ctx, self.from_) as text:
            return store_rows(ctx, self._rows(ctx, text))

    def _rows(self, ctx: RunContext, text: TextIO) -> Iterator[Json]:
        lines = self._lines(ctx, text)
        columns: list[str] = []
        width = 0
        if self.header:
            names = next(lines, [])
            columns, width = self._columns(ctx, names), len(names)
        for _ in range(self.skip_rows):
            next(lines, None)
        for number, row in enumerate(lines, start=self.skip_rows + 1):
            if "\\N" in row:
                row = [None if field == "\\N" else field for field in row]
            if not self.header:
                yield row
            elif len(row) == width:
                yield dict(zip(columns, row, strict=False))
            else:
                problem = f"row {number} of {self.from_} has {len(row)} fields where the header has {width}"
                bad_line(ctx, self.on_bad_lines, problem)

    def _lines(self, ctx: RunContext, text: TextIO) -> Iterator[list[str | None]]:
        # The limit belongs to the process; another task may need it as high as it is.
        csv.field_size_limit(max(csv.field_size_limit(), self.max_field_size))
        reader = csv.reader(
            text,
            delimiter=one_character("fieldSeparator", self.field_separator),
            quotechar=one_character("textDelimiter", self.text_delimiter),
            strict=not self.allow_extra_chars_after_closing_quote,
        )
        while True:
            try:
                row: list[str | None] = [*next(reader)]
            except StopIteration:
                return
            except csv.Error as error:
                problem = f"line {reader.line_num} of {self.from_} is not CSV: {error}"
                bad_line(ctx, self.on_bad_lines, problem, advice=["check `textDelimiter`"])
                continue
            if row or not self.skip_empty_rows:
                yield row or [""]

    def _columns(self, ctx: RunContext, names: list[str | None]) -> list[str]:
        columns = [name or "" for name in names]
        if self.on_empty_header == "RENAME":
            return _renamed(columns)
        while len(columns) > 1 and not columns[-1]:
            columns.pop()
        if len(columns) < len(names):
            ctx.warn(
                f"{len(names) - len(columns)} columns at the end have no name and are left out; to keep them "
                f"set `onEmptyHeader: RENAME`"
            )
        twice = sorted({name for name in columns if columns.count(name) > 1})
        if twice:
            ctx.warn(f"The columns {twice} are there more than once; the last one of each is kept")
        return columns


def _renamed(columns: list[str]) -> list[str]:
    taken = set(columns)
    found = []
    for place, name in enumerate(columns):
        attempt = 1
        while not name or (name in taken and not columns[place]):
            name = f"col_{place}" if attempt == 1 else f"col_{place}_{attempt}"
            attempt += 1
        taken.add(name)
        found.append(name)
    return found
