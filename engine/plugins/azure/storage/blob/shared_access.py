"""`io.kestra.plugin.azure.storage.blob.SharedAccess`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from engine.errors import TaskFailure
from engine.model.moment import from_text
from engine.plugin import Example, Output, RunContext, Task, Text
from engine.plugins.azure._azure import azure
from engine.plugins.azure.storage.blob._blob import BlobProperties

_LETTERS = {
    "READ": "r",
    "ADD": "a",
    "CREATE": "c",
    "WRITE": "w",
    "DELETE": "d",
    "DELETE_VERSION": "x",
    "LIST": "l",
    "TAGS": "t",
    "FILTER": "f",
    "MOVE": "m",
    "EXECUTE": "e",
    "IMMUTABILITY_POLICY": "i",
}
"""In the order in which the service wants them."""


class SharedAccessOutput(Output):
    """The address."""

    uri: str
    """Address of the blob with the signature; whoever has it has the permissions."""


class SharedAccess(BlobProperties, Task):
    """Makes an address by which others may use a blob for a while. Needs the key of the account."""

    gives: ClassVar[type[Output]] = SharedAccessOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Let somebody read a file for a day",
            """\
id: azure_shared_access
namespace: company.team

tasks:
  - id: share
    type: io.kestra.plugin.azure.storage.blob.SharedAccess
    connectionString: "{{ secret('AZURE_CONNECTION_STRING') }}"
    container: data
    name: report.pdf
    expirationDate: "{{ now() | dateAdd(1, 'DAYS') }}"
    permissions:
      - READ
""",
        ),
    )

    expiration_date: Text
    """When the address ceases to work, as a date like `2027-01-31T00:00:00Z`."""
    permissions: list[Text]
    """What is allowed: `READ`, `ADD`, `CREATE`, `WRITE`, `DELETE`, `DELETE_VERSION`, `LIST`, `TAGS`,
    `FILTER`, `MOVE`, `EXECUTE`, `IMMUTABILITY_POLICY`, or their letters, like `r`."""

    def run(self, ctx: RunContext) -> SharedAccessOutput:
        """Make the address."""
        end, allowed = self._end(), self._allowed()
        with self.account(ctx, f"Making an address for {self.place}") as account:
            blob = account.get_blob_client(self.container, self.name)
            sign = azure("azure.storage.blob").generate_blob_sas
            token = sign(
                account.account_name,
                self.container,
                self.name,
                account_key=_key_of(account.credential),
                permission=allowed,
                expiry=end,
            )
        return SharedAccessOutput(uri=f"{blob.url.partition('?')[0]}?{token}")

    def _end(self) -> datetime:
        try:
            return from_text(self.expiration_date)
        except ValueError as error:
            raise TaskFailure(
                f"expirationDate: '{self.expiration_date}' is not a date; write it like 2027-01-31T00:00:00Z"
            ) from error

    def _allowed(self) -> str:
        letters = {_LETTERS.get(name.upper(), name.lower()) for name in self.permissions}
        if unknown := letters.difference(_LETTERS.values()) or (not letters and {"nothing"}):
            raise TaskFailure(f"permissions: {', '.join(sorted(unknown))} is none; use {', '.join(_LETTERS)}")
        return "".join(letter for letter in _LETTERS.values() if letter in letters)


def _key_of(credential: Any) -> str:
    key = getattr(credential, "account_key", None) or getattr(
        getattr(credential, "named_key", None), "key", None
    )
    if not key:
        raise TaskFailure("sharedKeyAccountAccessKey: missing; only it can sign an address")
    return str(key)
