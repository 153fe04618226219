"""Read YAML."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from engine.plugin import Example
from engine.plugins.serdes._conversion import Charset, Conversion, ConversionOutput, store_rows
from engine.plugins.serdes.yaml._documents import read_documents

if TYPE_CHECKING:
    from engine.plugin import RunContext


class YamlToIon(Charset, Conversion):
    """Read a YAML file into a row file: every document becomes one row. Dates stay text.

    Fails when the file is not YAML, with the line.
    """

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Two documents",
            """\
id: yaml-to-ion
namespace: company.team
tasks:
  - id: file
    type: io.kestra.plugin.core.storage.Write
    extension: .yaml
    content: |
      city: Paris
      ---
      city: Oslo
  - id: rows
    type: io.kestra.plugin.serdes.yaml.YamlToIon
    from: "{{ outputs.file.uri }}"
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.rows.size }} rows: {{ read(outputs.rows.uri) }}"
""",
            runnable=True,
        ),
    )

    def run(self, ctx: RunContext) -> ConversionOutput:
        """Convert the file."""
        with self.reading(ctx, self.from_) as text:
            return store_rows(ctx, read_documents(text, self.from_))
