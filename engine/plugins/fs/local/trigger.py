"""Start a flow with files that appear in a folder of this machine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from engine.errors import FlowsmithError
from engine.plugin import Duration, Example, Fired, Output, PollingTrigger, Text
from engine.plugins._seen import Change, On, Seen
from engine.plugins.fs.local._file import LocalFile, describe
from engine.plugins.fs.local._taking import check_action, matching, put_aside

if TYPE_CHECKING:
    from engine.plugin import RunContext

_NAMESPACE = "_local_triggers"


class ChangedLocalFile(LocalFile):
    """A file that started the flow."""

    change_type: Change = "CREATE"
    """Whether it is new or has new content."""


class TriggerOutput(Output):
    """Variables of a start, read as `trigger.<name>`."""

    files: list[ChangedLocalFile] = []
    """The files, by path; `uri` is the address of the stored file."""


class Trigger(PollingTrigger):
    """Watches a folder of this machine and starts the flow with files that are new or changed.

    The files are put into the internal storage. Which ones were seen is remembered by date and size, so a
    file that stays starts the flow once. Links are left out. The operator says which folders flows may use.
    """

    gives: ClassVar[type[Output]] = TriggerOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Handle files as they arrive",
            """\
id: local-trigger
namespace: company.team
tasks:
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: "{{ (trigger.files ?? []) | jq('.[].uri') }}"
    tasks:
      - id: size
        type: io.kestra.plugin.core.storage.Size
        uri: "{{ taskrun.value }}"
triggers:
  - id: arrival
    type: io.kestra.plugin.fs.local.Trigger
    interval: PT1M
    from: /data/input
    regExp: .*\\.csv
    action: MOVE
    moveDirectory: /data/done
""",
        ),
    )

    from_: Annotated[Text, Field(alias="from")]
    """Absolute path of the folder."""

    reg_exp: Text | None = None
    """Regular expression that the whole path of a file must match."""

    recursive: bool = False
    """Whether the files of the folders inside are taken too."""

    max_files: Annotated[int, Field(ge=1)] = 25
    """How many files start the flow at most; the others start it at the next look."""

    action: Literal["NONE", "DELETE", "MOVE"] = "NONE"
    """What is done with a file of the folder once it is stored."""

    move_directory: Text | None = None
    """Absolute path of the folder for files that are moved."""

    on: On = "CREATE_OR_UPDATE"
    """Which files start the flow: new ones, those with new content, or both."""

    state_key: Text | None = None
    """Name under which seen files are remembered; by default one of this trigger's own."""

    state_ttl: Duration | None = None
    """How long a seen file is remembered after it was last there; for ever when left out."""

    def poll(self, ctx: RunContext) -> Fired | None:
        """Look once."""
        check_action(self.action, self.move_directory)
        folder, paths = matching(ctx, self.from_, self.reg_exp, recursive=self.recursive)
        seen = Seen(ctx, _NAMESPACE, self.state_key, self.state_ttl)
        changes = [
            (path, change)
            for path in paths
            if (change := seen.wanted(path.as_uri(), _version(path), self.on)) is not None
        ]
        if len(changes) > self.max_files:
            ctx.info(f"{len(changes)} files are new; {self.max_files} are taken now, as `maxFiles` says")
        files = [self._take(ctx, seen, path, folder, change) for path, change in changes[: self.max_files]]
        seen.save()
        return (
            Fired(TriggerOutput(files=files).model_dump(mode="json", by_alias=True, exclude_none=True))
            if files
            else None
        )

    def _take(
        self, ctx: RunContext, seen: Seen, path: Path, folder: Path, change: Change
    ) -> ChangedLocalFile:
        """Store a file, then do `action`; where that fails the flow starts all the same."""
        address = path.as_uri()
        seen.note(address, _version(path))
        found = describe(path).model_dump()
        found["uri"] = ctx.put(path.name, path)
        try:
            put_aside(ctx, path, folder, self.action, self.move_directory)
        except (FlowsmithError, OSError) as error:
            ctx.warn(f"{self.action} of {path}: {error}; the flow starts all the same")
        else:
            if self.action != "NONE":  # it is gone, so the next one of this name is new
                seen.forget(address)
        return ChangedLocalFile(**found, change_type=change)


def _version(path: Path) -> str:
    facts = path.stat()
    return f"{facts.st_mtime_ns}/{facts.st_size}"
