"""What all Google Cloud tasks share: who they are, the clients, and what errors become."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from engine.errors import TaskFailure
from engine.plugin import Plugin, RunContext, Text
from engine.plugins._package import optional

_CLOUD = "https://www.googleapis.com/auth/cloud-platform"
_IMPERSONATION_SECONDS = 3600


class GcpProperties(Plugin):
    """Who a task is to Google Cloud, and in which project it works."""

    abstract: ClassVar[bool] = True

    project_id: Text | None = None
    """The project; by default that of the service account, else that of the machine's own credentials."""
    service_account: Text | None = None
    """The JSON text of a service account's key, best kept as a secret. Without it the machine's own
    credentials are used: `GOOGLE_APPLICATION_CREDENTIALS`, a login of `gcloud`, or those of the virtual
    machine."""
    impersonated_service_account: Text | None = None
    """The e-mail address of a service account to act as; the first one must be allowed to."""
    scopes: list[Text] = [_CLOUD]
    """What the access tokens may be used for."""

    def identity(self, emulator: str) -> tuple[Any, str | None]:
        """Return credentials and project; raises TaskFailure.

        Where the variable `emulator` names a local emulator and no key is given, nobody logs in.
        """
        if self.service_account:
            credentials, project = self._of_key(self.service_account)
        elif os.environ.get(emulator):
            credentials, project = google("google.auth.credentials").AnonymousCredentials(), None
        else:
            credentials, project = self._of_machine()
        if self.impersonated_service_account:
            credentials = google("google.auth.impersonated_credentials").Credentials(
                source_credentials=credentials,
                target_principal=self.impersonated_service_account,
                target_scopes=self.scopes,
                lifetime=_IMPERSONATION_SECONDS,
            )
        return credentials, self.project_id or project or os.environ.get("GOOGLE_CLOUD_PROJECT")

    def _of_key(self, text: str) -> tuple[Any, str | None]:
        accounts = google("google.oauth2.service_account")
        try:
            key = json.loads(text)
            credentials = accounts.Credentials.from_service_account_info(key, scopes=self.scopes)
        except (
            ValueError,
            TypeError,
            AttributeError,
            google("google.auth.exceptions").GoogleAuthError,
        ) as error:
            raise TaskFailure(
                "serviceAccount: not the JSON text of a service account's key "
                f"({_without_value(error)}); take the whole file that Google Cloud gives for the key"
            ) from error
        return credentials, key.get("project_id")

    def _of_machine(self) -> tuple[Any, str | None]:
        try:
            found: tuple[Any, str | None] = google("google.auth").default(scopes=self.scopes)
        except google("google.auth.exceptions").GoogleAuthError as error:
            raise TaskFailure(
                "serviceAccount: not given, and this machine has no Google credentials of its own; set it to "
                "the JSON text of a key, or set GOOGLE_APPLICATION_CREDENTIALS where the service runs"
            ) from error
        return found


def _without_value(error: Exception) -> str:
    """Return what is wrong without quoting the text: it may be a key."""
    if isinstance(error, json.JSONDecodeError):
        return f"it is no JSON: {error.msg} at line {error.lineno}"
    return type(error).__name__ if isinstance(error, TypeError | AttributeError) else str(error)[:120]


def google(name: str) -> Any:
    """Import a module of Google's packages, when a task first needs it; raises TaskFailure."""
    return optional(name, tasks="Google Cloud", extra="gcp")


@contextmanager
def google_errors(doing: str, ctx: RunContext | None = None) -> Iterator[None]:
    """Turn what Google's clients raise into a TaskFailure: what was done, and what was said to it."""
    api = google("google.api_core.exceptions").GoogleAPIError
    auth = google("google.auth.exceptions").GoogleAuthError
    network = google("requests.exceptions").RequestException
    try:
        yield
    except (api, auth, network) as error:
        if ctx is not None and ctx.cancelled.is_set():
            raise TaskFailure(f"Stopped; {doing[0].lower()}{doing[1:]} was broken off") from error
        raise TaskFailure(f"{doing} failed: {reason(error)}") from error


def reason(error: Any) -> str:
    """Return what an error says: the status code and the service's own words."""
    code = getattr(error, "code", None)
    said = str(getattr(error, "message", "") or error).strip()
    return f"{said} ({int(code)})" if isinstance(code, int) else said


def is_missing(error: BaseException | None) -> bool:
    """Tell whether an error means that the thing does not exist."""
    return isinstance(error, google("google.api_core.exceptions").NotFound)
