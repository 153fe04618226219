"""Errors of PostgreSQL as sentences for the person who runs the service."""

from __future__ import annotations

from types import TracebackType

import psycopg
from psycopg import errors

from engine.errors import StorageError

_OURS = (psycopg.IntegrityError, psycopg.InterfaceError, psycopg.ProgrammingError, psycopg.DataError)
_ADVICE: tuple[tuple[type[Exception], str], ...] = (
    (errors.InvalidPassword, "refuses the password; check the address"),
    (errors.InvalidAuthorizationSpecification, "refuses the user; check the address and pg_hba.conf"),
    (errors.InvalidCatalogName, "does not exist; create it, or check the address"),
    (errors.TooManyConnections, "has no connection left; raise max_connections, or run fewer processes"),
    (errors.DiskFull, "cannot grow, the disk is full; make room"),
    (errors.ReadOnlySqlTransaction, "may not be written, it is a replica; give the address of the primary"),
    (errors.InsufficientPrivilege, "does not let this user do what is needed; grant it"),
    (errors.CannotConnectNow, "is starting or stopping; try again in a moment"),
    (errors.AdminShutdown, "is being stopped; start it again"),
)
_SIGNS = (
    ("password authentication failed", "refuses the password; check the address"),
    ("no password supplied", "wants a password; put it into the address"),
    ("no pg_hba.conf entry", "refuses this machine or user; check pg_hba.conf"),
    ("does not exist", "does not exist; create it, or check the address"),
    ("too many clients", "has no connection left; raise max_connections, or run fewer processes"),
    ("remaining connection slots", "has no connection left; raise max_connections, or run fewer processes"),
    ("could not translate host name", "cannot be found by its host name; check the address"),
    ("name or service not known", "cannot be found by its host name; check the address"),
    ("failed to resolve host", "cannot be found by its host name; check the address"),
    ("connection refused", "cannot be reached; check the address and that PostgreSQL runs there"),
    ("timeout expired", "cannot be reached in time; check the address and the network"),
    ("starting up", "is starting; try again in a moment"),
)


class translated:  # noqa: N801 - reads as a word of the `with` statement
    """Inside the block errors of PostgreSQL become StorageError; mistakes of our statements stay as they are.

    A class, not a generator: it stands in the path of every statement.
    """

    __slots__ = ("_place",)

    def __init__(self, place: str) -> None:
        self._place = place

    def __enter__(self) -> None:
        """Begin the block."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the block."""
        if not isinstance(error, psycopg.Error):
            return
        if isinstance(error, _OURS) and not isinstance(error, tuple(kind for kind, _ in _ADVICE)):
            return
        raise StorageError(describe(error, self._place)) from error


def describe(error: psycopg.Error, place: str) -> str:
    """Return what is wrong with the database and what to do."""
    said = " ".join(str(error).split())
    advice = next((advice for kind, advice in _ADVICE if isinstance(error, kind)), None)
    if advice is None:
        advice = next((advice for sign, advice in _SIGNS if sign in said.lower()), None)
    if advice is None:
        return f"The database {place} failed: {said}"
    return f"The database {place} {advice} ({said})"
