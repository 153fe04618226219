"""What may stand in a query or a header."""

from __future__ import annotations

from typing import Final

from engine.model.json import Json
from engine.model.log import Level
from engine.model.state import State

_TEXT: Final[Json] = {"type": "string"}
_FLAG: Final[Json] = {"type": "boolean"}
_COUNT: Final[Json] = {"type": "integer", "minimum": 1}
_LIST: Final[Json] = {"type": "array", "items": {"type": "string"}}
_LEVEL: Final[Json] = {"type": "string", "enum": [level.value for level in Level]}
_STATES: Final = [state.value for state in State]

PARAMETERS: Final[dict[str, tuple[str, Json]]] = {
    "page": ("Page, from 1.", {**_COUNT, "default": 1}),
    "size": ("Results on a page.", {**_COUNT, "maximum": 1000, "default": 10}),
    "sort": ("Order, like `state.startDate:desc`; may be repeated.", _LIST),
    "q": ("Words that are looked for, without case.", _TEXT),
    "namespace": ("Namespace, with those below it.", _TEXT),
    "flowId": ("Id of the flow.", _TEXT),
    "state": ("States; may be repeated.", {"type": "array", "items": {"type": "string", "enum": _STATES}}),
    "labels": ("Labels as `key:value`; may be repeated.", _LIST),
    "startDate": ("Earliest date.", {"type": "string", "format": "date-time"}),
    "endDate": ("Latest date.", {"type": "string", "format": "date-time"}),
    "timeRange": ("How far back from now, like `PT24H`; not together with `startDate`.", _TEXT),
    "scope": ("Flows of users, or of the namespace `system`.", _TEXT),
    "triggerExecutionId": ("Only executions another one started.", _TEXT),
    "childFilter": ("Only executions others started, or only others.", {"enum": ["CHILD", "MAIN"]}),
    "filters": (
        "Conditions as `filters[field][OPERATOR]=value`, or `filters[labels][EQUALS][key]=value`.",
        {"type": "object", "additionalProperties": {"type": "string"}},
    ),
    "revision": ("Revision; the latest when left out.", _COUNT),
    "revisions": ("Revisions to delete, like `1,2`.", _TEXT),
    "source": ("Whether the YAML comes too.", {**_FLAG, "default": False}),
    "allowDeleted": ("Whether deleted flows are found.", {**_FLAG, "default": False}),
    "subflows": ("Uids of tasks whose subflows are opened; may be repeated.", _LIST),
    "destinationOnly": ("Only what is started, not what starts.", {**_FLAG, "default": False}),
    "expandAll": ("Follow on from flow to flow.", {**_FLAG, "default": False}),
    "section": ("What the part is.", {"type": "string", "enum": ["TASKS", "TRIGGERS"], "default": "TASKS"}),
    "delete": ("Whether flows missing from the body are deleted.", _FLAG),
    "override": ("Put flows of other namespaces into this one.", {**_FLAG, "default": False}),
    "allowNamespaceChild": ("Whether namespaces below are fine too.", {**_FLAG, "default": False}),
    "failOnError": ("Answer 422 when a flow is refused.", {**_FLAG, "default": False}),
    "caseSensitive": ("Whether case counts.", {**_FLAG, "default": False}),
    "wholeWord": ("Only whole words.", {**_FLAG, "default": False}),
    "regex": ("Whether `q` is a regular expression.", {**_FLAG, "default": False}),
    "taskIdOfFlow": ("Task the expressions are for.", _TEXT),
    "wait": ("Answer when the execution has ended, or after an hour.", {**_FLAG, "default": False}),
    "scheduleDate": ("When to begin.", {"type": "string", "format": "date-time"}),
    "breakpoints": ("Tasks to stop before, like `a,loop.value`.", _TEXT),
    "kind": ("Kind of the execution.", {"type": "string", "default": "NORMAL"}),
    "deleteLogs": ("Whether the logs go too.", {**_FLAG, "default": True}),
    "deleteMetrics": ("Whether the metrics go too.", {**_FLAG, "default": True}),
    "deleteStorage": ("Whether the files go too.", {**_FLAG, "default": True}),
    "isOnKillCascade": ("Whether executions it started are killed too.", {**_FLAG, "default": True}),
    "taskRunId": ("Id of a task run.", _TEXT),
    "taskId": ("Id of a task.", _TEXT),
    "attempt": ("Number of the attempt.", {"type": "integer", "minimum": 0}),
    "minLevel": ("This level or worse.", _LEVEL),
    "newStatus": ("The final state to give.", {"type": "string", "enum": _STATES}),
    "stateAfter": ("RUNNING, or the state to end in.", {"type": "string", "enum": _STATES}),
    "latestRevision": ("Run the latest revision.", {**_FLAG, "default": False}),
    "maxRows": ("Most rows.", _COUNT),
    "encoding": ("Encoding of the file.", {**_TEXT, "default": "utf-8"}),
    "aggregation": (
        "How values of a span are put together.",
        {"type": "string", "enum": ["sum", "avg", "min", "max"], "default": "sum"},
    ),
    "count": ("How many.", {**_COUNT, "maximum": 1000, "default": 10}),
    "disabled": ("Off, or on.", {**_FLAG, "default": True}),
    "from": ("What to move.", _TEXT),
    "to": ("Where to.", _TEXT),
    "existing": ("Only namespaces with flows.", _FLAG),
}
"""Description and schema by name; some names of this table stand for another one, see `NAMES`."""

NAMES: Final = {"taskIdOfFlow": "taskId", "stateAfter": "state"}

FILTERED: Final = "filters q namespace flowId state labels startDate endDate timeRange scope"
"""What searches of executions take."""

PAGED: Final = "page size sort"


def parameter(name: str) -> Json:
    """Return the OpenAPI parameter."""
    about, schema = PARAMETERS[name]
    made = {"name": NAMES.get(name, name), "in": "query", "required": False, "description": about}
    if name == "filters":
        return {**made, "style": "deepObject", "explode": True, "schema": schema}
    return {**made, "schema": schema}
