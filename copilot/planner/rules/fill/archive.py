"""Archives: pack files into a ZIP or TAR, unpack one, and what is in it."""

from __future__ import annotations

import re

from copilot.plan.plan import Step
from copilot.planner.rules.clause import Act
from copilot.planner.rules.fill.convert import stored
from copilot.planner.rules.fill.http import source_file
from copilot.planner.rules.fill.rule import Rule
from copilot.planner.rules.fill.transfer import taken
from copilot.planner.rules.scene import Carrier, Scene
from engine.model.json import Json

PACK, UNPACK = "io.kestra.plugin.compress.ArchiveCompress", "io.kestra.plugin.compress.ArchiveDecompress"
GZIP = "io.kestra.plugin.compress.FileCompress"
_TAR = r"\b(?:tar|tgz|tarball|targz)\b"
_PACK = (
    r"^(?:zip|pack|archive|bundle|compress|tar)\b|^(?:put|save|store|make|create)\b.*\b(?:zip|"
    r"tar|tgz|archive)\b"
)
_UNPACK = r"^(?:unzip|unpack|untar|extract|decompress|open)\b"


def _form(act: Act) -> dict[str, Json]:
    if not act.has(_TAR):
        return {"algorithm": "ZIP"}
    packed = act.has(r"\b(?:gz|tgz|gzip|targz)\b|tar\.gz")
    return {"algorithm": "TAR", **({"compression": "GZIP"} if packed else {})}


def _sources(act: Act, scene: Scene, steps: list[Step]) -> list[Carrier]:
    if act.first("url") is not None:
        urls = act.of("url")
        found = [source_file(Act(act.text, act.words, [item]), scene, steps) for item in urls]
        return [item for item in found if item is not None]
    files = scene.files()
    if act.has(r"\b(?:them|both|all|files|everything|two|three)\b") and len(files) > 1:
        return files
    newest = scene.latest("file", "rows", "response")
    return [stored(newest, act, scene, steps)] if newest else []


def _fill_pack(act: Act, scene: Scene) -> list[Step] | None:
    steps: list[Step] = []
    if act.of("path"):
        return _pack_folder(act, scene)
    files = _sources(act, scene, steps)
    if not files:
        return None
    form = _form(act)
    step = scene.step(PACK, "pack", act, form)
    several = len(files) > 1
    for item in files:
        extension = item.name.partition(".")[2]
        name = f"{item.subject or item.step}.{extension}" if several and extension else item.name or "file"
        step.wiring[f"from/{name}"] = scene.address(item)
    kind = "zip" if form["algorithm"] == "ZIP" else "tar.gz" if "compression" in form else "tar"
    called = next(
        (item.value for item in act.of("file") if item.value.endswith(f".{kind}")), f"archive.{kind}"
    )
    subject = files[0].subject if called.startswith("archive.") else called.partition(".")[0]
    scene.gives(step, "file", "uri", format="zip", name=called, subject=subject)
    return [*steps, step]


def _pack_folder(act: Act, scene: Scene) -> list[Step] | None:
    """Pack the files of a folder, here or on a server."""
    read = taken(act, scene)
    if read is None:
        return None
    form = _form(act)
    step = scene.step(PACK, "pack", act, form)
    step.wiring["from"] = f"outputs.{read.id}.outputFiles"
    kind = "zip" if form["algorithm"] == "ZIP" else "tar.gz" if "compression" in form else "tar"
    scene.gives(step, "file", "uri", format="zip", name=f"archive.{kind}", subject="archive")
    return [read, step]


def _score_pack(act: Act, scene: Scene) -> float:
    newest = scene.latest("file")
    if newest is not None and newest.format == "zip" and act.has(r"^(?:put|save|store|move)\b"):
        return 0.0  # the archive is there already
    if not act.has(_PACK) or act.has(r"\b(?:gzip|gunzip)\b|\bolder than\b"):
        return 0.0
    if act.has(r"^compress\b") and not act.has(r"\b(?:zip|tar|tgz|archive)\b"):
        return 0.0
    return 0.985 if act.has(rf"\bzip|\barchive\b|{_TAR}") else 0.0


def _fill_unpack(act: Act, scene: Scene) -> list[Step] | None:
    steps: list[Step] = []
    file = source_file(act, scene, steps) if act.first("url") else scene.latest("file")
    if file is None:
        return None
    form = _form(act)
    tarred = act.has(_TAR) or re.search(
        r"\btar\b|\.tgz\b|\.tar\b", " ".join(item.value for item in scene.masked.literals)
    )
    if tarred and file.compressed:
        form = {"algorithm": "TAR", "compression": "GZIP"}
    step = scene.step(UNPACK, "unpack", act, form)
    step.wiring["from"] = scene.address(file)
    scene.gives(step, "value", "files", subject="files", name="map")
    named = next((item.value for item in act.of("file")), None)
    if named is not None:
        suffix = named.rpartition(".")[2].lower()
        scene.gives(
            step,
            "file",
            "files",
            named,
            format=suffix,
            name=named.rpartition("/")[2],
            subject=named.partition(".")[0],
        )
    return [*steps, step]


def _score_unpack(act: Act, scene: Scene) -> float:
    if not act.has(_UNPACK) or act.has(r"\b(?:gemini|openai|claude|model|llm)\b"):
        return 0.0
    newest = scene.latest("file")
    whole = (
        newest is not None
        and newest.format == "zip"
        and act.has(r"^extract (?:it|them|this|that|the file|all|everything|its contents?)\b")
    )
    if act.has(r"^extract\b") and not whole and not act.has(r"\b(?:zip|archive|tar\w*|tgz)\b"):
        return 0.0
    url = act.first("url") or ""
    if re.search(r"\.(?:zip|tar|tgz|tar\.gz)$", url):
        return 0.985
    file = scene.latest("file")
    if file is not None and re.search(r"\.(?:tar|tgz|tar\.gz)$", scene.addresses.get(file.step, "")):
        return 0.987
    if url or file is None or (file.compressed and "tar" not in file.name):
        return 0.0
    if act.has(r"^(?:unzip|unpack|untar)\b") and file.given.startswith("@"):
        return 0.985  # a file of a loop: only its bytes tell what it is, so the words do
    return 0.985 if file.format == "zip" or act.has(rf"\bzip\b|{_TAR}|\barchive\b") else 0.0


def _score_gzip(act: Act, scene: Scene) -> float:
    newest = scene.latest("rows", "file")
    return (
        0.985
        if act.has(r"^(?:gzip|compress)\b") and not act.first("url") and newest and newest.kind == "rows"
        else 0.0
    )


def _fill_gzip(act: Act, scene: Scene) -> list[Step] | None:
    steps: list[Step] = []
    newest = scene.latest("rows", "file")
    if newest is None:
        return None
    file = stored(newest, act, scene, steps)
    step = scene.step(GZIP, "compress", act, {"compression": "GZIP"})
    step.wiring["from"] = scene.address(file)
    scene.gives(
        step, "file", "uri", format=file.format, name=f"{file.name}.gz", compressed=True, subject=file.subject
    )
    return [*steps, step]


RULES = (
    Rule(PACK, _score_pack, _fill_pack),
    Rule(UNPACK, _score_unpack, _fill_unpack),
    Rule(GZIP, _score_gzip, _fill_gzip),
)
