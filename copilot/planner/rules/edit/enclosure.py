"""Put tasks into flowables (parallel, loops, conditions, folders) and take them out again."""

from __future__ import annotations

import re

from copilot.plan import target
from copilot.plan.plan import Step
from copilot.planner.rules.edit.guard import test_at
from copilot.planner.rules.edit.place import scene_at
from copilot.planner.rules.edit.state import AND, LOOPS, Changing, free_id, note, plain, set_on
from copilot.planner.rules.loop_values import loop_values
from copilot.planner.rules.word import singular
from engine.model.json import Json
from engine.source.document import Path

FLOW = "io.kestra.plugin.core.flow."
_AT_ONCE = (
    r"(?:in parallel|at the same time|concurrently|simultaneously|side by side|all at once"
    r"|parallel to each other)"
)
_PARALLEL = (
    re.compile(
        rf"^(?:run|execute|make|do|put|let|have|start|perform)\s+(?P<what>.+?)\s+(?:run\s+"
        rf"|be\s+)?(?:both\s+|all\s+)?"
        rf"{_AT_ONCE}$",
        re.IGNORECASE,
    ),
    re.compile(
        rf"^(?P<what>.+?)\s+(?:should|can|could|may|must)\s+(?:all\s+|both\s+)?(?:run|be run"
        rf"|happen)\s+{_AT_ONCE}$",
        re.I,
    ),
    re.compile(r"^paralleli[sz]e\s+(?P<what>.+)$", re.IGNORECASE),
)
_KINDS = {
    "parallel": "Parallel",
    "sequential": "Sequential",
    "sequence": "Sequential",
    "workingdirectory": "WorkingDirectory",
    "folder": "WorkingDirectory",
    "allowfailure": "AllowFailure",
}
_WRAP = re.compile(
    r"^(?:wrap|put|group|place|enclose|nest|combine|bundle"
    r"|move)\s+(?P<what>.+?)\s+(?:together\s+)?(?:in|into|inside|with"
    r"|under|within)\s+(?:an?\s+|the\s+same\s+|one\s+|a single\s+"
    r"|a common\s+)(?:new\s+)?(?P<kind>parallel|sequential"
    r"|sequence|working ?directory|folder|allow ?failure)\b(?:\s+(?:block|group|task|flowable|section))?$",
    re.IGNORECASE,
)
_LOOP = (
    re.compile(
        r"^(?:wrap|put|nest|enclose|run|place)\s+(?P<what>.+?)\s+(?:in|into|inside|with"
        r"|within)\s+an?\s+(?:for ?each"
        r"(?:\s+loop)?|loop|for loop|for-each)\s+(?:that (?:goes|runs)\s+)?(?:over|for|through"
        r"|across|on)\s+(?P<values>.+)$",
        re.IGNORECASE,
    ),
    re.compile(
        r"^(?:loop|iterate|repeat)\s+(?P<what>.+?)\s+(?:over|for|through|across)\s+(?P<values>.+)$",
        re.IGNORECASE,
    ),
    re.compile(
        r"^(?:run|do|repeat|execute|perform)\s+(?P<what>.+?)\s+(?:once\s+)?(?:for|over)\s+(?:each"
        r"|every|all|both)?\s*"
        r"(?:of\s+)?(?P<values>.+)$",
        re.IGNORECASE,
    ),
)
_IF = re.compile(
    r"^(?:wrap|put|nest|enclose|place|move)\s+(?P<what>.+?)\s+(?:in|into|inside|behind"
    r"|under)\s+an?\s+(?:if|condition|branch)"
    r"(?:\s+(?:block|task|branch))?\s*(?:,|:)?\s*(?:that\s+)?(?:checks?\s+|tests?\s+|asks?\s+|on\s+|for\s+)?"
    r"(?:whether\s+|if\s+|that\s+)?(?P<test>.+)$",
    re.IGNORECASE,
)
_UNWRAP = (
    re.compile(
        r"^(?:remove|delete|drop|get rid of|take away|dissolve)\s+(?P<what>.+?)\s*,?\s+(?:but"
        r"|and)\s+(?:keep|leave|not)\s+"
        r"(?:the\s+|its\s+|all\s+(?:the\s+)?|what is\s+|whatever is\s+)*(?:tasks?|steps?|children"
        r"|contents?|inside|rest|logs?"
        r"|inner tasks?)\b.*$",
        re.IGNORECASE,
    ),
    re.compile(r"^(?:unwrap|dissolve|flatten|ungroup|unnest)\s+(?P<what>.+)$", re.IGNORECASE),
    re.compile(
        r"^(?:remove|delete|drop|get rid of)\s+(?:only\s+|just\s+)(?P<what>.+?)(?:\s+itself)?$", re.IGNORECASE
    ),
    re.compile(
        r"^(?:don't|do not|stop|no longer)\s+(?:loop|iterate|looping)(?:\s+(?:any ?more"
        r"|over)\b.*)?$(?P<what>)",
        re.I,
    ),
)
_SERIAL = re.compile(
    r"^(?:run|execute|do|make|let|have)\s+(?P<what>.+?)\s+(?:run\s+)?(?:one after (?:the other"
    r"|another)|in sequence|sequentially"
    r"|in order|in a row|in series|not in parallel|one by one)(?:\s*,?\s+not in parallel)?$",
    re.IGNORECASE,
)
_NOUN = r"\s+(?:block|group|loop|branch|task|step|section|part|wrapper)$"


def wrap(clause: str, state: Changing) -> bool:
    """Read `put the three loads in parallel`, `wrap a in a working directory`, `wrap a in a loop over …`."""
    return (
        _in_parallel(clause, state)
        or _in_kind(clause, state)
        or _in_if(clause, state)
        or _in_loop(clause, state)
    )


def _in_parallel(clause: str, state: Changing) -> bool:
    match = next((found for pattern in _PARALLEL if (found := pattern.match(clause))), None)
    tasks = state.tasks(match["what"]) if match else []
    if len(tasks) == 1:
        kind = str((target.get(state.data, tasks[0][1]) or {}).get("type", "")).rpartition(".")[2]
        return kind == "ForEach" and set_on(state, clause, tasks[0][0], "concurrencyLimit", 0)
    return len(tasks) > 1 and _wrapped("parallel", tasks, {}, clause, state)


def _in_kind(clause: str, state: Changing) -> bool:
    match = _WRAP.match(clause)
    tasks = state.tasks(match["what"]) if match else []
    if match is None or not tasks:
        return False
    return _wrapped(re.sub(r"\s", "", match["kind"]).lower(), tasks, {}, clause, state)


def _in_if(clause: str, state: Changing) -> bool:
    match = _IF.match(clause)
    tasks = state.tasks(match["what"]) if match else []
    test = test_at(match["test"], tasks[0][0], clause, state) if match and tasks else None
    return test is not None and _wrapped("if", tasks, {"condition": test}, clause, state)


def _in_loop(clause: str, state: Changing) -> bool:
    match = next((found for pattern in _LOOP if (found := pattern.match(clause))), None)
    tasks = state.tasks(match["what"]) if match else []
    if match is None or not tasks:
        return False
    values = values_of(match["values"], tasks[0][0], state)
    if values is None:
        return False
    state.edit.notes.append(
        "Inside the loop the present value is {{ taskrun.value }}; the tasks do not read it yet."
    )
    return _wrapped("loop", tasks, {"values": values}, clause, state)


def values_of(said: str, anchor: str, state: Changing) -> Json | None:
    """Return what to loop over: a list in words, a range, months, or the rows that are there at the task."""
    if (
        rows := re.fullmatch(
            r"(?:the\s+)?(?P<n>\d+)\s+(?:to|through|until|-|\.\.)\s+(?P<m>\d+)", said.strip()
        )
    ) is not None:
        first, last = int(rows["n"]), int(rows["m"])
        return list(range(first, last + 1)) if first < last <= first + 1000 else None
    scene = scene_at(state, said, "before", anchor)
    head = re.sub(
        r"^(?:the\s+)?(?:values?|list|items?)\s+(?=[\w⟦]+(?:,| and ))", "", scene.masked.text.strip(" ,.")
    )
    found = loop_values(head, scene.masked, scene)
    if found is not None:
        return found.values
    parts = [part for part in re.split(AND, head) if part]
    return [plain(part, state.masked) for part in parts] if len(parts) > 1 else None


def _wrapped(
    kind: str, tasks: list[tuple[str, Path]], values: dict[str, Json], clause: str, state: Changing
) -> bool:
    """Wrap tasks; those that stand apart in one list are moved together first."""
    ordered = sorted(tasks, key=lambda task: task[1])
    parent = ordered[0][1][:-1]
    if any(path[:-1] != parent or not isinstance(path[-1], int) for _, path in ordered):
        return False
    for number, (name, path) in enumerate(ordered[1:], 1):
        if path[-1] != int(ordered[0][1][-1]) + number:
            note(
                state,
                clause,
                op="move",
                kind="task",
                target=name,
                where="after",
                anchor=ordered[number - 1][0],
            )
    name = {"loop": "ForEach", "if": "If"}.get(kind) or _KINDS[kind]
    step = Step(
        id=free_id(_id_of(kind, [task for task, _ in ordered]), state), type=f"{FLOW}{name}", values=values
    )
    section = "then" if kind == "if" else "tasks"
    return note(state, clause, op="wrap", targets=[task for task, _ in ordered], step=step, section=section)


def _id_of(kind: str, names: list[str]) -> str:
    shared = {"loop": "each", "if": "check", "workingdirectory": "workspace", "folder": "workspace"}.get(
        kind, kind
    )
    if kind == "parallel":
        heads = {singular(name.split("_")[0]) for name in names}
        return f"{heads.pop()}_in_parallel" if len(heads) == 1 else "parallel"
    return shared


_OUT = re.compile(
    r"^(?:take|move|pull|get)\s+(?P<what>.+?)\s+out\s+of\s+(?:the\s+)?(?P<holder>[\w-]+(?:\s+"
    r"(?:loop|block|group|branch|task))?)$",
    re.IGNORECASE,
)


def _taken_out(clause: str, state: Changing) -> bool:
    """Read `take inner out of the loop`: behind it, or in its place when nothing else is inside."""
    match = _OUT.match(clause)
    tasks = state.tasks(match["what"]) if match else []
    holder = (
        _holder(re.sub(_NOUN, "", match["holder"], flags=re.IGNORECASE) or "loop", state) if match else None
    )
    if match is None or not tasks or holder is None:
        return False
    inside = [
        path for _, path in tasks if path[: len(holder[1])] == holder[1] and len(path) == len(holder[1]) + 2
    ]
    if len(inside) != len(tasks):
        return False
    siblings = target.get(state.data, inside[0][:-1])
    if len(siblings) == len(tasks):
        return _unwrapped(holder, clause, state)
    for name, _ in reversed(tasks):
        note(state, clause, op="move", kind="task", target=name, where="after", anchor=holder[0])
    return True


def unwrap(clause: str, state: Changing) -> bool:
    """Read `get rid of the parallel block but keep the tasks in it`, `run a and b one after the other`."""
    if _taken_out(clause, state):
        return True
    match = next((found for pattern in _UNWRAP if (found := pattern.match(clause))), None)
    if match is not None:
        what = re.sub(_NOUN, "", match["what"].strip(), flags=re.IGNORECASE)
        holder = _holder(what, state)
        return holder is not None and _unwrapped(holder, clause, state)
    serial = _SERIAL.match(clause)
    tasks = state.tasks(serial["what"]) if serial else []
    holders = {path[:-2] for _, path in tasks if len(path) > 2}
    if len(holders) != 1:
        return False
    task = target.get(state.data, path := holders.pop())
    if not isinstance(task, dict) or not str(task.get("type")).endswith(".Parallel"):
        return False
    return len(task["tasks"]) == len(tasks) and _unwrapped((task["id"], path), clause, state)


def _holder(what: str, state: Changing) -> tuple[str, Path] | None:
    """Return the flowable some words mean; without words the only loop there is."""
    holding = [
        (task["id"], path, task["type"].rpartition(".")[2])
        for path, task in target.tasks_of(state.data)
        if isinstance(task.get("tasks") or task.get("then"), list)
    ]
    said = re.sub(r"^(?:the|this|that)\s+", "", what.strip().lower())
    if said in ("", "loop", "foreach", "for each"):
        loops = [(name, path) for name, path, kind in holding if kind in LOOPS]
        return loops[0] if len(loops) == 1 else None
    named = [(name, path) for name, path, _ in holding if name.lower() == said]
    kinds = [(name, path) for name, path, kind in holding if kind.lower() == said.replace(" ", "")]
    found = named or kinds
    if len(found) > 1:
        state.vague[what] = [name for name, _ in found]
    return found[0] if len(found) == 1 else None


def _unwrapped(holder: tuple[str, Path], clause: str, state: Changing) -> bool:
    if str((target.get(state.data, holder[1]) or {}).get("type", "")).rpartition(".")[2] in LOOPS:
        state.edit.notes.append(
            "Outside a loop there is no {{ taskrun.value }}: what reads it has to read something else."
        )
    return note(state, clause, op="unwrap", kind="task", target=holder[0])
