"""Finding blobs: by the beginning of their names and by a pattern, and what is done with them then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from engine.errors import TaskFailure
from engine.plugin import Part, RunContext, Text
from engine.plugins._transfer import matcher
from engine.plugins.azure._azure import azure
from engine.plugins.azure.storage.blob._blob import Blob, ContainerProperties, copy

Filter = Literal["FILES", "DIRECTORY", "BOTH"]
Action = Literal["MOVE", "DELETE", "NONE"]


class MoveTo(Part):
    """Where blobs are moved to."""

    container: Text | None = None
    """Name of the container; by default that of the blobs."""
    name: Text | None = None
    """The folder they are put into."""


class ListingProperties(ContainerProperties):
    """Which blobs are meant."""

    abstract: ClassVar[bool] = True

    prefix: Text | None = None
    """Beginning of the names, like `incoming/`."""
    regexp: Text | None = None
    """A regular expression that must match the whole name."""
    delimiter: Text | None = None
    """With `/` only one level is listed; deeper ones are told as one folder each, see `filter`."""
    filter: Filter = "FILES"
    """Which of them count: `FILES`, `DIRECTORY` (folders, told with a `delimiter`), or `BOTH`."""

    def find(self, account: Any) -> list[Blob]:
        """Return the blobs by name; raises TaskFailure for a wrong pattern."""
        matches = matcher("regexp", self.regexp)
        container = account.get_container_client(self.container)
        if self.delimiter:
            listed = container.walk_blobs(name_starts_with=self.prefix, delimiter=self.delimiter)
        else:
            listed = container.list_blobs(name_starts_with=self.prefix)
        folder = type(None) if not self.delimiter else _prefix_type()
        found = [
            Blob.of(item)
            for item in listed
            if self.filter == "BOTH" or isinstance(item, folder) == (self.filter == "DIRECTORY")
            if matches(item.name)
        ]
        return sorted(found, key=lambda item: item.name)

    @property
    def place(self) -> str:
        """What is searched, for messages."""
        return f"{self.container}/{self.prefix or ''}"


class FewProperties(ListingProperties):
    """Which blobs are meant, and how many at most."""

    abstract: ClassVar[bool] = True

    max_files: Annotated[int, Field(ge=1)] = 25
    """How many are taken at most; the log says when there are more."""

    def cut(self, ctx: RunContext, found: list[Any]) -> list[Any]:
        """Return at most so many blobs, and warn when there are more."""
        if len(found) > self.max_files:
            ctx.warn(
                f"{len(found)} blobs were found, more than `maxFiles` allows; only {self.max_files} are taken"
            )
        return found[: self.max_files]


class CollectProperties(FewProperties):
    """Which blobs are fetched, and what becomes of them in the container."""

    abstract: ClassVar[bool] = True

    action: Action = "NONE"
    """What becomes of them in the container: `DELETE` removes them, `MOVE` puts them at `moveTo`."""
    move_to: MoveTo | None = None
    """Where `MOVE` puts them: `name` is the folder, `container` by default the same."""

    def settled(self, ctx: RunContext) -> Callable[[Any, str], None]:
        """Return the function that does `action` on a name; raises TaskFailure when it lacks a place."""
        if self.action == "NONE":
            return lambda account, name: None
        if self.action == "DELETE":
            return lambda account, name: account.get_blob_client(self.container, name).delete_blob()
        target = self.move_to
        if target is None or (target.name is None and target.container is None):
            raise TaskFailure("moveTo: missing; `action: MOVE` needs it, like {container: data, name: done}")
        container, folder = target.container or self.container, (target.name or "").strip("/")

        def move(account: Any, name: str) -> None:
            new = "/".join(filter(None, (folder, name.rpartition("/")[2])))
            if (container, new) == (self.container, name):
                raise TaskFailure(f"moveTo: {container}/{new} is where the blob is; it would be lost")
            copy(ctx, account, (self.container, name), (container, new))
            account.get_blob_client(self.container, name).delete_blob()

        return move


def _prefix_type() -> type:
    found: type = azure("azure.storage.blob").BlobPrefix
    return found
