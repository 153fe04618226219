"""Events that start a flow: files in a bucket, rows of a query, several flows that have ended."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from copilot.plan.plan import TriggerPlan
from copilot.planner.rules.literal import Masked
from copilot.planner.rules.scene import Types
from copilot.planner.rules.word import find_duration
from engine.model.json import Json

GCS = "io.kestra.plugin.gcp.gcs.Trigger"
FLOW = "io.kestra.plugin.core.trigger.Flow"
_QUERIES = {
    "duckdb": "io.kestra.plugin.jdbc.duckdb.Trigger",
    "postgres": "io.kestra.plugin.jdbc.postgresql.Trigger",
    "sqlite": "io.kestra.plugin.jdbc.sqlite.Trigger",
}
_WHEN = r"(?P<when>\b(?:when(?:ever)?|every time|each time|as soon as|once|if|after)\s+)"
_ARRIVES = (
    r"(?:arrives?|lands?|appears?|shows? up|turns? up|comes? in|(?:is|are|gets?) (?:uploaded"
    r"|added|dropped|put|placed|created)"
    r"|(?:is|are) (?:new|there))"
)
_FILE = re.compile(
    rf"{_WHEN}(?:an?\s+|any\s+|the\s+|new\s+|some\s+)*(?:\w+\s+)?(?:files?|objects?|csvs?"
    rf"|uploads?)\s+{_ARRIVES}\s*(?:(?:in|into|at|under|to|on|inside)\s+)?"
    r"(?:the\s+|a\s+)?(?:bucket\s+|folder\s+|gcs\s+)*(?P<at>⟦\d+⟧)",
    re.IGNORECASE,
)
_OBJECT = re.compile(
    rf"{_WHEN}(?:the\s+|an?\s+)?(?:new\s+)?(?:files?\s+|objects?\s+)?(?P<at>⟦\d+⟧)\s+{_ARRIVES}",
    re.IGNORECASE,
)
_ROWS = re.compile(
    rf"{_WHEN}(?:the\s+|an?\s+|this\s+)?(?P<db>duck ?db|postgres(?:ql)?|sqlite)\s+(?:query|sql"
    rf"|statement)\s+(?P<sql>⟦\d+⟧)\s+"
    r"(?:returns?|gives?|finds?|yields?|has)\s+(?:any\s+|some\s+|new\s+|at least one\s+)*"
    r"(?:rows?|results?|records?|something|data)",
    re.IGNORECASE,
)
_NAME = r"(?:⟦\d+⟧|[A-Za-z0-9][\w.-]*)"
_FLOWS = re.compile(
    rf"(?:\b(?:run|start)s?\s+)?{_WHEN}(?:both\s+|all of\s+)?(?:the\s+)?(?:flows?"
    rf"|workflows?)\s+(?P<names>{_NAME}(?:\s*(?:,\s*(?:and\s+)?|\s+and\s+)(?:"
    rf"(?:the\s+)?flow\s+)?{_NAME})+)"
    r"(?:\s+(?:in|of)\s+(?:the\s+)?namespace\s+(?P<ns>[\w.-]+\w))?\s+(?:have\s+|are\s+"
    r"|has\s+)?(?:all\s+|both\s+)?(?P<how>finish\w*|succeed\w*|end\w*|complete\w*|done|ran|run"
    r"|successful)(?:\s+successfully)?",
    re.IGNORECASE,
)


_Read: TypeAlias = "Callable[[re.Match[str], Masked, str], TriggerPlan | None]"


def take_events(masked: Masked, types: Types, namespace: str) -> list[TriggerPlan]:
    """Find the events, take their words out of the text and return the triggers."""
    found = [_take(masked, pattern, read, types, namespace) for pattern, read in _READERS]
    return [trigger for trigger in found if trigger is not None]


def _take(
    masked: Masked, pattern: re.Pattern[str], read: _Read, types: Types, namespace: str
) -> TriggerPlan | None:
    match = pattern.search(masked.text)
    trigger = read(match, masked, namespace) if match else None
    if match is None or trigger is None or types.find(trigger.type) is None:
        return None
    trigger.because = masked.unmask(match[0]).strip(" ,")
    masked.text = masked.text[: match.start()].rstrip(" ,") + ", " + masked.text[match.end() :].lstrip(" ,:")
    return trigger


def _file(match: re.Match[str], masked: Masked, namespace: str) -> TriggerPlan | None:
    address = masked.inside(match["at"])[0].value
    if not address.startswith("gs://"):
        return None
    values: dict[str, Json] = {
        "from": address,
        "interval": "PT1M",
        "action": "NONE",
        "on": "CREATE",
        "projectId": "{{ kv('GCP_PROJECT_ID') }}",
        "serviceAccount": "{{ secret('GCP_SERVICE_ACCOUNT') }}",
    }
    return TriggerPlan(id="arrival", type=GCS, values=values)


def _rows(match: re.Match[str], masked: Masked, namespace: str) -> TriggerPlan:
    type_id = next(kind for name, kind in _QUERIES.items() if name in match["db"].lower().replace(" ", ""))
    duration = find_duration(masked.text) if re.search(r"\bevery\s+\d", masked.text) else None
    sql = masked.inside(match["sql"])[0].value
    values: dict[str, Json] = {
        "sql": sql,
        "fetchType": "FETCH",
        "interval": duration.iso if duration else "PT1M",
    }
    if "postgresql" not in type_id:
        values = {"url": "jdbc:duckdb:" if "duckdb" in type_id else "jdbc:sqlite::memory:", **values}
    else:
        values = {
            "url": "jdbc:postgresql://localhost:5432/postgres",
            "username": "postgres",
            "password": "{{ secret('POSTGRES_PASSWORD') }}",
            **values,
        }
    return TriggerPlan(id="rows", type=type_id, values=values)


def _flows(match: re.Match[str], masked: Masked, namespace: str) -> TriggerPlan:
    flows: list[Json] = []
    for part in re.split(r"\s*(?:,\s*(?:and\s+)?|\s+and\s+)\s*", match["names"]):
        said = re.sub(r"^(?:the\s+)?flow\s+", "", part, flags=re.IGNORECASE)
        literals = masked.inside(said)
        name = literals[0].value if literals else said
        space, _, name = name.rpartition(".")
        states: list[Json] = ["SUCCESS"] if "succe" in match[0].lower() else ["SUCCESS", "WARNING"]
        flows.append({"namespace": space or match["ns"] or namespace, "flowId": name, "states": states})
    return TriggerPlan(
        id="after_all", type=FLOW, values={"preconditions": {"id": "upstream", "flows": flows}}
    )


_READERS: tuple[tuple[re.Pattern[str], _Read], ...] = (
    (_FILE, _file),
    (_OBJECT, _file),
    (_ROWS, _rows),
    (_FLOWS, _flows),
)
