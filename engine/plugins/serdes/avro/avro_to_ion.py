"""Read Avro."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from engine.errors import TaskFailure
from engine.model.json import Json
from engine.plugin import Example
from engine.plugins.serdes._conversion import Conversion, ConversionOutput, OnBadLines, bad_line, store_rows

if TYPE_CHECKING:
    from engine.plugin import RunContext

_BROKEN: tuple[type[Exception], ...] = (ValueError, EOFError, KeyError, IndexError, StopIteration, OSError)


class AvroToIon(Conversion):
    """Read an Avro file into a row file, block by block. Fails when the file is no Avro or is cut off."""

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.serdes.avro.AvroReader",)
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Read the records of an uploaded file",
            """\
id: avro-to-ion
namespace: company.team
inputs:
  - id: file
    type: FILE
tasks:
  - id: rows
    type: io.kestra.plugin.serdes.avro.AvroToIon
    from: "{{ inputs.file }}"
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.rows.size }} rows"
""",
        ),
    )

    on_bad_lines: OnBadLines = "ERROR"
    """What is done when a record cannot be read: fail, or keep the records before it, with or without a
    warning. What comes after a broken record cannot be found."""

    def run(self, ctx: RunContext) -> ConversionOutput:
        """Convert the file."""
        import fastavro  # type: ignore[import-untyped, unused-ignore]

        with ctx.open(self.from_) as source:
            try:
                reader = fastavro.reader(source)
            except _BROKEN as error:
                raise TaskFailure(f"{self.from_} is not an Avro file: {error}") from error
            return store_rows(ctx, self._rows(ctx, reader))

    def _rows(self, ctx: RunContext, reader: Any) -> Iterator[Json]:
        count = 0
        while True:
            try:
                row = next(reader)
            except StopIteration:
                return
            except _BROKEN as error:
                problem = (
                    f"record {count + 1} of {self.from_} cannot be read: {error or type(error).__name__}"
                )
                bad_line(ctx, self.on_bad_lines, problem)
                return
            count += 1
            yield row
