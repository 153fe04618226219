"""Documents from a folder of a git repository, by a shallow clone that is thrown away."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from shutil import which
from urllib.parse import urlsplit

from retrieval.errors import SourceRefused
from retrieval.sources.address import allowed_addresses
from retrieval.sources.folder import Folder
from retrieval.sources.port import Item, Known

_SECONDS = 600


class Git:
    """The readable files below one folder of the newest commit, called `<repository>/<path>`."""

    def __init__(self, url: str, folder: str = "", *, allow_private: bool = False) -> None:
        """`url` ends in `.git`; `file:` addresses count as private ones."""
        self._url = url
        self._folder = folder.strip("/")
        self._allow_private = allow_private

    @property
    def origin(self) -> str:
        """Address and folder."""
        return f"git:{self._url}#{self._folder}" if self._folder else f"git:{self._url}"

    def read(self, known: Mapping[str, Known]) -> Iterator[Item]:
        """Yield the files in order; raises SourceRefused when the repository or the folder cannot be had."""
        self._check()
        with tempfile.TemporaryDirectory(prefix="flowsmith-git-") as place:
            root = Path(place) / "checkout"
            self._clone(root)
            folder = (root / self._folder).resolve()
            if not folder.is_relative_to(root.resolve()) or not folder.is_dir():
                raise SourceRefused(self.origin, f"there is no folder '{self._folder}' in the repository")
            name = Path(urlsplit(self._url).path).name.removesuffix(".git")
            yield from Folder(folder, name="/".join(filter(None, (name, self._folder)))).read(known)

    def _check(self) -> None:
        parts = urlsplit(self._url)
        if parts.scheme == "file":
            if not self._allow_private:
                raise SourceRefused(self._url, "a folder of this machine; allow private addresses to read it")
        elif parts.scheme not in ("http", "https") or not parts.hostname:
            raise SourceRefused(self._url, "only https, http and file addresses of repositories are read")
        elif not allowed_addresses(parts.hostname, parts.port or 443, allow_private=self._allow_private):
            raise SourceRefused(self._url, f"{parts.hostname} has no address")
        if which("git") is None:
            raise SourceRefused(self._url, "the program `git` is not installed")

    def _clone(self, target: Path) -> None:
        """Clone without prompts, hooks, submodules or filters."""
        command = ["git", "-c", "core.hooksPath=/dev/null", "-c", "http.followRedirects=false", "clone"]
        command += ["--quiet", "--depth=1", "--single-branch", "--no-tags", "--", self._url, str(target)]
        environment = {
            **os.environ,
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_LFS_SKIP_SMUDGE": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_ALLOW_PROTOCOL": "file:http:https" if self._allow_private else "http:https",
        }
        try:
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, timeout=_SECONDS, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise SourceRefused(self.origin, f"not cloned after {_SECONDS} seconds") from error
        if done.returncode:
            last = done.stderr.strip().splitlines()[-1:] or [f"git ended with {done.returncode}"]
            raise SourceRefused(self.origin, last[0][:300])
