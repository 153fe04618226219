"""Turn YAML into JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from engine.plugin import Example
from engine.plugins.serdes._conversion import Charset, Conversion, ConversionOutput, store_text
from engine.plugins.serdes.json._values import json_bytes
from engine.plugins.serdes.json.ion_to_json import write_array, write_lines
from engine.plugins.serdes.yaml._documents import read_documents

if TYPE_CHECKING:
    from engine.plugin import RunContext


class YamlToJson(Charset, Conversion):
    """Turn a YAML file into JSON: its documents as one array, a single one as it is, or one per line.

    Fails when the file is not YAML, with the line.
    """

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Settings as JSON",
            """\
id: yaml-to-json
namespace: company.team
tasks:
  - id: file
    type: io.kestra.plugin.core.storage.Write
    extension: .yaml
    content: |
      cities: [Paris, Oslo]
      limit: 10
  - id: settings
    type: io.kestra.plugin.serdes.yaml.YamlToJson
    from: "{{ outputs.file.uri }}"
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ read(outputs.settings.uri) }}"
""",
            runnable=True,
        ),
    )

    jsonl: bool = False
    """Whether one value per line is written; otherwise one array."""

    def run(self, ctx: RunContext) -> ConversionOutput:
        """Convert the file."""
        with self.reading(ctx, self.from_) as source:
            values = (json_bytes(value).decode() for value in read_documents(source, self.from_))
            if self.jsonl:
                return store_text(ctx, "values.jsonl", self.writes, lambda text: write_lines(values, text))
            return store_text(ctx, "values.json", self.writes, lambda text: write_array(values, text))
