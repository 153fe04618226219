"""One container from its image to its removal."""

from __future__ import annotations

import contextlib
import tarfile
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from docker.types import DeviceRequest as SdkDeviceRequest

from engine.errors import TaskFailure
from engine.model.json import Json
from engine.plugin.context import RunContext
from engine.plugin.runner import Command, Ran
from engine.plugins.core.runner._child import Lines
from engine.plugins.scripts.runner.docker._client import Trouble, connected, fetch_image, problems

if TYPE_CHECKING:
    from engine.plugins.scripts.runner.docker.docker import Docker


def run_container(runner: Docker, ctx: RunContext, command: Command, volumes: list[str]) -> Ran:
    """Run the command; raises TaskFailure when image or container cannot be had."""
    image = command.image
    if not image:
        raise TaskFailure("The Docker task runner needs an image; set `containerImage`")
    with connected(runner) as client:
        with problems(runner, f"The container of {image} cannot be made"):
            fetch_image(ctx, client, runner, image, runner.pull_policy)
            options = _options(runner, ctx, command, volumes)
            container = client.containers.create(image, list(command.argv), **options)
        stopper = _Stopper(runner, str(container.id))
        ctx.on_cancel(stopper.begin)
        try:
            with problems(runner, f"The container of {image} failed"):
                return _run(runner, ctx, command, container, stopper)
        finally:
            stopper.join()
            if runner.delete and runner.wait:
                with contextlib.suppress(*Trouble):
                    container.remove(force=True, v=True)


class _Stopper:
    """Ends a container from a thread of its own: whoever wishes the end must not wait for the daemon."""

    def __init__(self, runner: Docker, container_id: str) -> None:
        self._runner = runner
        self._id = container_id
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []

    def begin(self) -> None:
        """Ask the container to end, or end it."""
        thread = threading.Thread(target=self._stop, name="docker-stop")
        with self._lock:
            self._threads.append(thread)
            thread.start()

    def join(self) -> None:
        """Wait until everything that was asked has been answered."""
        with self._lock:
            threads = list(self._threads)
        for thread in threads:
            thread.join()

    def _stop(self) -> None:
        seconds = int(self._runner.kill_grace_period.total_seconds())
        # A connection of its own, as the other one is listening.
        with contextlib.suppress(TaskFailure, *Trouble), connected(self._runner) as client:
            if seconds:
                client.api.stop(self._id, timeout=seconds)
            else:
                client.api.kill(self._id)


def _run(runner: Docker, ctx: RunContext, command: Command, container: Any, stopper: _Stopper) -> Ran:
    copied = runner.file_handling_strategy == "VOLUME"
    if copied:
        with _packed(command.work_dir) as archive:
            container.put_archive(str(command.work_dir), archive)
    details: dict[str, Json] = {"containerId": container.id}
    if not runner.wait:
        container.start()
        return Ran(0, details)
    with _attached(container) as stream:
        if not ctx.cancelled.is_set():
            container.start()
            if ctx.cancelled.is_set():  # the wish came too early for a container that did not run yet
                stopper.begin()
            _listen(stream, command.on_line)
    if ctx.cancelled.is_set():
        raise TaskFailure("Stopped; its container was killed", outputs={"taskRunner": details})
    code = int(container.wait()["StatusCode"])
    if copied:
        _unpack(container, command.work_dir)
    return Ran(code, details)


@contextlib.contextmanager
def _attached(container: Any) -> Iterator[Any]:
    """Give the output of a container as it comes, from before its start."""
    stream = container.attach(stdout=True, stderr=True, stream=True, logs=True, demux=True)
    try:
        yield stream
    finally:
        with contextlib.suppress(*Trouble):
            stream.close()
            # It shuts the socket down, but leaves it open.
            stream._response.close()


def _listen(stream: Any, on_line: Callable[[str, bool], None]) -> None:
    out, err = Lines(False, on_line), Lines(True, on_line)
    for out_chunk, err_chunk in stream:
        if out_chunk:
            out.feed(out_chunk)
        if err_chunk:
            err.feed(err_chunk)
    out.close()
    err.close()


def _options(runner: Docker, ctx: RunContext, command: Command, volumes: list[str]) -> dict[str, Any]:
    folder = str(command.work_dir)
    at = ctx.where
    mounted = runner.file_handling_strategy == "MOUNT"
    options: dict[str, Any] = {
        "entrypoint": runner.entry_point,
        "environment": dict(command.env),
        "working_dir": folder,
        "volumes": [*volumes, f"{folder}:{folder}" if mounted else folder],
        "user": runner.user,
        "network_mode": runner.network_mode,
        "shm_size": runner.shm_size,
        "privileged": runner.privileged,
        "ports": ports(runner.port_bindings),
        "extra_hosts": _hosts(runner.extra_hosts),
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


def ports(bindings: Sequence[str]) -> dict[str, Any]:
    """Return `address:host:container` texts as the package takes them; raises TaskFailure."""
    found: dict[str, Any] = {}
    for binding in bindings:
        host, _, inside = binding.rpartition(":")
        address, _, port = host.rpartition(":")
        if not inside.partition("/")[0].isdigit() or (port and not port.isdigit()):
            raise TaskFailure(f"portBindings: '{binding}' is not a binding; write it like 8080:80")
        number = int(port) if port else None
        found[inside] = (address, number) if address else number
    return found


def _hosts(entries: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for entry in entries:
        name, colon, address = entry.partition(":")
        if not colon or not address:
            raise TaskFailure(f"extraHosts: '{entry}' is not a host; write it like name:10.0.0.1")
        found[name] = address
    return found


@contextlib.contextmanager
def _packed(folder: Path) -> Iterator[IO[bytes]]:
    with tempfile.TemporaryFile() as file:
        with tarfile.open(fileobj=file, mode="w") as archive:
            archive.add(folder, arcname=".", filter=_for_anybody)
        file.seek(0)
        yield file


def _for_anybody(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    # The user inside the container is often not the one who made the files.
    entry.mode |= 0o777 if entry.isdir() else 0o666
    return entry


def _unpack(container: Any, folder: Path) -> None:
    chunks, _ = container.get_archive(f"{folder}/.")
    with tempfile.TemporaryFile() as file:
        for chunk in chunks:
            file.write(chunk)
        file.seek(0)
        with tarfile.open(fileobj=file) as archive:
            archive.extractall(folder, filter="data")
