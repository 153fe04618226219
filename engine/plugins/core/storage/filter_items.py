"""Keep the rows that fulfil a condition."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from engine.errors import ExpressionError, TaskFailure
from engine.model.json import Json
from engine.model.truth import is_truthy
from engine.plugin import STATIC, Example, Output, Task, Text
from engine.plugins.core.storage._name import extension_of
from engine.plugins.core.storage._rows import fields_of, read_rows, store_rows

if TYPE_CHECKING:
    from engine.plugin import RunContext


class FilterItemsOutput(Output):
    """Outputs of `FilterItems`."""

    uri: str
    """Address of the file with the rows that were kept."""

    processed_items_total: int
    """How many rows were read."""

    dropped_items_total: int
    """How many rows were dropped."""


class FilterItems(Task):
    """Keep, or drop, the rows of a file that fulfil a condition over their fields.

    The rendered condition is trimmed; it is false when it is empty, `false`, `0` or `-0`. Fails when the file
    does not exist, and when the condition cannot be rendered for a row (unless `errorOrNullBehavior` says
    otherwise).
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.core.tasks.storages.FilterItems",)
    row_properties: ClassVar[tuple[str, ...]] = ("filterCondition",)
    gives: ClassVar[type[Output]] = FilterItemsOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Only high fares",
            """\
id: high-fares
namespace: company.team
tasks:
  - id: file
    type: io.kestra.plugin.core.storage.Write
    content: |
      {"id": 1, "fare": 10}
      {"id": 2, "fare": 20}
    extension: .ion
  - id: high
    type: io.kestra.plugin.core.storage.FilterItems
    from: "{{ outputs.file.uri }}"
    filterCondition: "{{ fare > 15 }}"
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ read(outputs.high.uri) }}"
""",
            runnable=True,
        ),
    )

    from_: Annotated[Text, Field(alias="from")]
    """Address of a file with one row a line."""

    filter_condition: Annotated[Text, STATIC]
    """The condition, rendered with the fields of the row as variables."""

    filter_type: Literal["INCLUDE", "EXCLUDE"] = "INCLUDE"
    """Whether rows that fulfil the condition are kept or dropped."""

    error_or_null_behavior: Literal["FAIL", "INCLUDE", "EXCLUDE"] = "FAIL"
    """What is done with a row whose condition cannot be rendered: fail, keep it, or drop it."""

    def run(self, ctx: RunContext) -> FilterItemsOutput:
        """Filter the rows."""
        counts = {True: 0, False: 0}
        uri = store_rows(ctx, self._kept(ctx, counts), f"rows{extension_of(self.from_, '.ion')}")
        return FilterItemsOutput(
            uri=uri, processed_items_total=counts[True] + counts[False], dropped_items_total=counts[False]
        )

    def _kept(self, ctx: RunContext, counts: dict[bool, int]) -> Iterator[Json]:
        for number, row in enumerate(read_rows(ctx, self.from_), 1):
            keep = self._keeps(ctx, row, number)
            counts[keep] += 1
            if keep:
                yield row

    def _keeps(self, ctx: RunContext, row: Json, number: int) -> bool:
        try:
            result = ctx.render(self.filter_condition, fields_of(row))
        except ExpressionError as error:
            if self.error_or_null_behavior == "FAIL":
                raise TaskFailure(
                    f"`{self.filter_condition}` cannot be rendered for row {number}: {error.message}; to go "
                    f"on anyway set `errorOrNullBehavior` to INCLUDE or EXCLUDE"
                ) from error
            return self.error_or_null_behavior == "INCLUDE"
        return is_truthy(str(result).strip()) == (self.filter_type == "INCLUDE")
