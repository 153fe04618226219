"""Run a task that is written by a template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import yaml

from engine.errors import NotFound, TaskFailure
from engine.plugin import (
    Example,
    ExecutionTask,
    FlowableTask,
    Output,
    SubflowsTask,
    SubflowTask,
    Task,
    Text,
    WaitTask,
)
from engine.plugin.build import build

if TYPE_CHECKING:
    from engine.plugin import RunContext

_COMMON = frozenset(
    {
        *("id", "type", "version", "description", "disabled", "runIf", "timeout", "retry", "workerGroup"),
        *("allowFailure", "allowWarning", "logLevel", "logToFile", "taskCache"),
    }
)


class _Loader(yaml.SafeLoader):
    """Reads YAML without turning dates into anything."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class TemplatedTask(Task):
    """Render a text, read it as the YAML of one task, and run this task. Its outputs are those of that task.

    The text is rendered first, and then the properties of the task it describes, as those of any task: an
    expression inside `{% verbatim %}` is left to the second time. Of the common properties only those of the
    TemplatedTask itself count. Fails when the text is no YAML, when the type is unknown, runs other tasks or
    is a TemplatedTask, and as the task itself does.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.core.tasks.templating.TemplatedTask",)
    gives: ClassVar[type[Output]] = Output
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Choose the type by an input",
            """\
id: templated
namespace: company.team
inputs:
  - id: type
    type: STRING
    defaults: io.kestra.plugin.core.debug.Return
tasks:
  - id: task
    type: io.kestra.plugin.core.templating.TemplatedTask
    spec: |
      type: "{{ inputs.type }}"
      format: "{{ flow.id }}"
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.task.value }}"
""",
            runnable=True,
        ),
    )

    spec: Text
    """The YAML of a task."""

    def run(self, ctx: RunContext) -> Output | None:
        """Run the task."""
        return self._task(ctx).run(ctx)

    def _task(self, ctx: RunContext) -> Task:
        data = self._data()
        plugin = self._class(ctx, data.get("type"))
        own = {key: value for key, value in data.items() if key not in _COMMON or key in _names(plugin)}
        try:
            return build(plugin, own, ctx, ctx.world.resolver)
        except TaskFailure as error:
            raise TaskFailure(f"spec: the task does not fit its type: {error}") from error

    def _data(self) -> Mapping[str, Any]:
        try:
            data = yaml.load(self.spec, _Loader)
        except yaml.YAMLError as error:
            raise TaskFailure(f"spec: it is not YAML after rendering: {error}") from error
        if not isinstance(data, dict):
            raise TaskFailure("spec: it is not the map of one task after rendering; begin with `type: …`")
        return data

    def _class(self, ctx: RunContext, type_id: object) -> type[Task]:
        if not isinstance(type_id, str):
            raise TaskFailure("spec: the `type` of the task is missing")
        try:
            found = ctx.world.resolver.resolve(type_id)
        except NotFound as error:
            raise TaskFailure(f"spec: {error.message}") from error
        special = (FlowableTask, WaitTask, ExecutionTask, SubflowTask, SubflowsTask, TemplatedTask)
        if not issubclass(found, Task) or issubclass(found, special):
            raise TaskFailure(f"spec: '{type_id}' cannot be templated; only tasks that do their own work can")
        return found


def _names(plugin: type[Task]) -> set[str]:
    return {field.alias or name for name, field in plugin.model_fields.items()}
