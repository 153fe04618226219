"""Read Excel."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from engine.errors import TaskFailure
from engine.model.json import Json
from engine.plugin import Example, Output, Text
from engine.plugins.serdes._conversion import Conversion, store_rows

if TYPE_CHECKING:
    from engine.plugin import RunContext

_EPOCH = datetime(1899, 12, 30)


class ExcelToIonOutput(Output):
    """Outputs of `ExcelToIon`."""

    uris: dict[str, str]
    """Title of a sheet to the address of its rows."""

    size: int
    """How many rows there are in all sheets together."""


class ExcelToIon(Conversion):
    """Read the sheets of an Excel file (`.xlsx`) into row files, row by row. Formulas give the value that was
    last computed.

    Fails when the file is no Excel file, and when a sheet asked for does not exist.
    """

    gives: ClassVar[type[Output]] = ExcelToIonOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Read one sheet of an uploaded file",
            """\
id: excel-to-ion
namespace: company.team
inputs:
  - id: file
    type: FILE
tasks:
  - id: sheets
    type: io.kestra.plugin.serdes.excel.ExcelToIon
    from: "{{ inputs.file }}"
    sheetsTitle: [Orders]
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ read(outputs.sheets.uris.Orders) }}"
""",
        ),
    )

    sheets_title: list[Text] | None = None
    """Titles of the sheets to read; all when left out."""

    header: bool = True
    """Whether the first row names the columns; otherwise every row becomes a list."""

    skip_rows: int = 0
    """How many rows at the top of a sheet are left out, before the header."""

    skip_empty_rows: bool = False
    """Whether rows without any value are left out."""

    value_render: Literal["UNFORMATTED_VALUE", "FORMULA"] = "UNFORMATTED_VALUE"
    """What cells give. Both mean the value itself: a formula gives its result."""

    date_time_render: Literal["UNFORMATTED_VALUE", "SERIAL_NUMBER"] = "UNFORMATTED_VALUE"
    """Whether dates become ISO text, or the number of days since 1899-12-30 that Excel keeps."""

    charset: Text | None = None
    """Accepted and without effect: Excel files are always Unicode."""

    def run(self, ctx: RunContext) -> ExcelToIonOutput:
        """Convert the sheets."""
        import openpyxl  # type: ignore[import-untyped, unused-ignore]
        from openpyxl.utils.exceptions import (  # type: ignore[import-untyped, unused-ignore]
            InvalidFileException,
        )

        with ctx.open(self.from_) as source:
            try:
                book = openpyxl.load_workbook(source, read_only=True, data_only=True)
            except (zipfile.BadZipFile, InvalidFileException, KeyError, OSError, ValueError) as error:
                raise TaskFailure(f"{self.from_} is not an Excel file (.xlsx): {error}") from error
            try:
                found = {
                    sheet.title: store_rows(ctx, self._rows(sheet.iter_rows(values_only=True)))
                    for sheet in self._sheets(book)
                }
            finally:
                book.close()
        uris = {title: output.uri for title, output in found.items()}
        return ExcelToIonOutput(uris=uris, size=sum(output.size for output in found.values()))

    def _sheets(self, book: Any) -> list[Any]:
        if self.sheets_title is None:
            return list(book.worksheets)
        known = {sheet.title: sheet for sheet in book.worksheets}
        missing = [title for title in self.sheets_title if title not in known]
        if missing:
            raise TaskFailure(f"sheetsTitle: {self.from_} has no sheets {missing}; it has {list(known)}")
        return [known[title] for title in self.sheets_title]

    def _rows(self, rows: Iterable[Sequence[Any]]) -> Iterator[Json]:
        columns: list[str] | None = None
        for number, row in enumerate(rows):
            if number < self.skip_rows:
                continue
            if self.header and columns is None:
                columns = _columns(row)
                continue
            if self.skip_empty_rows and not any(cell not in (None, "") for cell in row):
                continue
            values = [self._value(cell) for cell in row]
            if columns is None:
                yield values
            else:
                values += [None] * (len(columns) - len(values))
                yield {name: value for name, value in zip(columns, values, strict=False) if name}

    def _value(self, cell: Any) -> Json:
        if isinstance(cell, date | time | timedelta):
            return _serial(cell) if self.date_time_render == "SERIAL_NUMBER" else _iso(cell)
        return cell


def _columns(row: Sequence[Any]) -> list[str]:
    """Return the names of columns; those without a name are left out later."""
    return [
        "" if cell is None else _iso(cell) if isinstance(cell, date | time) else str(cell) for cell in row
    ]


def _iso(cell: date | time | timedelta) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time(0) else cell.isoformat()
    return str(cell) if isinstance(cell, timedelta) else cell.isoformat()


def _serial(cell: date | time | timedelta) -> float:
    if isinstance(cell, time):
        cell = datetime.combine(_EPOCH, cell)
    elif isinstance(cell, date) and not isinstance(cell, datetime):
        cell = datetime.combine(cell, time(0))
    span = cell if isinstance(cell, timedelta) else cell - _EPOCH
    return span / timedelta(days=1)
