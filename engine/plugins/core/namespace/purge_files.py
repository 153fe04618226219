"""Remove old versions of the files of namespaces."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from engine.plugin import Example, Output, Task, Text

if TYPE_CHECKING:
    from engine.plugin import RunContext


class FileVersions(BaseModel):
    """Which versions are purged."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", use_attribute_docstrings=True
    )

    type: Literal["version"] = "version"
    """Versions are what can be purged."""

    before: datetime | None = None
    """Only versions from before this date."""

    keep_amount: Annotated[int, Field(ge=1)] | None = None
    """How many versions of a file are kept; 1 when neither this nor `before` is given."""

    @model_validator(mode="after")
    def _one_way(self) -> FileVersions:
        if self.before is not None and self.keep_amount is not None:
            raise ValueError("give either `before` or `keepAmount`, not both")
        return self


class PurgeFilesOutput(Output):
    """Outputs of `PurgeFiles`."""

    size: int
    """How many versions were removed."""


class PurgeFiles(Task):
    """Remove old versions of files of namespaces; the present version of a file always stays.

    The storage of this service keeps only the present version, so there is never an old one to remove: flows
    written for a storage with versions run unchanged. To delete files use DeleteFiles. Fails when both
    `namespaces` and `namespacePattern` are given.
    """

    gives: ClassVar[type[Output]] = PurgeFilesOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Keep the present version of all files in a namespace and those below",
            """\
id: purge-files
namespace: company.team
tasks:
  - id: purge
    type: io.kestra.plugin.core.namespace.PurgeFiles
    namespaces: [company]
    behavior:
      type: version
      keepAmount: 1
""",
            runnable=True,
        ),
    )

    file_pattern: Text | None = None
    """A glob pattern of paths; all files when left out."""

    namespaces: list[Text] | None = None
    """The namespaces; all when neither this nor `namespacePattern` is given."""

    namespace_pattern: Text | None = None
    """A glob pattern of namespaces, like `company.*`."""

    include_child_namespaces: bool = True
    """Whether namespaces below those listed are meant too."""

    behavior: FileVersions = FileVersions()
    """Which versions are purged."""

    @model_validator(mode="after")
    def _one_way(self) -> PurgeFiles:
        if self.namespaces is not None and self.namespace_pattern is not None:
            raise ValueError("give either `namespaces` or `namespacePattern`, not both")
        return self

    def run(self, ctx: RunContext) -> PurgeFilesOutput:
        """Remove nothing: a stored file has one version."""
        return PurgeFilesOutput(size=0)
