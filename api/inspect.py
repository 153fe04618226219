"""Values for inputs, checked without running."""

from __future__ import annotations

from collections.abc import Mapping

from engine.engine import Engine
from engine.errors import FlowDisabled, InputInvalid
from engine.executor.inputs import Upload
from engine.model.flow import Flow, InputSpec
from engine.model.json import Json


def check_inputs(engine: Engine, flow: Flow, given: Mapping[str, Json | Upload]) -> dict[str, Json]:
    """Return every input with its value and what is wrong with it."""
    problems: Mapping[str, str] = {}
    values: Mapping[str, Json] = {}
    try:
        birth = engine.starter.prepare(flow.namespace, flow.id, revision=flow.revision, inputs=given)
        values = birth.execution.inputs or {}
    except InputInvalid as error:
        problems = error.problems
        values = {key: value for key, value in given.items() if not isinstance(value, Upload)}
    except FlowDisabled as error:
        problems = {"": error.message}
    return {
        "id": flow.id,
        "namespace": flow.namespace,
        "inputs": [_input(spec, given, values, problems) for spec in flow.inputs],
        "checks": [],
    }


def _input(
    spec: InputSpec,
    given: Mapping[str, Json | Upload],
    values: Mapping[str, Json],
    problems: Mapping[str, str],
) -> dict[str, Json]:
    return {
        "input": input_json(spec),
        "value": None if spec.type == "SECRET" else values.get(spec.id),
        "enabled": True,
        "isDefault": spec.id not in given,
        "errors": [{"message": problems[spec.id]}] if spec.id in problems else [],
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
