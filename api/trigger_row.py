"""Triggers as rows: the declaration and the state of each, found by filters and by name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request

from api.camel import camelized
from api.condition import Condition
from api.paging import FLAT, Search, read_search
from api.tenant import TENANT
from engine.engine import Engine
from engine.errors import FlowsmithError, SourceError
from engine.model.json import Json
from engine.model.moment import to_text
from engine.secrets import MASK
from engine.source.document import read_document
from engine.storage.ports import FlowRow, TriggerState
from engine.triggers.backfill import current
from engine.triggers.entry import LOCKING, Key

_BACKFILL = ("start", "end", "currentDate", "paused", "previousNextExecutionDate", "parallel")
_PAGING = frozenset({"page", "size", "sort", "dateFilter"})


@dataclass(frozen=True, slots=True)
class Row:
    """A trigger as its flow declares it, and what is known of it."""

    declared: dict[str, Json]
    state: dict[str, Json]

    @property
    def both(self) -> dict[str, Json]:
        """Both parts, under the names of old and new clients."""
        return {
            "abstractTrigger": self.declared,
            "triggerContext": self.state,
            "trigger": self.declared,
            "state": self.state,
        }

    @property
    def flat(self) -> dict[str, Json]:
        """Both parts in one map."""
        return {**self.declared, **self.state}

    @property
    def key(self) -> Key:
        """Namespace, flow and trigger id."""
        return (self.state["namespace"], self.state["flowId"], self.state["triggerId"])


def state_json(engine: Engine, state: TriggerState) -> dict[str, Json]:
    """Return the state as clients read it."""
    running = state.backfill if state.backfill and current(state.backfill) is not None else None
    following = current(running) if running else state.next_date
    date = to_text(following) if following else None
    return {
        "tenantId": TENANT,
        "namespace": state.namespace,
        "flowId": state.flow_id,
        "triggerId": state.trigger_id,
        "kind": state.kind,
        "date": to_text(state.last_date) if state.last_date else None,
        "nextExecutionDate": date,
        "nextEvaluationDate": date,
        "updatedDate": to_text(state.updated),
        "updatedAt": to_text(state.updated),
        "lastTriggeredDate": to_text(state.last_triggered) if state.last_triggered else None,
        "executionId": state.execution_id,
        "disabled": state.disabled,
        "locked": state.kind in LOCKING and state.execution_id is not None,
        "backfill": _backfill(engine, state),
    }


def _backfill(engine: Engine, state: TriggerState) -> dict[str, Json] | None:
    progress = engine.triggers.progress(state)
    if state.backfill is None or progress is None:
        return None
    labels = [{"key": key, "value": value} for key, value in (state.backfill.get("labels") or {}).items()]
    return {
        **{name: state.backfill.get(name) for name in _BACKFILL},
        "inputs": _without_secrets(engine, state),
        "labels": labels,
        "progress": camelized(asdict(progress)),
    }


def _without_secrets(engine: Engine, state: TriggerState) -> dict[str, Json]:
    """Return the inputs of a backfill, those of type SECRET masked."""
    given: dict[str, Json] = dict((state.backfill or {}).get("inputs") or {})
    if not given:
        return given
    try:
        flow = engine.flow(state.namespace, state.flow_id)
    except FlowsmithError:
        return dict.fromkeys(given, MASK)
    hidden = {spec.id.partition(".")[0] for spec in flow.inputs if spec.type == "SECRET"}
    return {name: MASK if name.partition(".")[0] in hidden else value for name, value in given.items()}


def found_rows(engine: Engine, search: Search, flow: tuple[str, str] | None = None) -> list[Row]:
    """Return the triggers that fulfil all conditions, those of one flow if it is named."""
    states = {state.key: state for state in engine.triggers.all()}
    rows = (
        _row(engine, row, declared, states.get((row.namespace, row.id, str(declared["id"]))))
        for row in engine.store.flows.latest()
        if flow is None or (row.namespace, row.id) == flow
        for declared in _declared(row)
    )
    return [row for row in rows if all(_holds(row, one) for one in search.conditions)]


def sorted_rows(rows: list[Row], search: Search) -> list[Row]:
    """Sort by the members of the flat rows; missing ones come last."""
    for name, descending in reversed(search.sort):
        member = name.rpartition(".")[2]
        rows = sorted(rows, key=lambda row: str(row.flat.get(member) or ""), reverse=descending)
        rows = sorted(rows, key=lambda row: row.flat.get(member) is None)
    return rows


def named_rows(engine: Engine, request: Request, more: frozenset[str] = frozenset()) -> list[Key]:
    """Return the triggers a filter finds; raises 400 when there is none, or one that is not understood."""
    known = FLAT | _PAGING | more
    strange = [name for name in request.query_params if name not in known and not name.startswith("filters[")]
    if strange:
        raise HTTPException(400, f"Parameter '{strange[0]}' is not understood, so nothing was changed")
    search = read_search(request)
    if not search.conditions:
        raise HTTPException(400, "Say which triggers: without a filter nothing is changed")
    return [row.key for row in found_rows(engine, search)]


def key_of(body: Json) -> Key:
    """Read `{namespace, flowId, triggerId}`; raises 422."""
    names = ("namespace", "flowId", "triggerId")
    if not isinstance(body, dict) or not all(isinstance(body.get(name), str) for name in names):
        raise HTTPException(422, 'Name the trigger: {"namespace": …, "flowId": …, "triggerId": …}')
    return (body["namespace"], body["flowId"], body["triggerId"])


def keys_of(body: Json) -> list[Key]:
    """Read a list of triggers, bare or under `triggers`; raises 422."""
    given = body.get("triggers") if isinstance(body, dict) else body
    if not isinstance(given, list):
        raise HTTPException(422, 'Send {"triggers": [{"namespace": …, "flowId": …, "triggerId": …}]}')
    return list(dict.fromkeys(key_of(one) for one in given))


def _declared(flow: FlowRow) -> Iterator[dict[str, Json]]:
    if "triggers" not in flow.source:
        return
    try:
        data = read_document(flow.source).data
    except SourceError:
        return
    triggers = data.get("triggers") if isinstance(data, dict) else None
    for declared in triggers if isinstance(triggers, list) else []:
        if isinstance(declared, dict) and "id" in declared:
            yield declared


def _row(engine: Engine, flow: FlowRow, declared: dict[str, Json], state: TriggerState | None) -> Row:
    if state is None:
        known: dict[str, Json] = {
            "tenantId": TENANT,
            "namespace": flow.namespace,
            "flowId": flow.id,
            "triggerId": str(declared["id"]),
            "updatedAt": to_text(flow.updated),
            "disabled": False,
        }
    else:
        known = state_json(engine, state)
    known["disabled"] = known["disabled"] or bool(declared.get("disabled")) or flow.disabled
    return Row(declared, known)


def _holds(row: Row, condition: Condition) -> bool:
    state = row.state
    match condition.field:
        case "q":
            where = f"{state['namespace']}.{state['flowId']}.{state['triggerId']}"
            return condition.value.lower() in where.lower()
        case "triggerState":
            return condition.holds("DISABLED" if state["disabled"] else "ENABLED")
        case "locked":
            return condition.holds("true" if state.get("locked") else "false")
        case "namespace" | "flowId" | "triggerId" | "nextExecutionDate" | "lastTriggeredDate":
            return condition.holds(state.get(condition.field))
        case "type":
            return condition.holds(row.declared.get("type"))
        case "triggerExecutionId" | "executionId":
            return condition.holds(state.get("executionId"))
    raise HTTPException(400, f"filters: triggers cannot be found by '{condition.field}'")
