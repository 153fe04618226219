"""Tasks as tools."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

from pydantic import Field

from copilot.plugins.ai._conversation import json_text
from copilot.plugins.ai._message import ToolSpec
from copilot.plugins.ai._tool import Tool, ToolProvider
from engine.errors import FlowsmithError, NotFound, TaskFailure
from engine.model.json import Json, without_nulls
from engine.plugin import (
    STATIC,
    ExecutionTask,
    FlowableTask,
    RunContext,
    SubflowsTask,
    SubflowTask,
    Task,
    WaitTask,
)
from engine.plugin.base import KIND_MARK, properties_of
from engine.plugin.build import instance, rendered

OPEN = "..."
"""The value of a property that the model fills in."""

_ENGINE_ONLY = (FlowableTask, WaitTask, ExecutionTask, SubflowTask, SubflowsTask)
_COMMON = ("id", "type", "description")


class KestraTask(ToolProvider):
    """Let the model run tasks: each becomes a tool.

    A property with the value `...`, or a required one that is left out, is filled in by the model; all others
    are fixed. What the model writes is taken as it is: templates in it are not rendered. The model gets the
    outputs as JSON.
    """

    tasks: Annotated[list[dict[str, Any]], STATIC, Field(min_length=1)]
    """The tasks, as in a flow, with `id`, `type`, `description` and their own properties. Only tasks that do
    something themselves: none that runs other tasks, waits, or changes the execution. Expressions in them are
    rendered each time the tool is used."""

    @contextmanager
    def opened(self, ctx: RunContext) -> Iterator[Sequence[Tool]]:
        """Yield a tool for each task."""
        yield [_tool(ctx, written, f"tools.tasks[{number}]") for number, written in enumerate(self.tasks)]


def _tool(ctx: RunContext, written: Mapping[str, Json], place: str) -> Tool:
    plugin, task_id = _plugin(ctx, written, place), str(written.get("id") or "")
    if not task_id:
        raise TaskFailure(f"{place}: the task needs an `id`")
    known = properties_of(plugin).names
    unknown = next((name for name in written if name not in known and name not in _COMMON), None)
    if unknown:
        raise TaskFailure(f"{place}: a {plugin.__name__} that is a tool has no property '{unknown}'")
    fixed = {name: value for name, value in written.items() if name in known and value not in (OPEN, None)}
    schema = _schema(plugin, {name for name, value in written.items() if value == OPEN}, fixed)
    purpose = " ".join((plugin.__doc__ or "").strip().partition("\n\n")[0].split())
    spec = ToolSpec(f"kestra_task_{task_id}", str(written.get("description") or purpose), schema)
    return Tool(spec, lambda arguments: _run(ctx, plugin, fixed, arguments, schema))


def _plugin(ctx: RunContext, written: Mapping[str, Json], place: str) -> type[Task]:
    try:
        plugin = ctx.world.resolver.resolve(str(written.get("type") or ""))
    except NotFound as error:
        raise TaskFailure(f"{place}.type: {error.message}") from error
    if not issubclass(plugin, Task) or issubclass(plugin, _ENGINE_ONLY):
        raise TaskFailure(
            f"{place}.type: {plugin.__name__} cannot be a tool; take a task that does something itself, or a "
            "KestraFlow for a whole flow"
        )
    return plugin


def _schema(plugin: type[Task], left: set[str], fixed: Mapping[str, Json]) -> dict[str, Json]:
    """Return the JSON schema of the properties left to the model."""
    whole = plugin.model_json_schema(by_alias=True)
    required = {name for name in whole.get("required", ()) if name not in fixed}
    properties = {
        name: _clean(value)
        for name, value in whole.get("properties", {}).items()
        if name in left or name in required
    }
    schema: dict[str, Json] = {"type": "object", "properties": properties, "required": list(properties)}
    if "$ref" in str(properties) and "$defs" in whole:
        schema["$defs"] = _clean(whole["$defs"])
    return schema


def _clean(value: Json) -> Json:
    """Leave out what other readers of JSON schemas do not know."""
    if isinstance(value, dict):
        return {key: _clean(item) for key, item in value.items() if key not in (KIND_MARK, "default")}
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return value


def _run(
    ctx: RunContext,
    plugin: type[Task],
    fixed: Mapping[str, Json],
    arguments: Mapping[str, Json],
    schema: Mapping[str, Json],
) -> str:
    """Run the task; the model sets values only where it was asked to."""
    foreign = next((name for name in arguments if name not in schema["properties"]), None)
    if foreign:
        raise TaskFailure(f"the model set '{foreign}', which is not left to it")
    resolver = ctx.world.resolver
    values = {**rendered(plugin, fixed, ctx, resolver), **arguments}
    before = ctx.final_state
    try:
        output = instance(plugin, values, resolver).run(ctx)
    except TaskFailure:
        raise
    except (FlowsmithError, OSError, ValueError) as error:
        raise TaskFailure(str(error) or type(error).__name__) from error
    finally:
        # A warning of the tool is no warning of the agent.
        ctx.final_state = before
    if output is None:
        return "Success"
    return json_text(without_nulls(output.model_dump(mode="json", by_alias=True)))
