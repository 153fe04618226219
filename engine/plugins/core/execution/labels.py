"""Add labels to the execution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from engine.errors import TaskFailure
from engine.model.json import Json, dumps, loads
from engine.model.label import SYSTEM_PREFIX
from engine.plugin import Change, Example, ExecutionTask

if TYPE_CHECKING:
    from engine.plugin import RunContext


class Labels(ExecutionTask):
    """Add labels to the execution; a label with the same key is replaced.

    Fails when `labels` is neither a map, nor a list of `key` and `value`, nor text that renders to one of
    them, or when a key begins with `system.`.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.core.tasks.executions.Labels",)
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Label an execution by what it found",
            """\
id: label-the-run
namespace: company.team
tasks:
  - id: month
    type: io.kestra.plugin.core.debug.Return
    format: 2021-01
  - id: label
    type: io.kestra.plugin.core.execution.Labels
    labels:
      month: "{{ outputs.month.value }}"
      taxi: yellow
""",
            runnable=True,
        ),
    )

    labels: str | dict[str, Any] | list[Any]
    """A map of keys to values, a list of maps with `key` and `value`, or text that renders to a JSON map."""

    def change(self, ctx: RunContext) -> Change:
        """Add the labels."""
        labels = read_labels(self.labels)
        for key in labels:
            if key.startswith(SYSTEM_PREFIX):
                raise TaskFailure(
                    f"The label '{key}' is refused: keys that begin with `system.` are reserved"
                )
        return Change(labels=labels)


def read_labels(value: str | dict[str, Json] | list[Json]) -> dict[str, str]:
    """Read labels from their three written forms; raises TaskFailure."""
    if isinstance(value, str):
        try:
            value = loads(value)
        except ValueError:
            raise TaskFailure(f"labels: '{value}' is not a JSON map; write a map of keys to values") from None
    if isinstance(value, dict):
        return {key: _text(item) for key, item in value.items() if item is not None}
    if not isinstance(value, list):
        raise TaskFailure(f"labels: '{value}' is not a map; write a map of keys to values")
    labels = {}
    for item in value:
        if not isinstance(item, dict) or "key" not in item or "value" not in item:
            raise TaskFailure(f"labels: {dumps(item).decode()} is not a map with `key` and `value`")
        labels[_text(item["key"])] = _text(item["value"])
    return labels


def _text(value: Json) -> str:
    return value if isinstance(value, str) else dumps(value).decode()
