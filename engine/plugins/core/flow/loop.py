"""Run tasks for every element of a list, a map or a file, each time on their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from engine.expression.ion import write_ion_row
from engine.model.branches import Branches
from engine.model.flow import OutputSpec, TaskSpec
from engine.model.json import Json
from engine.model.truth import is_truthy
from engine.plugin import STATIC, Closing, Example, FlowableTask, Output, Task, Text
from engine.plugins.core.flow._elements import elements_of, is_file

if TYPE_CHECKING:
    from engine.model.execution import TaskRun
    from engine.plugin import RunContext


class LoopValue(BaseModel):
    """A value that an iteration gives to the outside."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", use_attribute_docstrings=True
    )

    id: str
    """Its name under `outputs.<loop>.outputs[n].outputs`."""
    value: Any
    """The value, rendered with the outputs of the iteration's tasks."""
    type: str | None = None
    """What it becomes: a type of input such as STRING, INT or JSON; as rendered when left out."""
    item_type: str | None = None
    """The type of the elements of an ARRAY."""
    required: bool = True
    """Fail the iteration when the value cannot be rendered; otherwise it is null."""
    display_name: str | None = None
    """Name to show."""
    description: str | None = None
    """What it is."""


class LoopOutput(Output):
    """Outputs of `Loop`."""

    iteration_count: int
    """Number of elements."""
    running_iterations: int | None = None
    """Number of iterations that have not ended; 0 when the loop is over."""
    terminated_iterations: dict[str, int] | None = None
    """Number of iterations that have ended, by state."""
    outputs: list[dict[str, Any]] | None = None
    """One entry per iteration, in order: `item` (`value`, `iteration`, `key`) and the declared `outputs`."""
    uri: str | None = None
    """Address of an Ion file with the same entries, one a row (`fetchType: STORE`)."""


class _IterationOutput(Output):
    outputs: dict[str, Any] | None = None
    """The declared outputs."""


class _Iteration(FlowableTask):
    """The tasks for one element, with the error handling of the loop."""

    type_id: ClassVar[str] = "io.kestra.plugin.core.flow.Loop$Iteration"
    abstract: ClassVar[bool] = False
    gives: ClassVar[type[Output]] = _IterationOutput
    closes: ClassVar[bool] = True
    isolates: ClassVar[bool] = True

    tasks: list[TaskSpec]
    outputs: Annotated[list[LoopValue], STATIC] = []
    break_when: Annotated[Text | None, STATIC] = None

    def branches(self, ctx: RunContext) -> Branches:
        return Branches.sequence(self.tasks)

    def declared(self) -> Sequence[OutputSpec]:
        return [
            OutputSpec(one.id, one.value, type=one.type, item_type=one.item_type, required=one.required)
            for one in self.outputs
        ]

    def close(self, ctx: RunContext, closing: Closing) -> Output:
        return _IterationOutput(outputs=dict(closing.declared) if self.outputs else None)

    def is_last(self, ctx: RunContext, closing: Closing) -> bool:
        if self.break_when is None:
            return False
        seen = {
            "executionId": ctx.where.execution_id,
            "state": str(closing.state),
            "outputs": dict(closing.declared),
        }
        return is_truthy(ctx.render(self.break_when, {"iteration": seen}))


class Loop(FlowableTask):
    """Run a group of tasks once for every element of a list, a map or a stored file.

    In every task inside, however deep, `item.value` is the element as text (JSON text for numbers, booleans,
    lists and maps; read fields by `fromJson(item.value).name`), `item.index` its place from 0, and `item.key`
    its key if the elements come from a map. In a loop inside a loop, `item.parent` is the item of the loop
    around and `item.parents[1]` the one around that.

    Each iteration is on its own: `outputs.task.value` inside is the output of this iteration, and nothing of
    it is seen outside but what `outputs` declares. `errors` and `finally` run for each iteration.

    Fails when an iteration fails, unless `transmitFailed` is false; no further iteration begins then. This
    task comes from version 2 of the flow language; `ForEach` is the older form with one after the other as
    default.
    """

    gives: ClassVar[type[Output]] = LoopOutput
    closes: ClassVar[bool] = True
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "The same tasks for every value, two at a time",
            """\
id: every-value
namespace: company.team
tasks:
  - id: taxis
    type: io.kestra.plugin.core.flow.Loop
    values: [yellow, green, fhv]
    concurrencyLimit: 2
    tasks:
      - id: name
        type: io.kestra.plugin.core.debug.Return
        format: "{{ item.value }}_tripdata"
      - id: show
        type: io.kestra.plugin.core.log.Log
        message: "{{ item.index }}: {{ outputs.name.value }}"
""",
            runnable=True,
        ),
        Example(
            "Collect a value from every iteration",
            """\
id: collect
namespace: company.team
tasks:
  - id: squares
    type: io.kestra.plugin.core.flow.Loop
    values: [1, 2, 3]
    outputs:
      - id: square
        type: INT
        value: "{{ outputs.square.value }}"
    tasks:
      - id: square
        type: io.kestra.plugin.core.debug.Return
        format: "{{ (item.value | number) * (item.value | number) }}"
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ loopOutputs(outputs.squares.outputs, 'square') }}"
""",
            runnable=True,
        ),
        Example(
            "Stop at the first hit in a map, and go on after failures",
            """\
id: first-hit
namespace: company.team
tasks:
  - id: search
    type: io.kestra.plugin.core.flow.Loop
    values:
      dev: 3
      staging: 20
      prod: 30
    concurrencyLimit: 1
    transmitFailed: false
    breakWhen: "{{ iteration.outputs.found ?? false }}"
    outputs:
      - id: found
        type: BOOLEAN
        value: "{{ (outputs.size.value | number) > 10 }}"
    tasks:
      - id: size
        type: io.kestra.plugin.core.debug.Return
        format: "{{ item.value }}"
      - id: show
        type: io.kestra.plugin.core.log.Log
        message: "{{ item.key }} has {{ outputs.size.value }}"
""",
            runnable=True,
        ),
    )

    values: str | list[Any] | dict[str, Any]
    """The elements: a list, a map, a text that renders to a JSON array or map, or the address of a stored
    file, of which every line is an element."""

    tasks: Annotated[list[TaskSpec], Field(min_length=1)]
    """The tasks to run for every element, one after the other."""

    concurrency_limit: Annotated[int, Field(ge=0)] = 0
    """How many iterations run at the same time; 0 means all."""

    transmit_failed: bool = True
    """Fail when an iteration fails or is killed; otherwise all iterations run and the loop succeeds."""

    outputs: Annotated[list[LoopValue], STATIC] = []
    """Values that each iteration gives to the outside."""

    fetch_type: Literal["AUTO", "FETCH", "STORE"] = "AUTO"
    """Where the outputs go: FETCH into `outputs.<loop>.outputs`, STORE into a file `outputs.<loop>.uri`; AUTO
    means STORE when the elements come from a file, FETCH otherwise."""

    break_when: Annotated[Text | None, STATIC] = None
    """A condition, rendered after every iteration: when it is true, no further iteration begins. It sees
    `item`, `iteration.state`, `iteration.outputs` and `iteration.executionId`."""

    @classmethod
    def parts(cls, spec: TaskSpec) -> Sequence[tuple[TaskSpec, type[Task]]]:
        """Return the loop without its error handling, and the iteration, which has it."""
        kept = {
            name: value
            for name, value in spec.properties.items()
            if name in ("tasks", "outputs", "breakWhen")
        }
        iteration = replace(
            spec,
            id=iteration_id(spec.id),
            type=_Iteration.type_id,
            properties=kept,
            run_if=None,
            timeout=None,
            allow_failure=False,
            allow_warning=False,
            retry=None,
        )
        return ((replace(spec, errors=(), finally_=()), cls), (iteration, _Iteration))

    def branches(self, ctx: RunContext) -> Branches:
        """Run one iteration for every element."""
        elements = elements_of(ctx, self.values)
        return Branches(
            "each",
            (iteration_id(ctx.where.task_id),),
            self.concurrency_limit,
            elements.values,
            keys=elements.keys,
            tolerant=not self.transmit_failed,
        )

    def close(self, ctx: RunContext, closing: Closing) -> Output:
        """Count the iterations and give their outputs."""
        chosen = closing.branches
        ended = Counter(str(run.state) for run in closing.children)
        told = LoopOutput(
            iteration_count=len(chosen.values), running_iterations=0, terminated_iterations=dict(ended)
        )
        if not self.outputs:
            return told
        entries = [_entry(run, chosen.keys) for run in sorted(closing.children, key=_place)]
        if self.fetch_type == "STORE" or (self.fetch_type == "AUTO" and is_file(self.values)):
            rows = "".join(f"{write_ion_row(entry)}\n" for entry in entries)
            return told.model_copy(update={"uri": ctx.put("outputs.ion", rows.encode())})
        return told.model_copy(update={"outputs": entries})


def iteration_id(loop_id: str) -> str:
    """Return the task id of the iterations of a loop."""
    return f"{loop_id}_iteration"


def _place(run: TaskRun) -> int:
    return run.iteration or 0


def _entry(run: TaskRun, keys: tuple[str, ...]) -> Mapping[str, Json]:
    item: dict[str, Json] = {"value": run.value, "iteration": run.iteration}
    if keys:
        item["key"] = keys[run.iteration or 0]
    return {"item": item, "outputs": (run.outputs or {}).get("outputs") or {}}
