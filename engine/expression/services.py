"""What expressions may ask of the world around them; given by whoever renders."""

from __future__ import annotations

from typing import NoReturn, Protocol

from engine.errors import ExpressionError
from engine.model.json import Json


class Services(Protocol):
    """The functions `kv secret read fileURI fileSize fileExists errorLogs tasksWithState http` end here.

    Every method raises an error of `engine.errors` with a sentence for the flow's author; none of these
    errors is caught by `??` or `default`.
    """

    def kv(self, key: str, namespace: str | None, *, error_on_missing: bool) -> Json:
        """Return the value, or None when it is missing and `error_on_missing` is false."""

    def secret(self, key: str, namespace: str | None, subkey: str | None) -> str:
        """Return the secret's text and remember it for masking."""

    def read(self, path: str, namespace: str | None) -> str:
        """Return the text of a file of this execution or of a namespace."""

    def file_uri(self, path: str, namespace: str | None) -> str:
        """Return the `kestra:///` address of a namespace file."""

    def file_size(self, path: str) -> int:
        """Return the size in bytes."""

    def file_exists(self, path: str) -> bool:
        """Tell whether the file exists."""

    def error_logs(self) -> list[dict[str, Json]]:
        """Return the ERROR log entries of this execution."""

    def tasks_with_state(self, state: str) -> list[dict[str, Json]]:
        """Return `{taskId, value?, state}` of task runs in this state."""

    def http(self, uri: str, options: dict[str, Json]) -> Json:
        """Make a request and return the parsed body."""


class NoServices:
    """Services of a place without a world: validation, tests. Everything asked for is refused."""

    def _refuse(self, name: str) -> NoReturn:
        raise ExpressionError(f"`{name}()` cannot be used here")

    def kv(self, key: str, namespace: str | None, *, error_on_missing: bool) -> Json:
        """Refuse."""
        self._refuse("kv")

    def secret(self, key: str, namespace: str | None, subkey: str | None) -> str:
        """Refuse."""
        self._refuse("secret")

    def read(self, path: str, namespace: str | None) -> str:
        """Refuse."""
        self._refuse("read")

    def file_uri(self, path: str, namespace: str | None) -> str:
        """Refuse."""
        self._refuse("fileURI")

    def file_size(self, path: str) -> int:
        """Refuse."""
        self._refuse("fileSize")

    def file_exists(self, path: str) -> bool:
        """Refuse."""
        self._refuse("fileExists")

    def error_logs(self) -> list[dict[str, Json]]:
        """Refuse."""
        self._refuse("errorLogs")

    def tasks_with_state(self, state: str) -> list[dict[str, Json]]:
        """Refuse."""
        self._refuse("tasksWithState")

    def http(self, uri: str, options: dict[str, Json]) -> Json:
        """Refuse."""
        self._refuse("http")
