"""Files of a repository into a namespace."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from engine.errors import TaskFailure
from engine.expression.ion import write_ion_row
from engine.model.json import Json
from engine.plugin import Example, Output, Text
from engine.plugins.core.namespace._files import folder_of
from engine.plugins.git._properties import GitProperties
from engine.plugins.git._repository import branch_name
from engine.plugins.git._tree import below, clone_place, folder_in, same, tracked

if TYPE_CHECKING:
    from engine.plugin import RunContext


class SyncNamespaceFilesOutput(Output):
    """Outputs of `SyncNamespaceFiles`."""

    files: str
    """Address of a file with one row for each file: `gitPath`, `kestraPath` and `syncState`, which is ADDED,
    OVERWRITTEN, UNCHANGED or DELETED."""


class SyncNamespaceFiles(GitProperties):
    """Put the files of a folder in a repository into a namespace. Files that a `.kestraignore` in the
    repository names are left out, and so are links.

    Fails when the repository, the branch or the folder does not exist.
    """

    gives: ClassVar[type[Output]] = SyncNamespaceFilesOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Scripts and queries from Git, every quarter of an hour",
            """\
id: sync-files
namespace: system
tasks:
  - id: sync
    type: io.kestra.plugin.git.SyncNamespaceFiles
    url: https://github.com/company/flows
    branch: main
    username: git
    password: "{{ secret('GIT_TOKEN') }}"
    namespace: company.team
    gitDirectory: _files
    delete: true
triggers:
  - id: often
    type: io.kestra.plugin.core.trigger.Schedule
    cron: "*/15 * * * *"
""",
        ),
    )

    branch: Text = "main"
    """The branch."""

    namespace: Text | None = None
    """The namespace; by default the flow's own."""

    git_directory: Text = "_files"
    """Folder in the repository; `.` is all of it."""

    delete: bool = False
    """Whether files of the namespace that are not in the repository are deleted."""

    dry_run: bool = False
    """Whether nothing is changed and the output only tells what would be."""

    fail_on_missing_directory: bool = True
    """Whether it is a failure when the folder is not in the repository."""

    def run(self, ctx: RunContext) -> SyncNamespaceFilesOutput:
        """Put the files there."""
        namespace = folder_of(self.namespace or ctx.where.namespace)
        folder = folder_in(self.git_directory)
        root = clone_place(ctx)
        try:
            with self.git(ctx) as git:
                arguments = ["clone", "--quiet", "--depth", "1", "--single-branch", "--branch"]
                arguments += [branch_name("branch", self.branch)]
                if self.clone_submodules:
                    arguments.append("--recurse-submodules")
                git.run(*arguments, "--", self.url.strip(), str(root), folder=ctx.work_dir)
                if not (root / folder).is_dir() and self.fail_on_missing_directory:
                    raise TaskFailure(
                        f"gitDirectory: there is no folder '{self.git_directory}' in branch {self.branch}; "
                        f"name another, or set `failOnMissingDirectory: false`"
                    )
                sources = tracked(git, root, folder)
            rows = list(self._put(ctx, sources, namespace, folder))
        finally:
            shutil.rmtree(root, ignore_errors=True)
        for state in ("ADDED", "OVERWRITTEN", "DELETED"):
            ctx.metric(state.lower(), sum(row["syncState"] == state for row in rows))
        text = "".join(f"{write_ion_row(row)}\n" for row in rows)
        return SyncNamespaceFilesOutput(files=ctx.put("files.ion", text.encode()))

    def _put(
        self, ctx: RunContext, sources: dict[str, Path], namespace: str, folder: str
    ) -> Iterator[dict[str, Json]]:
        before = set(below(ctx, namespace))
        for name, path in sorted(sources.items()):
            stored = f"{namespace}/{name}"
            state = "ADDED"
            if name in before:
                state = "UNCHANGED" if same(ctx, stored, path) else "OVERWRITTEN"
            if state != "UNCHANGED" and not self.dry_run:
                ctx.world.files.put(stored, path)
            git_path = f"{folder}/{name}" if folder else name
            yield {"gitPath": git_path, "syncState": state, "kestraPath": f"/{name}"}
        for name in sorted(before - sources.keys()) if self.delete else ():
            if not self.dry_run:
                ctx.world.files.delete(f"{namespace}/{name}")
            yield {"gitPath": None, "syncState": "DELETED", "kestraPath": f"/{name}"}
