"""Logins at registries of images: from `credentials`, or from the content of a Docker `config.json`."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from engine.errors import TaskFailure
from engine.model.json import Json, loads
from engine.plugins.scripts.runner.docker._options import Credentials

HUB = "https://index.docker.io/v1/"
_HUB_NAMES = (HUB, "docker.io", "index.docker.io", "https://index.docker.io", "registry-1.docker.io")
_FIELDS = {
    "username": "username",
    "password": "password",
    "registrytoken": "registrytoken",
    "registry_token": "registrytoken",
    "identitytoken": "identitytoken",
    "identity_token": "identitytoken",
    "auth": "auth",
}
_SECRET_FIELDS = ("password", "registrytoken", "identitytoken", "auth")


class Access(Protocol):
    """How a runner or a task reaches the daemon and registries."""

    @property
    def host(self) -> str | None:
        """Address of the daemon."""

    @property
    def config(self) -> str | dict[str, Any] | None:
        """Content of a `config.json`."""

    @property
    def credentials(self) -> Credentials | None:
        """One login."""


def login(access: Access, image: str) -> dict[str, str] | None:
    """Return the login for an image as the Docker API takes it; None leaves it to the daemon's user."""
    registry = registry_of(image)
    address = registry
    given: Mapping[str, Json] = _configured(access.config, registry)
    if access.credentials is not None:
        given = access.credentials.model_dump(exclude_none=True)
        address = access.credentials.registry or registry
    found = {theirs: str(given[ours]) for ours, theirs in _FIELDS.items() if given.get(ours)}
    return {**_split(found), "serveraddress": address} if found else None


def registry_of(image: str) -> str:
    """Return the address of the registry in an image's name; Docker Hub when it names none."""
    first, slash, _ = image.partition("/")
    own = bool(slash) and ("." in first or ":" in first or first == "localhost")
    return first if own and first not in _HUB_NAMES else HUB


def masked(text: str, access: Access) -> str:
    """Return a text without the passwords and tokens of the logins."""
    for secret in sorted(set(_secrets(access)), key=len, reverse=True):
        text = text.replace(secret, "******")
    return text


def _secrets(access: Access) -> Iterator[str]:
    known: list[Mapping[str, Json]] = []
    if access.credentials is not None:
        known.append(access.credentials.model_dump(exclude_none=True))
    known += [entry for entry in _auths(access.config).values() if isinstance(entry, Mapping)]
    for entry in known:
        named = _split({theirs: str(entry[ours]) for ours, theirs in _FIELDS.items() if entry.get(ours)})
        texts = [entry.get("auth"), *(named.get(name) for name in _SECRET_FIELDS)]
        yield from (str(text) for text in texts if text and len(str(text)) > 2)


def _configured(config: str | dict[str, Any] | None, registry: str) -> Mapping[str, Json]:
    auths = _auths(config)
    names = _HUB_NAMES if registry == HUB else (registry, f"https://{registry}", f"https://{registry}/v2/")
    return next((auths[name] for name in names if isinstance(auths.get(name), Mapping)), {})


def _auths(config: str | dict[str, Any] | None) -> Mapping[str, Json]:
    if not config:
        return {}
    try:
        content = loads(config) if isinstance(config, str) else config
    except ValueError as error:
        raise TaskFailure(
            f"config: the text is not JSON ({error}); give the content of config.json"
        ) from None
    auths = content.get("auths") if isinstance(content, Mapping) else None
    return auths if isinstance(auths, Mapping) else {}


def _split(found: dict[str, str]) -> dict[str, str]:
    """Read `auth`, which the API does not take, as name and password."""
    rest = {name: value for name, value in found.items() if name != "auth"}
    if "auth" not in found or "password" in rest:
        return rest
    try:
        name, _, password = base64.b64decode(found["auth"], validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise TaskFailure("auth: the text is not base64 of `name:password`") from None
    return {**rest, "username": name, "password": password}
