"""Count executions of flows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic.alias_generators import to_camel

from engine.model.state import State
from engine.plugin import STATIC, Example, Output, Task, Text
from engine.storage.ports import ExecutionQuery

if TYPE_CHECKING:
    from engine.plugin import RunContext


class FlowName(BaseModel):
    """Names a flow."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", use_attribute_docstrings=True
    )

    namespace: str
    """Namespace of the flow."""

    flow_id: str
    """Id of the flow."""


class CountOutput(Output):
    """Outputs of `Count`."""

    results: list[dict[str, Any]]
    """`namespace`, `flowId` and `count` of every flow that was kept."""

    total: int
    """The number of executions of the flows that were kept."""


class Count(Task):
    """Count the executions of flows in a span of time, and keep the flows an expression chooses.

    Fails when neither `flows` nor `namespaces` is given, or the expression cannot be rendered.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.core.tasks.executions.Counts",)
    deprecated: ClassVar[str | None] = "the executions API"
    row_properties: ClassVar[tuple[str, ...]] = ("expression",)
    gives: ClassVar[type[Output]] = CountOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Flows without an execution today",
            """\
id: silent-flows
namespace: company.team
tasks:
  - id: count
    type: io.kestra.plugin.core.execution.Count
    namespaces: [company.team]
    startDate: "{{ now() | dateAdd(-1, 'DAYS') }}"
    expression: "{{ count == 0 }}"
""",
            runnable=True,
        ),
    )

    flows: Annotated[list[FlowName] | None, STATIC] = None
    """The flows to count."""

    namespaces: list[Text] | None = None
    """Count all flows of these namespaces and of those below."""

    states: list[State] = []
    """Count only executions in these states; all when empty."""

    start_date: datetime
    """Count only executions that started at this date or later."""

    end_date: datetime | None = None
    """Count only executions that started at this date or earlier; now when left out."""

    expression: Annotated[Text, STATIC]
    """Rendered for every flow with the variable `count`; a flow is kept when the text is `true`."""

    @model_validator(mode="after")
    def _something(self) -> Count:
        if not self.flows and not self.namespaces:
            raise ValueError("give `flows` or `namespaces`, to say what is counted")
        return self

    def run(self, ctx: RunContext) -> CountOutput:
        """Count and choose."""
        results = []
        for namespace, flow_id in self._flows(ctx):
            count = self._count(ctx, namespace, flow_id)
            if str(ctx.render(self.expression, {"count": count})).strip() == "true":
                results.append({"namespace": namespace, "flowId": flow_id, "count": count})
        return CountOutput(results=results, total=sum(row["count"] for row in results))

    def _flows(self, ctx: RunContext) -> list[tuple[str, str]]:
        named = [(flow.namespace, flow.flow_id) for flow in self.flows or []]
        below = [
            (row.namespace, row.id)
            for row in (ctx.world.store.flows.latest() if self.namespaces else [])
            if any(
                row.namespace == name or row.namespace.startswith(f"{name}.")
                for name in self.namespaces or []
            )
        ]
        return list(dict.fromkeys([*named, *below]))

    def _count(self, ctx: RunContext, namespace: str, flow_id: str) -> int:
        query = ExecutionQuery(
            namespace=namespace,
            flow_id=flow_id,
            states=frozenset(self.states),
            started_after=self.start_date,
            started_before=self.end_date or ctx.clock(),
            limit=1,
        )
        return ctx.world.store.executions.search(query).total
