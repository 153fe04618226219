"""Run a flow for every batch of a file's lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from engine.errors import TaskFailure
from engine.expression.ion import write_ion_row
from engine.model.branches import Branches
from engine.model.flow import TaskSpec
from engine.model.json import Json
from engine.plugin import (
    STATIC,
    Call,
    Example,
    FlowableTask,
    Output,
    Size,
    StringMap,
    SubflowsTask,
    Task,
    Text,
)
from engine.plugins.core.storage._split import Cut, split

if TYPE_CHECKING:
    from engine.plugin import RunContext


class Batch(BaseModel):
    """How the file is cut."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        use_attribute_docstrings=True,
        coerce_numbers_to_str=True,
    )

    rows: Annotated[int, Field(ge=1)] | None = None
    """Lines of a batch; 1 when nothing else is said."""
    bytes: Size | None = None
    """Start a new batch when this size is reached."""
    partitions: Annotated[int, Field(ge=1)] | None = None
    """Number of batches, filled line by line in turn."""
    regex_pattern: Text | None = None
    """Lines with the same first group of this pattern come into one batch."""
    separator: Text = "\n"
    """What ends a line."""


class _Shared(Task):
    """Properties of the task as a whole; its parts know them all."""

    abstract: ClassVar[bool] = True

    items: Text
    """Address of the file: `kestra:///…`."""
    batch: Batch = Batch(rows=1)
    """How the file is cut into batches."""
    namespace: Text
    """Namespace of the flow to run."""
    flow_id: Text
    """The flow to run for every batch."""
    revision: Annotated[int | None, STATIC] = None
    """Revision of the flow; the latest when left out."""
    inputs: Annotated[dict[str, Any] | None, STATIC] = None
    """Inputs of the flow; `{{ taskrun.items }}` is the address of the batch, `{{ taskrun.iteration }}` its
    index from 0."""
    labels: Annotated[StringMap | None, STATIC] = None
    """Labels of the executions."""
    wait: bool = True
    """Wait for the executions and collect their outputs."""
    transmit_failed: bool = True
    """End as the worst of the executions; otherwise SUCCESS."""
    inherit_labels: bool = False
    """Give the labels of this execution on."""
    restart_behavior: Literal["RETRY_FAILED", "NEW_EXECUTION"] = "RETRY_FAILED"
    """A restart runs the failed executions again from where they failed, or all batches anew."""


class _SplitOutput(Output):
    splits: str
    """Address of a text file with the address of every batch, one a line."""


class _Split(_Shared):
    """Cut the file."""

    type_id: ClassVar[str] = "io.kestra.plugin.core.flow.ForEachItem$ForEachItemSplit"
    abstract: ClassVar[bool] = False
    gives: ClassVar[type[Output]] = _SplitOutput

    def run(self, ctx: RunContext) -> Output:
        batch = self.batch
        cut = Cut(
            rows=batch.rows or (None if batch.bytes or batch.partitions or batch.regex_pattern else 1),
            bytes=batch.bytes,
            partitions=batch.partitions,
            regex_pattern=batch.regex_pattern,
            separator=batch.separator,
        )
        if not self.items.startswith("kestra://"):
            raise TaskFailure(f"items: '{self.items}' is not the address of a stored file (kestra:///…)")
        uris = split(ctx, self.items, cut)
        return _SplitOutput(splits=ctx.put("splits.txt", "".join(f"{uri}\n" for uri in uris).encode()))


class _ItemsOutput(Output):
    iterations: dict[str, int]
    """Number of executions by state."""
    number_of_batches: int
    """Number of executions."""
    subflow_outputs: str | None = None
    """Address of the outputs of all executions."""


class _Items(SubflowsTask, _Shared):
    """Run the flow for every batch."""

    type_id: ClassVar[str] = "io.kestra.plugin.core.flow.ForEachItem$ForEachItemExecutable"
    abstract: ClassVar[bool] = False
    gives: ClassVar[type[Output]] = _ItemsOutput
    splits: Text
    """Address of the list of batches."""

    def calls(self, ctx: RunContext) -> Sequence[Call]:
        uris = ctx.read_text(self.splits).split()
        return [self._call(ctx, index, uri) for index, uri in enumerate(uris)]

    def _call(self, ctx: RunContext, index: int, uri: str) -> Call:
        known = ctx.variables.get("taskrun") or {}
        extra = {"taskrun": {**known, "items": uri, "iteration": index}}
        return Call(
            namespace=self.namespace,
            flow_id=self.flow_id,
            revision=self.revision,
            inputs=ctx.render(self.inputs or {}, extra),
            labels=ctx.render(self.labels or {}, extra),
            wait=self.wait,
            transmit_failed=self.transmit_failed,
            inherit_labels=self.inherit_labels,
            restart_behavior=self.restart_behavior,
        )

    def all_returned(
        self, ctx: RunContext, execution_ids: Sequence[str], states: Mapping[str, int]
    ) -> Output:
        rows = "".join(f"{write_ion_row(_outputs(ctx, one))}\n" for one in execution_ids) if self.wait else ""
        uri = ctx.put("outputs.ion", rows.encode()) if self.wait else None
        return _ItemsOutput(
            iterations=dict(states), number_of_batches=len(execution_ids), subflow_outputs=uri
        )


def _outputs(ctx: RunContext, execution_id: str) -> Json:
    execution = ctx.world.store.executions.get(execution_id, task_runs=False)
    return (execution.outputs if execution else None) or {}


class _MergeOutput(Output):
    subflow_outputs: str | None = None
    """Address of an Ion file with the outputs of every execution, one a row."""


class _Merge(Task):
    """Give the outputs of all executions."""

    type_id: ClassVar[str] = "io.kestra.plugin.core.flow.ForEachItem$ForEachItemMergeOutputs"
    abstract: ClassVar[bool] = False
    gives: ClassVar[type[Output]] = _MergeOutput
    subflow_outputs: Text | None = None
    """Address of the outputs."""

    def run(self, ctx: RunContext) -> Output:
        return _MergeOutput(subflow_outputs=self.subflow_outputs or None)


class ForEachItem(FlowableTask, _Shared):
    """Cut a file into batches of lines and run a flow for each of them, all at the same time.

    Three task runs appear: `<id>_split` cuts the file, `<id>_items` runs the flow for every batch (limit how
    many run at once by the `concurrency` of that flow), `<id>_merge` gives the outputs of all in one file:
    `outputs.<id>_merge.subflowOutputs`.

    Fails when the file does not exist, when the flow cannot be started, and, unless `transmitFailed` is
    false, when one of the executions fails.
    """

    abstract: ClassVar[bool] = False
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "One execution for every 100 lines",
            """\
id: per-batch
namespace: company.team
tasks:
  - id: lines
    type: io.kestra.plugin.core.storage.Write
    content: "{{ range(1, 250) | join('\\n') }}"
    extension: .txt
  - id: batches
    type: io.kestra.plugin.core.flow.ForEachItem
    items: "{{ outputs.lines.uri }}"
    batch:
      rows: 100
    namespace: company.team
    flowId: one-batch
    inputs:
      file: "{{ taskrun.items }}"
""",
        ),
    )

    @classmethod
    def parts(cls, spec: TaskSpec) -> Sequence[tuple[TaskSpec, type[Task]]]:
        """Return the three task runs the task consists of."""
        plain = replace(
            spec, errors=(), finally_=(), run_if=None, timeout=None, allow_failure=False, allow_warning=False
        )
        split_id, items_id = f"{spec.id}_split", f"{spec.id}_items"
        splits = f"{{{{ currentEachOutput(outputs['{split_id}']).splits }}}}"
        merged = f"{{{{ currentEachOutput(outputs['{items_id}']).subflowOutputs ?? '' }}}}"
        return (
            (replace(plain, id=split_id, type=_Split.type_id), _Split),
            (
                replace(
                    plain,
                    id=items_id,
                    type=_Items.type_id,
                    properties={**spec.properties, "splits": splits},
                ),
                _Items,
            ),
            (
                replace(
                    plain,
                    id=f"{spec.id}_merge",
                    type=_Merge.type_id,
                    properties={"subflowOutputs": merged},
                ),
                _Merge,
            ),
        )

    def branches(self, ctx: RunContext) -> Branches:
        """Run the three parts in order."""
        base = ctx.where.task_id
        return Branches("sequence", tuple(f"{base}_{part}" for part in ("split", "items", "merge")))
