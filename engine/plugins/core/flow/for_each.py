"""Run tasks for every value of a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from engine.model.branches import Branches
from engine.model.flow import TaskSpec
from engine.plugin import Example, FlowableTask
from engine.plugins.core.flow._values import loop_values

if TYPE_CHECKING:
    from engine.plugin import RunContext


class ForEach(FlowableTask):
    """Run a group of tasks once for every distinct value of a list.

    Inside, `taskrun.value` is the value as text (JSON text for numbers, booleans and maps) and
    `taskrun.iteration` its index from 0. The outputs of a task `t` are read as `outputs.t['value'].name`.
    The tasks of one value run in order; `concurrencyLimit` says how many values run at the same time.

    Fails when `values` is not a list, holds a null or an element that is no value, or when a task fails;
    then no further value is started.
    """

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "One run per value, two at a time",
            """\
id: loop
namespace: company.team
tasks:
  - id: taxis
    type: io.kestra.plugin.core.flow.ForEach
    values: [yellow, green, fhv]
    concurrencyLimit: 2
    tasks:
      - id: name
        type: io.kestra.plugin.core.debug.Return
        format: "{{ taskrun.value }}_tripdata"
      - id: show
        type: io.kestra.plugin.core.log.Log
        message: "{{ taskrun.iteration }}: {{ outputs.name[taskrun.value].value }}"
""",
            runnable=True,
        ),
        Example(
            "Values from an input, as maps",
            """\
id: loop-over-maps
namespace: company.team
inputs:
  - id: months
    type: JSON
    defaults: '[{"year": 2021, "month": "01"}, {"year": 2021, "month": "02"}]'
tasks:
  - id: months
    type: io.kestra.plugin.core.flow.ForEach
    values: "{{ inputs.months }}"
    tasks:
      - id: show
        type: io.kestra.plugin.core.log.Log
        message: "{{ fromJson(taskrun.value).year }}-{{ fromJson(taskrun.value).month }}"
""",
            runnable=True,
        ),
    )

    values: str | list[Any]
    """The values: a list of texts, numbers or maps, or a text that renders to a JSON array."""

    tasks: Annotated[list[TaskSpec], Field(min_length=1)]
    """The tasks to run for every value."""

    concurrency_limit: Annotated[int, Field(ge=0)] = 1
    """How many values run at the same time; 0 means all."""

    def branches(self, ctx: RunContext) -> Branches:
        """Run the tasks for every value."""
        return Branches.each(loop_values(self.values), self.tasks, limit=self.concurrency_limit)
