"""A flow made ready to run: tasks by id, their classes, and what never changes between executions."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from engine.errors import NotFound
from engine.model.flow import Flow, Retry, TaskSpec
from engine.model.json import Json
from engine.plugin import FlowableTask, Task, WaitTask
from engine.plugin.base import properties_of
from engine.registry import Registry


class CompiledFlow:
    """One revision of a flow with everything looked up once."""

    def __init__(self, flow: Flow, registry: Registry) -> None:
        self.flow = flow
        self.registry = registry
        self.tasks: dict[str, TaskSpec] = {}
        self.classes: dict[str, type[Task]] = {}
        self.retries: dict[str, Retry | None] = {}
        self.constants: dict[str, Task | None] = {}
        """The one instance of a task without templates, built on first use; None for the others."""
        for lists in (flow.tasks, flow.errors, flow.finally_, flow.after_execution):
            for spec in lists:
                self._add(spec, flow.retry)
        for listener in flow.listeners:
            for spec in listener.tasks:
                self._add(spec, flow.retry)
        self.variables: dict[str, Json] = {
            "id": flow.id,
            "namespace": flow.namespace,
            "revision": flow.revision,
            "tenantId": "main",
        }

    def _add(self, spec: TaskSpec, inherited: Retry | None) -> None:
        found = self.registry.resolve(spec.type)
        if not issubclass(found, Task):
            raise NotFound(f"'{spec.type}' is not a task")
        self._put(spec, found, inherited)
        below = (spec.retry or self.flow.retry) if issubclass(found, FlowableTask | WaitTask) else inherited
        for child in spec.children():
            self._add(child, below)
        if issubclass(found, FlowableTask):
            for part, plugin in found.parts(spec):
                self._put(part, plugin, None)

    def isolates(self, task_id: str) -> bool:
        """Whether outputs of the tasks inside this one stay inside."""
        return getattr(self.classes.get(task_id), "isolates", False)

    def is_light(self, task_id: str) -> bool:
        """Whether a run of the task is stored when it has ended, and not before it begins."""
        spec = self.tasks[task_id]
        return self.classes[task_id].light and spec.timeout is None and not spec.log_to_file

    def _put(self, spec: TaskSpec, plugin: type[Task], inherited: Retry | None) -> None:
        self.tasks[spec.id] = spec
        self.classes[spec.id] = plugin
        self.retries[spec.id] = spec.retry or inherited

    def built(self, task_id: str, task: Task) -> None:
        """Keep a task built for one run if it serves every run: its properties hold no template."""
        self.constants[task_id] = task if self._is_constant(task_id) else None

    def _is_constant(self, task_id: str) -> bool:
        marks = properties_of(self.classes[task_id])
        return not any(
            _templated(value)
            for name, value in self.tasks[task_id].properties.items()
            if name not in marks.static and name not in marks.nested
        )


def _templated(value: Json) -> bool:
    if isinstance(value, str):
        return "{" in value
    if isinstance(value, dict):
        return any(_templated(key) or _templated(item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return any(_templated(item) for item in value)
    return False


def enabled(specs: tuple[TaskSpec, ...]) -> tuple[str, ...]:
    """Return the ids of the tasks that are not disabled."""
    return tuple(spec.id for spec in specs if not spec.disabled)


class FlowCache:
    """Compiled flows by namespace, id and revision; the least recently used are forgotten."""

    def __init__(self, load: Callable[[str, str, int], Flow], registry: Registry, size: int = 256) -> None:
        self._load = load
        self._registry = registry
        self._size = size
        self._lock = threading.Lock()
        self._flows: OrderedDict[tuple[str, str, int], CompiledFlow] = OrderedDict()

    def get(self, namespace: str, flow_id: str, revision: int) -> CompiledFlow:
        """Return the compiled revision; raises NotFound or FlowInvalid."""
        key = (namespace, flow_id, revision)
        with self._lock:
            found = self._flows.get(key)
            if found is not None:
                self._flows.move_to_end(key)
                return found
        return self.put(self._load(namespace, flow_id, revision))

    def put(self, flow: Flow) -> CompiledFlow:
        """Compile a revision that is read already, and keep it."""
        compiled = CompiledFlow(flow, self._registry)
        with self._lock:
            self._flows[flow.namespace, flow.id, flow.revision] = compiled
            while len(self._flows) > self._size:
                self._flows.popitem(last=False)
        return compiled
