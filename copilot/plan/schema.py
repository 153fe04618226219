"""JSON schemas of a model's reply, a plan or an edit; types come only from the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from copilot.plan.operation import Edit
from copilot.plan.plan import Plan
from copilot.providers.port import Schema
from engine.model.json import Json

_REFUSAL: dict[str, Json] = {
    "type": "object",
    "description": "Only instead of a plan: why none can be made.",
    "properties": {
        "reason": {"enum": ["off-topic", "missing-plugin", "need-info"]},
        "message": {"type": "string"},
        "missing": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["reason", "message", "missing"],
}


def plan_schema(tasks: Sequence[str], triggers: Sequence[str]) -> Schema:
    """Return the schema of a plan whose steps and triggers have one of the given types."""
    return Schema("plan", _narrowed(Plan.model_json_schema(by_alias=True), tasks, triggers))


def edit_schema(tasks: Sequence[str], triggers: Sequence[str]) -> Schema:
    """Return the schema of an edit."""
    return Schema("edit", _narrowed(Edit.model_json_schema(by_alias=True), tasks, triggers))


def _narrowed(schema: dict[str, Any], tasks: Sequence[str], triggers: Sequence[str]) -> dict[str, Any]:
    parts = schema.get("$defs", {})
    if "Step" in parts and tasks:
        parts["Step"]["properties"]["type"] = {
            "enum": ["", *tasks],
            "description": "Type from the catalogue.",
        }
    if "TriggerPlan" in parts and triggers:
        parts["TriggerPlan"]["properties"]["type"] = {
            "enum": list(triggers),
            "description": "Type from the catalogue.",
        }
    schema.setdefault("properties", {})["refusal"] = _REFUSAL
    return _plain(schema)  # type: ignore[no-any-return]


def _plain(value: Any) -> Any:
    """Drop titles and defaults: they cost tokens and tell nothing."""
    if isinstance(value, dict):
        return {
            key: _plain(item)
            for key, item in value.items()
            if not (key in ("title", "default") and not isinstance(item, dict))
        }
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
