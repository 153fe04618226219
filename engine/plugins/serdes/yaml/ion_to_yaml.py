"""Write YAML."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from engine.plugin import Example
from engine.plugins.serdes._conversion import Charset, Conversion, ConversionOutput, rows_of, store_text
from engine.plugins.serdes.yaml._documents import write_documents

if TYPE_CHECKING:
    from engine.plugin import RunContext


class IonToYaml(Charset, Conversion):
    """Write a row file as YAML, row by row: one document each, with `---` before it if there are several."""

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Export the result of a query",
            """\
id: ion-to-yaml
namespace: company.team
tasks:
  - id: query
    type: io.kestra.plugin.jdbc.duckdb.Query
    sql: SELECT 1 AS id, 'Paris' AS city
    fetchType: STORE
  - id: export
    type: io.kestra.plugin.serdes.yaml.IonToYaml
    from: "{{ outputs.query.uri }}"
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ read(outputs.export.uri) }}"
""",
            runnable=True,
        ),
    )

    def run(self, ctx: RunContext) -> ConversionOutput:
        """Convert the file."""
        rows = rows_of(ctx, self.from_)
        return store_text(ctx, "rows.yaml", self.writes, lambda text: write_documents(rows, text))
