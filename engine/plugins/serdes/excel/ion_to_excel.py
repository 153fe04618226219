"""Write Excel."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Annotated, Any, ClassVar
from zoneinfo import ZoneInfo

from pydantic import Field

from engine.errors import TaskFailure
from engine.expression.text import printed
from engine.model.json import Json, loads
from engine.plugin import Example, Output, Task, Text
from engine.plugins.serdes._conversion import ConversionOutput, rows_of, store
from engine.plugins.serdes._dates import DateFormats

if TYPE_CHECKING:
    from engine.plugin import RunContext

_MOST_ROWS = 1_048_576
_LONGEST = 32_767
_NOT_IN_TITLES = re.compile(r"[\\*?:/\[\]]")


class IonToExcel(DateFormats, Task):
    """Write row files as an Excel file (`.xlsx`), row by row: one file into one sheet, or each into its own.
    The fields of the first row give the columns.

    Texts stay texts, also those that begin with `=`. Fails when a sheet would have more rows, or a text more
    characters, than Excel allows.
    """

    gives: ClassVar[type[Output]] = ConversionOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "A report with two sheets",
            """\
id: ion-to-excel
namespace: company.team
tasks:
  - id: cities
    type: io.kestra.plugin.jdbc.duckdb.Query
    sql: SELECT 'Paris' AS city, DATE '2026-01-31' AS since
    fetchType: STORE
  - id: totals
    type: io.kestra.plugin.jdbc.duckdb.Query
    sql: SELECT 'Paris' AS city, 17.5 AS total
    fetchType: STORE
  - id: report
    type: io.kestra.plugin.serdes.excel.IonToExcel
    from:
      Cities: "{{ outputs.cities.uri }}"
      Totals: "{{ outputs.totals.uri }}"
  - id: back
    type: io.kestra.plugin.serdes.excel.ExcelToIon
    from: "{{ outputs.report.uri }}"
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ read(outputs.back.uris.Totals) }}"
""",
            runnable=True,
        ),
    )

    from_: Annotated[dict[str, Text] | Text, Field(alias="from")]
    """Address of a row file, or a map of sheet titles to addresses; also as JSON text."""

    sheets_title: Text = "Sheet"
    """Title of the sheet when `from` is one address."""

    header: bool = True
    """Whether the first row names the columns."""

    styles: bool = True
    """Whether dates are written as dates of Excel; otherwise they are text in the formats given."""

    charset: Text | None = None
    """Accepted and without effect: Excel files are always Unicode."""

    def run(self, ctx: RunContext) -> ConversionOutput:
        """Write all sheets."""
        sheets = self._sheets()
        zone = self.zone(ctx)

        def write(file: IO[bytes]) -> int:
            from openpyxl import Workbook  # type: ignore[import-untyped, unused-ignore]

            book = Workbook(write_only=True)
            size = 0
            for title, uri in sheets.items():
                size += self._fill(book.create_sheet(_checked(title)), rows_of(ctx, uri), zone, title)
            book.save(file)
            return size

        return store(ctx, "rows.xlsx", write)

    def _sheets(self) -> dict[str, str]:
        given: Any = self.from_
        if isinstance(given, str) and given.lstrip().startswith("{"):
            try:
                given = loads(given)
            except ValueError as error:
                raise TaskFailure(f"from: '{given[:200]}' is not a JSON map: {error}") from error
        return dict(given) if isinstance(given, Mapping) else {self.sheets_title: str(given)}

    def _fill(self, sheet: Any, rows: Iterator[Json], zone: ZoneInfo, title: str) -> int:
        count = 0
        for row in rows:
            if count == 0 and self.header and isinstance(row, Mapping):
                sheet.append([self._cell(sheet, str(name), zone) for name in row])
            if not isinstance(row, Mapping | list):
                raise TaskFailure(
                    f"row {count + 1} of sheet {title} is neither a map nor a list: {row!r:.100}"
                )
            count += 1
            if count + self.header > _MOST_ROWS:
                raise TaskFailure(f"sheet {title} would have more than {_MOST_ROWS} rows; split the file")
            values = row.values() if isinstance(row, Mapping) else row
            sheet.append([self._cell(sheet, value, zone) for value in values])
        return count

    def _cell(self, sheet: Any, value: Json, zone: ZoneInfo) -> Any:
        if value is None or isinstance(value, bool | int | float | Decimal):
            return value
        if isinstance(value, date | time) and self.styles:
            return _without_zone(value, zone)
        from openpyxl.cell import WriteOnlyCell  # type: ignore[import-untyped, unused-ignore]
        from openpyxl.utils.exceptions import (  # type: ignore[import-untyped, unused-ignore]
            IllegalCharacterError,
        )

        text = self._text(value, zone)
        if len(text) > _LONGEST:
            raise TaskFailure(f"the text '{text[:40]}…' has {len(text)} characters; Excel allows {_LONGEST}")
        try:
            cell = WriteOnlyCell(sheet, text)
        except IllegalCharacterError as error:
            raise TaskFailure(f"the text {text[:80]!r} has control characters; Excel refuses them") from error
        cell.data_type = "s"  # never a formula
        return cell

    def _text(self, value: Json, zone: ZoneInfo) -> str:
        if isinstance(value, date | time):
            return self.date_text(value, zone)
        return base64.b64encode(value).decode() if isinstance(value, bytes) else printed(value)


def _without_zone(value: date | time, zone: ZoneInfo) -> date | time:
    if isinstance(value, datetime):
        return (value.astimezone(zone) if value.tzinfo else value).replace(tzinfo=None)
    return value.replace(tzinfo=None) if isinstance(value, time) else value


def _checked(title: str) -> str:
    if not 0 < len(title) <= 31 or _NOT_IN_TITLES.search(title):
        raise TaskFailure(
            f"'{title}' cannot be the title of a sheet; it may have 31 characters, none of \\ * ? : / [ ]"
        )
    return title
