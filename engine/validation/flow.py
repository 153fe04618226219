"""Reads a whole flow: everything at its top level, tasks and triggers by their readers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from engine.model.flow import (
    Check,
    Concurrency,
    Flow,
    Listener,
    OutputSpec,
    PluginDefault,
    Sla,
)
from engine.model.input_type import OPTIONS
from engine.model.json import Json
from engine.source.document import Path
from engine.validation.input import input_id, read_inputs
from engine.validation.label import read_labels
from engine.validation.raw import Raw, kind_of, shown
from engine.validation.report import Report
from engine.validation.retry import read_retry
from engine.validation.task import TaskReader

FLOW_PROPERTIES: Final = (
    "id",
    "namespace",
    "revision",
    "description",
    "labels",
    "inputs",
    "variables",
    "tasks",
    "errors",
    "finally",
    "afterExecution",
    "outputs",
    "triggers",
    "pluginDefaults",
    "concurrency",
    "retry",
    "sla",
    "checks",
    "listeners",
    "disabled",
    "deleted",
    "workerGroup",
)
"""What a flow takes, in the order people write it."""

RESERVED_IDS: Final = frozenset(
    {"pause", "resume", "force-run", "change-status", "kill", "executions", "search", "source", "disable"}
    | {"enable"}
)
"""Ids that would collide with addresses of the API."""

_ID = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]*")
_NAMESPACE = re.compile(r"[a-z0-9][a-z0-9._-]*")


def read_flow(raw: Raw, source: str, tasks: TaskReader, defaults: tuple[PluginDefault, ...]) -> Flow:
    """Return the flow as far as it can be read; everything wrong goes to the report."""
    flow = Flow(
        id=_flow_id(raw),
        namespace=_namespace(raw),
        source=source,
        tasks=tasks.tasks(raw, "tasks"),
        description=raw.text("description"),
        labels=read_labels(raw, "labels"),
        inputs=read_inputs(raw),
        outputs=_outputs(raw),
        variables=raw.mapping("variables"),
        errors=tasks.tasks(raw, "errors"),
        finally_=tasks.tasks(raw, "finally"),
        after_execution=tasks.tasks(raw, "afterExecution"),
        listeners=_listeners(raw, tasks),
        triggers=tuple(
            tasks.trigger(item, (*raw.at("triggers"), number))
            for number, item in enumerate(raw.items("triggers"))
        ),
        plugin_defaults=defaults,
        concurrency=_concurrency(raw),
        retry=read_retry(raw.below("retry")),
        sla=_slas(raw),
        checks=_checks(raw),
        worker_group=_worker_group(raw),
        disabled=raw.flag("disabled"),
        deleted=raw.flag("deleted"),
    )
    raw.ignored("revision", "pluginDefaults")
    if raw.data.get("tasks") is None:
        raw.missing("tasks", "a flow needs at least one task")
    elif raw.data["tasks"] == []:
        raw.wrong("tasks", "a flow needs at least one task")
    raw.finish()
    return flow


def _worker_group(raw: Raw) -> str | None:
    """Read `workerGroup`: who may run the flow, where several processes share the work."""
    below = raw.below("workerGroup")
    if below is None:
        return None
    key = below.text("key", required=True)
    below.ignored("fallback")
    below.finish()
    if key is not None and "{{" in key:
        below.wrong("key", "a template is not rendered here; write the name of a queue")
        return None
    return key


def read_defaults(raw: Raw) -> tuple[PluginDefault, ...]:
    """Read `pluginDefaults`, also under its old name."""
    raw.renamed("taskDefaults", "pluginDefaults")
    name = "pluginDefaults"
    found = []
    for number, item in enumerate(raw.items(name)):
        path = (*raw.at(name), number)
        if not isinstance(item, dict):
            raw.report.error("wrong-value", f"expected a map but found {kind_of(item)}", path)
            continue
        entry = Raw(item, path, raw.report)
        kind, forced, values = (
            entry.text("type", required=True),
            entry.flag("forced"),
            entry.mapping("values"),
        )
        if not values and not isinstance(item.get("values"), list | str | int | float):
            entry.missing("values", "write the values to set below it")
        for key, value in values.items():
            if value is None:
                raw.report.error("wrong-value", f"the default '{key}' has no value", (*path, "values", key))
        entry.finish()
        if kind and values:
            found.append(PluginDefault(kind, values, forced))
    return tuple(found)


def _flow_id(raw: Raw) -> str:
    found = raw.text("id", required=True, limit=100)
    if found is None:
        return ""
    if not _ID.fullmatch(found):
        raw.report.error(
            "invalid-id",
            f"{shown(found)} is not a flow id",
            raw.at("id"),
            "use letters, digits, `.`, `-` and `_` only, beginning with a letter or digit",
        )
    if found in RESERVED_IDS:
        raw.report.error(
            "reserved-id",
            f"'{found}' is reserved for the API",
            raw.at("id"),
            f"name it for example my-{found}",
        )
    return found


def _namespace(raw: Raw) -> str:
    found = raw.text("namespace", required=True, limit=150)
    if found is not None and not _NAMESPACE.fullmatch(found):
        lower = found.lower()
        near = f"write {lower}" if _NAMESPACE.fullmatch(lower) else "write it like company.team"
        raw.report.add(
            "invalid-namespace",
            f"{shown(found)} is not a namespace; it has lower-case letters, digits, `.`, `-`, `_` only",
            raw.at("namespace"),
            suggestion=near,
        )
    return found or ""


def _maps(raw: Raw, name: str) -> list[Raw]:
    found = []
    for number, item in enumerate(raw.items(name)):
        path: Path = (*raw.at(name), number)
        if isinstance(item, dict):
            found.append(Raw(item, path, raw.report))
        else:
            raw.report.error("wrong-value", f"expected a map but found {kind_of(item)}", path)
    return found


def _outputs(raw: Raw) -> tuple[OutputSpec, ...]:
    found = []
    for item in _maps(raw, "outputs"):
        value = item.get("value")
        if value is None:
            item.missing("value", 'write for example "{{ outputs.task.value }}"')
        found.append(
            OutputSpec(
                id=input_id(item, "output"),
                value=value,
                type=item.choice("type", tuple(OPTIONS)),
                item_type=item.choice("itemType", tuple(OPTIONS)),
                required=item.flag("required", True),
                description=item.text("description"),
                display_name=item.text("displayName"),
            )
        )
        item.finish()
    return tuple(found)


def _listeners(raw: Raw, tasks: TaskReader) -> tuple[Listener, ...]:
    if raw.data.get("listeners") is not None:
        raw.report.warn("deprecated", "listeners are deprecated", raw.at("listeners"), "use afterExecution")
    found = []
    for item in _maps(raw, "listeners"):
        item.text("description")
        found.append(Listener(tasks.conditions(item), tasks.tasks(item, "tasks")))
        item.finish()
    return tuple(found)


def _concurrency(raw: Raw) -> Concurrency | None:
    below = raw.below("concurrency")
    if below is None:
        return None
    limit = below.integer("limit", least=1, required=True)
    behavior = below.choice("behavior", ("QUEUE", "CANCEL", "FAIL"))
    below.finish()
    return Concurrency(limit or 1, behavior or "QUEUE")


def _slas(raw: Raw) -> tuple[Sla, ...]:
    found = []
    for item in _maps(raw, "sla"):
        kind = item.choice("type", ("MAX_DURATION", "EXECUTION_ASSERTION"), required=True)
        behavior = item.choice("behavior", ("FAIL", "CANCEL", "NONE"), required=True)
        duration = item.duration("duration", required=True) if kind == "MAX_DURATION" else None
        assertion = item.text("assert", required=True) if kind == "EXECUTION_ASSERTION" else None
        ident, labels = item.text("id", required=True), read_labels(item, "labels")
        if kind is not None:
            item.finish()
        found.append(
            Sla(
                id=ident or "",
                type=kind or "MAX_DURATION",
                behavior=behavior or "NONE",
                duration=duration,
                assertion=assertion,
                labels=labels,
            )
        )
    return tuple(found)


def _checks(raw: Raw) -> tuple[Check, ...]:
    found = []
    for item in _maps(raw, "checks"):
        style = item.choice("style", ("ERROR", "SUCCESS", "WARNING", "INFO"))
        behaviors = ("BLOCK_EXECUTION", "FAIL_EXECUTION", "CREATE_EXECUTION")
        found.append(
            Check(
                condition=item.text("condition", required=True) or "",
                message=item.text("message", required=True) or "",
                style=style or "INFO",
                behavior=item.choice("behavior", behaviors) or "BLOCK_EXECUTION",
            )
        )
        item.finish()
    return tuple(found)


def top_level(data: Mapping[str, Json], report: Report) -> Raw:
    """Return the flow's map for reading."""
    return Raw(dict(data), (), report)
