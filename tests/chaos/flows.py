"""Flows of random shape whose side effects are recorded outside, and how many effects a run of each has."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from engine.model.json import Json

NAMESPACE = "chaos"
CORE = "io.kestra.plugin.core"
_SHELL = "io.kestra.plugin.scripts.shell.Commands"
_DEPTH = 3
# A recorded effect is one write of a short line, which is atomic. Fails once for each task run, if it is
# told to.
_SCRIPT = """cd "{folder}" || exit 9
late=; [ -e "acknowledged/$1" ] && late=late
echo "$2 $late" >> "effects/$1"
if [ "$3" = flaky ] && [ ! -e "failed/$2" ]; then : > "failed/$2"; exit 7; fi
sleep 0.05
echo "::{{\\"outputs\\": {{\\"value\\": \\"$4\\"}}}}::"
"""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a run of a flow does when nothing disturbs it: by task id, how many runs take effect."""

    effects: int
    children: int
    flaky: frozenset[str] = frozenset()
    """Tasks that fail at their first attempt, and are tried again."""
    writes: frozenset[str] = frozenset()
    """Tasks that write into the file storage, and are tried again when that is full."""


@dataclass(slots=True)
class _Draft:
    chance: random.Random
    folder: Path
    callable_: dict[str, Shape]
    effects: int = 0
    children: int = 0
    number: int = 0
    flaky: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)
    values: list[str] = field(default_factory=list)
    """Expressions for the outputs of the flow: of tasks that run once and always."""

    def name(self) -> str:
        self.number += 1
        return f"t{self.number}"


def make_flows(folder: Path, seed: int, count: int = 6) -> dict[str, tuple[str, Shape]]:
    """Return sources and shapes by flow id; later flows call earlier ones. Makes the places of effects."""
    for name in ("effects", "acknowledged", "failed"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "effect.sh").write_text(_SCRIPT.format(folder=folder))
    chance = random.Random(seed)
    made: dict[str, tuple[str, Shape]] = {}
    for number in range(count):
        draft = _Draft(chance, folder, {id_: shape for id_, (_, shape) in made.items() if not shape.children})
        if number == count - 1:
            tasks = [_everything(draft)]
        else:
            tasks = [_task(draft, _DEPTH, times=1) for _ in range(chance.randint(2, 3))]
        made[f"flow{number}"] = _flow(f"flow{number}", draft, tasks)
    return made


def clock_flow(flow_id: str, cron: str, seconds: bool) -> str:
    """Return a flow that a schedule starts."""
    trigger = {"id": "clock", "type": f"{CORE}.trigger.Schedule", "cron": cron, "withSeconds": seconds}
    task = {"id": "a", "type": f"{CORE}.debug.Return", "format": "x"}
    return json.dumps({"id": flow_id, "namespace": NAMESPACE, "tasks": [task], "triggers": [trigger]})


def slow_flow(flow_id: str, folder: Path, seconds: int) -> str:
    """Return a flow that takes effect, takes its time, and would take effect again."""
    draft = _Draft(random.Random(0), folder, {})
    first, last = _effect(draft, 1), _effect(draft, 1)
    first["commands"].append(f"sleep {seconds}")
    return _flow(flow_id, draft, [first, last])[0]


def _flow(flow_id: str, draft: _Draft, tasks: list[Json]) -> tuple[str, Shape]:
    # JSON is YAML.
    source: dict[str, Json] = {
        "id": flow_id,
        "namespace": NAMESPACE,
        "inputs": [{"id": "n", "type": "INT", "defaults": 1}],
        "tasks": tasks,
        "outputs": [{"id": "all", "type": "STRING", "value": "|".join(draft.values) or "none"}],
    }
    shape = Shape(draft.effects, draft.children, frozenset(draft.flaky), frozenset(draft.writes))
    return json.dumps(source), shape


# -- tasks; `times` is how often they run, 0 where they only might

Make = Callable[[_Draft, int, int], Json]


def _task(draft: _Draft, depth: int, times: int) -> Json:
    kinds: list[Make] = [_leaf(_effect), _leaf(_effect), _leaf(_value), _leaf(_sleep), _leaf(_pause)]
    kinds += [_leaf(_flaky), _leaf(_write)]
    if draft.callable_:
        kinds += [_leaf(_call)]
    if depth:
        kinds += [_sequential, _parallel, _dag, _if, _switch, _each]
    return draft.chance.choice(kinds)(draft, depth, times)


def _everything(draft: _Draft) -> Json:
    """Return one of each kind side by side, so that no kind is missing whatever the seed."""
    leaves: list[Callable[[_Draft, int], Json]] = [_effect, _value, _sleep, _pause, _flaky, _write]
    made = [leaf(draft, 1) for leaf in leaves]
    if draft.callable_:
        made.append(_call(draft, 1))
    made += [make(draft, 1, 1) for make in (_sequential, _parallel, _dag, _if, _switch, _each)]
    return {"id": draft.name(), "type": f"{CORE}.flow.Parallel", "tasks": made}


def _leaf(make: Callable[[_Draft, int], Json]) -> Make:
    return lambda draft, depth, times: make(draft, times)


def _effect(draft: _Draft, times: int, mode: str = "steady") -> Json:
    name = draft.name()
    draft.effects += times
    said = "{{ inputs.n }}" + name
    if times == 1:
        draft.values.append(f"{{{{ outputs.{name}.vars.value }}}}")
    script = draft.folder / "effect.sh"
    return {
        "id": name,
        "type": _SHELL,
        "taskRunner": {"type": f"{CORE}.runner.Process"},
        "commands": [f"sh {script} {{{{ execution.id }}}} {{{{ taskrun.id }}}} {mode} {said}"],
    }


def _flaky(draft: _Draft, times: int) -> Json:
    task = _effect(draft, times, "flaky")
    draft.flaky.add(task["id"])
    return {**task, "retry": {"type": "constant", "interval": "PT0.05S", "maxAttempts": 3}}


def _value(draft: _Draft, times: int) -> Json:
    name = draft.name()
    if times == 1:
        draft.values.append(f"{{{{ outputs.{name}.value }}}}")
    return {"id": name, "type": f"{CORE}.debug.Return", "format": f"{name} of {{{{ inputs.n }}}}"}


def _sleep(draft: _Draft, times: int) -> Json:
    return {"id": draft.name(), "type": f"{CORE}.flow.Sleep", "duration": "PT0.1S"}


def _pause(draft: _Draft, times: int) -> Json:
    return {"id": draft.name(), "type": f"{CORE}.flow.Pause", "pauseDuration": "PT0.1S"}


def _write(draft: _Draft, times: int) -> Json:
    name = draft.name()
    draft.writes.add(name)
    if times == 1:
        draft.values.append(f"{{{{ (read(outputs.{name}.uri) | length) ~ ' characters' }}}}")
    return {
        "id": name,
        "type": f"{CORE}.storage.Write",
        "content": "x" * 200,
        "retry": {"type": "constant", "interval": "PT0.5S", "maxAttempts": 1000},
    }


def _call(draft: _Draft, times: int) -> Json:
    flow_id = draft.chance.choice([*draft.callable_])
    draft.children += times
    return {
        "id": draft.name(),
        "type": f"{CORE}.flow.Subflow",
        "namespace": NAMESPACE,
        "flowId": flow_id,
        "inputs": {"n": "{{ inputs.n }}"},
        "wait": True,
        "transmitFailed": True,
    }


def _some(draft: _Draft, depth: int, times: int) -> Iterator[Json]:
    for _ in range(draft.chance.randint(1, 2)):
        yield _task(draft, depth - 1, times)


def _sequential(draft: _Draft, depth: int, times: int) -> Json:
    name = draft.name()
    return {"id": name, "type": f"{CORE}.flow.Sequential", "tasks": [*_some(draft, depth, times)]}


def _parallel(draft: _Draft, depth: int, times: int) -> Json:
    name = draft.name()
    return {
        "id": name,
        "type": f"{CORE}.flow.Parallel",
        "concurrent": draft.chance.choice([0, 1, 2]),
        "tasks": [*_some(draft, depth, times), *_some(draft, depth, times)],
    }


def _dag(draft: _Draft, depth: int, times: int) -> Json:
    name = draft.name()
    first, second = _task(draft, depth - 1, times), _task(draft, depth - 1, times)
    return {
        "id": name,
        "type": f"{CORE}.flow.Dag",
        "tasks": [{"task": second, "dependsOn": [first["id"]]}, {"task": first}],
    }


def _if(draft: _Draft, depth: int, times: int) -> Json:
    name = draft.name()
    return {
        "id": name,
        "type": f"{CORE}.flow.If",
        "condition": "{{ inputs.n > 0 }}",
        "then": [*_some(draft, depth, times)],
        "else": [*_some(draft, depth, 0)],
    }


def _switch(draft: _Draft, depth: int, times: int) -> Json:
    name = draft.name()
    return {
        "id": name,
        "type": f"{CORE}.flow.Switch",
        "value": "{{ 'a' }}",
        "cases": {"a": [*_some(draft, depth, times)], "b": [*_some(draft, depth, 0)]},
    }


def _each(draft: _Draft, depth: int, times: int) -> Json:
    name = draft.name()
    values = draft.chance.randint(2, 3)
    return {
        "id": name,
        "type": f"{CORE}.flow.ForEach",
        "values": [f"v{number}" for number in range(values)],
        "concurrencyLimit": draft.chance.choice([0, 1, 2]),
        "tasks": [*_some(draft, min(depth, 1), times * values)],
    }
