"""Put a stored file onto this machine."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from engine.model.id import new_id
from engine.plugin import Example, Output, Task, Text
from engine.plugins.fs.local._allowed import target

if TYPE_CHECKING:
    from engine.plugin import RunContext


class UploadOutput(Output):
    """Outputs of `Upload`."""

    uri: str
    """Address of the file, with `file://`."""

    size: int
    """Size in bytes."""


class Upload(Task):
    """Put a file of the internal storage into a folder of this machine; folders on the way are made.

    Fails when the stored file does not exist, when the target does and `overwrite` is false, and when the
    target is not in a folder the operator allows.
    """

    gives: ClassVar[type[Output]] = UploadOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Put a result into a shared folder",
            """\
id: upload-local
namespace: company.team
tasks:
  - id: result
    type: io.kestra.plugin.core.storage.Write
    content: "city,total"
    extension: .csv
  - id: upload
    type: io.kestra.plugin.fs.local.Upload
    from: "{{ outputs.result.uri }}"
    to: /data/output/totals.csv
""",
        ),
    )

    from_: Annotated[Text, Field(alias="from")]
    """Address of the stored file."""

    to: Text
    """Absolute path of the file; with `/` at its end the folder it comes into, under its stored name."""

    overwrite: bool = True
    """Whether a file that is there already is replaced."""

    def run(self, ctx: RunContext) -> UploadOutput:
        """Write the file."""
        to = f"{self.to}{self.from_.rpartition('/')[2]}" if self.to.endswith("/") else self.to
        with ctx.open(self.from_) as source:
            place = target(ctx, "to", to, overwrite=self.overwrite)
            partial = place.with_name(f".{place.name[:100]}.{new_id()[:8]}.part")
            try:
                with partial.open("wb") as file:
                    shutil.copyfileobj(source, file, 1 << 20)
                partial.replace(place)
            except BaseException:
                partial.unlink(missing_ok=True)
                raise
        return UploadOutput(uri=place.as_uri(), size=place.stat().st_size)
