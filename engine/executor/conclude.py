"""The conclusion of an execution: its declared outputs, rendered on a worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.errors import FlowsmithError, StorageError
from engine.executor.inputs import coerce_output
from engine.executor.live import LiveExecution
from engine.executor.patience import patiently
from engine.expression.scope import Scope
from engine.expression.template import render, render_typed
from engine.model.flow import OutputSpec
from engine.model.json import Json
from engine.model.state import State
from engine.plugin.context import RunContext


@dataclass(frozen=True, slots=True)
class Concluded:
    """The outputs, or why they could not be rendered."""

    state: State
    outputs: dict[str, Json] | None
    problems: tuple[str, ...] = ()


class Conclusion:
    """The work of rendering a flow's outputs."""

    def __init__(self, live: LiveExecution, ctx: RunContext, state: State) -> None:
        self.live = live
        self.ctx = ctx
        self.detached = False
        self._state = state

    def perform(self) -> Concluded:
        """Render; problems are part of the answer."""
        specs = self.live.flow.flow.outputs
        try:
            return patiently(lambda: conclude(self._state, specs, self.ctx.scope), self.ctx.cancelled)
        except StorageError as error:
            return Concluded(self._state, None, (f"Failed to render output values: {error}",))


def conclude(state: State, specs: tuple[OutputSpec, ...], scope: Scope) -> Concluded:
    """Render the flow's outputs; an output that is not required may fail and is null then.

    Raises StorageError when the store does not answer.
    """
    outputs: dict[str, Json] = {}
    problems = []
    for spec in specs:
        try:
            outputs[spec.id] = _value(spec, scope)
        except StorageError:
            raise
        except (FlowsmithError, ValueError) as error:
            if spec.required:
                problems.append(f"Failed to render output values: {spec.id}: {error}")
            else:
                outputs[spec.id] = None
    return Concluded(state, outputs, tuple(problems))


def _value(spec: OutputSpec, scope: Scope) -> Json:
    if spec.type is None:
        return render(spec.value, scope)
    value = spec.value if isinstance(spec.value, Mapping | list) else None
    rendered = render(value, scope) if value is not None else render_typed(spec.value, scope)
    return coerce_output(spec.type, spec.item_type, rendered)
