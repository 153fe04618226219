"""What the tasks that push to a repository share."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit

from engine.errors import TaskFailure
from engine.expression.ion import write_ion_row
from engine.model.json import Json
from engine.plugin import Text
from engine.plugins.git._properties import GitProperties
from engine.plugins.git._repository import Git, branch_name, lines
from engine.plugins.git._tree import clone_place

if TYPE_CHECKING:
    from engine.plugin import RunContext

_SSH = re.compile(r"(?:ssh://)?(?:[\w.-]+@)?([\w.-]+)(?::\d+)?[:/](.+)")


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a push did. `rows` is the address of a file that tells what differs."""

    rows: str
    commit: str | None
    url: str | None


class PushProperties(GitProperties):
    """How the commit is made."""

    abstract: ClassVar[bool] = True

    branch: Text = "main"
    """The branch."""

    commit_message: Text | None = None
    """Message of the commit."""

    author_name: Text | None = None
    """Name of the author; by default the user name."""

    author_email: Text | None = None
    """Mail address of the author."""

    dry_run: bool = False
    """Whether nothing is pushed and the output only tells what would be."""

    def push(self, ctx: RunContext, write: Callable[[Git, Path], None], *, name: str, message: str) -> Pushed:
        """Clone, let `write` change and stage files of the clone, commit and push if anything differs.

        `name` is that of the stored file of differences.
        """
        root = clone_place(ctx)
        try:
            with self.git(ctx) as git:
                self._clone(ctx, git, root)
                write(git, root)
                rows = list(_differences(git, root))
                commit = self._commit(git, root, message) if rows and not self.dry_run else None
        finally:
            shutil.rmtree(root, ignore_errors=True)
        if not rows:
            ctx.info("Nothing differs, so nothing is pushed")
        text = "".join(f"{write_ion_row(row)}\n" for row in rows)
        url = commit_url(self.url.strip(), commit) if commit else None
        return Pushed(ctx.put(name, text.encode()), commit, url)

    def _clone(self, ctx: RunContext, git: Git, root: Path) -> None:
        """Clone the branch, or begin it: from the main branch, or anew in an empty repository."""
        branch = branch_name("branch", self.branch)
        arguments = ["clone", "--quiet", "--depth", "1", "--no-single-branch"]
        git.run(*arguments, "--", self.url.strip(), str(root), folder=ctx.work_dir)
        exists, _ = git.ran("rev-parse", "--verify", "--quiet", f"refs/remotes/origin/{branch}", folder=root)
        begins, _ = git.ran("rev-parse", "--verify", "--quiet", "HEAD", folder=root)
        if exists == 0:
            git.run("checkout", "--quiet", "-B", branch, f"refs/remotes/origin/{branch}", folder=root)
        elif begins == 0:
            git.run("checkout", "--quiet", "-B", branch, folder=root)
        else:
            git.run("symbolic-ref", "HEAD", f"refs/heads/{branch}", folder=root)

    def _commit(self, git: Git, root: Path, message: str) -> str:
        name = self.author_name or self.username or "Flowsmith"
        email = self.author_email or "flowsmith@localhost"
        identity = ["-c", f"user.name={name}", "-c", f"user.email={email}"]
        git.run(*identity, "commit", "--quiet", f"--message={self.commit_message or message}", folder=root)
        git.run("push", "--quiet", "origin", f"HEAD:refs/heads/{self.branch}", folder=root)
        return git.run("rev-parse", "HEAD", folder=root).strip()


def place_in(root: Path, path: str) -> Path:
    """Return the place of a file in a clone, its folder made; raises TaskFailure when a link leads away."""
    place = root / path
    if not place.parent.resolve().is_relative_to(root.resolve()) or place.is_symlink():
        raise TaskFailure(f"'{path}' is a link in the repository; remove it there")
    place.parent.mkdir(parents=True, exist_ok=True)
    return place


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
