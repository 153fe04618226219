"""The flow as it is while its changes are read, and the tasks words mean."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from copilot.errors import PatchError
from copilot.plan import target
from copilot.plan.operation import Edit, Operation
from copilot.plan.patch import apply
from copilot.plan.render import snake
from copilot.planner.rules.coverage import stem
from copilot.planner.rules.literal import MARK, Masked
from copilot.planner.rules.matcher import Suggest
from copilot.planner.rules.scene import Types
from copilot.planner.rules.word import singular, whole
from engine.model.json import Json
from engine.model.near import nearest
from engine.source.document import Path, read_document

ID = r"(?:⟦\d+⟧|[A-Za-z0-9][\w-]*)"
THE = (
    r"(?:the\s+)?(?:tasks?\s+|steps?\s+|triggers?\s+|inputs?\s+|variables?\s+)?(?:called\s+|named\s+|id\s+)?"
)
AND = r"\s*(?:,\s*(?:and\s+)?|\s+and\s+)\s*"
"""What stands between the parts of a list in words."""
LOOPS = ("ForEach", "EachSequential", "EachParallel", "ForEachItem", "LoopUntil")
_IT = re.compile(r"(?:it|that|this|that one|this one)(?:\s+(?:task|step))?", re.IGNORECASE)
_EXCEPT = re.compile(r"\b(?:except|but|other than|apart from|besides|without)\b", re.IGNORECASE)
_GROUPS = re.compile(
    r"(?P<all>(?:all|every|each|both|any)\b)?\s*(?:of\s+)?(?:the\s+)?"
    r"(?P<n>\d+|two|three|four|five|six|seven|eight|nine"
    r"|ten)?\s*(?P<what>[\w ⟦⟧-]*?)\s*(?P<tasks>tasks?|steps?)?",
    re.IGNORECASE,
)
_SYNONYMS = {
    "postgres": ("postgresql",),
    "query": ("query", "queries"),
    "message": ("log",),
    "script": ("script", "commands"),
    "request": ("request", "http"),
    "loop": ("foreach", "for", "each"),
}


@dataclass
class Changing:
    """The flow as it is while its changes are read: between clauses, `data` follows what was read so far."""

    masked: Masked
    text: str
    data: dict[str, Json]
    types: Types
    suggest: Suggest
    edit: Edit
    last: str = ""
    """Id of the task the words spoke of last: what `it` means in the clauses that follow."""
    input: str = ""
    """Id of the input the words spoke of last."""
    also: bool = False
    """Whether a clause says `also`, `as well`, `a second`: more of what is there."""
    instead: bool = False
    """Whether a clause says `instead`: something that is there makes room."""
    focus: str = ""
    """Id of the task a clause puts first: `in x, set the timeout to …`."""
    vague: dict[str, list[str]] = field(default_factory=dict)
    """Words that may mean several tasks, with the ids of these."""
    _done: int = 0

    def follow(self) -> None:
        """Make `text` and `data` what they are after the changes read so far; an unfit one is left out."""
        for operation in self.edit.operations[self._done :]:
            try:
                self.text = apply(self.text, operation)
            except PatchError:  # said when the whole edit is applied
                continue
            if operation.op == "rename" and operation.target == self.last:
                self.last = operation.to
        if self._done != len(self.edit.operations):
            self.data = read_document(self.text).data
        self._done = len(self.edit.operations)

    def tasks(self, words: str) -> list[tuple[str, Path]]:
        """Find the tasks of a list or a group in words: `a and b`, `the three loads`, `all http tasks`."""
        if rest := self._rest(words):
            return rest
        parts = [part for part in re.split(AND, words.strip()) if part]
        if len(parts) > 1:
            each = [self.task(part) for part in parts]
            if all(each):
                return [item for item in each if item is not None]
        if beside := self._beside(words):
            return beside
        if group := self._group(words):
            return group
        one = self.task(words)
        return [one] if one else []

    def _rest(self, words: str) -> list[tuple[str, Path]]:
        """Find `everything except x and y`: the other tasks of the flow."""
        match = re.fullmatch(
            r"(?:everything|all(?: of)?(?: the)?(?: other)?(?: tasks| steps)?|every (?:task"
            r"|step))(?: else)?\s+(?:except(?: for)?|but|other than"
            r"|apart from|besides)\s+(?P<kept>.+)",
            words.strip(),
            re.IGNORECASE,
        )
        kept = self.tasks(match["kept"]) if match else []
        names = {name for name, _ in kept}
        return [item for item in self.top if item[0] not in names] if kept else []

    def _beside(self, words: str) -> list[tuple[str, Path]]:
        """Find `everything after x`, `all steps before x`, in the list x stands in."""
        match = re.fullmatch(
            r"(?:everything|all(?: the)? (?:tasks|steps)|all|the rest|every (?:task|step)"
            r"|what comes)\s+(?:that\s+comes\s+)?"
            r"(?P<where>after|behind|before)\s+(?P<anchor>.+)",
            words.strip(),
            re.IGNORECASE,
        )
        anchor = self.task(match["anchor"]) if match else None
        if match is None or anchor is None:
            return []
        later = match["where"].lower() != "before"
        return [
            (task["id"], path)
            for path, task in target.tasks_of(self.data)
            if path[:-1] == anchor[1][:-1] and path != anchor[1] and (path > anchor[1]) == later
        ]

    def _group(self, words: str) -> list[tuple[str, Path]]:
        said = re.sub(r"\s+", " ", plain(words, self.masked).lower()).strip()
        match = _GROUPS.fullmatch(said)
        if match is None:
            return []
        what = match["what"].strip()
        many = bool(match["all"] or match["n"] or (match["tasks"] or "").endswith("s"))
        noun = singular(what)
        if not many and (noun == what or any(task["id"] == what for _, task in target.tasks_of(self.data))):
            return []
        if what in ("", "it", "them", "other", "others") and match["all"]:
            return self.top
        found = [
            (task["id"], path)
            for path, task in target.tasks_of(self.data)
            if what and all(_is_called(word, task) for word in what.split())
        ]
        wanted = whole(match["n"] or "") or (2 if match["all"] == "both" else None)
        if wanted is not None and found and wanted != len(found):
            self.vague[what] = [name for name, _ in found]
            return []
        return found

    @property
    def top(self) -> list[tuple[str, Path]]:
        """The tasks of the flow that stand in no other one."""
        return [
            (task["id"], path)
            for path, task in target.tasks_of(self.data)
            if len(path) == 2 and path[0] == "tasks"
        ]

    def task(self, words: str) -> tuple[str, Path] | None:
        """Find the task some words mean: by id, by part of the id, by the name of its type, by its place."""
        said = plain(words, self.masked)
        tasks = list(target.tasks_of(self.data))
        if _EXCEPT.search(said):
            return None
        if self.last and _IT.fullmatch(said.strip()):
            return next(((task["id"], path) for path, task in tasks if task["id"] == self.last), None)
        low = snake(re.sub(r"\b(?:the|task|step|my|a|an|called|named|id)\b", " ", said, flags=re.IGNORECASE))
        if low in ("loop", "for_each", "foreach"):
            loops = [
                (task["id"], path) for path, task in tasks if task["type"].rpartition(".")[2] in LOOPS[:2]
            ]
            return loops[0] if len(loops) == 1 else None
        for path, task in tasks:
            if task["id"] == said.strip() or snake(task["id"]) == low:
                return task["id"], path
        if low.endswith("ing"):  # `after storing`
            doing = [(task["id"], path) for path, task in tasks if stem(task["id"]) == stem(low)]
            if len(doing) == 1:
                return doing[0]
        place = re.search(r"\b(first|second|third|fourth|fifth|last)\b", said.lower())
        if place and tasks:
            top = [(path, task) for path, task in tasks if len(path) == 2 and path[0] == "tasks"]
            index = {"first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "last": -1}[place[1]]
            if -len(top) <= index < len(top):
                return top[index][1]["id"], top[index][0]
        return self._likely(low, said, tasks)

    def _likely(
        self, low: str, said: str, tasks: list[tuple[Path, dict[str, Json]]]
    ) -> tuple[str, Path] | None:
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
        if best and best[0][0] >= 2:
            self.vague[said.strip()] = [name for score, name, _ in best if score == best[0][0]]
            return None
        near = nearest(low, [task["id"] for _, task in tasks], cutoff=0.85)
        return next(((task["id"], path) for path, task in tasks if task["id"] == near), None)


def _is_called(word: str, task: dict[str, Json]) -> bool:
    """Whether a word is a part of a task's id, or the name or the family of its type."""
    names = [
        *snake(task["id"]).split("_"),
        *task["type"].removeprefix("io.kestra.plugin.").lower().split("."),
    ]
    names += snake(task["type"].rpartition(".")[2]).split("_")
    said = (word, singular(word), *_SYNONYMS.get(word, ()))
    return any(name in said or singular(name) in said for name in names)


def plain(text: str, masked: Masked) -> str:
    """Return words with their literals put back, without the marks at their ends."""
    literals = masked.inside(text)
    if literals and MARK.fullmatch(text.strip()):
        return literals[0].value
    return MARK.sub(lambda match: masked.literals[int(match[1])].value, text).strip(" ,.")


def note(state: Changing, clause: str, **fields: object) -> bool:
    """Write an operation down; always true, so that a rule can end with it."""
    operation = Operation(because=state.masked.unmask(clause), **fields)
    state.edit.operations.append(operation)
    if operation.kind == "task" and operation.target:
        state.last = operation.to or operation.target
    elif operation.kind == "input" and operation.target:
        state.input = operation.target
    elif operation.section == "inputs" and isinstance(operation.value, dict):
        state.input = str(operation.value.get("id", ""))
    elif operation.step is not None and operation.step.id:
        state.last = operation.step.id
    return True


def set_on(state: Changing, clause: str, name: str, path: str, value: object) -> bool:
    """Write down that a property of a task gets a value."""
    return note(state, clause, op="set", kind="task", target=name, path=path, value=value)


def free_id(wanted: str, state: Changing) -> str:
    """Return a task id nothing has yet."""
    taken = {task["id"] for _, task in target.tasks_of(state.data)}
    taken |= {operation.step.id for operation in state.edit.operations if operation.step is not None}
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}_{number}", number + 1
    return name


def dotted(path: Path) -> str:
    """Write a path as operations name it: `headers['X-Key']`, `commands.0`."""
    text = ""
    for step in path:
        plain_step = isinstance(step, int) or re.fullmatch(r"[A-Za-z_]\w*", step)
        text += f"{'.' if text else ''}{step}" if plain_step else f"['{step}']"
    return text
