"""`io.kestra.plugin.scripts.runner.docker.Docker`: scripts run in containers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import ValidationError

from engine.errors import TaskFailure
from engine.model.json import Json
from engine.plugin import STATIC, Duration, RunContext, Size
from engine.plugin.runner import Command, Ran, TaskRunner
from engine.plugins.scripts.runner.docker._local import LocalRunner
from engine.plugins.scripts.runner.docker._options import Cpu, Credentials, DeviceRequest, Memory

_OLD_NAMES = {"dockerHost": "host", "dockerConfig": "config"}


class Docker(TaskRunner):
    """Runs the script in a Docker container of the task's `containerImage`.

    Needs a Docker daemon and the Python package `docker` (`pip install "flowsmith[docker]"`). Where either
    is missing the script runs as a process of this machine instead, which its log says: Python gets an
    isolated environment that holds `dependencies` and what `beforeCommands` install with pip. The plugin
    setting `fallback: false` makes it fail instead; `volumeEnabled: true` allows `volumes`.
    """

    container = True

    host: str | None = None
    """Address of the daemon; by default the one of this machine."""
    config: str | dict[str, Any] | None = None
    """Content of a Docker `config.json`, as JSON text or a map, with the logins of registries."""
    credentials: Credentials | None = None
    """The login at the image's registry."""
    user: str | None = None
    """The user inside the container."""
    network_mode: str | None = None
    """The network, such as `host` or `bridge`."""
    shm_size: Size | None = None
    """Size of the shared memory, like `64MB`."""
    entry_point: list[str] = [""]
    """The entry point; by default the image's is not used."""
    extra_hosts: list[str] = []
    """Names of hosts to add, as `name:address`."""
    port_bindings: list[str] = []
    """Ports to open, as `host:container`."""
    volumes: list[str] = []
    """Folders of the host to mount, as `host:container[:ro]`; only where the operator allows it."""
    pull_policy: Literal["IF_NOT_PRESENT", "ALWAYS", "NEVER"] = "IF_NOT_PRESENT"
    """When the image is pulled."""
    device_requests: Annotated[list[DeviceRequest] | None, STATIC] = None
    """Devices, such as graphics cards."""
    cpu: Annotated[Cpu | None, STATIC] = None
    """Limit of processor time."""
    memory: Annotated[Memory | None, STATIC] = None
    """Limits of memory."""
    privileged: bool = False
    """Give the container all rights on the host."""
    file_handling_strategy: Literal["VOLUME", "MOUNT"] = "VOLUME"
    """How files get in and out: copied through a temporary volume, or the working directory is mounted."""
    delete: bool = True
    """Remove the container when it has ended."""
    wait: bool = True
    """Wait for the end of the container."""
    kill_grace_period: Duration = timedelta(0)
    """Time between asking the container to stop and killing it."""
    resume: bool = True
    """Without effect: a task that was interrupted runs again from its start."""

    @classmethod
    def from_options(cls, options: Mapping[str, Json]) -> Docker:
        """Read the older property `docker`; raises TaskFailure."""
        renamed = {_OLD_NAMES.get(name, name): value for name, value in options.items()}
        try:
            return cls.model_validate(renamed)
        except ValidationError as error:
            problem = error.errors()[0]
            place = ".".join(str(part) for part in problem["loc"])
            raise TaskFailure(f"docker.{place}: {problem['msg']}") from error

    def effective(self, ctx: RunContext, image: str | None) -> TaskRunner:
        """Return this runner, or one for this machine when no daemon answers."""
        problem = self._problem()
        if problem is None:
            return self
        if not self._setting(ctx, "fallback", True):
            raise TaskFailure(f"{problem}; start Docker, or use io.kestra.plugin.core.runner.Process")
        ctx.info(f"{problem}: running on this machine, isolated, instead of in the image {image}")
        return LocalRunner()

    def run(self, ctx: RunContext, command: Command) -> Ran:
        """Run the command in a new container."""
        from engine.plugins.scripts.runner.docker._container import run_container

        volumes = self.volumes
        if volumes and not self._setting(ctx, "volumeEnabled", False):
            ctx.warn("`volumes` is ignored; the operator allows it with the plugin setting volumeEnabled")
            volumes = []
        return run_container(self, ctx, command, volumes)

    def _problem(self) -> str | None:
        try:
            from engine.plugins.scripts.runner.docker._client import ping
        except ImportError:
            return "Docker is not available (the package `docker` is not installed)"
        return ping(self)

    def _setting(self, ctx: RunContext, name: str, default: bool) -> bool:
        settings = ctx.world.settings.get(self.type_id)
        return bool(settings.get(name, default)) if isinstance(settings, Mapping) else default
