"""What is known of a failed execution: the flow's text, the task that failed, its last attempt, its log."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from copilot.errors import NothingFailed
from copilot.plan import target
from copilot.skills.fix.trim import trim
from engine.model.execution import Execution, TaskRun
from engine.model.json import Json
from engine.model.log import Level, LogEntry
from engine.model.state import State
from engine.source.document import Document, Path, read_document


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Names the flow could have meant; values are never part of it."""

    kv: Sequence[str] = ()
    """Keys of the namespace's key-value store."""

    secrets: Sequence[str] = ()
    """Names of the secrets that are set."""

    flows: Sequence[str] = ()
    """Saved flows as `namespace.id`."""


@dataclass(frozen=True)
class Failure:
    """A failed task run with the flow as it is written now. `lines` are its log, errors first kept."""

    source: str
    document: Document
    execution_id: str
    namespace: str
    flow_id: str
    revision: int
    task_id: str
    path: Path
    task: Mapping[str, Json]
    attempt: int
    value: str | None
    lines: tuple[str, ...]
    ended_as: State
    outputs: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    around: Surroundings = field(default_factory=Surroundings)
    newer_revision: int | None = None

    @property
    def text(self) -> str:
        """The log of the failed attempt as one text."""
        return "\n".join(self.lines)

    @property
    def type(self) -> str:
        """The type of the task that failed."""
        return str(self.task.get("type", ""))

    @property
    def place(self) -> str:
        """The task's path as findings write it: `tasks[1].tasks[0]`."""
        return written(self.path)

    def line(self, *property_path: str | int) -> int:
        """Return the line of the task, or of a property of it, in the flow's text."""
        return self.document.place((*self.path, *property_path)).line

    def texts(self) -> Iterator[tuple[Path, str]]:
        """Yield the text properties of the task with their paths inside it, nested tasks left out."""
        yield from _texts(self.task, ())

    def holding(self, part: str) -> Iterator[tuple[Path, str]]:
        """Yield the text properties that hold a piece of text."""
        return ((path, text) for path, text in self.texts() if part in text)

    def others(self) -> Iterator[tuple[str, Mapping[str, Json]]]:
        """Yield the other tasks of the flow by id, in the order of the text."""
        for _, task in target.tasks_of(self.document.data):
            if task["id"] != self.task_id:
                yield task["id"], task


def written(path: Path) -> str:
    """Write a path as findings do."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def failure_of(
    execution: Execution,
    entries: Sequence[LogEntry],
    source: str,
    around: Surroundings | None = None,
    *,
    latest_revision: int | None = None,
) -> Failure:
    """Read the failure of an execution; `source` is the flow as it is saved now.

    Raises NothingFailed when no task of it failed, or the failed task is no longer in the flow.
    """
    run = failed_run(execution)
    document = read_document(source)
    found = {task["id"]: (path, task) for path, task in target.tasks_of(document.data)}
    if run.task_id not in found:
        raise NothingFailed(
            f"Task '{run.task_id}' of revision {execution.flow_revision} failed, but the flow no longer "
            f"has it; run the flow as it is now"
        )
    path, task = found[run.task_id]
    attempt = max(len(run.attempts), 1)
    own = [entry for entry in entries if entry.task_run_id == run.id]
    numbers = [entry.attempt for entry in own if entry.attempt is not None]
    last = [entry for entry in own if not numbers or entry.attempt in (None, max(numbers))]
    newer = latest_revision if latest_revision not in (None, execution.flow_revision) else None
    return Failure(
        source,
        document,
        execution.id,
        execution.namespace,
        execution.flow_id,
        execution.flow_revision,
        run.task_id,
        path,
        task,
        attempt,
        run.value,
        trim([(entry.level.rank >= Level.WARN.rank, entry.message) for entry in last]),
        run.state,
        {item.task_id: item.outputs or {} for item in execution.task_runs if item.state.good},
        around or Surroundings(),
        newer,
    )


def failed_run(execution: Execution) -> TaskRun:
    """Return the task run the failure began with: the first failed one that has no failed child."""
    bad = [run for run in execution.task_runs if run.state in (State.FAILED, State.KILLED, State.WARNING)]
    failed = [run for run in bad if run.state is State.FAILED] or bad
    parents = {run.parent_id for run in failed}
    leaves = [run for run in failed if run.id not in parents and run.section in ("tasks", "errors")]
    if not leaves:
        raise NothingFailed(
            f"Execution {execution.id} is {execution.state} and no task of it failed; there is nothing to fix"
        )
    return min(leaves, key=lambda run: (run.history.ended or run.history.started, run.index))


def _texts(value: Json | Mapping[str, Json], path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, Mapping):
        if path and isinstance(value.get("id"), str) and isinstance(value.get("type"), str):
            return
        for key, item in value.items():
            yield from _texts(item, (*path, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _texts(item, (*path, number))
    elif isinstance(value, str) and path != ("id",):
        yield path, value


def word_in(text: str, word: str) -> re.Pattern[str]:
    """Return the pattern of a word standing alone."""
    return re.compile(rf"(?<![\w]){re.escape(word)}(?![\w])")
