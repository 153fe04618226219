"""What all Azure storage tasks share: who they are, the client, and what errors become."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, ClassVar

from engine.errors import TaskFailure
from engine.plugin import Plugin, RunContext, Text
from engine.plugins._package import optional

_ADVICE = {
    "AuthenticationFailed": "check the account key, or `sasToken`",
    "AuthorizationFailure": "check the account key, or `sasToken`",
    "AuthorizationPermissionMismatch": "the `sasToken` does not allow it; get one that does",
    "InvalidAuthenticationInfo": "check the account key, or `sasToken`",
    "BlobNotFound": "check `name`",
    "CannotVerifyCopySource": "check `from`",
    "ContainerNotFound": "check `container`",
    "InvalidResourceName": "check `container`",
}
_CONNECT_SECONDS = 10
_READ_SECONDS = 120
_AGAIN = {"retry_total": 2, "initial_backoff": 0.2, "increment_base": 1.0, "random_jitter_range": 0}
"""The client's own habit is to wait for half a minute where nobody answers."""


class AzureStorageProperties(Plugin):
    """Which storage account a task works with, and as whom."""

    abstract: ClassVar[bool] = True

    endpoint: Text | None = None
    """Address of the account, like `https://myaccount.blob.core.windows.net`."""
    connection_string: Text | None = None
    """Address and key in one text, as Azure shows it; best kept as a secret. It wins over the others."""
    shared_key_account_name: Text | None = None
    """Name of the account, with `sharedKeyAccountAccessKey`."""
    shared_key_account_access_key: Text | None = None
    """Key of the account, best kept as a secret."""
    sas_token: Text | None = None
    """A shared access signature instead of a key, best kept as a secret."""

    @contextmanager
    def account(self, ctx: RunContext, doing: str) -> Iterator[Any]:
        """Give a client of the account, closed at the end; errors become a TaskFailure that names `doing`."""
        with azure_errors(doing, ctx), closing(self._client()) as client:
            yield client

    def _client(self) -> Any:
        kind = azure("azure.storage.blob").BlobServiceClient
        given = {**_AGAIN, "connection_timeout": _CONNECT_SECONDS, "read_timeout": _READ_SECONDS}
        if self.connection_string:
            try:
                return kind.from_connection_string(self.connection_string, **given)
            except ValueError as error:
                raise TaskFailure(
                    "connectionString: not one; copy it from the access keys of the storage account"
                ) from error
        if not self.endpoint:
            raise TaskFailure("endpoint: missing; give it, or a `connectionString`")
        try:
            return kind(self.endpoint, credential=self._credential(), **given)
        except ValueError as error:
            raise TaskFailure(f"endpoint: '{self.endpoint}' is not the address of an account") from error

    def _credential(self) -> Any:
        name, key = self.shared_key_account_name, self.shared_key_account_access_key
        if bool(name) != bool(key):
            missing = "sharedKeyAccountAccessKey" if name else "sharedKeyAccountName"
            raise TaskFailure(f"{missing}: missing; name and key of the account belong together")
        credentials = azure("azure.core.credentials")
        if name:
            return credentials.AzureNamedKeyCredential(name, key)
        if self.sas_token:
            return credentials.AzureSasCredential(self.sas_token.lstrip("?"))
        raise TaskFailure(
            "connectionString: missing; give it, a `sasToken`, or `sharedKeyAccountName` and "
            "`sharedKeyAccountAccessKey`"
        )


@contextmanager
def azure_errors(doing: str, ctx: RunContext) -> Iterator[None]:
    """Turn what the client raises into a TaskFailure: what was done, what was said to it, what to do."""
    known = azure("azure.core.exceptions").AzureError
    try:
        yield
    except (known, ValueError) as error:
        if ctx.cancelled.is_set():
            raise TaskFailure(f"Stopped; {doing[0].lower()}{doing[1:]} was broken off") from error
        raise TaskFailure(f"{doing} failed: {_reason(error)}") from error


def _reason(error: Any) -> str:
    lines = (str(getattr(error, "message", None) or error)).splitlines()
    said = lines[0].rstrip(".") if lines else type(error).__name__
    code = getattr(error, "error_code", None) or ""
    code = str(getattr(code, "value", code))
    if not code:
        failed = isinstance(error, azure("azure.core.exceptions").ServiceRequestError)
        return f"{said}; check `endpoint` and the network" if failed else said
    return f"{said} ({code}){f'; {_ADVICE[code]}' if code in _ADVICE else ''}"


def azure(name: str) -> Any:
    """Import a module of the Azure packages, when a task first needs it; raises TaskFailure."""
    return optional(name, tasks="Azure", extra="azure")
