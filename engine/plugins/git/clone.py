"""Clone a repository."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from engine.errors import TaskFailure
from engine.model.id import new_id
from engine.plugin import Example, Output, Text
from engine.plugins.git._properties import GitProperties
from engine.plugins.git._repository import Git, branch_name, commit_id
from engine.plugins.scripts._files import inside

if TYPE_CHECKING:
    from engine.plugin import RunContext


class CloneOutput(Output):
    """Outputs of `Clone`."""

    directory: str
    """Absolute path of the folder."""


class Clone(GitProperties):
    """Clone a repository into the working directory; of use inside a WorkingDirectory, whose tasks see the
    files then. Files that are there already stay, unless the repository has the same ones.

    Fails when the repository cannot be reached, and when the branch, tag or commit does not exist.
    """

    gives: ClassVar[type[Output]] = CloneOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Run a script of a repository",
            """\
id: git-clone
namespace: company.team
tasks:
  - id: folder
    type: io.kestra.plugin.core.flow.WorkingDirectory
    tasks:
      - id: clone
        type: io.kestra.plugin.git.Clone
        url: https://github.com/company/scripts
        branch: main
        username: git
        password: "{{ secret('GIT_TOKEN') }}"
      - id: work
        type: io.kestra.plugin.scripts.shell.Commands
        taskRunner:
          type: io.kestra.plugin.core.runner.Process
        commands:
          - sh etl.sh
""",
        ),
    )

    directory: Text | None = None
    """Folder in the working directory; by default the working directory itself."""

    branch: Text | None = None
    """The branch; by default the main one of the repository."""

    depth: Annotated[int, Field(ge=1)] = 1
    """How many commits of the history are fetched; without effect with `tag` or `commit`."""

    tag: Text | None = None
    """A tag instead of a branch."""

    commit: Text | None = None
    """Id of a commit instead of a branch."""

    clone_all_branches: bool = True
    """Whether all branches are fetched."""

    no_tags: bool = False
    """Whether tags are left out."""

    def run(self, ctx: RunContext) -> CloneOutput:
        """Clone the repository."""
        target = inside(ctx.work_dir, self.directory) if self.directory else ctx.work_dir
        whole = ctx.work_dir / f".clone-{new_id()}"
        try:
            with self.git(ctx) as git:
                git.run(*self._arguments(), str(whole), folder=ctx.work_dir)
                if self.commit:
                    self._check_out(git, whole, commit_id(self.commit))
            _put_into(whole, target)
        finally:
            shutil.rmtree(whole, ignore_errors=True)
        return CloneOutput(directory=str(target.resolve()))

    def _arguments(self) -> list[str]:
        arguments = ["clone", "--quiet"]
        if not self.tag and not self.commit:
            arguments += ["--depth", str(self.depth)]
        if self.tag:
            arguments += ["--branch", branch_name("tag", self.tag)]
        elif self.branch:
            arguments += ["--branch", branch_name("branch", self.branch)]
        arguments.append("--no-single-branch" if self.clone_all_branches else "--single-branch")
        if self.no_tags and not self.tag:
            arguments.append("--no-tags")
        if self.clone_submodules:
            arguments.append("--recurse-submodules")
        return [*arguments, "--", self.url.strip()]

    def _check_out(self, git: Git, folder: Path, commit: str) -> None:
        code, _ = git.ran("cat-file", "-e", f"{commit}^{{commit}}", folder=folder)
        if code:
            raise TaskFailure(f"commit: the repository has no commit '{commit}' on the branches it gives")
        git.run("checkout", "--quiet", "--detach", commit, folder=folder)
        if self.clone_submodules:
            git.run("submodule", "update", "--init", "--recursive", folder=folder)


def _put_into(source: Path, target: Path) -> None:
    """Move everything into a folder that may have files already."""
    target.mkdir(parents=True, exist_ok=True)
    for entry in source.iterdir():
        place = target / entry.name
        if entry.is_dir() and not entry.is_symlink() and place.is_dir() and not place.is_symlink():
            _put_into(entry, place)
            continue
        if place.is_symlink() or place.is_file():
            place.unlink()
        elif place.exists():
            shutil.rmtree(place)
        shutil.move(entry, place)
