"""Delete many key-value entries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic.alias_generators import to_camel

from engine.plugin import Example, Output, Task, Text

if TYPE_CHECKING:
    from engine.plugin import RunContext
    from engine.storage.ports import KeyValue


class Behavior(BaseModel):
    """What is purged: whole keys, or older versions of them."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", use_attribute_docstrings=True
    )

    type: Literal["key", "version"] = "key"
    """`key` removes keys. `version` removes older versions; the store keeps only the latest one of a key, so
    there is never one to remove."""

    expired_only: bool = True
    """For `key`: only keys that have expired."""

    before: datetime | None = None
    """For `version`: only versions from before this date."""

    keep_amount: int | None = None
    """For `version`: how many versions are kept."""


class PurgeKVOutput(Output):
    """Outputs of `PurgeKV`."""

    size: int
    """How many entries were removed."""


class PurgeKV(Task):
    """Delete key-value entries: by default all that have expired, in all namespaces.

    Fails when both `namespaces` and `namespacePattern` are given.
    """

    gives: ClassVar[type[Output]] = PurgeKVOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Remove what has expired, in one namespace and those below",
            """\
id: purge-keys
namespace: company.team
tasks:
  - id: purge
    type: io.kestra.plugin.core.kv.PurgeKV
    namespaces: [company]
""",
            runnable=True,
        ),
    )

    namespaces: list[Text] | None = None
    """The namespaces; all when neither this nor `namespacePattern` is given."""

    namespace_pattern: Text | None = None
    """A glob pattern of namespaces, like `company.*`."""

    include_child_namespaces: bool = True
    """Whether namespaces below those listed are meant too."""

    key_pattern: Text | None = None
    """A glob pattern of keys; all when left out."""

    behavior: Behavior = Behavior()
    """What is purged."""

    expired_only: bool | None = None
    """Deprecated: the same in `behavior`, and stronger."""

    @model_validator(mode="after")
    def _one_way(self) -> PurgeKV:
        if self.namespaces is not None and self.namespace_pattern is not None:
            raise ValueError("give either `namespaces` or `namespacePattern`, not both")
        return self

    def run(self, ctx: RunContext) -> PurgeKVOutput:
        """Remove the entries."""
        if self.behavior.type == "version":
            return PurgeKVOutput(size=0)
        now = ctx.clock()
        expired_only = self.behavior.expired_only if self.expired_only is None else self.expired_only
        doomed: dict[str, list[str]] = defaultdict(list)
        for entry in ctx.world.store.kv.search().results:
            expired = entry.expires is not None and entry.expires <= now
            if self._meant(entry) and (expired or not expired_only):
                doomed[entry.namespace].append(entry.key)
        return PurgeKVOutput(
            size=sum(ctx.world.store.kv.delete_many(namespace, keys) for namespace, keys in doomed.items())
        )

    def _meant(self, entry: KeyValue) -> bool:
        if entry.kind == "BYTES":
            return False
        if self.key_pattern is not None and not fnmatchcase(entry.key, self.key_pattern):
            return False
        if self.namespace_pattern is not None:
            return fnmatchcase(entry.namespace, self.namespace_pattern)
        if self.namespaces is None:
            return True
        return any(
            entry.namespace == name
            or (self.include_child_namespaces and entry.namespace.startswith(f"{name}."))
            for name in self.namespaces
        )
