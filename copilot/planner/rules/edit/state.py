"""The flow as it is while its changes are read, and the tasks words mean."""

from __future__ import annotations

import re
from dataclasses import dataclass

from copilot.plan import target
from copilot.plan.operation import Edit, Operation
from copilot.plan.render import snake
from copilot.planner.rules.builder import Suggest
from copilot.planner.rules.literal import MARK, Masked
from copilot.planner.rules.scene import Types
from engine.model.json import Json
from engine.model.near import nearest
from engine.source.document import Path

ID = r"(?:⟦\d+⟧|[A-Za-z0-9][\w-]*)"
THE = (
    r"(?:the\s+)?(?:tasks?\s+|steps?\s+|triggers?\s+|inputs?\s+|variables?\s+)?(?:called\s+|named\s+|id\s+)?"
)


@dataclass
class Changing:
    """The flow as it is while its changes are read; each read change is also made on `data`."""

    masked: Masked
    data: dict[str, Json]
    types: Types
    suggest: Suggest
    edit: Edit

    def task(self, words: str) -> tuple[str, Path] | None:
        """Find the task some words mean: by id, by part of the id, by the name of its type, by its place."""
        said = plain(words, self.masked)
        tasks = list(target.tasks_of(self.data))
        low = snake(re.sub(r"\b(?:the|task|step|my|a|an|called|named|id)\b", " ", said, flags=re.IGNORECASE))
        if low in ("loop", "for_each", "foreach"):
            loops = [
                (task["id"], path)
                for path, task in tasks
                if task["type"].endswith(("ForEach", "EachSequential"))
            ]
            return loops[0] if len(loops) == 1 else None
        for path, task in tasks:
            if task["id"] == said.strip() or snake(task["id"]) == low:
                return task["id"], path
        place = re.search(r"\b(first|second|third|fourth|fifth|last)\b", said.lower())
        if place and tasks:
            top = [(path, task) for path, task in tasks if len(path) == 2 and path[0] == "tasks"]
            index = {"first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "last": -1}[place[1]]
            if -len(top) <= index < len(top):
                return top[index][1]["id"], top[index][0]
        return self._likely(low, tasks)

    @staticmethod
    def _likely(low: str, tasks: list[tuple[Path, dict[str, Json]]]) -> tuple[str, Path] | None:
        if not low:
            return None
        words = set(low.split("_")) - {"it", "that", "this"}
        scored = []
        for path, task in tasks:
            names = set(snake(task["id"]).split("_")) | set(snake(task["type"].rpartition(".")[2]).split("_"))
            kind = set(task["type"].removeprefix("io.kestra.plugin.").lower().split("."))
            score = (
                2 * len(words & names)
                + len(words & kind)
                + sum(
                    1
                    for word in words
                    for name in names
                    if len(word) > 3
                    and (name.startswith(word[:5]) or (word.startswith(name[:5]) and len(name) > 3))
                    and word != name
                )
            )
            scored.append((score, task["id"], path))
        best = sorted(scored, key=lambda item: -item[0])
        if best and best[0][0] > 0 and (len(best) == 1 or best[0][0] > best[1][0]):
            return best[0][1], best[0][2]
        near = nearest(low, [task["id"] for _, task in tasks], cutoff=0.75)
        return next(((task["id"], path) for path, task in tasks if task["id"] == near), None)


def plain(text: str, masked: Masked) -> str:
    literals = masked.inside(text)
    if literals and MARK.fullmatch(text.strip()):
        return literals[0].value
    return MARK.sub(lambda match: masked.literals[int(match[1])].value, text).strip(" ,.")


def note(state: Changing, clause: str, **fields: object) -> bool:
    operation = Operation(because=state.masked.unmask(clause), **fields)
    state.edit.operations.append(operation)
    return True


def free_id(wanted: str, state: Changing) -> str:
    taken = {task["id"] for _, task in target.tasks_of(state.data)}
    taken |= {operation.step.id for operation in state.edit.operations if operation.step is not None}
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}_{number}", number + 1
    return name
