"""Change a key-value entry: merge into it, set parts of it, or replace it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from engine.errors import TaskFailure
from engine.model.json import Json
from engine.model.kv import kind_of, plain
from engine.plugin import TYPED, Example, Task, Text
from engine.plugins.core.kv._entry import find, missing, place

if TYPE_CHECKING:
    from engine.plugin import RunContext


class Put(Task):
    """Change the value of an entry and keep its expiry and description.

    A map is merged deeply into a stored map. A list of `key` and `value` sets these (dotted) paths of the
    stored map; a list with one `value` alone replaces, as does anything else.

    Fails when paths are set in a value that is no map, when an item of the list has no `value`, and when the
    key is missing while `errorOnMissing` is true.
    """

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Set one path of a stored map",
            """\
id: change-a-value
namespace: company.team
tasks:
  - id: start
    type: io.kestra.plugin.core.kv.Set
    key: progress
    value: '{"yellow": {"rows": 1}}'
    kvType: JSON
  - id: change
    type: io.kestra.plugin.core.kv.Put
    key: progress
    value:
      - key: yellow.rows
        value: 2
""",
            runnable=True,
        ),
    )

    key: Text
    """Name of the entry."""

    value: Annotated[Any, Field(...), TYPED]
    """What to merge, set or store."""

    namespace: Text | None = None
    """The namespace; by default the flow's own."""

    error_on_missing: bool = False
    """Fail when the key does not exist; otherwise it is made."""

    def run(self, ctx: RunContext) -> None:
        """Store the changed value."""
        namespace, key = place(ctx, self.namespace, self.key)
        entry = find(ctx, namespace, key)
        if entry is None and self.error_on_missing:
            raise missing(namespace, key)
        value = plain(_changed(None if entry is None else entry.value, self.value, key))
        ctx.world.store.kv.put(
            namespace,
            key,
            value,
            kind_of(value),
            ctx.clock(),
            expires=None if entry is None else entry.expires,
            description=None if entry is None else entry.description,
        )


def _changed(stored: Json, given: Json, key: str) -> Json:
    if isinstance(given, Mapping) and isinstance(stored, Mapping):
        return _merged(stored, given)
    if not isinstance(given, list) or not given or not all(_is_update(item) for item in given):
        return given
    if len(given) == 1 and "key" not in given[0]:
        return given[0]["value"]
    if not isinstance(stored, Mapping | None):
        raise TaskFailure(f"The value of '{key}' is not a map, so no path of it can be set; give a new value")
    result = dict(stored or {})
    for item in given:
        if "key" not in item:
            raise TaskFailure("value: every item of the list needs a `key`")
        result = _with(result, str(item["key"]).split("."), item["value"])
    return result


def _is_update(item: Json) -> bool:
    return isinstance(item, Mapping) and "value" in item and set(item) <= {"key", "value"}


def _merged(under: Mapping[str, Json], over: Mapping[str, Json]) -> dict[str, Json]:
    result = dict(under)
    for name, value in over.items():
        below = result.get(name)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            value = _merged(below, value)
        result[name] = value
    return result


def _with(value: Mapping[str, Json], path: list[str], new: Json) -> dict[str, Json]:
    head, *rest = path
    below = value.get(head)
    inner = below if isinstance(below, Mapping) else {}
    return {**value, head: _with(inner, rest, new) if rest else new}
