"""A flow as a graph: tasks and triggers as nodes, their order as edges, groups of tasks as clusters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from api.shape import task_run_json
from engine.model.execution import Execution
from engine.model.flow import Flow, TaskSpec
from engine.model.json import Json
from engine.source.document import read_document

CLASSES = "io.kestra.core.models.hierarchies."
ROOT = "root"

Relation = Literal["SEQUENTIAL", "CHOICE", "ERROR", "FINALLY", "AFTER_EXECUTION", "PARALLEL", "DYNAMIC"]
Callee = Callable[[TaskSpec], Flow | None]
"""Returns the flow a task starts, None when it starts none or it is not known before it runs."""

_PARALLEL = ".Parallel"
_LOOPS = (".ForEach", ".EachSequential", ".EachParallel", ".LoopUntil", ".ForEachItem")
_CALLS = (".Subflow", ".ForEachItem", ".tasks.flows.Flow")


def flow_graph(
    flow: Flow, *, execution: Execution | None = None, expanded: frozenset[str] = frozenset(), callee: Callee
) -> dict[str, Json]:
    """Return nodes, edges and clusters of a flow, with the task runs of an execution if there is one.

    Subflow tasks whose uid is in `expanded` are drawn with the tasks of the flow they start. Edges and uids
    depend on the flow alone: the same flow has the same graph.
    """
    drawing = _Drawing(execution, expanded, callee)
    whole = drawing.flow(flow, ROOT, parents=())
    if flow.triggers:
        drawing.triggers(flow, whole.start)
    return {
        "nodes": drawing.nodes,
        "edges": drawing.edges,
        "clusters": drawing.clusters,
        "flowables": drawing.flowables,
    }


@dataclass(frozen=True, slots=True)
class _Ends:
    """Where a part of the graph is entered and left."""

    start: str
    end: str


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a task is drawn: below which uid, in which clusters, in which branch."""

    prefix: str
    parents: tuple[str, ...]
    raw: Mapping[str, Json]
    branch: str | None = None


@dataclass(slots=True)
class _Drawing:
    execution: Execution | None
    expanded: frozenset[str]
    callee: Callee
    nodes: list[dict[str, Json]] = field(default_factory=list)
    edges: list[dict[str, Json]] = field(default_factory=list)
    clusters: list[dict[str, Json]] = field(default_factory=list)
    flowables: list[str] = field(default_factory=list)

    def flow(self, flow: Flow, prefix: str, parents: tuple[str, ...]) -> _Ends:
        """Draw all tasks of a flow between its own start and end."""
        ends = _Ends(f"{prefix}.@start", f"{prefix}.@end")
        self._node(ends.start, "GraphClusterRoot")
        place = _Place(prefix, parents, written_tasks(flow.source))
        last = self._sequence(flow.tasks, ends.start, place, "SEQUENTIAL")
        errors = [task for task in flow.errors if not task.disabled]
        tails = [last]
        if errors:
            tails.append(self._sequence(errors, ends.start, _in(place, "ERROR"), "ERROR"))
        final = [task for task in flow.finally_ if not task.disabled]
        if final:
            tails = [self._join(final, tails, _in(place, "FINALLY"), "FINALLY")]
        self._node(ends.end, "GraphClusterEnd")
        for tail in tails:
            self._edge(tail, ends.end)
        if any(not task.disabled for task in flow.after_execution):
            after = f"{prefix}.@after"
            tail = self._sequence(flow.after_execution, ends.end, _in(place, "AFTER_EXECUTION"), "AFTER_EXECUTION")
            self._node(after, "GraphClusterAfterExecution")
            self._edge(tail, after)
        return ends

    def triggers(self, flow: Flow, start: str) -> None:
        """Draw the triggers as a cluster before the start."""
        ends = self._open("Triggers", ())
        declared = _by_id(read_document(flow.source).data, "triggers")
        for trigger in flow.triggers:
            uid = f"{ROOT}.Triggers.{trigger.id}"
            written = declared.get(trigger.id, {"id": trigger.id, "type": trigger.type})
            self._node(uid, "GraphTrigger", triggerDeclaration=written)
            self._edge(ends.start, uid)
            self._edge(uid, ends.end)
        self._close("Triggers", ends, (), "SEQUENTIAL", None, self._inside("Triggers"))
        self._edge(ends.end, start)

    # -- lists of tasks

    def _sequence(
        self, tasks: Sequence[TaskSpec], before: str, place: _Place, first: Relation, value: str | None = None
    ) -> str:
        """Draw tasks one after the other behind a node; returns the last node."""
        relation, label = first, value
        for task in tasks:
            if task.disabled:
                continue
            ends = self._task(task, place, relation)
            self._edge(before, ends.start, relation, label)
            before, relation, label = ends.end, "SEQUENTIAL", None
        return before

    def _join(self, tasks: Sequence[TaskSpec], tails: Sequence[str], place: _Place, relation: Relation) -> str:
        """Draw tasks that begin when any of the tails is reached; returns the last node."""
        ends = self._task(tasks[0], place, relation)
        for tail in tails:
            self._edge(tail, ends.start, relation)
        return self._sequence(tasks[1:], ends.end, place, "SEQUENTIAL")

    # -- one task

    def _task(self, task: TaskSpec, place: _Place, relation: Relation) -> _Ends:
        uid = f"{place.prefix}.{task.id}"
        below = list(task.children())
        called = self.callee(task) if uid in self.expanded else None
        if not below and called is None:
            kind = "SubflowGraphTask" if task.type.endswith(_CALLS) else "GraphTask"
            self._task_node(uid, task, place, relation, kind)
            return _Ends(uid, uid)
        ends = self._open(uid, place.parents)
        kind = "GraphTask" if called is None else "SubflowGraphTask"
        self._task_node(uid, task, place, relation, kind)
        self._edge(ends.start, uid)
        inside = (*place.parents, f"cluster_{uid}")
        if called is None:
            self.flowables.append(task.id)
            self._children(task, uid, ends.end, _Place(uid, inside, place.raw, place.branch))
        else:
            inner = self.flow(called, uid, inside)
            self._edge(uid, inner.start)
            self._edge(inner.end, ends.end)
        shape = "GraphCluster" if called is None else "SubflowGraphCluster"
        node = next(node for node in self.nodes if node["uid"] == uid)
        self._close(uid, ends, place.parents, relation, node, self._inside(uid), shape)
        return ends

    def _children(self, task: TaskSpec, uid: str, end: str, place: _Place) -> None:
        tails = [uid] if _may_skip(task) else []
        for branch in _branches(task):
            if branch.after is not None:
                tails += self._dag(branch.tasks, branch.after, uid, place)
            elif branch.relation == "PARALLEL":
                tails += [self._sequence([one], uid, place, "PARALLEL") for one in branch.tasks]
            else:
                tails.append(self._sequence(branch.tasks, uid, place, branch.relation, branch.value))
        errors = [one for one in task.errors if not one.disabled]
        if errors:
            tails.append(self._sequence(errors, uid, _in(place, "ERROR"), "ERROR"))
        final = [one for one in task.finally_ if not one.disabled]
        if final:
            tails = [self._join(final, tails or [uid], _in(place, "FINALLY"), "FINALLY")]
        for tail in dict.fromkeys(tails or [uid]):
            self._edge(tail, end)

    def _dag(
        self, tasks: Sequence[TaskSpec], after: Mapping[str, Sequence[str]], uid: str, place: _Place
    ) -> list[str]:
        drawn = {task.id: self._task(task, place, "SEQUENTIAL") for task in tasks if not task.disabled}
        waited: set[str] = set()
        for task_id, ends in drawn.items():
            needed = [one for one in after.get(task_id, ()) if one in drawn]
            waited |= set(needed)
            for start in [drawn[one].end for one in needed] or [uid]:
                self._edge(start, ends.start)
        return [ends.end for task_id, ends in drawn.items() if task_id not in waited]

    # -- pieces

    def _task_node(self, uid: str, task: TaskSpec, place: _Place, relation: Relation, kind: str) -> None:
        runs = [run for run in self._runs() if run.task_id == task.id] if uid.startswith(ROOT) else []
        last = runs[-1] if runs and self.execution is not None else None
        values = [run.value for run in runs if run.value is not None]
        self._node(
            uid,
            kind,
            branchType=place.branch,
            task=place.raw.get(task.id, {"id": task.id, "type": task.type}),
            relationType=relation,
            taskRun=task_run_json(last, self.execution) if last and self.execution else None,
            values=values or None,
        )

    def _runs(self) -> Sequence[Json]:
        return self.execution.task_runs if self.execution is not None else ()

    def _node(self, uid: str, kind: str, **more: Json) -> None:
        self.nodes.append({"uid": uid, "type": CLASSES + kind, **more})

    def _edge(self, source: str, target: str, relation: Relation = "SEQUENTIAL", value: str | None = None) -> None:
        self.edges.append(
            {"source": source, "target": target, "relation": {"relationType": relation, "value": value}}
        )

    def _open(self, uid: str, parents: tuple[str, ...]) -> _Ends:
        ends = _Ends(f"cluster_{uid}.@start", f"cluster_{uid}.@end")
        self._node(ends.start, "GraphClusterRoot")
        return ends

    def _close(
        self,
        uid: str,
        ends: _Ends,
        parents: tuple[str, ...],
        relation: Relation,
        task_node: Json,
        inside: list[str],
        shape: str = "GraphCluster",
    ) -> None:
        self._node(ends.end, "GraphClusterEnd")
        about = {
            "uid": f"cluster_{uid}",
            "type": CLASSES + shape,
            "relationType": relation,
            "taskNode": task_node,
        }
        self.clusters.append(
            {
                "cluster": about,
                "nodes": [ends.start, *inside, ends.end],
                "parents": list(parents),
                "start": ends.start,
                "end": ends.end,
            }
        )

    def _inside(self, uid: str) -> list[str]:
        """Return the nodes that stand directly or deeper inside a cluster, without its own ends."""
        own = uid if uid.startswith(ROOT) else f"{ROOT}.{uid}"
        found = [node["uid"].removeprefix("cluster_") for node in self.nodes]
        return [
            node["uid"]
            for node, plain in zip(self.nodes, found, strict=True)
            if (plain == own or plain.startswith(f"{own}.")) and node["uid"] != f"cluster_{own}.@start"
        ]


@dataclass(frozen=True, slots=True)
class _Branch:
    """Tasks of a flowable that belong together; `after` only where they name what they wait for."""

    tasks: Sequence[TaskSpec]
    relation: Relation
    value: str | None = None
    after: Mapping[str, Sequence[str]] | None = None


def _branches(task: TaskSpec) -> Iterator[_Branch]:
    for name, value in task.properties.items():
        if isinstance(value, TaskSpec):
            yield _Branch([value], "CHOICE", name)
        elif isinstance(value, Mapping):
            for key, tasks in value.items():
                if _are_tasks(tasks):
                    yield _Branch(tasks, "CHOICE", str(key))
        elif _are_tasks(value):
            yield _Branch(value, _relation(task, name), None if name == "tasks" else name)
        elif _are_waiting(value):
            after = {one["task"].id: list(one.get("dependsOn") or ()) for one in value}
            yield _Branch([one["task"] for one in value], "SEQUENTIAL", None, after)


def _relation(task: TaskSpec, name: str) -> Relation:
    if name != "tasks":
        return "CHOICE"
    if task.type.endswith(_PARALLEL):
        return "PARALLEL"
    return "DYNAMIC" if task.type.endswith(_LOOPS) else "SEQUENTIAL"


def _may_skip(task: TaskSpec) -> bool:
    """Tell whether a choice may choose nothing."""
    choices = [branch for branch in _branches(task) if branch.relation == "CHOICE"]
    names = {branch.value for branch in choices}
    return bool(choices) and not names & {"else", "defaults", "onPause"}


def _are_tasks(value: Json) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(one, TaskSpec) for one in value)


def _are_waiting(value: Json) -> bool:
    return (
        isinstance(value, list | tuple)
        and bool(value)
        and all(isinstance(one, Mapping) and isinstance(one.get("task"), TaskSpec) for one in value)
    )


def _in(place: _Place, branch: str) -> _Place:
    return _Place(place.prefix, place.parents, place.raw, place.branch or branch)


def written_tasks(source: str) -> dict[str, Json]:
    """Return every task of the text by its id, as written, nested ones included."""
    data = read_document(source).data
    found: dict[str, Json] = {}
    sections = ("tasks", "errors", "finally", "afterExecution")
    waiting = [data.get(name) for name in sections] if isinstance(data, dict) else []
    while waiting:
        value = waiting.pop(0)
        if isinstance(value, dict):
            if isinstance(value.get("id"), str) and isinstance(value.get("type"), str):
                found.setdefault(value["id"], value)
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return found


def _by_id(data: Json, section: str) -> dict[str, Json]:
    declared = data.get(section) if isinstance(data, dict) else None
    return {str(one["id"]): one for one in declared or () if isinstance(one, dict) and "id" in one}
