"""Values for inputs, checked without running and without storing anything."""

from __future__ import annotations

from collections.abc import Mapping

from engine.engine import Engine
from engine.errors import Conflict, ExpressionError
from engine.executor.inputs import InputCheck, Upload, check_each
from engine.executor.inputs.resolve import nest
from engine.executor.start import declared
from engine.expression.scope import Scope
from engine.expression.template import render_text
from engine.model.execution import Execution
from engine.model.flow import Flow, InputSpec
from engine.model.json import Json
from engine.model.state import State
from engine.model.truth import is_truthy

Given = Mapping[str, Json | Upload]


def check_inputs(engine: Engine, flow: Flow, given: Given) -> dict[str, Json]:
    """Return every input of a flow with its value and what is wrong with it, and the checks that fail."""
    compiled = engine.starter.find(flow.namespace, flow.id, flow.revision)
    scope = engine.starter.scope(compiled, flow.labels, set())
    found = check_each(flow.inputs, given, scope, cipher=engine.cipher)
    fine = not any(check.errors for check in found)
    return {
        "id": flow.id,
        "namespace": flow.namespace,
        "inputs": [_input(spec, check) for spec, check in zip(flow.inputs, found, strict=True)],
        "checks": _failed_checks(flow, scope, _values(flow.inputs, found, given)) if fine else [],
    }


def check_resume(engine: Engine, execution: Execution, given: Given) -> dict[str, Json]:
    """Return every value the paused task asks for; raises Conflict unless the execution is PAUSED."""
    if execution.state is not State.PAUSED:
        raise Conflict(f"Execution {execution.id} is {execution.state}; only a PAUSED one can be resumed")
    flow = engine.flow(execution.namespace, execution.flow_id, execution.flow_revision)
    paused = {run.task_id for run in execution.task_runs if run.state is State.PAUSED}
    asked = [
        declared(one)
        for task in flow.walk()
        if task.id in paused
        for one in task.properties.get("onResume") or ()
    ]
    compiled = engine.starter.find(flow.namespace, flow.id, flow.revision)
    scope = engine.starter.scope(compiled, execution.labels, set())
    found = check_each(asked, given, scope, cipher=engine.cipher)
    return {
        "id": flow.id,
        "namespace": flow.namespace,
        "inputs": [_input(spec, check) for spec, check in zip(asked, found, strict=True)],
        "checks": [],
    }


def _values(specs: tuple[InputSpec, ...], found: list[InputCheck], given: Given) -> dict[str, Json]:
    """Return the values as the flow's checks see them."""
    values: dict[str, Json] = {}
    for spec, check in zip(specs, found, strict=True):
        if not check.enabled:
            continue
        own = given.get(spec.id)
        nest(values, spec.id, own if spec.type == "SECRET" and isinstance(own, str) else check.value)
    return values


def _failed_checks(flow: Flow, scope: Scope, values: dict[str, Json]) -> list[dict[str, Json]]:
    inside = Scope({**scope.variables, "inputs": values}, scope.services, scope.zone)
    failed = []
    for check in flow.checks:
        try:
            holds = is_truthy(render_text(check.condition, inside).strip())
        except ExpressionError as error:
            failed.append({"message": error.message, "style": "ERROR", "behavior": check.behavior})
            continue
        if not holds:
            failed.append({"message": check.message, "style": check.style, "behavior": check.behavior})
    return failed


def _input(spec: InputSpec, check: InputCheck) -> dict[str, Json]:
    return {
        "input": input_json(spec),
        "value": check.value,
        "enabled": check.enabled,
        "isDefault": check.is_default,
        "errors": [{"message": text} for text in check.errors],
    }


def input_json(spec: InputSpec) -> dict[str, Json]:
    """Return a declared input, as a form needs it."""
    return {
        "id": spec.id,
        "type": spec.type,
        "required": spec.required,
        "defaults": spec.defaults,
        "prefill": spec.prefill,
        "description": spec.description,
        "displayName": spec.display_name,
        **spec.options,
    }
