"""Reads tasks and triggers: common properties here, the type's own against its class."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

from engine.model.duration import parse_duration
from engine.model.flow import TaskCache, TaskSpec, TriggerSpec
from engine.model.json import Json
from engine.model.log import Level
from engine.model.state import State
from engine.plugin import FlowableTask, Plugin, SubflowTask, Task, Trigger
from engine.plugin.base import properties_of
from engine.registry import Registry
from engine.source.document import Path
from engine.validation.input import read_inputs
from engine.validation.label import read_labels
from engine.validation.properties import PropertyReader
from engine.validation.raw import Raw, is_template, kind_of, shown
from engine.validation.report import Report, path_text
from engine.validation.retry import read_retry

TASK_PROPERTIES = (
    "id",
    "type",
    "description",
    "disabled",
    "runIf",
    "timeout",
    "retry",
    "allowFailure",
    "allowWarning",
    "logLevel",
    "logToFile",
    "taskCache",
    "workerGroup",
    "version",
)
"""What every task takes."""

TRIGGER_PROPERTIES = (
    "id",
    "type",
    "description",
    "disabled",
    "conditions",
    "inputs",
    "labels",
    "stopAfter",
    "logLevel",
    "logToFile",
    "when",
    "allowConcurrent",
    "workerGroup",
    "version",
)
"""What every trigger takes."""

BLOCK_PROPERTIES = ("errors", "finally")
"""What every task that runs tasks takes."""

_ID = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_-]*")
_LEVELS = tuple(Level)
_PAUSE = "io.kestra.plugin.core.flow.Pause"
_S = TypeVar("_S", TaskSpec, TriggerSpec)


class TaskReader:
    """Reads tasks and triggers; remembers the path and the class of each for the checks that follow."""

    def __init__(self, report: Report, registry: Registry) -> None:
        self._report = report
        self._registry = registry
        self._properties = PropertyReader(report, registry, self.task)
        self._paths: dict[int, Path] = {}
        self._classes: dict[str, type[Plugin] | None] = {}

    def path(self, spec: TaskSpec | TriggerSpec) -> Path:
        """Return the path of something this reader has read."""
        return self._paths[id(spec)]

    def plugin(self, spec: TaskSpec | TriggerSpec) -> type[Plugin] | None:
        """Return the class, None when its type is unknown or of another kind."""
        return self._classes.get(spec.type)

    def tasks(self, raw: Raw, name: str) -> tuple[TaskSpec, ...]:
        """Read a list of tasks."""
        path = raw.at(name)
        return tuple(self.task(item, (*path, number)) for number, item in enumerate(raw.items(name)))

    def task(self, data: Json, path: Path) -> TaskSpec:
        """Read one task, nested ones included."""
        if not isinstance(data, dict):
            self._not_a_map(data, path, "a task")
            return self._keep(TaskSpec("", "", path=path_text(path)), path)
        found = self._properties.type_of(data, path, Task)
        own = properties_of(found).names if found else {}
        raw = Raw({key: value for key, value in data.items() if key not in own}, path, self._report)
        raw.get("type")
        common = [*TASK_PROPERTIES]
        errors: tuple[TaskSpec, ...] = ()
        finally_: tuple[TaskSpec, ...] = ()
        if found is None or issubclass(found, FlowableTask | SubflowTask) or found.type_id == _PAUSE:
            common += BLOCK_PROPERTIES
            errors, finally_ = self.tasks(raw, "errors"), self.tasks(raw, "finally")
        timeout = self._timeout(raw)
        spec = TaskSpec(
            id=self._id(raw),
            type=found.type_id if found else str(data.get("type") or ""),
            properties=self._own(found, data, path, common),
            description=raw.text("description"),
            disabled=raw.flag("disabled"),
            run_if=raw.text("runIf"),
            timeout=timeout,
            retry=read_retry(raw.below("retry")),
            allow_failure=raw.flag("allowFailure"),
            allow_warning=raw.flag("allowWarning"),
            log_level=self._level(raw),
            log_to_file=raw.flag("logToFile"),
            task_cache=self._cache(raw),
            errors=errors,
            finally_=finally_,
            path=path_text(path),
            line=self._report.line(path),
        )
        self._enterprise(raw)
        if found is not None and found.type_id == _PAUSE:
            read_inputs(Raw(data, path, self._report), "onResume")
        self._classes.setdefault(spec.type, found)
        return self._keep(spec, path)

    def trigger(self, data: Json, path: Path) -> TriggerSpec:
        """Read one trigger."""
        if not isinstance(data, dict):
            self._not_a_map(data, path, "a trigger")
            return self._keep(TriggerSpec("", "", path=path_text(path)), path)
        found = self._properties.type_of(data, path, Trigger)
        own = properties_of(found).names if found else {}
        raw = Raw(dict(data), path, self._report)
        if "minLogLevel" not in own:
            raw.renamed("minLogLevel", "logLevel")
        raw.get("type")
        spec = TriggerSpec(
            id=self._id(raw),
            type=found.type_id if found else str(data.get("type") or ""),
            properties=self._own(found, raw.data, path, TRIGGER_PROPERTIES),
            description=raw.text("description"),
            disabled=raw.flag("disabled"),
            inputs=raw.mapping("inputs"),
            labels=read_labels(raw, "labels"),
            conditions=self.conditions(raw),
            when=raw.text("when"),
            stop_after=tuple(State(text) for text in self._states(raw)),
            allow_concurrent=raw.flag("allowConcurrent"),
            log_level=self._level(raw),
            path=path_text(path),
            line=self._report.line(path),
        )
        raw.flag("logToFile")
        self._enterprise(raw)
        self._classes.setdefault(spec.type, found)
        return self._keep(spec, path)

    def conditions(self, raw: Raw) -> tuple[Mapping[str, Json], ...]:
        """Read a list of conditions; each keeps its `type`, canonical."""
        found = []
        for number, item in enumerate(raw.items("conditions")):
            path = (*raw.at("conditions"), number)
            if not isinstance(item, dict):
                self._not_a_map(item, path, "a condition")
                continue
            plugin = self._properties.type_of(item, path, Plugin)
            if plugin is not None and issubclass(plugin, Task | Trigger):
                self._report.error("wrong-type", f"'{item['type']}' is not a condition", (*path, "type"))
            elif plugin is not None:
                rest = {key: value for key, value in item.items() if key != "type"}
                found.append({"type": plugin.type_id, **self._properties.read(plugin, rest, path)})
        return tuple(found)

    def _own(
        self,
        plugin: type[Plugin] | None,
        data: Mapping[str, Json],
        path: Path,
        common: list[str] | tuple[str, ...],
    ) -> dict[str, Json]:
        names = properties_of(plugin).names if plugin else {}
        mine = {key: value for key, value in data.items() if key in names or key not in common}
        for name in BLOCK_PROPERTIES:
            if name in mine and name not in names and plugin is not None and issubclass(plugin, Task):
                mine.pop(name)
                self._report.error(
                    "unknown-property",
                    f"'{name}' has no meaning for {plugin.__name__}; only tasks that run tasks have it",
                    (*path, name),
                    "move it to the flow or to the task around this one",
                )
        if plugin is None:
            return {key: self._guess(value, (*path, key)) for key, value in mine.items()}
        return self._properties.read(plugin, mine, path, common)

    def _guess(self, value: Json, path: Path) -> Json:
        """Read what looks like tasks inside a task of unknown type, so that their ids are known."""
        if isinstance(value, list):
            return [self._guess(item, (*path, number)) for number, item in enumerate(value)]
        if isinstance(value, dict):
            if isinstance(value.get("id"), str) and isinstance(value.get("type"), str):
                return self.task(value, path) if "." in value["type"] else value
            return {key: self._guess(item, (*path, key)) for key, item in value.items()}
        return value

    def _id(self, raw: Raw) -> str:
        found = raw.text("id", required=True, limit=256)
        if found is not None and not _ID.fullmatch(found):
            raw.report.error(
                "invalid-id",
                f"{shown(found)} is not an id",
                raw.at("id"),
                "use letters, digits, `-` and `_` only, beginning with a letter or digit",
            )
        return found or ""

    def _timeout(self, raw: Raw) -> str | None:
        text = raw.text("timeout")
        if text is None or is_template(text):
            return text
        try:
            parse_duration(text)
        except ValueError as error:
            message, _, fix = str(error).partition("; ")
            raw.wrong("timeout", message, fix)
            return None
        return text

    def _level(self, raw: Raw) -> Level | None:
        text = raw.choice("logLevel", _LEVELS)
        return Level(text) if text else None

    def _states(self, raw: Raw) -> list[str]:
        texts = raw.texts("stopAfter")
        for text in texts:
            if text not in State.__members__:
                raw.wrong("stopAfter", f"{shown(text)} is not a state", "use for example SUCCESS or FAILED")
        return [text for text in texts if text in State.__members__]

    def _cache(self, raw: Raw) -> TaskCache | None:
        below = raw.below("taskCache")
        if below is None:
            return None
        cache = TaskCache(below.flag("enabled"), below.duration("ttl"))
        below.finish()
        return cache

    def _enterprise(self, raw: Raw) -> None:
        raw.ignored("version")
        if raw.get("workerGroup") is not None:
            raw.report.warn(
                "ignored",
                "a task runs where its execution does",
                raw.at("workerGroup"),
                "write workerGroup at the flow, or remove it",
            )

    def _not_a_map(self, data: Json, path: Path, what: str) -> None:
        self._report.error(
            "wrong-value",
            f"expected {what} but found {kind_of(data)}",
            path,
            "write a map with `id` and `type`" if what != "a condition" else "write a map with `type`",
        )

    def _keep(self, spec: _S, path: Path) -> _S:
        self._paths[id(spec)] = path
        return spec
