"""Permissions, the roles that grant them, the scopes that a token narrows them to."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from api.security.errors import Unacceptable


class Permission(StrEnum):
    """What a request needs."""

    READ = "read"
    """Look at everything: flows, executions, logs, outputs, files, values of the key-value store."""

    RUN = "run"
    """Start executions and steer them."""

    WRITE = "write"
    """Change what runs: flows, triggers, values, files, documents; delete executions and logs."""

    ADMIN = "admin"
    """Accounts, the tokens of others, the audit log."""

    PERSON = "person"
    """Signed in with a password: what a token must never do, such as making tokens."""


class Role(StrEnum):
    """What an account is for."""

    ADMIN = "admin"
    EDITOR = "editor"
    VIEWER = "viewer"


class Scope(StrEnum):
    """What a token is for; each includes reading."""

    READ = "read"
    RUN = "run"
    WRITE = "write"


ALL: Final = frozenset(Permission)

_OF_ROLE: Final = MappingProxyType(
    {
        Role.ADMIN: ALL,
        Role.EDITOR: ALL - {Permission.ADMIN},
        Role.VIEWER: frozenset({Permission.READ, Permission.PERSON}),
    }
)

_OF_SCOPE: Final = MappingProxyType(
    {
        Scope.READ: frozenset({Permission.READ}),
        Scope.RUN: frozenset({Permission.READ, Permission.RUN}),
        Scope.WRITE: frozenset({Permission.READ, Permission.WRITE}),
    }
)


def role_of(text: str) -> Role:
    """Read a role; raises Unacceptable."""
    try:
        return Role(text.lower())
    except ValueError:
        raise Unacceptable("role", [f"'{text}' is none; use {', '.join(Role)}"]) from None


def scope_of(text: str) -> Scope:
    """Read a scope; raises Unacceptable."""
    try:
        return Scope(text.lower())
    except ValueError:
        raise Unacceptable("scope", [f"'{text}' is none; use {', '.join(Scope)}"]) from None


def of_role(role: Role) -> frozenset[Permission]:
    """Return what an account of the role may do."""
    return _OF_ROLE[role]


def of_token(scopes: Iterable[Scope], owner: Role) -> frozenset[Permission]:
    """Return what a token may do: its scopes, and never more than its owner."""
    granted = frozenset[Permission]().union(*(_OF_SCOPE[scope] for scope in scopes))
    return granted & of_role(owner)
