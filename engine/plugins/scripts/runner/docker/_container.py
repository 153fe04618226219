"""One container from its image to its removal, through the `docker` package."""

from __future__ import annotations

import contextlib
import io
import os
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docker as sdk
from docker import errors as sdk_errors
from docker.types import DeviceRequest as SdkDeviceRequest

from engine.errors import TaskFailure
from engine.model.json import Json, loads
from engine.plugin.context import RunContext
from engine.plugin.runner import Command, Ran
from engine.plugins.core.runner._child import Lines

if TYPE_CHECKING:
    from engine.plugins.scripts.runner.docker.docker import Docker

_LOCAL_SOCKET = "/var/run/docker.sock"
_DIND_SOCKET = "unix:///dind/docker.sock"
_PING_SECONDS = 5


def ping(runner: Docker) -> str | None:
    """Return why the daemon cannot be used, None when it answers."""
    host = _host(runner)
    if host.startswith("unix://") and not Path(host.removeprefix("unix://")).exists():
        return f"Docker is not available (there is no {host})"
    try:
        with contextlib.closing(sdk.DockerClient(base_url=host, timeout=_PING_SECONDS)) as client:
            client.ping()
    except (sdk_errors.DockerException, OSError) as error:
        return f"Docker is not available ({str(error)[:200]})"
    return None


def _host(runner: Docker) -> str:
    if runner.host:
        return runner.host
    given = os.environ.get("DOCKER_HOST")
    if given:
        return given
    return f"unix://{_LOCAL_SOCKET}" if Path(_LOCAL_SOCKET).exists() else _DIND_SOCKET


def run_container(runner: Docker, ctx: RunContext, command: Command, volumes: list[str]) -> Ran:
    """Run the command; raises TaskFailure when image or container cannot be had."""
    if not command.image:
        raise TaskFailure("The Docker task runner needs an image; set `containerImage`")
    with contextlib.closing(sdk.DockerClient(base_url=_host(runner), timeout=None)) as client:
        try:
            _pull(runner, ctx, client, command.image)
            options = _options(runner, ctx, command, volumes)
            container = client.containers.create(command.image, list(command.argv), **options)
        except sdk_errors.DockerException as error:
            raise TaskFailure(f"The container of {command.image} cannot be made: {error}") from error
        try:
            return _run(runner, ctx, command, container)
        except sdk_errors.DockerException as error:
            raise TaskFailure(f"The container of {command.image} failed: {error}") from error
        finally:
            if runner.delete and runner.wait:
                with contextlib.suppress(sdk_errors.DockerException):
                    container.remove(force=True, v=True)


def _run(runner: Docker, ctx: RunContext, command: Command, container: Any) -> Ran:
    copied = runner.file_handling_strategy == "VOLUME"
    if copied:
        with _packed(command.work_dir) as archive:
            container.put_archive(str(command.work_dir), archive)
    details: dict[str, Json] = {"containerId": container.id}
    stream = container.attach(stdout=True, stderr=True, stream=True, logs=True, demux=True)
    ctx.on_cancel(lambda: _stop(runner, container))
    container.start()
    if not runner.wait:
        return Ran(0, details)
    out, err = Lines(False, command.on_line), Lines(True, command.on_line)
    for out_chunk, err_chunk in stream:
        if out_chunk:
            out.feed(out_chunk)
        if err_chunk:
            err.feed(err_chunk)
    out.close()
    err.close()
    code = int(container.wait()["StatusCode"])
    if copied and not ctx.cancelled.is_set():
        _unpack(container, command.work_dir)
    return Ran(code, details)


def _stop(runner: Docker, container: Any) -> None:
    seconds = int(runner.kill_grace_period.total_seconds())
    with contextlib.suppress(sdk_errors.DockerException):
        if seconds:
            container.stop(timeout=seconds)
        else:
            container.kill()


def _options(runner: Docker, ctx: RunContext, command: Command, volumes: list[str]) -> dict[str, Any]:
    folder = str(command.work_dir)
    at = ctx.where
    binds = list(volumes)
    if runner.file_handling_strategy == "MOUNT":
        binds.append(f"{folder}:{folder}")
    options: dict[str, Any] = {
        "entrypoint": runner.entry_point,
        "environment": dict(command.env),
        "working_dir": folder,
        "volumes": binds if runner.file_handling_strategy == "MOUNT" else [*binds, folder],
        "user": runner.user,
        "network_mode": runner.network_mode,
        "shm_size": runner.shm_size,
        "privileged": runner.privileged,
        "ports": _ports(runner.port_bindings),
        "extra_hosts": dict(entry.split(":", 1) for entry in runner.extra_hosts if ":" in entry),
        "labels": {
            "kestra.io/namespace": at.namespace,
            "kestra.io/flow-id": at.flow_id,
            "kestra.io/task-id": at.task_id,
            "kestra.io/execution-id": at.execution_id,
            "kestra.io/taskrun-id": at.task_run_id,
            "kestra.io/taskrun-attempt": str(at.attempt),
        },
        **_limits(runner),
    }
    return {name: value for name, value in options.items() if value not in (None, {}, [])}


def _limits(runner: Docker) -> dict[str, Any]:
    limits: dict[str, Any] = {}
    if runner.cpu is not None and runner.cpu.cpus:
        limits["nano_cpus"] = int(runner.cpu.cpus * 1_000_000_000)
    if runner.memory is not None:
        limits |= {
            "mem_limit": runner.memory.memory,
            "memswap_limit": runner.memory.memory_swap,
            "mem_swappiness": runner.memory.memory_swappiness,
            "mem_reservation": runner.memory.memory_reservation,
            "kernel_memory": runner.memory.kernel_memory,
            "oom_kill_disable": runner.memory.oom_kill_disable,
        }
    if runner.device_requests:
        limits["device_requests"] = [
            SdkDeviceRequest(**request.model_dump(exclude_none=True)) for request in runner.device_requests
        ]
    return limits


def _ports(bindings: list[str]) -> dict[str, Any]:
    ports: dict[str, Any] = {}
    for binding in bindings:
        host, _, inside = binding.rpartition(":")
        address, _, port = host.rpartition(":")
        ports[inside] = (address, int(port)) if address else (int(port) if port else None)
    return ports


def _pull(runner: Docker, ctx: RunContext, client: Any, image: str) -> None:
    if runner.pull_policy != "ALWAYS":
        try:
            client.images.get(image)
            return
        except sdk_errors.ImageNotFound:
            if runner.pull_policy == "NEVER":
                raise TaskFailure(
                    f"The image {image} is not on this machine and `pullPolicy` is NEVER; pull it first"
                ) from None
    ctx.debug(f"Pulling the image {image}")
    repository, tag = _name_and_tag(image)
    client.images.pull(repository, tag=tag, auth_config=_login(runner, image))


def _name_and_tag(image: str) -> tuple[str, str | None]:
    if "@" in image:
        return image, None
    name, colon, tag = image.rpartition(":")
    return (name, tag) if colon and "/" not in tag else (image, "latest")


def _login(runner: Docker, image: str) -> dict[str, str] | None:
    registry = image.partition("/")[0] if "." in image.partition("/")[0] else "https://index.docker.io/v1/"
    given: Json = None
    if runner.credentials is not None:
        given = runner.credentials.model_dump(exclude_none=True)
        given["serveraddress"] = given.pop("registry", registry)
        for ours, theirs in (("registry_token", "registrytoken"), ("identity_token", "identitytoken")):
            if ours in given:
                given[theirs] = given.pop(ours)
    elif runner.config:
        config = loads(runner.config) if isinstance(runner.config, str) else runner.config
        given = (config.get("auths") or {}).get(registry)
    return {str(key): str(value) for key, value in given.items()} if given else None


@contextlib.contextmanager
def _packed(folder: Path) -> Iterator[io.BufferedIOBase]:
    with tempfile.TemporaryFile() as file:
        with tarfile.open(fileobj=file, mode="w") as archive:
            archive.add(folder, arcname=".")
        file.seek(0)
        yield file


def _unpack(container: Any, folder: Path) -> None:
    chunks, _ = container.get_archive(f"{folder}/.")
    with tempfile.TemporaryFile() as file:
        for chunk in chunks:
            file.write(chunk)
        file.seek(0)
        with tarfile.open(fileobj=file) as archive:
            archive.extractall(folder, filter="data")
