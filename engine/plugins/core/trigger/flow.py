"""Start a flow when executions of other flows reach a state."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from engine.errors import FlowsmithError
from engine.model.json import Json
from engine.model.state import State
from engine.model.truth import is_truthy
from engine.plugin import STATIC, EventTrigger, Example, Fired, Output, Part, Text
from engine.plugins.core.trigger._window import TimeWindow, all_met

if TYPE_CHECKING:
    from engine.plugin import RunContext

_STATES = (
    State.SUCCESS,
    State.WARNING,
    State.FAILED,
    State.KILLED,
    State.CANCELLED,
    State.RETRIED,
    State.SKIPPED,
    State.PAUSED,
)
_SEEN = ("executionId", "namespace", "flowId", "flowRevision", "state", "outputs")


class UpstreamFlow(Part):
    """A flow that must have run."""

    namespace: Text
    """Namespace of the flow."""

    flow_id: Text | None = None
    """Id of the flow; any flow of the namespace when left out."""

    states: list[State] | None = None
    """States its execution may have; those of the trigger when left out."""

    labels: dict[str, Text] | None = None
    """Labels its execution must have."""

    def matches(self, event: Mapping[str, Json], states: Sequence[State]) -> bool:
        """Tell whether the execution is meant."""
        labels = event.get("labels") or {}
        return (
            event.get("namespace") == self.namespace
            and self.flow_id in (None, event.get("flowId"))
            and event.get("state") in (self.states or states)
            and all(labels.get(key) == value for key, value in (self.labels or {}).items())
        )


class Filter(Part):
    """A property of an execution that must have a value."""

    field: Literal["FLOW_ID", "NAMESPACE", "STATE", "EXPRESSION"]
    """What is looked at."""

    type: Literal[
        "EQUAL_TO",
        "NOT_EQUAL_TO",
        "IN",
        "NOT_IN",
        "IS_TRUE",
        "IS_FALSE",
        "IS_NULL",
        "IS_NOT_NULL",
        "STARTS_WITH",
        "ENDS_WITH",
        "REGEX",
        "CONTAINS",
    ]
    """How it is compared."""

    value: Text | None = None
    """What it is compared with; for `EXPRESSION` the expression itself, which sees `trigger`."""

    values: list[Text] | None = None
    """What it is compared with by `IN` and `NOT_IN`."""

    def matches(self, ctx: RunContext, event: Mapping[str, Json]) -> bool:
        """Tell whether the execution has the property."""
        if self.field == "EXPRESSION":
            return self._judge(ctx.render(self.value or "", {"trigger": event}), "true")
        name = {"FLOW_ID": "flowId", "NAMESPACE": "namespace", "STATE": "state"}[self.field]
        return self._judge(event.get(name), self.value or "")

    def _judge(self, seen: str | None, value: str) -> bool:
        text = seen or ""
        match self.type:
            case "EQUAL_TO":
                return text == value
            case "NOT_EQUAL_TO":
                return text != value
            case "IN":
                return text in (self.values or [])
            case "NOT_IN":
                return text not in (self.values or [])
            case "IS_TRUE":
                return is_truthy(text)
            case "IS_FALSE":
                return not is_truthy(text)
            case "IS_NULL":
                return not text
            case "IS_NOT_NULL":
                return bool(text)
            case "STARTS_WITH":
                return text.startswith(value)
            case "ENDS_WITH":
                return text.endswith(value)
            case "REGEX":
                return re.fullmatch(value, text) is not None
        return value in text


class Where(Part):
    """Properties an execution must have."""

    id: Text
    """Name of the requirement."""

    operand: Literal["AND", "OR"] = "AND"
    """Whether all filters must match, or one of them."""

    filters: Annotated[list[Filter], Field(min_length=1)]
    """The properties."""

    def matches(self, ctx: RunContext, event: Mapping[str, Json]) -> bool:
        """Tell whether the execution is meant."""
        results = (one.matches(ctx, event) for one in self.filters)
        return all(results) if self.operand == "AND" else any(results)


class Preconditions(Part):
    """What must have happened, all of it within a window of time."""

    id: Text
    """Name under which it is remembered what has happened."""

    time_window: TimeWindow = TimeWindow()
    """The window of time; the present day when left out."""

    reset_on_success: bool = True
    """Whether everything is wanted anew after a start, also in the same window."""

    flows: list[UpstreamFlow] = []
    """Flows that must have run."""

    where: list[Where] = []
    """Properties for each of which there must have been an execution."""

    @model_validator(mode="after")
    def _something(self) -> Preconditions:
        if not self.flows and not self.where:
            raise ValueError("give `flows` or `where`, to say what must have happened")
        return self


class FlowOutput(Output):
    """Variables of a start, read as `trigger.<name>`."""

    execution_id: str
    """Id of the execution that started this one."""

    namespace: str
    """Its namespace."""

    flow_id: str
    """Its flow."""

    flow_revision: int
    """The revision of its flow."""

    state: str
    """Its state."""

    outputs: dict[str, Any] | None = None
    """The outputs its flow declares; outputs of its tasks are not seen."""


class Flow(EventTrigger):
    """Start the flow when an execution of another flow reaches a state, or when several have done so.

    `conditions` must all hold for the one execution looked at; `preconditions` are remembered over a window
    of time until all of them are met. A flow never starts itself. When a condition cannot be told it counts
    as false.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.core.models.triggers.types.Flow",)
    row_properties: ClassVar[tuple[str, ...]] = ("preconditions",)
    gives: ClassVar[type[Output]] = FlowOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "After another flow has succeeded",
            """\
id: after-load
namespace: company.team
tasks:
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "after {{ trigger.flowId ?? 'nothing' }}"
triggers:
  - id: loaded
    type: io.kestra.plugin.core.trigger.Flow
    states: [SUCCESS]
    preconditions:
      id: loaded
      flows:
        - namespace: company.team
          flowId: load-taxi
""",
            runnable=True,
        ),
        Example(
            "After two flows, each day until nine",
            """\
id: after-both
namespace: company.team
tasks:
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: both are there
triggers:
  - id: both
    type: io.kestra.plugin.core.trigger.Flow
    preconditions:
      id: both
      timeWindow:
        type: DAILY_TIME_DEADLINE
        deadline: "09:00:00"
      flows:
        - namespace: company.team
          flowId: load-yellow
          states: [SUCCESS]
        - namespace: company.team
          flowId: load-green
          states: [SUCCESS]
""",
            runnable=True,
        ),
    )

    states: list[State] = list(_STATES)
    """States that count; all in which an execution has ended, and PAUSED, when left out."""

    preconditions: Annotated[Preconditions | None, STATIC] = None
    """What must have happened, all of it within a window of time."""

    def matches(self, ctx: RunContext, event: Mapping[str, Json]) -> Fired | None:
        """Answer an execution that reached a state; the event is what `execution_event` gives."""
        if (event.get("namespace"), event.get("flowId")) == (ctx.where.namespace, ctx.where.flow_id):
            return None
        wanted = self.preconditions
        if wanted is None:
            meant = event.get("state") in self.states
        else:
            names = [
                *(f"flow-{number}" for number in range(len(wanted.flows))),
                *(one.id for one in wanted.where),
            ]
            meant = all_met(
                ctx,
                wanted.id,
                wanted.time_window,
                names,
                list(self._met(ctx, wanted, event)),
                reset=wanted.reset_on_success,
            )
        if not meant:
            return None
        return Fired({name: event[name] for name in _SEEN if event.get(name) is not None})

    def _met(self, ctx: RunContext, wanted: Preconditions, event: Mapping[str, Json]) -> Iterator[str]:
        for number, flow in enumerate(wanted.flows):
            if flow.matches(event, self.states):
                yield f"flow-{number}"
        for where in wanted.where if event.get("state") in self.states else ():
            try:
                if where.matches(ctx, event):
                    yield where.id
            except (FlowsmithError, re.error) as error:
                ctx.warn(f"preconditions: '{where.id}' counts as false: {error}")
