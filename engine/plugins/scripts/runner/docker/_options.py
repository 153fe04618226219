"""Options of containers and logins, shared by the Docker task runner and the Docker tasks."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from engine.plugin import Size, Text


class _Options(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        use_attribute_docstrings=True,
        coerce_numbers_to_str=True,
    )


class Credentials(_Options):
    """The login at a registry of images."""

    registry: str | None = None
    """Address of the registry."""
    username: str | None = None
    """Name of the account."""
    password: str | None = None
    """Password of the account."""
    registry_token: str | None = None
    """A token in place of the password."""
    identity_token: str | None = None
    """A token that proves who asks."""
    auth: str | None = None
    """Name and password as one base64 text."""


class Cpu(_Options):
    """How much processor time a container gets."""

    cpus: float | None = None
    """Number of processors, fractions allowed."""


class Memory(_Options):
    """How much memory a container gets."""

    memory: Size | None = None
    """The most memory, like `512MB`."""
    memory_swap: Size | None = None
    """Memory and swap together."""
    memory_swappiness: int | None = None
    """Willingness to swap, 0 to 100."""
    memory_reservation: Size | None = None
    """Memory that is kept for it."""
    kernel_memory: Size | None = None
    """The most kernel memory."""
    oom_kill_disable: bool | None = None
    """Do not kill it when memory runs out."""


class DeviceRequest(_Options):
    """A wish for devices, such as graphics cards."""

    driver: str | None = None
    """Name of the driver."""
    count: int | None = None
    """How many; -1 for all."""
    device_ids: list[str] | None = None
    """Which ones."""
    capabilities: list[list[str]] | None = None
    """What they must be able to do."""
    options: dict[str, Text] | None = None
    """Options of the driver."""
