"""Amazon S3: upload, download, list, copy, delete, make a bucket."""

from __future__ import annotations

import re
from posixpath import basename

from copilot.plan.plan import Step
from copilot.planner.rules.clause import Act
from copilot.planner.rules.fill.cloud import connect as connect_gcs
from copilot.planner.rules.fill.convert import converted, file_format, packed, stored
from copilot.planner.rules.fill.http import source_file
from copilot.planner.rules.fill.place import connect_s3, file_facts, is_folder, region_of, s3_place
from copilot.planner.rules.fill.rule import Rule, Score
from copilot.planner.rules.scene import Carrier, Scene
from engine.model.json import Json

PREFIX = "io.kestra.plugin.aws.s3"
UPLOAD, DOWNLOAD, DOWNLOADS = f"{PREFIX}.Upload", f"{PREFIX}.Download", f"{PREFIX}.Downloads"
LIST, DELETE, DELETE_LIST = f"{PREFIX}.List", f"{PREFIX}.Delete", f"{PREFIX}.DeleteList"
COPY, CREATE = f"{PREFIX}.Copy", f"{PREFIX}.CreateBucket"
S3 = r"\b(?:s3|minio)\b"
_IN = (
    r"^(?:upload|copy|put|store|save|write|push|send|move|export|load|add|archive|dump|back ?up|"
    r"publish|drop|keep|deliver)\b"
)
_OUT = r"^(?:download|fetch|get|read|grab|pull|take|retrieve|load|open|use|import)\b"


def about(act: Act, scene: Scene) -> bool:
    """Whether a clause speaks of Amazon S3: by name, by an address, or of the bucket used before."""
    if any(item.value.startswith("gs://") for item in act.of("bucket")) or act.has(
        r"\b(?:gcs|google cloud|cloud storage|big ?query)\b"
    ):
        return False
    if act.has(S3) or any(item.value.startswith("s3://") for item in act.of("bucket")):
        return True
    used = any(item.type == "io.kestra.plugin.aws" for item in scene.defaults)
    return used and act.has(r"\b(?:bucket|there)\b")


def _scored(verb: str, weight: float, unless: str = "") -> Score:
    def score(act: Act, scene: Scene) -> float:
        fits = act.has(verb) and not (unless and act.has(unless))
        return weight if fits and about(act, scene) else 0.0

    return score


def _fill_upload(act: Act, scene: Scene) -> list[Step] | None:
    place = s3_place(act, scene)
    if place is None:
        return None
    steps: list[Step] = []
    source = source_file(act, scene, steps) or scene.source()
    newest = scene.latest("file", "rows", "response")
    if newest is not None and act.first("url") is None:
        source = newest
    if source is None:
        return None
    wanted = file_format(source, place[1], " ".join(act.text.split()))
    if wanted and (wanted != source.format or source.kind != "file"):
        made = converted(source, wanted, act, scene, steps)
        if made is None:
            return None
        source = made
    source = packed(stored(source, act, scene, steps), place[1], act, scene, steps)
    connect_s3(act, scene)
    bucket, key = place
    values: dict[str, Json] = {"bucket": bucket, "key": object_name(key, source, scene)}
    step = scene.step(UPLOAD, "upload", act, values)
    step.wiring["from"] = scene.address(source)
    scene.purposes.append("to s3")
    scene.gives(step, "value", "key", subject="s3")
    return [*steps, step]


def object_name(key: str, source: Carrier, scene: Scene) -> str:
    """Return the name a file gets: the one in the words, else a plain one below the folder in the words."""
    if key and not key.endswith("/") and "." in basename(re.sub(r"\{\{.*?\}\}", "x.x", key)):
        return key
    extension = "".join(source.name.partition(".")[1:]) if "." in source.name else ""
    loop = scene.loop_value()
    if loop and scene.loop and scene.loop.noun == "file":
        name = name_in_loop(loop, source)
    else:
        name = f"{{{{ {loop} }}}}{extension}" if loop else f"{source.subject or 'data'}{extension}"
    return f"{key.rstrip('/')}/{name}" if key else name


def name_in_loop(loop: str, source: Carrier) -> str:
    """Return the name of the file a loop is at, with a new ending where it was made into another format."""
    plain = f"{loop} | substringAfterLast('/')"
    if source.given.startswith("@") or "." not in source.name:
        return f"{{{{ {plain} }}}}"
    return f"{{{{ {plain} | substringBeforeLast('.') }}}}.{source.name.rpartition('.')[2]}"


def _fill_download(act: Act, scene: Scene) -> list[Step] | None:
    place = s3_place(act, scene)
    if place is None:
        return None
    bucket, key = place
    loop = scene.loop
    if not key and loop is not None and loop.noun == "object":
        key = f"{{{{ {scene.value_of(loop.id)} }}}}"
    connect_s3(act, scene)
    if not key or (is_folder(key) and act.has(r"\b(?:all|every|everything|files|objects)\b|\*")):
        prefix, _, star = key.partition("*")
        values: dict[str, Json] = {"bucket": bucket, "action": "NONE"}
        values |= {"prefix": prefix} if prefix else {}
        values |= {"regexp": f".*{re.escape(star)}"} if star else {}
        step = scene.step(DOWNLOADS, "download", act, values)
        scene.gives(step, "value", "objects", subject="objects")
        scene.gives(step, "file", "outputFiles", name="*")
        return [step]
    places = [address[5:].partition("/")[::2] for address in map(scene.fill_or_ask, _addresses(act))] or [
        (bucket, key)
    ]
    steps = []
    for one, name in places:
        step = scene.step(DOWNLOAD, "download", act, {"bucket": one, "key": name})
        scene.gives(step, "file", "uri", **file_facts(name, f"{act.low} {scene.request}"))
        steps.append(step)
    return steps


def _fill_list(act: Act, scene: Scene) -> list[Step] | None:
    step = listed(act, scene)
    return [step] if step else None


def listed(act: Act, scene: Scene) -> Step | None:
    """Make the step that lists the objects of a bucket, and remember their keys."""
    place = s3_place(act, scene)
    if place is None:
        return None
    connect_s3(act, scene)
    bucket, prefix = place
    values: dict[str, Json] = {"bucket": bucket, **({"prefix": prefix} if prefix else {})}
    if kind := act.find(r"\b(csv|json|parquet|xml|txt|zip|avro)\s+(?:files?|objects?)\b"):
        values["regexp"] = rf".*\.{kind[1].lower()}"
    step = scene.step(LIST, "list_objects", act, values)
    scene.gives(step, "value", "objects", subject="objects")
    return step


def _fill_delete(act: Act, scene: Scene) -> list[Step] | None:
    place = s3_place(act, scene)
    if place is None or not place[1]:
        return None
    connect_s3(act, scene)
    bucket, key = place
    if is_folder(key):
        if not act.has(r"\b(?:everything|all|every|files|objects|folder|prefix|rows)\b"):
            return None
        return [scene.step(DELETE_LIST, "delete_objects", act, {"bucket": bucket, "prefix": key})]
    return [scene.step(DELETE, "delete_object", act, {"bucket": bucket, "key": key})]


def _addresses(act: Act) -> list[str]:
    return [item.value for item in act.of("bucket") if item.value.startswith("s3://")]


def _fill_copy(act: Act, scene: Scene) -> list[Step] | None:
    ends = [scene.fill_or_ask(address)[5:].partition("/") for address in _addresses(act)]
    (one, _, key), (two, _, target) = ends[0], ends[1]
    if not key or is_folder(key):
        return None
    connect_s3(act, scene)
    target = f"{target}{basename(key)}" if not target or target.endswith("/") else target
    values: dict[str, Json] = {"from": {"bucket": one, "key": key}, "to": {"bucket": two, "key": target}}
    if act.has(r"^move\b"):
        values["delete"] = True
    return [scene.step(COPY, "copy", act, values)]


def _fill_create(act: Act, scene: Scene) -> list[Step] | None:
    place = s3_place(act, scene)
    if place is None:
        return None
    connect_s3(act, scene)
    region = region_of(act.low)
    values: dict[str, Json] = {"bucket": place[0], **({"region": region} if region else {})}
    return [scene.step(CREATE, "create_bucket", act, values)]


def _score_copy(act: Act, scene: Scene) -> float:
    return 0.995 if len(_addresses(act)) == 2 and act.has(r"^(?:copy|move|duplicate)\b") else 0.0


def _score_download(act: Act, scene: Scene) -> float:
    if act.has(r"\b(?:bigquery|duck ?db)\b") and not _addresses(act):
        return 0.0
    if (
        about(act, scene)
        and act.has(_OUT)
        and not act.has(r"\b(?:to|into|onto) (?:the |an? )?(?:s3|minio|bucket)\b")
    ):
        return 0.985
    loop = scene.loop
    of_bucket = loop is not None and loop.noun == "object"
    return (
        0.985
        if of_bucket and act.has(r"^(?:download|fetch|get|read|load|grab|pull) (?:it|them|that|the \w+)$")
        else 0.0
    )


GCS_MANY = "io.kestra.plugin.gcp.gcs.Downloads"


def _score_gcs(act: Act, scene: Scene) -> float:
    folders = [item for item in act.of("bucket") if item.value.startswith("gs://") and is_folder(item.value)]
    return 0.985 if folders and act.has(_OUT) and not act.has(r"\bbig ?query\b") else 0.0


def _fill_gcs(act: Act, scene: Scene) -> list[Step] | None:
    address = next(item.value for item in act.of("bucket") if item.value.startswith("gs://"))
    connect_gcs(scene, GCS_MANY)
    folder, star, name = address.partition("*")
    values: dict[str, Json] = {"from": scene.fill_or_ask(folder), "action": "NONE"}
    values |= {"regExp": f".*{re.escape(name)}"} if star and name else {}
    step = scene.step(GCS_MANY, "download", act, values)
    scene.gives(step, "value", "blobs", subject="objects")
    return [step]


RULES = (
    Rule(GCS_MANY, _score_gcs, _fill_gcs),
    Rule(CREATE, _scored(r"^(?:create|make|set up|ensure)\b.*\bbucket\b", 0.995), _fill_create),
    Rule(COPY, _score_copy, _fill_copy),
    Rule(LIST, _scored(r"^(?:list|show|find|look|get (?:the |a )?list)\b", 0.99), _fill_list),
    Rule(DELETE, _scored(r"^(?:delete|remove|purge|clean|drop)\b", 0.99), _fill_delete),
    Rule(DOWNLOAD, _score_download, _fill_download),
    Rule(UPLOAD, _scored(_IN, 0.98), _fill_upload),
)
