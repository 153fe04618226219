"""List the keys of a namespace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from engine.plugin import Example, Output, Task, Text
from engine.plugins.core.kv._entry import namespace_of

if TYPE_CHECKING:
    from engine.plugin import RunContext


class GetKeysOutput(Output):
    """Outputs of `GetKeys`."""

    keys: list[str]
    """The keys, sorted; without those that have expired."""


class GetKeys(Task):
    """List the keys of a namespace, all or those with a prefix. No match gives an empty list.

    Fails only when the namespace is no name of one.
    """

    gives: ClassVar[type[Output]] = GetKeysOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Loop over keys with a prefix",
            """\
id: list-keys
namespace: company.team
tasks:
  - id: first
    type: io.kestra.plugin.core.kv.Set
    key: taxi_yellow
    value: done
  - id: keys
    type: io.kestra.plugin.core.kv.GetKeys
    prefix: taxi_
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: "{{ outputs.keys.keys }}"
    tasks:
      - id: show
        type: io.kestra.plugin.core.log.Log
        message: "{{ taskrun.value }} is {{ kv(taskrun.value) }}"
""",
            runnable=True,
        ),
    )

    prefix: Text | None = None
    """Beginning of the keys to list; all when left out."""

    namespace: Text | None = None
    """The namespace; by default the flow's own."""

    def run(self, ctx: RunContext) -> GetKeysOutput:
        """Return the keys."""
        page = ctx.world.store.kv.search(
            namespace=namespace_of(ctx, self.namespace), prefix=self.prefix or "", now=ctx.clock()
        )
        return GetKeysOutput(keys=sorted(entry.key for entry in page.results if entry.kind != "BYTES"))
