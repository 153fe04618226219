"""Files of a namespace into a repository."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from engine.errors import TaskFailure
from engine.plugin import Example, Output, Text
from engine.plugins.core.namespace._files import as_list, folder_of
from engine.plugins.git._push import PushProperties, place_in
from engine.plugins.git._repository import Git
from engine.plugins.git._tree import IGNORED, below, folder_in, tracked
from engine.plugins.scripts._glob import path_pattern

if TYPE_CHECKING:
    from engine.plugin import RunContext


class PushNamespaceFilesOutput(Output):
    """Outputs of `PushNamespaceFiles`."""

    files: str
    """Address of a file with one row for each file that differs: `file`, `additions`, `deletions` and
    `changes`, their sum, in lines."""

    commit_id: str | None = None
    """Id of the commit; null when nothing differs, or with `dryRun`."""

    commit_url: Annotated[str | None, Field(alias="commitURL")] = None
    """Address of the commit for a browser; null when the host of the repository has none."""


class PushNamespaceFiles(PushProperties):
    """Commit the files of a namespace to a folder in a repository and push. Nothing is pushed when nothing
    differs. A branch that does not exist is made.

    Fails when the repository cannot be reached, when it refuses the push, and when no file matches while
    `errorOnMissing` is true.
    """

    gives: ClassVar[type[Output]] = PushNamespaceFilesOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Keep the scripts of a namespace in Git",
            """\
id: push-files
namespace: system
tasks:
  - id: push
    type: io.kestra.plugin.git.PushNamespaceFiles
    url: https://github.com/company/flows
    branch: from-production
    username: git
    password: "{{ secret('GIT_TOKEN') }}"
    namespace: company.team
    files: "scripts/**"
    commitMessage: "Scripts of {{ flow.namespace }}"
    authorName: Ann
    authorEmail: ann@example.org
""",
        ),
    )

    namespace: Text | None = None
    """The namespace; by default the flow's own."""

    files: list[str] | str = "**"
    """A path or glob pattern, or a list of them."""

    git_directory: Text = "_files"
    """Folder in the repository; `.` is all of it."""

    delete: bool = True
    """Whether files of the folder that match `files` and are not in the namespace are deleted."""

    error_on_missing: bool = False
    """Whether it is a failure when no file of the namespace matches."""

    def run(self, ctx: RunContext) -> PushNamespaceFilesOutput:
        """Commit and push."""
        namespace = self.namespace or ctx.where.namespace
        names = self._names(ctx, folder_of(namespace))
        folder = folder_in(self.git_directory)

        def write(git: Git, root: Path) -> None:
            self._write(ctx, git, root, folder, names)

        message = f"Files of the namespace {namespace}"
        pushed = self.push(ctx, write, name="files.ion", message=message)
        return PushNamespaceFilesOutput(files=pushed.rows, commit_id=pushed.commit, commit_url=pushed.url)

    def _names(self, ctx: RunContext, namespace: str) -> dict[str, str]:
        """Return the files of the namespace that match: path to stored path."""
        found = {name: f"{namespace}/{name}" for name in below(ctx, namespace) if self._meant(name)}
        if not found and self.error_on_missing:
            raise TaskFailure(
                f"files: no file of the namespace matches {self.files}; to accept that set "
                f"`errorOnMissing: false`"
            )
        return found

    def _meant(self, name: str) -> bool:
        patterns = (f"{one}**" if one.endswith("/") else one for one in as_list(self.files))
        return any(path_pattern(one).fullmatch(name) for one in patterns)

    def _write(self, ctx: RunContext, git: Git, root: Path, folder: str, names: dict[str, str]) -> None:
        known = tracked(git, root, folder)
        for name in known.keys() - names.keys() if self.delete else ():
            if self._meant(name):
                known[name].unlink()
        (root / folder).mkdir(parents=True, exist_ok=True)
        for name, stored in names.items():
            if ".git" in name.split("/") or name.rpartition("/")[2] == IGNORED:
                ctx.warn(f"'{name}' is left out; such names have a meaning of their own")
                continue
            place = place_in(root, f"{folder}/{name}" if folder else name)
            with ctx.world.files.open(stored) as source, place.open("wb") as file:
                shutil.copyfileobj(source, file, 1 << 20)
        git.run("add", "--force", "--all", "--", ".", folder=root / folder)
