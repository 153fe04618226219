"""Files older than some time: deleted, or moved aside, one by one."""

from __future__ import annotations

import re

from copilot.plan.plan import Step
from copilot.planner.rules.clause import Act
from copilot.planner.rules.fill.bucket import about, listed
from copilot.planner.rules.fill.place import pattern_of, s3_place, server_of
from copilot.planner.rules.fill.rule import Rule
from copilot.planner.rules.scene import Scene
from copilot.planner.rules.word import whole
from engine.model.json import Json

FOR_EACH = "io.kestra.plugin.core.flow.ForEach"
LOCAL, S3 = "io.kestra.plugin.fs.local", "io.kestra.plugin.aws.s3"
_AGE = re.compile(
    r"\b(?:older than|more than|over|not (?:changed|modified|touched) (?:for|in)|untouched for)"
    r"\s+(?P<n>\d+|an?|\w+)\s+"
    r"(?P<unit>hour|day|week|month|year)s?(?:\s+old)?\b",
    re.IGNORECASE,
)
_UNITS = {
    "hour": (1, "HOURS"),
    "day": (1, "DAYS"),
    "week": (7, "DAYS"),
    "month": (1, "MONTHS"),
    "year": (1, "YEARS"),
}
_DELETE, _MOVE = r"^(?:delete|remove|purge|clean(?: up)?|drop)\b", r"^(?:move|archive)\b"


def _limit(act: Act) -> str | None:
    """Return the expression of the moment that parts old from new, in ISO form."""
    match = _AGE.search(" ".join(act.text.split()))
    number = whole(match["n"]) if match else None
    if match is None or number is None:
        return None
    factor, unit = _UNITS[match["unit"].lower()]
    return f"(now() | dateAdd(-{number * factor}, '{unit}') | date('yyyy-MM-dd'))"


def _score(act: Act, scene: Scene) -> float:
    if _AGE.search(act.low) is None or server_of(act, scene) is not None:
        return 0.0
    if not act.has(rf"{_DELETE}|{_MOVE}") or not act.has(r"\b(?:files?|objects?|everything|logs?|csvs?)\b"):
        return 0.0
    return 1.05 if act.of("path") or about(act, scene) else 0.0


def _fill(act: Act, scene: Scene) -> list[Step] | None:
    limit = _limit(act)
    if limit is None:
        return None
    return _objects(act, limit, scene) if about(act, scene) else _files(act, limit, scene)


def _old(address: str, field: str, limit: str, name: str) -> str:
    program = f"'.[] | select(.{field} < \"' ~ {limit} ~ '\") | .{name}'"
    return f"{{{{ {address} | jq({program}) }}}}"


def _files(act: Act, limit: str, scene: Scene) -> list[Step] | None:
    paths = [scene.fill_text(item.value) for item in act.of("path")]
    move = act.has(_MOVE)
    if len(paths) != (2 if move else 1):
        return None
    folder, pattern = pattern_of(paths[0], act)
    values: dict[str, Json] = {"from": folder, **({"regExp": pattern} if pattern else {})}
    found = scene.step(f"{LOCAL}.List", "list_files", Act("", act.words, []), values)
    loop = _loop(_old(f"outputs.{found.id}.files", "modifiedDate", limit, "localPath"), scene)
    if move:
        target: dict[str, Json] = {"from": "{{ taskrun.value }}", "to": f"{paths[1].rstrip('/')}/"}
        inner = scene.step(f"{LOCAL}.Move", "move_file", act, target)
    else:
        inner = scene.step(f"{LOCAL}.Delete", "delete_file", act, {"path": "{{ taskrun.value }}"})
    loop.nested["tasks"] = [inner]
    scene.note("Folders of this machine can be used once the operator has allowed them in the settings.")
    return [found, loop]


def _objects(act: Act, limit: str, scene: Scene) -> list[Step] | None:
    place = s3_place(act, scene)
    found = listed(act, scene)
    if place is None or found is None or not act.has(_DELETE):
        return None
    loop = _loop(_old(f"outputs.{found.id}.objects", "lastModified", limit, "key"), scene)
    values: dict[str, Json] = {"bucket": place[0], "key": "{{ taskrun.value }}"}
    loop.nested["tasks"] = [scene.step(f"{S3}.Delete", "delete_object", act, values)]
    return [found, loop]


def _loop(values: str, scene: Scene) -> Step:
    return scene.step(FOR_EACH, "each_old_file", None, {"values": values})


RULES = (Rule(FOR_EACH, _score, _fill),)
