"""Turn a JSON array into lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from engine.plugin import Example
from engine.plugins.serdes._conversion import Charset, Conversion, ConversionOutput, store_text
from engine.plugins.serdes.json._values import json_bytes, read_array
from engine.plugins.serdes.json.ion_to_json import write_lines

if TYPE_CHECKING:
    from engine.plugin import RunContext


class JsonToJsonl(Charset, Conversion):
    """Turn a JSON array into a file with one value per line, element by element.

    Fails when the file is not JSON.
    """

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "One line for each element",
            """\
id: json-to-jsonl
namespace: company.team
tasks:
  - id: file
    type: io.kestra.plugin.core.storage.Write
    extension: .json
    content: '[{"id": 1}, {"id": 2}]'
  - id: lines
    type: io.kestra.plugin.serdes.json.JsonToJsonl
    from: "{{ outputs.file.uri }}"
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ read(outputs.lines.uri) }}"
""",
            runnable=True,
        ),
    )

    def run(self, ctx: RunContext) -> ConversionOutput:
        """Convert the file."""
        with self.reading(ctx, self.from_) as source:
            values = (json_bytes(value).decode() for value in read_array(source, self.from_))
            return store_text(ctx, "values.jsonl", self.writes, lambda text: write_lines(values, text))
