"""Read JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from engine.plugin import Example
from engine.plugins.serdes._conversion import Charset, Conversion, ConversionOutput, store_rows
from engine.plugins.serdes.json._values import read_array, read_lines

if TYPE_CHECKING:
    from engine.plugin import RunContext


class JsonToIon(Charset, Conversion):
    """Read a JSON file into a row file: one value per line, or one array whose elements become the rows.

    Both are read piece by piece. Fails when the file is not JSON, with the line.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.serdes.json.JsonReader",)
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Read an array of objects",
            """\
id: json-to-ion
namespace: company.team
tasks:
  - id: file
    type: io.kestra.plugin.core.storage.Write
    extension: .json
    content: '[{"id": 1, "city": "Paris"}, {"id": 2, "city": "Oslo"}]'
  - id: rows
    type: io.kestra.plugin.serdes.json.JsonToIon
    from: "{{ outputs.file.uri }}"
    newLine: false
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.rows.size }} rows: {{ read(outputs.rows.uri) }}"
""",
            runnable=True,
        ),
    )

    new_line: bool = True
    """Whether the file holds one value per line; otherwise it is one array, or one single value."""

    def run(self, ctx: RunContext) -> ConversionOutput:
        """Convert the file."""
        read = read_lines if self.new_line else read_array
        with self.reading(ctx, self.from_) as text:
            return store_rows(ctx, read(text, self.from_))
