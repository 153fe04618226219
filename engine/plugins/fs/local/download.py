"""Store a file of this machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from engine.errors import TaskFailure
from engine.plugin import Example, Output, Task, Text
from engine.plugins.fs.local._allowed import existing

if TYPE_CHECKING:
    from engine.plugin import RunContext


class DownloadOutput(Output):
    """Outputs of `Download`."""

    uri: str
    """Address of the stored file."""

    size: int
    """Size in bytes."""


class Download(Task):
    """Put a file of this machine into the internal storage.

    Fails when it does not exist, is a folder, or is not in a folder the operator allows.
    """

    gives: ClassVar[type[Output]] = DownloadOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Read a file of a shared folder",
            """\
id: download-local
namespace: company.team
tasks:
  - id: orders
    type: io.kestra.plugin.fs.local.Download
    from: /data/input/orders.csv
  - id: rows
    type: io.kestra.plugin.serdes.csv.CsvToIon
    from: "{{ outputs.orders.uri }}"
""",
        ),
    )

    from_: Annotated[Text, Field(alias="from")]
    """Absolute path of the file."""

    def run(self, ctx: RunContext) -> DownloadOutput:
        """Store the file."""
        place = existing(ctx, "from", self.from_)
        if place.is_dir():
            raise TaskFailure(f"from: '{self.from_}' is a folder; write the path of a file")
        return DownloadOutput(uri=ctx.put(place.name, place), size=place.stat().st_size)
