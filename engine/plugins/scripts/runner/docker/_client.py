"""The Docker daemon through the `docker` package: where it is, images from registries, its errors."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import docker as sdk
import requests
from docker import errors as sdk_errors

from engine.errors import TaskFailure
from engine.model.json import Json
from engine.plugin.context import RunContext
from engine.plugins.scripts.runner.docker._login import Access, login, masked

_LOCAL_SOCKET = "/var/run/docker.sock"
_DIND_SOCKET = "unix:///dind/docker.sock"
_PING_SECONDS = 5

Trouble = (sdk_errors.DockerException, requests.RequestException, OSError)
"""What the package raises."""


def host_of(access: Access) -> str:
    """Return the address of the daemon."""
    given = access.host or os.environ.get("DOCKER_HOST")
    if given:
        return given
    return f"unix://{_LOCAL_SOCKET}" if Path(_LOCAL_SOCKET).exists() else _DIND_SOCKET


def ping(access: Access) -> str | None:
    """Return why the daemon cannot be used, None when it answers."""
    host = host_of(access)
    if host.startswith("unix://") and not Path(host.removeprefix("unix://")).exists():
        return f"Docker is not available (there is no {host})"
    try:
        with contextlib.closing(sdk.DockerClient(base_url=host, timeout=_PING_SECONDS)) as client:
            client.ping()
    except Trouble as error:
        return f"Docker is not available ({_reason(error, host)})"
    return None


@contextlib.contextmanager
def connected(access: Access) -> Iterator[Any]:
    """Give a client of the daemon; raises TaskFailure when it does not answer."""
    host = host_of(access)
    try:
        # Requests may take as long as a container runs, so only the first one has a limit.
        client = sdk.DockerClient(base_url=host, timeout=_PING_SECONDS)
        client.api.timeout = None
    except Trouble as error:
        raise TaskFailure(
            f"The Docker daemon at {host} does not answer: {_reason(error, host)}; start it, or set `host`"
        ) from error
    with contextlib.closing(client):
        yield client


@contextlib.contextmanager
def problems(access: Access, what: str) -> Iterator[None]:
    """Turn the package's errors into TaskFailure: `what`, then what the daemon said, without logins."""
    try:
        yield
    except Trouble as error:
        raise TaskFailure(f"{what}: {masked(_said(error), access)}") from error


def fetch_image(ctx: RunContext, client: Any, access: Access, image: str, policy: str) -> None:
    """Have the image on the daemon's machine as the pull policy says; raises TaskFailure."""
    if policy != "ALWAYS":
        try:
            client.images.get(image)
            return
        except sdk_errors.ImageNotFound:
            if policy == "NEVER":
                raise TaskFailure(
                    f"The image {image} is not on this machine and `pullPolicy` is NEVER; pull it first"
                ) from None
    pull(ctx, client, access, image)


def pull(ctx: RunContext, client: Any, access: Access, image: str, platform: str | None = None) -> None:
    """Pull an image and log how it goes; raises TaskFailure."""
    ctx.debug(f"Pulling the image {image}")
    name, tag = name_and_tag(image)
    with _pull_problems(access, image):
        events = client.api.pull(
            name, tag=tag, stream=True, decode=True, auth_config=login(access, image), platform=platform
        )
        follow(ctx, events)


@contextlib.contextmanager
def _pull_problems(access: Access, image: str) -> Iterator[None]:
    try:
        yield
    except Trouble as error:
        said = masked(_said(error), access)
        denied = any(word in said.lower() for word in ("denied", "unauthorized", "authentication"))
        cure = (
            "give the login of its registry as `credentials`, or correct the name"
            if denied
            else "check its name and tag"
        )
        raise TaskFailure(f"The image {image} cannot be pulled: {said}; {cure}") from error


def follow(ctx: RunContext, events: Iterable[Json]) -> list[Json]:
    """Log the messages of a long request at DEBUG and return the details; raises DockerException."""
    details: list[Json] = []
    events = iter(events)
    for event in events:
        if ctx.cancelled.is_set():
            raise TaskFailure("Stopped while the Docker daemon worked")
        if event.get("error"):
            for _ in events:  # the end gives the connection back
                pass
            raise sdk_errors.DockerException(str(event["error"]))
        if event.get("aux"):
            details.append(event["aux"])
        text = str(event.get("stream") or _status(event)).strip()
        for line in text.splitlines():
            ctx.debug(line)
    return details


def _status(event: Json) -> str:
    # The bar of a layer comes many times a second; only its steps are worth a line.
    if event.get("progressDetail") or not event.get("status"):
        return ""
    layer = f"{event['id']}: " if event.get("id") else ""
    return f"{layer}{event['status']}"


def name_and_tag(image: str) -> tuple[str, str | None]:
    """Split the name of an image; `latest` where it has neither tag nor digest."""
    if "@" in image:
        return image, None
    name, colon, tag = image.rpartition(":")
    return (name, tag) if colon and "/" not in tag else (image, "latest")


def _said(error: BaseException) -> str:
    explanation = getattr(error, "explanation", None)
    return str(explanation or error).strip().rstrip(".;")


def _reason(error: BaseException, host: str) -> str:
    words = str(error)
    if "Permission denied" in words or "PermissionError" in words:
        return f"no permission on {host}; add the service's user to the group of the socket, often `docker`"
    return words[:200]
