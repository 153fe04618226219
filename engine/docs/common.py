"""The properties every task or trigger takes, in words and as JSON schema."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engine.model.json import Json
from engine.model.log import Level
from engine.model.state import State

_TEXT: Final[Json] = {"type": "string"}
_FLAG: Final[Json] = {"type": "boolean", "default": False}
_LIST_OF_TASKS: Final[Json] = {"type": "array", "items": {"$ref": "#/definitions/task"}}
_LABELS: Final[Json] = {
    "anyOf": [
        {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}},
        {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["key", "value"],
                "additionalProperties": False,
                "properties": {"key": _TEXT, "value": {"type": ["string", "number", "boolean"]}},
            },
        },
    ]
}
_ID: Final[Json] = {"type": "string", "pattern": "^[a-zA-Z0-9][a-zA-Z0-9_-]*$", "maxLength": 256}
_DURATION: Final[Json] = {"type": ["string", "number"], "format": "duration"}


@dataclass(frozen=True, slots=True)
class Common:
    """One property; `words` is its type for readers."""

    name: str
    words: str
    description: str
    schema: Json


TASK: Final[tuple[Common, ...]] = (
    Common("id", "text", "Name of the task, unique in the flow; later tasks read its outputs by it.", _ID),
    Common("type", "text", "What the task does: the full type id.", _TEXT),
    Common("description", "text", "What the task is for, in your words.", _TEXT),
    Common("disabled", "boolean", "Leave the task out: it does not run and has no outputs.", _FLAG),
    Common(
        "runIf", "text", "Run only when this renders to something true; otherwise the task is SKIPPED.", _TEXT
    ),
    Common("timeout", "duration", "Longest time of one attempt; then it ends FAILED.", _DURATION),
    Common("retry", "map", "Try again after a failure.", {"$ref": "#/definitions/retry"}),
    Common("allowFailure", "boolean", "A failure becomes WARNING and the flow goes on.", _FLAG),
    Common("allowWarning", "boolean", "A warning becomes SUCCESS.", _FLAG),
    Common(
        "logLevel",
        "one of TRACE, DEBUG, INFO, WARN, ERROR",
        "Lowest level of log entries to keep.",
        {"type": "string", "enum": [level.value for level in Level]},
    ),
    Common("logToFile", "boolean", "Write logs to a file in the internal storage.", _FLAG),
    Common(
        "taskCache",
        "map",
        "Take the outputs of an earlier run with the same values.",
        {
            "type": "object",
            "additionalProperties": False,
            "properties": {"enabled": {"type": "boolean"}, "ttl": _DURATION},
        },
    ),
)
"""What every task takes."""

BLOCK: Final[tuple[Common, ...]] = (
    Common("errors", "list of tasks", "Tasks to run when one of its tasks has failed.", _LIST_OF_TASKS),
    Common("finally", "list of tasks", "Tasks to run at the end, whatever happened.", _LIST_OF_TASKS),
)
"""What every task that runs tasks takes besides."""

TRIGGER: Final[tuple[Common, ...]] = (
    Common("id", "text", "Name of the trigger, unique in the flow.", _ID),
    Common("type", "text", "What starts the flow: the full type id.", _TEXT),
    Common("description", "text", "What the trigger is for, in your words.", _TEXT),
    Common("disabled", "boolean", "Start nothing.", _FLAG),
    Common("inputs", "map", "Values for the inputs of the flow.", {"type": "object"}),
    Common(
        "conditions",
        "list of conditions",
        "Start only when all of them hold.",
        {"type": "array", "items": {"type": "object", "required": ["type"]}},
    ),
    Common("labels", "map", "Labels of the executions.", _LABELS),
    Common(
        "stopAfter",
        "list of states",
        "Disable the trigger when an execution ended in one of these states.",
        {"type": "array", "items": {"type": "string", "enum": [state.value for state in State]}},
    ),
    Common(
        "logLevel",
        "one of TRACE, DEBUG, INFO, WARN, ERROR",
        "Lowest level of log entries to keep.",
        {"type": "string", "enum": [level.value for level in Level]},
    ),
    Common("logToFile", "boolean", "Write logs to a file in the internal storage.", _FLAG),
)
"""What every trigger takes."""

RETRY: Final[Json] = {
    "type": "object",
    "title": "Retry",
    "required": ["type"],
    "additionalProperties": False,
    "properties": {
        "type": {"type": "string", "enum": ["constant", "exponential", "random"]},
        "interval": {**_DURATION, "description": "Time to the next attempt."},
        "minInterval": {**_DURATION, "description": "Shortest time to the next attempt (random)."},
        "maxInterval": {**_DURATION, "description": "Longest time to the next attempt."},
        "delayFactor": {"type": "number", "default": 2.0, "description": "Growth of the interval."},
        "maxAttempts": {"type": "integer", "minimum": 1, "description": "All attempts, the first included."},
        "maxDuration": {**_DURATION, "description": "No attempt begins later than this."},
        "warningOnRetry": {"type": "boolean", "default": False, "description": "End WARNING after retries."},
        "behavior": {
            "type": "string",
            "enum": ["RETRY_FAILED_TASK", "CREATE_NEW_EXECUTION"],
            "default": "RETRY_FAILED_TASK",
        },
    },
}
"""JSON schema of `retry`."""

LABELS: Final = _LABELS
"""JSON schema of labels."""
