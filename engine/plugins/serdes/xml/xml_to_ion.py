"""Read XML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from engine.errors import TaskFailure
from engine.model.json import Json
from engine.plugin import Example, Text
from engine.plugins.serdes._conversion import Charset, Conversion, ConversionOutput, store_rows
from engine.plugins.serdes.xml._elements import values_at

if TYPE_CHECKING:
    from engine.plugin import RunContext

_BLOCK = 1 << 16


class ParserConfiguration(BaseModel):
    """How XML is read."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", use_attribute_docstrings=True
    )

    force_list: list[Text] = []
    """Names of elements that become a list even when there is only one of them."""


class XmlToIon(Charset, Conversion):
    """Read an XML file into a row file.

    Attributes and children become fields, several children of one name a list; texts that look like numbers
    or truth values become such. With `query` every element at that path becomes a row, and the file is read
    piece by piece. Without it the whole file is one row `{root: …}`, or, when the root holds nothing but
    elements of one name, these elements are the rows; it is then held in memory.

    Fails when the file is not XML, and when it declares entities.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.serdes.xml.XmlReader",)
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Every book of a catalogue",
            """\
id: xml-to-ion
namespace: company.team
tasks:
  - id: file
    type: io.kestra.plugin.core.storage.Write
    extension: .xml
    content: |
      <catalogue>
        <book id="1"><title>Faust</title><price>9.5</price></book>
        <book id="2"><title>Emma</title><price>8</price></book>
      </catalogue>
  - id: books
    type: io.kestra.plugin.serdes.xml.XmlToIon
    from: "{{ outputs.file.uri }}"
    query: /catalogue/book
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.books.size }} books: {{ read(outputs.books.uri) }}"
""",
            runnable=True,
        ),
    )

    query: Text | None = None
    """Path of the elements that become rows, from the root: `/catalogue/book`."""

    parser_configuration: ParserConfiguration = ParserConfiguration()
    """How the file is read."""

    def run(self, ctx: RunContext) -> ConversionOutput:
        """Convert the file."""
        path = (self.query or "").strip("/").split("/") if self.query else []
        if self.query and not all(part.strip() for part in path):
            raise TaskFailure(f"query: '{self.query}' is not a path; write it like /catalogue/book")
        declared = self.writes == "utf-8"  # then what the file says of itself counts
        values = values_at(
            self._blocks(ctx, declared),
            path,
            lists=frozenset(self.parser_configuration.force_list),
            encoding=None if declared else "utf-8",
            source=self.from_,
        )
        return store_rows(ctx, values if path else _rows(values))

    def _blocks(self, ctx: RunContext, declared: bool) -> Iterator[bytes]:
        if declared:
            with ctx.open(self.from_) as source:
                yield from iter(partial(source.read, _BLOCK), b"")
        else:
            with self.reading(ctx, self.from_) as text:
                yield from (block.encode() for block in iter(partial(text.read, _BLOCK), ""))


def _rows(values: Iterator[Json]) -> Iterator[Json]:
    """Yield the elements of a root that holds only elements of one name, otherwise the root."""
    for whole in values:
        (inside,) = whole.values()
        if isinstance(inside, dict) and len(inside) == 1:
            (inside,) = inside.values()
        yield from inside if isinstance(inside, list) else [whole]
