"""Engine values as the JSON that clients of Kestra read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

from api.tenant import TENANT
from engine.model.duration import duration_text
from engine.model.execution import Attempt, Execution, TaskRun
from engine.model.finding import Finding
from engine.model.json import Json
from engine.model.log import LogEntry
from engine.model.moment import now, to_text
from engine.model.state import History
from engine.source.document import read_document
from engine.storage.files import FileInfo
from engine.storage.ports import FlowRow, KeyValue


def labels_list(labels: Mapping[str, str]) -> list[dict[str, str]]:
    """Return labels as `{key, value}` pairs."""
    return [{"key": key, "value": value} for key, value in labels.items()]


def flow_json(row: FlowRow, *, source: bool = False) -> dict[str, Json]:
    """Return a flow as written, with what the store knows of it."""
    data = _data_of(row.source)
    flow: dict[str, Json] = dict(data) if isinstance(data, dict) else {}
    flow.update(
        tenantId=TENANT,
        id=row.id,
        namespace=row.namespace,
        revision=row.revision,
        updated=to_text(row.updated),
        disabled=row.disabled,
        deleted=row.deleted,
        draft=False,
        labels=labels_list(row.labels) if row.labels else None,
        source=row.source if source else None,
    )
    flow.setdefault("tasks", [])
    return flow


@lru_cache(maxsize=2048)
def _data_of(source: str) -> Json:
    """Read a flow's text; kept, because lists of flows are asked for again and again."""
    return read_document(source).data


def history_json(history: History) -> dict[str, Json]:
    """Return the state with its history and duration."""
    return {
        "current": history.current,
        "histories": [{"state": p.state, "date": to_text(p.date)} for p in history.passages],
        "duration": duration_text(history.duration(now())),
        "startDate": to_text(history.started),
        "endDate": _moment(history.ended),
    }


def execution_json(execution: Execution) -> dict[str, Json]:
    """Return an execution with the task runs it carries."""
    trigger = execution.trigger
    return {
        "tenantId": TENANT,
        "id": execution.id,
        "namespace": execution.namespace,
        "flowId": execution.flow_id,
        "flowRevision": execution.flow_revision,
        "taskRunList": [task_run_json(run, execution) for run in execution.task_runs],
        "inputs": execution.inputs,
        "outputs": execution.outputs,
        "labels": labels_list(execution.labels),
        "variables": execution.variables,
        "state": history_json(execution.history),
        "parentId": execution.parent_id,
        "originalId": execution.original_id,
        "trigger": trigger and {"id": trigger.id, "type": trigger.type, "variables": trigger.variables},
        "deleted": False,
        "metadata": {
            "attemptNumber": execution.attempt_number,
            "originalCreatedDate": to_text(execution.original_created),
        },
        "scheduleDate": _moment(execution.schedule_date),
        "kind": execution.kind if execution.kind != "NORMAL" else None,
        "breakpoints": list(execution.breakpoints) or None,
    }


def task_run_json(run: TaskRun, execution: Execution) -> dict[str, Json]:
    """Return one task run."""
    return {
        "tenantId": TENANT,
        "id": run.id,
        "executionId": execution.id,
        "namespace": execution.namespace,
        "flowId": execution.flow_id,
        "taskId": run.task_id,
        "parentTaskRunId": run.parent_id,
        "value": run.value,
        "attempts": [_attempt(attempt) for attempt in run.attempts],
        "outputs": run.outputs,
        "state": history_json(run.history),
        "iteration": run.iteration,
        "dynamic": run.dynamic or None,
    }


def log_json(entry: LogEntry) -> dict[str, Json]:
    """Return one log entry."""
    return {
        "namespace": entry.namespace,
        "flowId": entry.flow_id,
        "taskId": entry.task_id,
        "executionId": entry.execution_id,
        "taskRunId": entry.task_run_id,
        "attemptNumber": entry.attempt,
        "triggerId": entry.trigger_id,
        "timestamp": to_text(entry.timestamp),
        "level": entry.level,
        "thread": entry.thread,
        "message": entry.message,
        "index": entry.index,
    }


def finding_json(finding: Finding) -> dict[str, Json]:
    """Return a finding for editors."""
    fix = finding.fix
    return {
        "code": finding.code,
        "message": finding.message,
        "text": finding.text,
        "path": finding.path,
        "line": finding.line,
        "column": finding.column,
        "severity": finding.severity,
        "blocking": finding.blocking,
        "suggestion": finding.suggestion,
        "fix": fix and {"title": fix.title, "start": fix.start, "end": fix.end, "text": fix.text},
    }


def kv_json(entry: KeyValue) -> dict[str, Json]:
    """Return a key without its value."""
    return {
        "namespace": entry.namespace,
        "key": entry.key,
        "revision": entry.revision,
        "version": entry.revision,
        "description": entry.description,
        "creationDate": to_text(entry.created),
        "updateDate": to_text(entry.updated),
        "expirationDate": _moment(entry.expires),
    }


def file_json(info: FileInfo) -> dict[str, Json]:
    """Return a namespace file's attributes; times in milliseconds."""
    modified = int(info.modified.timestamp() * 1000)
    return {
        "fileName": info.path.rpartition("/")[2],
        "lastModifiedTime": modified,
        "creationTime": modified,
        "type": "Directory" if info.folder else "File",
        "size": info.size,
    }


def _attempt(attempt: Attempt) -> dict[str, Json]:
    return {"state": history_json(attempt.history), "logFile": attempt.log_file}


def _moment(date: datetime | None) -> str | None:
    return to_text(date) if date is not None else None
