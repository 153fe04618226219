"""Keep one row of each key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from engine.errors import TaskFailure
from engine.model.json import Json
from engine.plugin import STATIC, Example, Output, Task, Text
from engine.plugins.core.storage._name import extension_of
from engine.plugins.core.storage._rows import read_rows, store_rows

if TYPE_CHECKING:
    from engine.plugin import RunContext


class DeduplicateItemsOutput(Output):
    """Outputs of `DeduplicateItems`."""

    uri: str
    """Address of the file without the dropped rows."""

    num_keys: int
    """How many different keys there are, and so how many rows were kept."""

    processed_items_total: int
    """How many rows were read."""

    dropped_items_total: int
    """How many rows were dropped."""


class DeduplicateItems(Task):
    """Keep only the last row of each key, in the order of the file. The key is an expression over the fields
    of a row.

    Fails when the file does not exist, when a row is no map, and when the expression cannot be rendered.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.core.tasks.storages.DeduplicateItems",)
    row_properties: ClassVar[tuple[str, ...]] = ("expr",)
    gives: ClassVar[type[Output]] = DeduplicateItemsOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "The last row of each id",
            """\
id: deduplicate
namespace: company.team
tasks:
  - id: file
    type: io.kestra.plugin.core.storage.Write
    content: |
      {"id": 1, "fare": 10}
      {"id": 2, "fare": 20}
      {"id": 1, "fare": 30}
    extension: .ion
  - id: once
    type: io.kestra.plugin.core.storage.DeduplicateItems
    from: "{{ outputs.file.uri }}"
    expr: "{{ id }}"
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.once.numKeys }} of {{ outputs.once.processedItemsTotal }}"
""",
            runnable=True,
        ),
    )

    from_: Annotated[Text, Field(alias="from")]
    """Address of a file with one row a line."""

    expr: Annotated[Text, STATIC]
    """The key of a row, rendered with the fields of the row as variables."""

    def run(self, ctx: RunContext) -> DeduplicateItemsOutput:
        """Keep the last row of each key."""
        last: dict[str, int] = {}
        total = 0
        for row in read_rows(ctx, self.from_):
            last[self._key(ctx, row, total)] = total
            total += 1
        uri = store_rows(ctx, self._kept(ctx, set(last.values())), f"rows{extension_of(self.from_, '.ion')}")
        return DeduplicateItemsOutput(
            uri=uri,
            num_keys=len(last),
            processed_items_total=total,
            dropped_items_total=total - len(last),
        )

    def _key(self, ctx: RunContext, row: Json, number: int) -> str:
        if not isinstance(row, Mapping):
            raise TaskFailure(f"row {number + 1} of {self.from_} is no map, so it has no fields for a key")
        return str(ctx.render(self.expr, row))

    def _kept(self, ctx: RunContext, numbers: set[int]) -> Iterator[Json]:
        for number, row in enumerate(read_rows(ctx, self.from_)):
            if number in numbers:
                yield row
