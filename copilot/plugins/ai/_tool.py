"""Tools: what a model may call while it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import ClassVar

from copilot.plugins.ai._message import ToolCall, ToolSpec
from engine.errors import TaskFailure
from engine.model.json import Json, loads
from engine.model.near import did_you_mean, nearest
from engine.plugin import Plugin, RunContext


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool as the model sees it, and what it does: arguments in, text out."""

    spec: ToolSpec
    call: Callable[[dict[str, Json]], str]


class ToolProvider(Plugin):
    """Brings one tool, or those of a server."""

    abstract: ClassVar[bool] = True

    def opened(self, ctx: RunContext) -> AbstractContextManager[Sequence[Tool]]:
        """Return what gives the tools; what they need is open until its block ends."""
        raise NotImplementedError


class Toolbox:
    """The tools of one task, by name."""

    def __init__(self, tools: Sequence[Tool]) -> None:
        self._tools = {tool.spec.name: tool for tool in tools}
        if len(self._tools) < len(tools):
            names = [tool.spec.name for tool in tools]
            twice = sorted({name for name in names if names.count(name) > 1})
            raise TaskFailure(
                f"tools: {', '.join(twice)} is there more than once; names of tools must differ"
            )

    @property
    def specs(self) -> list[ToolSpec]:
        """What the model is told."""
        return [tool.spec for tool in self._tools.values()]

    def use(self, call: ToolCall) -> str:
        """Do what the model wants; raises TaskFailure that names the tool."""
        tool = self._tools.get(call.name)
        if tool is None:
            hint = did_you_mean(nearest(call.name, self._tools)) or f"there are {', '.join(self._tools)}"
            raise TaskFailure(f"The model called the tool '{call.name}', which does not exist; {hint}")
        try:
            arguments = loads(call.arguments or "{}")
        except ValueError as error:
            raise TaskFailure(
                f"Tool {call.name}: the model gave arguments that are no JSON: {error}"
            ) from error
        if not isinstance(arguments, dict):
            raise TaskFailure(f"Tool {call.name}: the model gave arguments that are no JSON map")
        try:
            return tool.call(arguments)
        except TaskFailure as error:
            raise TaskFailure(f"Tool {call.name} failed: {error.message}") from error


@contextmanager
def toolbox(ctx: RunContext, providers: Sequence[ToolProvider]) -> Iterator[Toolbox]:
    """Open the tools of all providers."""
    with ExitStack() as stack:
        yield Toolbox([tool for one in providers for tool in stack.enter_context(one.opened(ctx))])


def text_parameter(name: str, description: str) -> dict[str, Json]:
    """Return the schema of a tool with one text."""
    return {
        "type": "object",
        "properties": {name: {"type": "string", "description": description}},
        "required": [name],
    }
