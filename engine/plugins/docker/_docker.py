"""What the Docker tasks share: how they reach the daemon and the registries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from engine.errors import SettingsError
from engine.plugin import Task
from engine.plugins.scripts.runner.docker._options import Credentials


class DockerTask(Task):
    """A task that talks to a Docker daemon."""

    abstract: ClassVar[bool] = True

    host: str | None = None
    """Address of the daemon; by default the one of this machine."""
    config: str | dict[str, Any] | None = None
    """Content of a Docker `config.json`, as JSON text or a map, with the logins of registries."""
    credentials: Credentials | None = None
    """The login at the image's registry."""

    @contextmanager
    def asked(self, what: str) -> Iterator[Any]:
        """Give a client of the daemon; `what` begins the message of what goes wrong."""
        try:
            from engine.plugins.scripts.runner.docker._client import connected, problems
        except ImportError as error:
            raise SettingsError(
                'The Docker tasks need the package `docker`; run `pip install "flowsmith[docker]"`'
            ) from error
        with connected(self) as client, problems(self, what):
            yield client
