"""Shapes of answers, with examples."""

from __future__ import annotations

from typing import Final

from engine.model.json import Json
from engine.model.log import Level
from engine.model.state import State

_TEXT: Final[Json] = {"type": "string"}
_NUMBER: Final[Json] = {"type": "integer"}
_FLAG: Final[Json] = {"type": "boolean"}
_MOMENT: Final[Json] = {"type": "string", "format": "date-time"}
_LABELS: Final[Json] = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["key", "value"],
        "properties": {"key": _TEXT, "value": _TEXT},
    },
}
_STATE: Final[Json] = {
    "type": "object",
    "required": ["current", "histories", "startDate"],
    "properties": {
        "current": {"type": "string", "enum": [state.value for state in State]},
        "histories": {"type": "array", "items": {"type": "object", "required": ["state", "date"]}},
        "duration": {**_TEXT, "description": "ISO-8601, like PT1.2S."},
        "startDate": _MOMENT,
        "endDate": _MOMENT,
    },
}
_ID: Final = "5cBZ1JF8kim8fbFg13bumX"

SCHEMAS: Final[dict[str, Json]] = {
    "Problem": {
        "type": "object",
        "description": "An error. Old clients read `message`, new ones `detail`; `errors` says where.",
        "required": ["type", "title", "status", "detail", "message", "_links", "_embedded"],
        "properties": {
            "type": {**_TEXT, "description": "A name of the kind of problem, as an address."},
            "title": _TEXT,
            "status": _NUMBER,
            "detail": _TEXT,
            "instance": {**_TEXT, "description": "The path that was asked for."},
            "message": _TEXT,
            "traceId": {**_TEXT, "description": "Only of status 500: where to look in the service's log."},
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["detail"],
                    "properties": {
                        "detail": _TEXT,
                        "path": _TEXT,
                        "line": _NUMBER,
                        "column": _NUMBER,
                        "suggestion": _TEXT,
                    },
                },
            },
            "_links": {"type": "object"},
            "_embedded": {"type": "object"},
        },
        "example": {
            "type": "https://kestra.io/docs/api-reference/problems/not-found",
            "title": "Not found",
            "status": 404,
            "detail": "Flow demo.hello does not exist",
            "instance": "/api/v1/main/flows/demo/hello",
            "message": "Flow demo.hello does not exist",
            "_links": {"self": [{"href": "/api/v1/main/flows/demo/hello", "templated": False}]},
            "_embedded": {"errors": []},
        },
    },
    "Flow": {
        "type": "object",
        "description": "A flow as written, with what the service knows of it.",
        "required": ["id", "namespace", "revision", "disabled", "deleted", "draft", "tasks"],
        "properties": {
            "id": _TEXT,
            "namespace": _TEXT,
            "revision": _NUMBER,
            "updated": _MOMENT,
            "disabled": _FLAG,
            "deleted": _FLAG,
            "draft": _FLAG,
            "labels": _LABELS,
            "source": {**_TEXT, "description": "The YAML, byte for byte as saved."},
        },
        "example": {
            "tenantId": "main",
            "id": "hello",
            "namespace": "demo",
            "revision": 1,
            "disabled": False,
            "deleted": False,
            "draft": False,
            "tasks": [{"id": "greet", "type": "io.kestra.plugin.core.log.Log", "message": "Hello"}],
            "updated": "2026-01-02T03:04:05.678901Z",
        },
    },
    "Execution": {
        "type": "object",
        "description": "An execution with its task runs.",
        "required": ["id", "namespace", "flowId", "flowRevision", "state", "originalId", "metadata"],
        "properties": {
            "id": _TEXT,
            "namespace": _TEXT,
            "flowId": _TEXT,
            "flowRevision": _NUMBER,
            "state": _STATE,
            "labels": _LABELS,
            "inputs": {"type": "object"},
            "outputs": {"type": "object"},
            "taskRunList": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["id", "taskId", "executionId", "state"],
                    "properties": {"id": _TEXT, "taskId": _TEXT, "executionId": _TEXT, "state": _STATE},
                },
            },
            "metadata": {"type": "object"},
        },
        "example": {
            "tenantId": "main",
            "id": _ID,
            "namespace": "demo",
            "flowId": "hello",
            "flowRevision": 1,
            "inputs": {"name": "Ada"},
            "labels": [{"key": "system.correlationId", "value": _ID}],
            "state": {
                "current": "CREATED",
                "histories": [{"state": "CREATED", "date": "2026-01-02T03:04:05.678901Z"}],
                "duration": "PT0.01S",
                "startDate": "2026-01-02T03:04:05.678901Z",
            },
            "originalId": _ID,
            "deleted": False,
            "metadata": {"attemptNumber": 1, "originalCreatedDate": "2026-01-02T03:04:05.678901Z"},
        },
    },
    "LogEntry": {
        "type": "object",
        "required": ["namespace", "flowId", "timestamp", "level", "message"],
        "properties": {
            "namespace": _TEXT,
            "flowId": _TEXT,
            "executionId": _TEXT,
            "taskId": _TEXT,
            "taskRunId": _TEXT,
            "timestamp": _MOMENT,
            "level": {"type": "string", "enum": [level.value for level in Level]},
            "message": _TEXT,
            "index": _NUMBER,
        },
        "example": {
            "namespace": "demo",
            "flowId": "hello",
            "executionId": _ID,
            "taskId": "greet",
            "timestamp": "2026-01-02T03:04:05.678901Z",
            "level": "INFO",
            "message": "Hello",
            "index": 1,
        },
    },
    "KeyEntry": {
        "type": "object",
        "description": "A key without its value.",
        "required": ["namespace", "key", "revision", "creationDate", "updateDate"],
        "properties": {"namespace": _TEXT, "key": _TEXT, "revision": _NUMBER},
    },
    "KeyValue": {
        "type": "object",
        "required": ["type"],
        "properties": {
            "type": {
                "type": "string",
                "enum": ["STRING", "NUMBER", "BOOLEAN", "DATETIME", "DATE", "DURATION", "JSON"],
            },
            "value": {},
        },
        "example": {"type": "STRING", "value": "my-project", "revision": 1},
    },
    "TriggerState": {
        "type": "object",
        "required": ["namespace", "flowId", "triggerId"],
        "properties": {"namespace": _TEXT, "flowId": _TEXT, "triggerId": _TEXT, "disabled": _FLAG},
    },
    "Count": {
        "type": "object",
        "description": "How many were changed.",
        "required": ["count"],
        "properties": {"count": _NUMBER, "operationId": _TEXT, "totalItems": _NUMBER},
        "example": {"count": 2},
    },
    "Graph": {
        "type": "object",
        "required": ["nodes", "edges"],
        "properties": {
            "nodes": {"type": "array", "items": {"type": "object", "required": ["uid"]}},
            "edges": {"type": "array", "items": {"type": "object", "required": ["source", "target"]}},
            "clusters": {"type": "array", "items": {"type": "object"}},
        },
    },
    "Violation": {
        "type": "object",
        "description": "What is wrong with one document; `constraints` is absent when nothing is.",
        "required": ["index", "outdated", "deprecationPaths", "warnings", "infos"],
        "properties": {"index": _NUMBER, "constraints": _TEXT, "outdated": _FLAG},
        "example": {
            "index": 0,
            "flow": "bad",
            "namespace": "demo",
            "constraints": "tasks[0].type: unknown type 'nope'",
            "outdated": False,
            "deprecationPaths": [],
            "warnings": [],
            "infos": [],
        },
    },
    "FileAttributes": {
        "type": "object",
        "required": ["fileName", "type", "size"],
        "properties": {
            "fileName": _TEXT,
            "type": {"type": "string", "enum": ["File", "Directory"]},
            "size": _NUMBER,
            "lastModifiedTime": {**_NUMBER, "description": "Milliseconds since 1970."},
        },
    },
}
"""By name; unknown members may come with each of them."""
