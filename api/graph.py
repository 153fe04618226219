"""A flow as a graph: tasks and triggers as nodes, their order as edges, groups of tasks as clusters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from api.branching import Relation, branches, may_skip, written_tasks, written_triggers
from api.shape import task_run_json
from engine.model.execution import Execution
from engine.model.flow import Flow, TaskSpec
from engine.model.json import Json

CLASSES = "io.kestra.core.models.hierarchies."
ROOT = "root"

Callee = Callable[[TaskSpec], Flow | None]
"""Returns the flow a task starts, None when it starts none or it is not known before it runs."""

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
            tail = self._sequence(
                flow.after_execution, ends.end, _in(place, "AFTER_EXECUTION"), "AFTER_EXECUTION"
            )
            self._node(after, "GraphClusterAfterExecution")
            self._edge(tail, after)
        return ends

    def triggers(self, flow: Flow, start: str) -> None:
        """Draw the triggers as a cluster before the start."""
        first = len(self.nodes)
        ends = self._open("Triggers")
        declared = written_triggers(flow.source)
        for trigger in flow.triggers:
            uid = f"{ROOT}.Triggers.{trigger.id}"
            written = declared.get(trigger.id, {"id": trigger.id, "type": trigger.type})
            self._node(uid, "GraphTrigger", triggerDeclaration=written)
            self._edge(ends.start, uid)
            self._edge(uid, ends.end)
        self._close("Triggers", ends, (), "SEQUENTIAL", None, first)
        self._edge(ends.end, start)

    def _called(self, flow: Flow, prefix: str, parents: tuple[str, ...]) -> _Ends:
        """Draw the flow a task starts; its task runs belong to another execution."""
        execution, self.execution = self.execution, None
        try:
            return self.flow(flow, prefix, parents)
        finally:
            self.execution = execution

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

    def _join(
        self, tasks: Sequence[TaskSpec], tails: Sequence[str], place: _Place, relation: Relation
    ) -> str:
        """Draw tasks that begin when any of the tails is reached; returns the last node."""
        ends = self._task(tasks[0], place, relation)
        for tail in tails:
            self._edge(tail, ends.start, relation)
        return self._sequence(tasks[1:], ends.end, place, "SEQUENTIAL")

    # -- one task

    def _task(self, task: TaskSpec, place: _Place, relation: Relation) -> _Ends:
        uid = f"{place.prefix}.{task.id}"
        below = list(task.children())
        called = self.callee(task) if uid in self.expanded and task.type.endswith(_CALLS) else None
        first = len(self.nodes)
        if not below and called is None:
            kind = "SubflowGraphTask" if task.type.endswith(_CALLS) else "GraphTask"
            self._task_node(uid, task, place, relation, kind)
            return _Ends(uid, uid)
        ends = self._open(uid)
        kind = "GraphTask" if called is None else "SubflowGraphTask"
        self._task_node(uid, task, place, relation, kind)
        self._edge(ends.start, uid)
        inside = (*place.parents, f"cluster_{uid}")
        if called is None:
            self.flowables.append(task.id)
            self._children(task, uid, ends.end, _Place(uid, inside, place.raw, place.branch))
        else:
            inner = self._called(called, uid, inside)
            self._edge(uid, inner.start)
            self._edge(inner.end, ends.end)
        shape = "GraphCluster" if called is None else "SubflowGraphCluster"
        node = self.nodes[first + 1]
        self._close(uid, ends, place.parents, relation, node, first, shape)
        return ends

    def _children(self, task: TaskSpec, uid: str, end: str, place: _Place) -> None:
        tails = [uid] if may_skip(task) else []
        for branch in branches(task):
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
        execution = self.execution
        runs = [run for run in execution.task_runs if run.task_id == task.id] if execution else []
        values = [run.value for run in runs if run.value is not None]
        self._node(
            uid,
            kind,
            branchType=place.branch,
            task=place.raw.get(task.id, {"id": task.id, "type": task.type}),
            relationType=relation,
            taskRun=task_run_json(runs[-1], execution) if execution and runs else None,
            values=values or None,
        )

    def _node(self, uid: str, kind: str, **more: Json) -> None:
        self.nodes.append({"uid": uid, "type": CLASSES + kind, **more})

    def _edge(
        self, source: str, target: str, relation: Relation = "SEQUENTIAL", value: str | None = None
    ) -> None:
        self.edges.append(
            {"source": source, "target": target, "relation": {"relationType": relation, "value": value}}
        )

    def _open(self, uid: str) -> _Ends:
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
        first: int,
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
                "nodes": [node["uid"] for node in self.nodes[first:]],
                "parents": list(parents),
                "start": ends.start,
                "end": ends.end,
            }
        )


def _in(place: _Place, branch: str) -> _Place:
    return _Place(place.prefix, place.parents, place.raw, place.branch or branch)
