"""Set a key-value entry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from engine.errors import Conflict, Expired, TaskFailure
from engine.model.kv import Kind, convert, kind_of, plain
from engine.plugin import TYPED, Duration, Example, Task, Text
from engine.plugins.core.kv._entry import find, place

if TYPE_CHECKING:
    from engine.plugin import RunContext


class Set(Task):
    """Set a key-value entry of a namespace, new or existing.

    A value that is one single expression keeps the type of its result: numbers stay numbers, maps stay maps.
    Fails when the key has characters it may not have, when the text does not fit `kvType`, and when the key
    exists while `overwrite` is false.
    """

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Remember a value, and read it in the next task",
            """\
id: remember
namespace: company.team
tasks:
  - id: remember
    type: io.kestra.plugin.core.kv.Set
    key: taxi
    value: yellow
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ kv('taxi') }}"
""",
            runnable=True,
        ),
        Example(
            "A number that expires after a day",
            """\
id: remember-for-a-day
namespace: company.team
tasks:
  - id: remember
    type: io.kestra.plugin.core.kv.Set
    key: rows
    value: "{{ 40 + 2 }}"
    kvType: NUMBER
    ttl: P1D
""",
            runnable=True,
        ),
    )

    key: Text
    """Name of the entry: letters, digits, `.`, `_` and `-`, beginning with a letter or digit."""

    value: Annotated[Any, Field(...), TYPED]
    """The value. A single expression keeps the type of its result."""

    namespace: Text | None = None
    """The namespace; by default the flow's own."""

    overwrite: bool = True
    """Whether an existing entry is replaced; otherwise the task fails."""

    ttl: Duration | None = None
    """How long the entry lives; for ever when left out."""

    kv_type: Kind | None = None
    """Read a text value as this type. Without it the value is stored as it came. DATETIME and DATE are
    written like `2024-01-31T00:00:00Z`; for BOOLEAN only `true` is true."""

    kv_description: Text | None = None
    """What the entry is for."""

    def run(self, ctx: RunContext) -> None:
        """Store the value."""
        namespace, key = place(ctx, self.namespace, self.key)
        if not self.overwrite:
            self._forget_expired(ctx, namespace, key)
        now = ctx.clock()
        value, kind = self._typed()
        try:
            ctx.world.store.kv.put(
                namespace,
                key,
                value,
                kind,
                now,
                expires=None if self.ttl is None else now + self.ttl,
                description=self.kv_description,
                overwrite=self.overwrite,
            )
        except Conflict as error:
            raise TaskFailure(
                f"Cannot set value for key '{key}'. Key already exists and `overwrite` is set to `false`."
            ) from error

    def _typed(self) -> tuple[Any, str]:
        if self.kv_type is None or not isinstance(self.value, str):
            return plain(self.value), self.kv_type or kind_of(self.value)
        try:
            return convert(self.value, self.kv_type), self.kv_type
        except ValueError as error:
            raise TaskFailure(f"value: {error} (kvType {self.kv_type})") from error

    def _forget_expired(self, ctx: RunContext, namespace: str, key: str) -> None:
        try:
            find(ctx, namespace, key)
        except Expired:
            return
