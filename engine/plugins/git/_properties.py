"""Properties that all Git tasks have."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from engine.plugin import StringMap, Task, Text
from engine.plugins.git._repository import Access, Git, opened

if TYPE_CHECKING:
    from engine.plugin import RunContext


class GitProperties(Task):
    """A remote repository and how it is reached."""

    abstract: ClassVar[bool] = True

    url: Text
    """Address of the repository: `https://…`, `ssh://…` or `git@host:path`."""

    username: Text | None = None
    """User name for HTTP."""

    password: Text | None = None
    """Password or access token for HTTP. Keep it as a secret."""

    private_key: Text | None = None
    """Private key for SSH, in PEM or OpenSSH form. Keep it as a secret."""

    passphrase: Text | None = None
    """Passphrase of the private key."""

    trusted_ca_pem_path: Text | None = None
    """Path of a file of this machine with certificates that are trusted for HTTPS."""

    no_proxy: bool = False
    """Whether the proxies that the environment of this service names are left out."""

    connect_timeout: Annotated[int, Field(ge=1)] = 10_000
    """Time limit for connecting by SSH in milliseconds."""

    read_timeout: Annotated[int, Field(ge=1)] = 60_000
    """How long the server may send nothing by HTTP, in milliseconds."""

    git_config: StringMap | None = None
    """More settings of git, like `http.postBuffer`; only those that start no program."""

    clone_submodules: bool = False
    """Whether the submodules are fetched too."""

    kestra_url: Text | None = None
    """Accepted and without effect: no API is needed."""

    auth: dict[str, Any] | None = None
    """Accepted and without effect: no API is needed."""

    @contextmanager
    def git(self, ctx: RunContext) -> Iterator[Git]:
        """Give a git that reaches the repository."""
        access = Access(
            url=self.url.strip(),
            username=self.username,
            password=self.password,
            private_key=self.private_key,
            passphrase=self.passphrase,
            ca_file=self.trusted_ca_pem_path,
            no_proxy=self.no_proxy,
            connect_seconds=-(-self.connect_timeout // 1000),
            read_seconds=-(-self.read_timeout // 1000),
            settings=self.git_config or {},
        )
        with opened(ctx, access) as git:
            yield git
