"""Write XML."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, time
from typing import TYPE_CHECKING, ClassVar, TextIO
from xml.sax.saxutils import escape

from engine.errors import TaskFailure
from engine.expression.text import printed
from engine.model.json import Json
from engine.plugin import Example, Text
from engine.plugins.serdes._conversion import Charset, Conversion, ConversionOutput, rows_of, store_text
from engine.plugins.serdes._dates import zone_of
from engine.plugins.serdes.json._values import in_zone

if TYPE_CHECKING:
    from engine.plugin import RunContext

_NAME = re.compile(r"[^\W\d][\w.-]*")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class IonToXml(Charset, Conversion):
    """Write a row file as XML, row by row: a root with one `item` for each row, fields as elements.

    null is an empty element, a list repeats its element. Fails when a field cannot be the name of an
    element, and when a text holds characters XML does not have.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.serdes.xml.XmlWriter",)
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Export the result of a query",
            """\
id: ion-to-xml
namespace: company.team
tasks:
  - id: query
    type: io.kestra.plugin.jdbc.duckdb.Query
    sql: SELECT 1 AS id, 'Paris' AS city UNION ALL SELECT 2, 'Oslo' ORDER BY id
    fetchType: STORE
  - id: export
    type: io.kestra.plugin.serdes.xml.IonToXml
    from: "{{ outputs.query.uri }}"
    rootName: cities
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ read(outputs.export.uri) }}"
""",
            runnable=True,
        ),
    )

    root_name: Text = "items"
    """Name of the root."""

    time_zone_id: Text | None = None
    """Time zone that dates with an offset are written in; by default the server's. Moments of UTC stay so."""

    def run(self, ctx: RunContext) -> ConversionOutput:
        """Convert the file."""
        zone = zone_of(ctx, self.time_zone_id)
        root = _checked(self.root_name)
        charset = self.writes

        def write(text: TextIO) -> int:
            text.write(f'<?xml version="1.0" encoding="{charset.upper()}"?>\n<{root}>\n')
            count = 0
            for row in rows_of(ctx, self.from_):
                text.writelines(_element("item", in_zone(row, zone), "  "))
                count += 1
            text.write(f"</{root}>\n")
            return count

        return store_text(ctx, "rows.xml", charset, write)


def _element(name: str, value: Json, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield f"{indent}<{name}>\n"
        for key, item in value.items():
            items = item if isinstance(item, list) else [item]
            for one in items:
                yield from _element(_checked(str(key)), one, indent + "  ")
        yield f"{indent}</{name}>\n"
    elif isinstance(value, list):
        yield f"{indent}<{name}>\n"
        for item in value:
            yield from _element("item", item, indent + "  ")
        yield f"{indent}</{name}>\n"
    elif value is None:
        yield f"{indent}<{name}/>\n"
    else:
        yield f"{indent}<{name}>{_text(value)}</{name}>\n"


def _text(value: Json) -> str:
    if isinstance(value, date | time):
        return value.isoformat()
    text = base64.b64encode(value).decode() if isinstance(value, bytes) else printed(value)
    if found := _NOT_XML.search(text):
        raise TaskFailure(f"the text {text[:80]!r} holds the character {found[0]!r}, which XML does not have")
    return escape(text, {"\r": "&#13;"})


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise TaskFailure(
            f"'{name}' cannot be the name of an XML element; use letters, digits, `_`, `-` and `.`, "
            f"and a letter first"
        )
    return name
