"""Who asks: the name, what it may do, and how it showed who it is."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, cast

from api.security.permission import ALL, Permission, Role

if TYPE_CHECKING:
    from starlette.requests import Request

Via = Literal["password", "token", "open", "key", "stdio", "cli"]
"""`open`: a service without a login; `key`: the key of a webhook; `stdio`: a program started by the user."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A caller. `token` is the id of the token it came with."""

    name: str
    role: Role
    permissions: frozenset[Permission]
    via: Via
    token: str | None = None

    def may(self, permission: Permission) -> bool:
        """Tell whether it has a permission."""
        return permission in self.permissions


LOCAL: Final = Identity("local", Role.ADMIN, ALL, "open")
"""Everybody on this machine, while the service asks for no login."""

NOBODY: Final = Identity("", Role.VIEWER, frozenset(), "open")
"""A caller that has not shown who it is; it may do nothing."""

AT_THE_TERMINAL: Final = Identity("local", Role.ADMIN, ALL, "stdio")
"""Whoever started the program that talks over standard input and output."""

current: ContextVar[Identity | None] = ContextVar("flowsmith_identity", default=None)
"""The caller of the request that runs; None outside of requests: nobody, who may do nothing."""


def identity_of(request: Request) -> Identity:
    """Return the caller of a request that passed the gate."""
    return cast(Identity, request.scope["state"]["identity"])
