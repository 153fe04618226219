"""Turn JSON into YAML."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from engine.plugin import Example
from engine.plugins.serdes._conversion import Charset, Conversion, ConversionOutput, store_text
from engine.plugins.serdes.json._values import read_array, read_lines
from engine.plugins.serdes.yaml._documents import write_documents

if TYPE_CHECKING:
    from engine.plugin import RunContext


class JsonToYaml(Charset, Conversion):
    """Turn a JSON file into YAML: the elements of an array, or the lines, become documents.

    Fails when the file is not JSON.
    """

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "An object as YAML",
            """\
id: json-to-yaml
namespace: company.team
tasks:
  - id: file
    type: io.kestra.plugin.core.storage.Write
    extension: .json
    content: '{"cities": ["Paris", "Oslo"], "limit": 10}'
  - id: settings
    type: io.kestra.plugin.serdes.yaml.JsonToYaml
    from: "{{ outputs.file.uri }}"
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ read(outputs.settings.uri) }}"
""",
            runnable=True,
        ),
    )

    jsonl: bool = False
    """Whether the file holds one value per line."""

    def run(self, ctx: RunContext) -> ConversionOutput:
        """Convert the file."""
        with self.reading(ctx, self.from_) as source:
            values = (read_lines if self.jsonl else read_array)(source, self.from_)
            return store_text(ctx, "values.yaml", self.writes, lambda text: write_documents(values, text))
