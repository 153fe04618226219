"""Publish metrics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from engine.errors import TaskFailure
from engine.model.duration import parse_duration
from engine.plugin import Example, Output, StringMap, Task, Text

if TYPE_CHECKING:
    from engine.plugin import RunContext


class MetricValue(BaseModel):
    """A metric to publish."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True, coerce_numbers_to_str=True)

    type: Literal["counter", "timer", "gauge"]
    """`counter` for amounts that add up, `timer` for durations, `gauge` for readings."""

    name: Text
    """Name of the metric."""

    value: float | Text
    """The number; for a timer a duration like `PT2.5S`, or seconds."""

    tags: StringMap | None = None
    """Tags of the metric."""


class PublishOutput(Output):
    """Outputs of `Publish`."""

    metrics: list[dict[str, Any]]
    """The metrics, as they were published; timers in seconds."""


class Publish(Task):
    """Publish metrics of this task run. Fails when a metric has no name, or a value that is no number."""

    gives: ClassVar[type[Output]] = PublishOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "A counter and a timer",
            """\
id: publish-metrics
namespace: company.team
tasks:
  - id: publish
    type: io.kestra.plugin.core.metric.Publish
    metrics:
      - type: counter
        name: rows
        value: 42
        tags:
          taxi: yellow
      - type: timer
        name: load
        value: PT2.5S
""",
            runnable=True,
        ),
    )

    metrics: Annotated[list[MetricValue], Field(min_length=1)]
    """The metrics."""

    def run(self, ctx: RunContext) -> PublishOutput:
        """Publish them."""
        published = []
        for metric in self.metrics:
            value = _number(metric)
            ctx.metric(metric.name, value, metric.type, **(metric.tags or {}))
            published.append(
                {"type": metric.type, "name": metric.name, "value": value, "tags": metric.tags or {}}
            )
        return PublishOutput(metrics=published)


def _number(metric: MetricValue) -> float:
    try:
        if metric.type == "timer":
            return parse_duration(metric.value).total_seconds()
        return float(metric.value)
    except ValueError as error:
        if metric.type == "timer":
            raise TaskFailure(f"metric '{metric.name}': {error}") from error
        raise TaskFailure(f"metric '{metric.name}': '{metric.value}' is not a number") from error
