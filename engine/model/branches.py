"""What a flowable task answers when it starts: which of its tasks run, and in what order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from engine.model.flow import TaskSpec
from engine.model.json import Json


@dataclass(frozen=True, slots=True)
class Branches:
    """The chosen children of a flowable task run, by task id; stored with the task run, so that a
    recovered execution continues with the same choice.

    `sequence`: one after the other. `parallel`: all at once, at most `limit` in flight (0 = no limit).
    `dag`: as soon as everything in `after[id]` has ended. `each`: the sequence of `tasks` once for every
    value, at most `limit` values in flight (0 = all); with `flat`, every (value, task) pair is on its own
    and `limit` counts pairs. `keys` are the names of the values, if they come from a map. With `tolerant`
    the end of a child, however bad, stops nothing and says nothing of the whole.
    """

    kind: Literal["sequence", "parallel", "dag", "each"]
    tasks: tuple[str, ...]
    limit: int = 0
    values: tuple[str, ...] = ()
    after: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    flat: bool = False
    keys: tuple[str, ...] = ()
    tolerant: bool = False

    @classmethod
    def sequence(cls, tasks: Iterable[TaskSpec]) -> Branches:
        """Run the tasks one after the other."""
        return cls("sequence", _enabled(tasks))

    @classmethod
    def parallel(cls, tasks: Iterable[TaskSpec], *, limit: int = 0) -> Branches:
        """Run the tasks at the same time, at most `limit` at once (0 = no limit)."""
        return cls("parallel", _enabled(tasks), limit)

    @classmethod
    def dag(
        cls, tasks: Iterable[TaskSpec], after: Mapping[str, Sequence[str]], *, limit: int = 0
    ) -> Branches:
        """Run each task when those it depends on have ended; dependencies on disabled tasks are dropped."""
        ids = _enabled(tasks)
        kept = {task: tuple(dep for dep in after.get(task, ()) if dep in ids) for task in ids}
        return cls("dag", ids, limit, after=kept)

    @classmethod
    def each(
        cls, values: Sequence[str], tasks: Iterable[TaskSpec], *, limit: int = 1, flat: bool = False
    ) -> Branches:
        """Run the tasks for every value, at most `limit` values at once (0 = all)."""
        return cls("each", _enabled(tasks), limit, tuple(values), flat=flat)

    def to_json(self) -> Json:
        """Return the stored form."""
        stored: dict[str, Json] = {"kind": self.kind, "tasks": list(self.tasks), "limit": self.limit}
        if self.values:
            stored["values"] = list(self.values)
        if self.after:
            stored["after"] = {key: list(deps) for key, deps in self.after.items()}
        if self.keys:
            stored["keys"] = list(self.keys)
        stored.update({name: True for name in ("flat", "tolerant") if getattr(self, name)})
        return stored

    @classmethod
    def from_json(cls, stored: Json) -> Branches:
        """Read the stored form."""
        return cls(
            stored["kind"],
            tuple(stored["tasks"]),
            stored.get("limit", 0),
            tuple(stored.get("values", ())),
            {key: tuple(deps) for key, deps in stored.get("after", {}).items()},
            stored.get("flat", False),
            tuple(stored.get("keys", ())),
            stored.get("tolerant", False),
        )


def _enabled(tasks: Iterable[TaskSpec]) -> tuple[str, ...]:
    return tuple(task.id for task in tasks if not task.disabled)
