"""Run tasks in the order of their dependencies."""

from __future__ import annotations

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from engine.model.branches import Branches
from engine.model.flow import TaskSpec
from engine.plugin import Example, FlowableTask

if TYPE_CHECKING:
    from engine.plugin import RunContext


class DagTask(BaseModel):
    """A task and the tasks it waits for."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
        arbitrary_types_allowed=True,
    )

    task: TaskSpec
    """The task."""

    depends_on: list[str] = []
    """Ids of tasks of the same Dag that must have ended before it starts."""


class Dag(FlowableTask):
    """Run tasks as soon as everything they depend on has ended; those without dependencies at once.

    A dependency counts as ended in any state, also WARNING or SKIPPED. When a task fails, nothing more is
    started, what runs finishes, and the Dag fails. A dependency that does not exist, or a cycle, is refused
    when the flow is saved.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.core.tasks.flows.Dag",)
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Two extractions side by side, then a join",
            """\
id: a-dag
namespace: company.team
tasks:
  - id: dag
    type: io.kestra.plugin.core.flow.Dag
    tasks:
      - task:
          id: trips
          type: io.kestra.plugin.core.log.Log
          message: trips
      - task:
          id: zones
          type: io.kestra.plugin.core.log.Log
          message: zones
      - task:
          id: join
          type: io.kestra.plugin.core.log.Log
          message: join them
        dependsOn: [trips, zones]
""",
            runnable=True,
        ),
    )

    tasks: Annotated[list[DagTask], Field(min_length=1)]
    """The tasks with their dependencies."""

    concurrent: Annotated[int, Field(ge=0)] = 0
    """How many tasks may run at the same time; 0 means all that may start."""

    @model_validator(mode="after")
    def _sound(self) -> Dag:
        ids = {node.task.id for node in self.tasks}
        for node in self.tasks:
            missing = [one for one in node.depends_on if one not in ids]
            if missing:
                raise ValueError(
                    f"Not existing task id in dependency: {', '.join(missing)}; "
                    f"'{node.task.id}' may depend only on tasks of this Dag"
                )
        try:
            TopologicalSorter({node.task.id: node.depends_on for node in self.tasks}).prepare()
        except CycleError as error:
            raise ValueError(f"Cyclic dependency detected: {', '.join(error.args[1][:-1])}") from error
        return self

    def branches(self, ctx: RunContext) -> Branches:
        """Run every task when its dependencies have ended."""
        after = {node.task.id: node.depends_on for node in self.tasks}
        return Branches.dag([node.task for node in self.tasks], after, limit=self.concurrent)
