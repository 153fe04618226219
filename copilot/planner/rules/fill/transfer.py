"""Files on file servers (SFTP, FTPS, FTP) and in folders of this machine."""

from __future__ import annotations

import re

from copilot.plan.plan import Step
from copilot.planner.rules.clause import Act
from copilot.planner.rules.fill.bucket import object_name
from copilot.planner.rules.fill.convert import converted, file_format, packed, stored
from copilot.planner.rules.fill.http import source_file
from copilot.planner.rules.fill.place import (
    connect_server,
    file_facts,
    is_folder,
    path_of,
    pattern_of,
    server_of,
)
from copilot.planner.rules.fill.rule import Rule
from copilot.planner.rules.scene import Carrier, Scene
from engine.model.json import Json

FS = "io.kestra.plugin.fs"
_IN = r"^(?:upload|put|store|save|write|push|send|export|drop|deliver|publish|copy|move|add|place|load)\b"
_OUT = r"^(?:download|fetch|get|read|grab|pull|take|retrieve|load|open|use|import|collect)\b"
_LIST = r"^(?:list|show|find|look|check)\b"
_DELETE = r"^(?:delete|remove|purge|drop|clean)\b"
_ELSEWHERE = r"\b(?:python|bash|shell|docker|dbt|duck ?db)\b"


def _server(act: Act, scene: Scene) -> tuple[str, dict[str, Json]] | None:
    kind = server_of(act, scene)
    if kind is None:
        return None
    text = f"{scene.masked.unmask(act.text)} "
    login = connect_server(kind, text, scene)
    if str(login["host"]).startswith("{{"):
        login = connect_server(kind, f"{scene.request} ", scene)
    return f"{FS}.{kind}", login


def _fill_in(act: Act, scene: Scene) -> list[Step] | None:
    found = _server(act, scene)
    path = path_of(act, scene)
    steps: list[Step] = []
    source = source_file(act, scene, steps) if act.first("url") else scene.latest("file", "rows", "response")
    if found is None or source is None:
        return None
    wanted = file_format(source, path or "", " ".join(act.text.split()))
    if wanted and (wanted != source.format or source.kind != "file"):
        source = converted(source, wanted, act, scene, steps)
        if source is None:
            return None
    source = packed(stored(source, act, scene, steps), path or "", act, scene, steps)
    prefix, login = found
    target = _target(path, source, scene)
    step = scene.step(f"{prefix}.Upload", "upload", act, {**login, "to": target})
    step.wiring["from"] = scene.address(source)
    scene.purposes.append(f"to {prefix.rpartition('.')[2]}")
    return [*steps, step]


def _target(path: str | None, source: Carrier, scene: Scene) -> str:
    if path and not is_folder(path):
        return path
    return f"{(path or '').rstrip('/')}/{object_name('', source, scene)}"


def _fill_out(act: Act, scene: Scene) -> list[Step] | None:
    found, path = _server(act, scene), path_of(act, scene)
    if found is None or path is None:
        return None
    prefix, login = found
    if is_folder(path):
        return [_many(f"{prefix}.Downloads", path, login, act, scene)]
    step = scene.step(f"{prefix}.Download", "download", act, {**login, "from": path})
    scene.gives(step, "file", "to", **file_facts(path, f"{act.low} {scene.request}"))
    return [step]


def _many(type_id: str, path: str, login: dict[str, Json], act: Act, scene: Scene) -> Step:
    folder, pattern = pattern_of(path, act)
    values: dict[str, Json] = {**login, "from": folder, **({"regExp": pattern} if pattern else {})}
    if not type_id.endswith(".List"):
        values["action"] = "NONE"
    step = scene.step(type_id, "list_files" if type_id.endswith(".List") else "download", act, values)
    scene.gives(step, "rows", "files", subject="files", columns=("name",))
    return step


def taken(act: Act, scene: Scene) -> Step | None:
    """Make the step that takes all files of a folder (here or on a server) for a loop over them."""
    path = path_of(act, scene)
    found = _server(act, scene)
    if path is None:
        return None
    if found is None:
        _allowed(scene)
        return _many(f"{FS}.local.Downloads", path, {}, act, scene)
    return _many(f"{found[0]}.Downloads", path, found[1], act, scene)


def _fill_list(act: Act, scene: Scene) -> list[Step] | None:
    found, path = _server(act, scene), path_of(act, scene)
    if found is None or path is None:
        return None
    kind = "Downloads" if _TAKE_THEM.match(scene.upcoming) else "List"  # `look for files and download them`
    return [_many(f"{found[0]}.{kind}", path, found[1], act, scene)]


_TAKE_THEM = re.compile(
    r"(?:download|fetch|get|grab|pull)\s+(?:them|it|these|the (?:new )?(?:files?|ones))(?: all)?$"
)


def _score_taken(act: Act, scene: Scene) -> float:
    newest = next(iter(reversed(scene.carriers)), None)
    return (
        0.99
        if newest is not None and newest.type.endswith(".Downloads") and _TAKE_THEM.match(act.low)
        else 0.0
    )


def _fill_delete(act: Act, scene: Scene) -> list[Step] | None:
    found, path = _server(act, scene), path_of(act, scene)
    if found is None or path is None or is_folder(path):
        return None
    return [scene.step(f"{found[0]}.Delete", "delete_file", act, {**found[1], "uri": path})]


def _paths(act: Act) -> list[str]:
    return [item.value for item in act.of("path", "file")]


def _fill_move(act: Act, scene: Scene) -> list[Step] | None:
    found, paths = _server(act, scene), _paths(act)
    if found is None or len(paths) != 2:
        return None
    if is_folder(paths[0]) and act.has(r"\b(?:all|every|everything|files)\b"):
        folder, pattern = pattern_of(paths[0], act)
        many: dict[str, Json] = {**found[1], "from": folder, **({"regExp": pattern} if pattern else {})}
        many |= {"action": "MOVE", "moveDirectory": f"{paths[1].rstrip('/')}/"}
        return [scene.step(f"{found[0]}.Downloads", "move_files", act, many)]
    values: dict[str, Json] = {**found[1], "from": paths[0], "to": paths[1]}
    return [scene.step(f"{found[0]}.Move", "move_file", act, values)]


def _score_of(verb: str, weight: float, *, paths: int = 0, name: str) -> Rule:
    """Make the rule of one action on a file server, for whichever kind the words name."""

    def score(act: Act, scene: Scene) -> float:
        if server_of(act, scene) is None or act.of("bucket") or not act.has(verb):
            return 0.0
        return weight if len(_paths(act)) >= paths else 0.0

    fills = {"in": _fill_in, "out": _fill_out, "list": _fill_list, "delete": _fill_delete, "move": _fill_move}
    return Rule(f"{FS}.sftp.Download", score, fills[name])


# --- folders of this machine -------------------------------------------------------------------------------


def _local(act: Act, scene: Scene) -> bool:
    return (
        bool(act.of("path"))
        and server_of(act, scene) is None
        and not act.of("bucket")
        and not act.has(_ELSEWHERE)
    )


def _local_move(act: Act, scene: Scene) -> list[Step] | None:
    one, two = (scene.fill_text(item.value) for item in act.of("path")[:2])
    kind = "Move" if act.has(r"^(?:move|rename|archive)\b") else "Copy"
    return [scene.step(f"{FS}.local.{kind}", f"{kind.lower()}_file", act, {"from": one, "to": two})]


def _local_out(act: Act, scene: Scene) -> list[Step] | None:
    path = path_of(act, scene) or ""
    if is_folder(path):
        folder, pattern = pattern_of(path, act)
        values: dict[str, Json] = {
            "from": folder,
            **({"regExp": pattern} if pattern else {}),
            "action": "NONE",
        }
        step = scene.step(f"{FS}.local.Downloads", "read_files", act, values)
        scene.gives(step, "rows", "files", subject="files", columns=("name",))
        _allowed(scene)
        return [step]
    step = scene.step(f"{FS}.local.Download", "read_file", act, {"from": path})
    scene.gives(step, "file", "uri", **file_facts(path, f"{act.low} {scene.request}"))
    _allowed(scene)
    return [step]


def _allowed(scene: Scene) -> None:
    scene.note("Folders of this machine can be used once the operator has allowed them in the settings.")


def _local_in(act: Act, scene: Scene) -> list[Step] | None:
    steps: list[Step] = []
    source = source_file(act, scene, steps) if act.first("url") else scene.latest("file", "rows", "response")
    if source is None:
        return None
    wanted = file_format(source, path_of(act, scene) or "", " ".join(act.text.split()))
    if wanted and (wanted != source.format or source.kind != "file"):
        source = converted(source, wanted, act, scene, steps)
        if source is None:
            return None
    source = packed(stored(source, act, scene, steps), path_of(act, scene) or "", act, scene, steps)
    _allowed(scene)
    values: dict[str, Json] = {"to": _target(path_of(act, scene), source, scene), "overwrite": True}
    step = scene.step(f"{FS}.local.Upload", "save_file", act, values)
    step.wiring["from"] = scene.address(source)
    return [*steps, step]


def _local_list(act: Act, scene: Scene) -> list[Step] | None:
    folder, pattern = pattern_of(path_of(act, scene) or "", act)
    values: dict[str, Json] = {"from": folder, **({"regExp": pattern} if pattern else {})}
    if act.has(r"\b(?:recursive(?:ly)?|subfolders|sub-folders|deeper)\b"):
        values["recursive"] = True
    step = scene.step(f"{FS}.local.List", "list_files", act, values)
    scene.gives(step, "rows", "files", subject="files", columns=("name",))
    _allowed(scene)
    return [step]


def _local_delete(act: Act, scene: Scene) -> list[Step] | None:
    path = path_of(act, scene) or ""
    if is_folder(path):
        return None
    _allowed(scene)
    return [scene.step(f"{FS}.local.Delete", "delete_file", act, {"path": path})]


def _local_rule(name: str, verb: str, weight: float) -> Rule:
    fills = {
        "Move": _local_move,
        "Download": _local_out,
        "Upload": _local_in,
        "List": _local_list,
        "Delete": _local_delete,
    }

    def score(act: Act, scene: Scene) -> float:
        paths = len(act.of("path"))
        if not _local(act, scene) or not act.has(verb):
            return 0.0
        if name == "Move":
            return weight if paths == 2 else 0.0
        if name == "Upload":
            return weight if paths == 1 and act.has(r"\b(?:to|into|in|as|under|at)\b[^⟦]*⟦") else 0.0
        if name == "Download":
            return (
                weight if paths == 1 and not act.has(r"\b(?:to|into) (?:the )?(?:folder |file )?⟦") else 0.0
            )
        return weight if paths == 1 else 0.0

    return Rule(f"{FS}.local.{name}", score, fills[name])


RULES = (
    Rule(f"{FS}.sftp.Downloads", _score_taken, lambda act, scene: []),
    _score_of(_LIST, 0.985, name="list"),
    _score_of(_DELETE, 0.985, paths=1, name="delete"),
    _score_of(r"^(?:move|rename|archive)\b", 0.99, paths=2, name="move"),
    _score_of(_IN + r"(?!.*\bfrom (?:the |our |an? )?(?:s?ftps?)\b)", 0.98, name="in"),
    _score_of(_OUT, 0.985, paths=1, name="out"),
    _local_rule("Move", r"^(?:move|copy|rename|archive)\b", 0.985),
    _local_rule("List", _LIST, 0.98),
    _local_rule("Delete", _DELETE, 0.985),
    _local_rule("Upload", _IN, 0.97),
    _local_rule("Download", _OUT, 0.975),
)
