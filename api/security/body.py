"""Bodies of accounts, tokens and the audit log, as the OpenAPI description shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic.alias_generators import to_camel

from api.security.permission import Permission, Role, Scope


class Model(BaseModel):
    """A body in camelCase. What is not known is refused: a misspelt `expires` would make an endless token."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", use_attribute_docstrings=True
    )


class NewAccount(Model):
    """An account to add."""

    name: str
    """Name to sign in with, usually an e-mail address."""

    role: Role
    """What the account is for."""

    password: SecretStr
    """At least 12 characters."""


class NewRole(Model):
    """Another role."""

    role: Role
    """What the account is for."""


class NewPassword(Model):
    """Another password."""

    password: SecretStr
    """At least 12 characters."""


class OwnPassword(NewPassword):
    """Another password for oneself."""

    current: SecretStr
    """The password until now."""


class ShownAccount(Model):
    """An account."""

    name: str
    role: Role
    created: datetime | None = None
    updated: datetime | None = None
    is_operator: bool = False
    """The account of FLOWSMITH_USERNAME: it is changed where the service is started."""


class Me(Model):
    """Who asks, and what they may do."""

    name: str
    role: Role
    permissions: list[Permission]
    via: str
    """`password`, `token`, or `open` when the service asks for no login."""


class NewToken(Model):
    """A token to make."""

    name: str
    """What it is for."""

    scopes: list[Scope] = Field(default_factory=lambda: [Scope.READ])
    """What it may do; each includes `read`. Never more than its owner."""

    expires: datetime | None = None
    """When it ends; never when absent."""


class ShownToken(Model):
    """A token, without its text."""

    id: str
    name: str
    owner: str
    scopes: list[Scope]
    created: datetime
    expires: datetime | None = None
    last_used: datetime | None = None


class MadeToken(ShownToken):
    """A new token."""

    token: str
    """The text for `Authorization: Bearer …`. It is not shown again."""


class Accounts(Model):
    """All accounts."""

    results: list[ShownAccount]
    total: int


class Tokens(Model):
    """Tokens."""

    results: list[ShownToken]
    total: int


class ShownChange(Model):
    """A row of the audit log."""

    id: str
    time: datetime
    actor: str
    """Name of the account; `local` on a service without a login, `webhook` for a call with a key."""

    via: str
    address: str
    """The network address it came from."""

    method: str
    path: str
    status: int
    outcome: str
    """`done`, `refused` or `failed`."""

    missing: str = ""
    """The permission that was missing."""

    token: str | None = None
    """Id of the token it came with."""


class Changes(Model):
    """A page of the audit log."""

    results: list[ShownChange]
    total: int


class Refused(BaseModel):
    """An error, in the members of both generations of clients."""

    status: int
    title: str
    detail: str
    message: str
    type: str
    instance: str


def refusals(**others: str) -> dict[int | str, dict[str, Any]]:
    """Return the errors a route can answer, for its description: `s409="…"` besides 401 and 403."""
    told = {"s401": "Not signed in", "s403": "The permission is missing", **others}
    return {int(name[1:]): {"model": Refused, "description": text} for name, text in told.items()}
