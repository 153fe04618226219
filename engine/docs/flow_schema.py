"""JSON schemas of what is not a plugin: the flow itself, inputs, outputs."""

from __future__ import annotations

from typing import Final

from engine.docs.common import LABELS
from engine.model.input_type import COMMON, OPTIONS
from engine.model.json import Json

_TEXT: Final[Json] = {"type": "string"}
_TASKS: Final[Json] = {"type": "array", "items": {"$ref": "#/definitions/task"}}
_DURATION: Final[Json] = {"type": ["string", "number"], "format": "duration"}
_TYPES: Final = sorted(OPTIONS)
_BOUND: Final[Json] = {"type": ["string", "number"]}

_OPTION_SCHEMAS: Final[dict[str, Json]] = {
    "validator": {"type": "string", "description": "Regular expression the whole value must match."},
    "values": {
        "type": "array",
        "items": {"type": ["string", "number", "boolean"]},
        "description": "The choices.",
    },
    "options": {"type": "array", "description": "Old name of `values`."},
    "expression": {"type": "string", "description": "Expression that renders to the list of choices."},
    "allowCustomValue": {"type": "boolean", "description": "Accept values that are not among the choices."},
    "isRadio": {"type": "boolean", "description": "Show radio buttons."},
    "autoSelectFirst": {"type": "boolean", "description": "Choose the first value when none is given."},
    "itemType": {
        "type": "string",
        "enum": [name for name in _TYPES if name != "ARRAY"],
        "description": "Type of the items.",
    },
    "min": {**_BOUND, "description": "Smallest value, included."},
    "max": {**_BOUND, "description": "Largest value, included."},
    "after": {"type": "string", "description": "Earliest value, included."},
    "before": {"type": "string", "description": "Latest value, included."},
    "extension": {"type": "string", "description": "Extension of the stored file."},
    "allowedFileExtensions": {
        "type": "array",
        "items": _TEXT,
        "description": "Extensions of accepted files.",
    },
    "accept": {"type": "array", "items": _TEXT, "description": "Kinds of accepted files."},
}

_INPUT: Final[dict[str, Json]] = {
    "id": {"type": "string", "pattern": "^[a-zA-Z0-9][.a-zA-Z0-9_-]*$", "description": "Name of the input."},
    "type": {"type": "string", "enum": _TYPES, "description": "Type of the value."},
    "description": {**_TEXT, "description": "What the input is for."},
    "required": {"type": "boolean", "default": True, "description": "Whether a value must be given."},
    "defaults": {"description": "The value when none is given."},
    "prefill": {"description": "A value shown in the form, that may be cleared."},
    "dependsOn": {
        "type": "object",
        "additionalProperties": False,
        "required": ["inputs"],
        "properties": {"inputs": {"type": "array", "items": _TEXT}, "condition": _TEXT},
        "description": "Ask only after other inputs, and only if the condition holds.",
    },
    "displayName": {**_TEXT, "description": "Name shown in the form."},
}

INPUT: Final[Json] = {
    "type": "object",
    "title": "Input",
    "required": ["id", "type"],
    "properties": {name: _INPUT[name] for name in COMMON},
    "allOf": [
        {
            "if": {"properties": {"type": {"const": name}}, "required": ["type"]},
            "then": {
                "additionalProperties": False,
                "properties": {
                    **dict.fromkeys(COMMON, True),
                    **{option: _OPTION_SCHEMAS[option] for option in OPTIONS[name]},
                },
            },
        }
        for name in _TYPES
    ],
}
"""An input of a flow."""

OUTPUT: Final[Json] = {
    "type": "object",
    "title": "Output",
    "required": ["id", "value"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string", "description": "Name of the output."},
        "value": {"description": "Value or expression, rendered when the execution ends."},
        "type": {"type": "string", "enum": _TYPES},
        "itemType": {"type": "string", "enum": _TYPES},
        "required": {"type": "boolean", "default": True},
        "description": _TEXT,
        "displayName": _TEXT,
    },
}
"""An output of a flow."""

_SLA: Final[Json] = {
    "type": "object",
    "required": ["id", "type", "behavior"],
    "properties": {
        "id": _TEXT,
        "type": {"type": "string", "enum": ["MAX_DURATION", "EXECUTION_ASSERTION"]},
        "behavior": {"type": "string", "enum": ["FAIL", "CANCEL", "NONE"]},
        "duration": _DURATION,
        "assert": _TEXT,
        "labels": LABELS,
    },
    "additionalProperties": False,
}
_DEFAULT: Final[Json] = {
    "type": "object",
    "required": ["type", "values"],
    "additionalProperties": False,
    "properties": {
        "type": {"type": "string", "description": "Beginning of the type ids the values are for."},
        "forced": {"type": "boolean", "default": False, "description": "Win over values of the task."},
        "values": {"type": "object"},
    },
}
_CHECK: Final[Json] = {
    "type": "object",
    "required": ["condition", "message"],
    "additionalProperties": False,
    "properties": {
        "condition": _TEXT,
        "message": _TEXT,
        "style": {"type": "string", "enum": ["ERROR", "SUCCESS", "WARNING", "INFO"]},
        "behavior": {"type": "string", "enum": ["BLOCK_EXECUTION", "FAIL_EXECUTION", "CREATE_EXECUTION"]},
    },
}

FLOW: Final[Json] = {
    "type": "object",
    "title": "Flow",
    "required": ["id", "namespace", "tasks"],
    "additionalProperties": False,
    "properties": {
        "id": {
            "type": "string",
            "pattern": "^[a-zA-Z0-9][a-zA-Z0-9._-]*$",
            "maxLength": 100,
            "description": "Name of the flow, unique in its namespace.",
        },
        "namespace": {
            "type": "string",
            "pattern": "^[a-z0-9][a-z0-9._-]*$",
            "maxLength": 150,
            "description": "Group of flows, lower case; dots make a hierarchy.",
        },
        "revision": {"type": "integer", "minimum": 1, "description": "Given by the service; ignored here."},
        "description": {"type": "string", "description": "What the flow is for, as Markdown."},
        "labels": {**LABELS, "description": "Labels of the flow and its executions."},
        "inputs": {
            "type": "array",
            "items": {"$ref": "#/definitions/input"},
            "description": "Values asked for at the start; read as `inputs.<id>`.",
        },
        "variables": {"type": "object", "description": "Values read as `vars.<name>`, not rendered."},
        "tasks": {**_TASKS, "minItems": 1, "description": "Tasks, run one after the other."},
        "errors": {**_TASKS, "description": "Tasks to run when a task has failed."},
        "finally": {**_TASKS, "description": "Tasks to run before the end, whatever happened."},
        "afterExecution": {**_TASKS, "description": "Tasks to run when the final state is known."},
        "outputs": {
            "type": "array",
            "items": {"$ref": "#/definitions/output"},
            "description": "Values the flow gives to whoever started it.",
        },
        "triggers": {
            "type": "array",
            "items": {"$ref": "#/definitions/trigger"},
            "description": "What starts the flow.",
        },
        "pluginDefaults": {
            "type": "array",
            "items": _DEFAULT,
            "description": "Values for every task whose type begins alike.",
        },
        "concurrency": {
            "type": "object",
            "required": ["limit"],
            "additionalProperties": False,
            "properties": {
                "limit": {"type": "integer", "minimum": 1},
                "behavior": {"type": "string", "enum": ["QUEUE", "CANCEL", "FAIL"], "default": "QUEUE"},
            },
            "description": "How many executions may run at once.",
        },
        "retry": {"$ref": "#/definitions/retry"},
        "sla": {"type": "array", "items": _SLA, "description": "Promises about executions."},
        "checks": {"type": "array", "items": _CHECK, "description": "Conditions on the inputs."},
        "listeners": {"type": "array", "description": "Deprecated: use `afterExecution`."},
        "disabled": {"type": "boolean", "default": False, "description": "Start no executions."},
        "deleted": {"type": "boolean", "default": False},
        "workerGroup": {
            "type": "object",
            "description": "Who runs the flow: workers started with `--queue` and this `key`.",
        },
    },
}
"""A flow."""
