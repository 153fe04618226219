"""Files of a namespace into a repository."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic import Field

from engine.errors import TaskFailure
from engine.expression.ion import write_ion_row
from engine.model.json import Json
from engine.plugin import Example, Output, Text
from engine.plugins.core.namespace._files import as_list, folder_of
from engine.plugins.git._properties import GitProperties
from engine.plugins.git._repository import Git, branch_name, lines
from engine.plugins.git._tree import IGNORED, below, clone_place, folder_in, tracked
from engine.plugins.scripts._glob import path_pattern

if TYPE_CHECKING:
    from engine.plugin import RunContext

_SSH = re.compile(r"(?:ssh://)?(?:[\w.-]+@)?([\w.-]+)(?::\d+)?[:/](.+)")


class PushNamespaceFilesOutput(Output):
    """Outputs of `PushNamespaceFiles`."""

    files: str
    """Address of a file with one row for each file that differs: `file`, `additions`, `deletions` and
    `changes`, their sum, in lines."""

    commit_id: str | None = None
    """Id of the commit; null when nothing differs, or with `dryRun`."""

    commit_url: Annotated[str | None, Field(alias="commitURL")] = None
    """Address of the commit for a browser; null when the host of the repository has none."""


class PushNamespaceFiles(GitProperties):
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

    branch: Text = "main"
    """The branch."""

    namespace: Text | None = None
    """The namespace; by default the flow's own."""

    files: list[str] | str = "**"
    """A path or glob pattern, or a list of them."""

    git_directory: Text = "_files"
    """Folder in the repository; `.` is all of it."""

    commit_message: Text | None = None
    """Message of the commit."""

    author_name: Text | None = None
    """Name of the author; by default the user name."""

    author_email: Text | None = None
    """Mail address of the author."""

    delete: bool = True
    """Whether files of the folder that match `files` and are not in the namespace are deleted."""

    dry_run: bool = False
    """Whether nothing is pushed and the output only tells what would be."""

    error_on_missing: bool = False
    """Whether it is a failure when no file of the namespace matches."""

    def run(self, ctx: RunContext) -> PushNamespaceFilesOutput:
        """Commit and push."""
        namespace = self.namespace or ctx.where.namespace
        names = self._names(ctx, folder_of(namespace))
        folder = folder_in(self.git_directory)
        root = clone_place(ctx)
        try:
            with self.git(ctx) as git:
                self._clone(ctx, git, root)
                self._write(ctx, git, root, folder, names)
                rows = list(_differences(git, root))
                commit = None
                if rows and not self.dry_run:
                    commit = self._push(git, root, namespace)
        finally:
            shutil.rmtree(root, ignore_errors=True)
        if not rows:
            ctx.info("Nothing differs, so nothing is pushed")
        text = "".join(f"{write_ion_row(row)}\n" for row in rows)
        return PushNamespaceFilesOutput(
            files=ctx.put("files.ion", text.encode()),
            commit_id=commit,
            commit_url=commit_url(self.url.strip(), commit) if commit else None,
        )

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

    def _clone(self, ctx: RunContext, git: Git, root: Path) -> None:
        """Clone the branch, or begin it: from the main branch, or anew in an empty repository."""
        branch = branch_name("branch", self.branch)
        url = self.url.strip()
        git.run(
            "clone",
            "--quiet",
            "--depth",
            "1",
            "--no-single-branch",
            "--",
            url,
            str(root),
            folder=ctx.work_dir,
        )
        exists, _ = git.ran("rev-parse", "--verify", "--quiet", f"refs/remotes/origin/{branch}", folder=root)
        begins, _ = git.ran("rev-parse", "--verify", "--quiet", "HEAD", folder=root)
        if exists == 0:
            git.run("checkout", "--quiet", "-B", branch, f"refs/remotes/origin/{branch}", folder=root)
        elif begins == 0:
            git.run("checkout", "--quiet", "-B", branch, folder=root)
        else:
            git.run("symbolic-ref", "HEAD", f"refs/heads/{branch}", folder=root)

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
            place = root / folder / name
            if not place.parent.resolve().is_relative_to(root.resolve()) or place.is_symlink():
                raise TaskFailure(f"'{name}' is a link in the repository; remove it there")
            place.parent.mkdir(parents=True, exist_ok=True)
            with ctx.world.files.open(stored) as source, place.open("wb") as file:
                shutil.copyfileobj(source, file, 1 << 20)
        git.run("add", "--force", "--all", "--", ".", folder=root / folder)

    def _push(self, git: Git, root: Path, namespace: str) -> str:
        name = self.author_name or self.username or "Flowsmith"
        email = self.author_email or "flowsmith@localhost"
        message = self.commit_message or f"Files of the namespace {namespace}"
        identity = ["-c", f"user.name={name}", "-c", f"user.email={email}"]
        git.run(*identity, "commit", "--quiet", f"--message={message}", folder=root)
        git.run("push", "--quiet", "origin", f"HEAD:refs/heads/{self.branch}", folder=root)
        return git.run("rev-parse", "HEAD", folder=root).strip()


def _differences(git: Git, root: Path) -> Iterator[dict[str, Json]]:
    """Yield what is staged; files that are no text have no lines."""
    for line in lines(git.run("diff", "--cached", "--numstat", "--no-renames", "-z", folder=root)):
        added, deleted, name = line.split("\t", 2)
        counts = [int(count) if count.isdigit() else 0 for count in (added, deleted)]
        yield {
            "file": name,
            "additions": f"+{counts[0]}",
            "deletions": f"-{counts[1]}",
            "changes": str(sum(counts)),
        }


def commit_url(url: str, commit: str) -> str | None:
    """Return the address of a commit on the host of a repository, if it has such addresses."""
    parts = urlsplit(url)
    if parts.scheme in ("http", "https"):
        host, path = parts.netloc.rpartition("@")[2], parts.path
    elif parts.scheme in ("", "ssh") and not url.startswith("/") and (match := _SSH.fullmatch(url)):
        host, path = match[1], match[2]
    else:
        return None
    base = f"{parts.scheme if parts.scheme == 'http' else 'https'}://{host}/{path.strip('/').removesuffix('.git')}"
    kind = "-/commit" if "gitlab" in host else "commits" if "bitbucket" in host else "commit"
    return f"{base}/{kind}/{commit}"
