"""Containers: build, pull, run, tag and push images."""

from __future__ import annotations

import re

from copilot.plan.plan import Step
from copilot.planner.rules.clause import Act
from copilot.planner.rules.fill.rule import Rule
from copilot.planner.rules.scene import Scene
from engine.model.json import Json

DOCKER = "io.kestra.plugin.docker.cli"
_IMAGE = r"(?:[a-z0-9][\w.-]*(?::\d+)?/)*[a-z0-9][\w.-]*(?::[\w.-]+)?"
_TAG = re.compile(
    rf"\b(?:tag(?:ged)?|called|named|as|name)\s+(?:it\s+)?(?:as\s+|with\s+|to\s+)?(?:the\s+(?:tag|"
    rf"name)\s+)?(?P<a>⟦\d+⟧|{_IMAGE})",
    re.IGNORECASE,
)
_NOT = r"(?!(?:and|with|from|in|called|named|tagged|it|to|the|a|an|of|using|on|for|that|which|as)\b)"
_NAMED = re.compile(
    rf"\b(?:images?|containers?(?:\s+(?:from|of|with))?(?:\s+the\s+image)?)\s+(?:called\s+|named\s+)"
    rf"?{_NOT}(?P<a>⟦\d+⟧|{_IMAGE})"
    rf"|{_NOT}(?<![\w/])(?P<b>{_IMAGE})\s+(?:docker\s+)?(?:image|container)\b"
    r"|(?<![\w/])(?P<c>(?:[a-z0-9][\w.-]*/)*[a-z0-9][\w.-]*:[a-z0-9][\w.-]*)",
    re.IGNORECASE,
)


def _text(act: Act) -> str:
    return " ".join(act.text.split())


def image_of(act: Act, scene: Scene) -> str | None:
    """Return the image a clause names, or the one the steps before it used."""
    for match in _NAMED.finditer(_text(act)):
        found = match["a"] or match["b"] or match["c"]
        if found.lower() in ("docker", "the", "a", "an", "this", "that"):
            continue
        literal = scene.masked.inside(found)
        return scene.fill_text(literal[0].value if literal else found)
    return next((item.name for item in reversed(scene.carriers) if item.subject == "image"), None)


def _remember(step: Step, name: str, scene: Scene) -> list[Step]:
    scene.gives(step, "table", name=name, subject="image")
    return [step]


def _fill_build(act: Act, scene: Scene) -> list[Step] | None:
    text = _text(act)
    later = scene.upcoming if re.match(r"(?:tag|name|call) it\b", scene.upcoming) else ""
    match = _TAG.search(text) or _TAG.search(later)
    found = match["a"] if match else None
    literal = scene.masked.inside(found or "")
    tag = scene.fill_text(literal[0].value) if literal else found or image_of(act, scene)
    if tag is None:
        return None
    given = next((item.value for item in act.of("code", "text") if re.match(r"\s*FROM\s", item.value)), None)
    values: dict[str, Json] = {"tags": [tag], "dockerfile": given or "Dockerfile"}
    if act.has(r"\bpush\b") or re.search(r"\bpush it\b", scene.request.lower()):
        values["push"] = True
    if given is None:
        values["namespaceFiles"] = {"enabled": True}
    step = scene.step(f"{DOCKER}.Build", "build_image", act, values)
    steps = _remember(step, tag, scene)
    if given is None:
        scene.note(
            "The Dockerfile and its files are read from the namespace files of this flow; upload them there."
        )
        because = f"{act.words}: upload the Dockerfile and the files it needs to the namespace files"
        steps.append(Step(id=scene.name("placeholder"), placeholder=True, because=because))
    return steps


def _fill_pull(act: Act, scene: Scene) -> list[Step] | None:
    image = image_of(act, scene)
    return (
        _remember(scene.step(f"{DOCKER}.Pull", "pull_image", act, {"image": image}), image, scene)
        if image
        else None
    )


def _fill_run(act: Act, scene: Scene) -> list[Step] | None:
    image = image_of(act, scene)
    if image is None:
        return None
    values: dict[str, Json] = {"containerImage": image}
    commands = [item.value for item in act.of("code", "text") if item.value != image]
    if commands:
        values["commands"] = ["sh", "-c", scene.fill_text(" && ".join(commands))]
    return [scene.step(f"{DOCKER}.Run", "run_container", act, values)]


def _fill_push(act: Act, scene: Scene) -> list[Step] | None:
    image = image_of(act, scene)
    built = any(item.subject == "image" and item.type.endswith(".Build") for item in scene.carriers)
    if image is None:
        return None
    return (
        []
        if built and act.has(r"^push (?:it|the image)\b")
        else [scene.step(f"{DOCKER}.Push", "push_image", act, {"tags": [image]})]
    )


def _fill_tag(act: Act, scene: Scene) -> list[Step] | None:
    pair = re.search(
        rf"^(?:docker )?tag\s+(?:the\s+)?(?:docker\s+)?(?:image\s+)?(?P<one>{_IMAGE})\s+(?:as|with|"
        rf"to)\s+(?P<two>{_IMAGE})",
        _text(act),
        re.IGNORECASE,
    )
    if pair:
        values: dict[str, Json] = {"sourceImage": pair["one"], "targetImage": pair["two"]}
        return _remember(scene.step(f"{DOCKER}.Tag", "tag_image", act, values), pair["two"], scene)
    match = _TAG.search(_text(act))
    image = image_of(act, scene)
    made = next((item for item in reversed(scene.carriers) if item.subject == "image"), None)
    if (
        made is not None
        and match is not None
        and (match["a"] == made.name or image == made.name)
        and made.type.endswith("Build")
    ):
        return []
    return None


def _fill_prune(act: Act, scene: Scene) -> list[Step] | None:
    kind = act.find(r"\b(images?|containers?|volumes?|networks?)\b")
    if kind is None:
        return None
    return [scene.step(f"{DOCKER}.Prune", "prune", act, {"pruneType": f"{kind[1].rstrip('sS').upper()}S"})]


def _docker(act: Act, scene: Scene) -> bool:
    asked = act.has(r"^(?:docker )?(?:pull|push|tag|build)\b")
    if not asked and act.has(r"\b(?:python|script|dbt|node)\b"):
        return False
    image = any(item.subject == "image" for item in scene.carriers)
    return act.has(r"\bdocker|\bcontainers?\b|\bimages?\b") or (image and act.has(r"\b(?:it|them)\b"))


def _rule(name: str, verb: str, fill_name: str) -> Rule:
    fills = {
        "Build": _fill_build,
        "Pull": _fill_pull,
        "Run": _fill_run,
        "Push": _fill_push,
        "Tag": _fill_tag,
        "Prune": _fill_prune,
    }

    def score(act: Act, scene: Scene) -> float:
        if not act.has(verb) or not _docker(act, scene):
            return 0.0
        pulled = any(item.subject == "image" for item in scene.carriers) and act.has(r"^(?:run|start) it\b")
        named = pulled or act.has(r"^run (?:the |an? )?(?:docker )?(?:image|container) ")
        if (
            name == "Run"
            and not named
            and act.has(r"\bcommand\b|\b(?:inside|in) (?:a |the )?(?:docker )?container\b")
        ):
            return 0.0  # a shell task with the Docker runner
        return 0.985

    return Rule(f"{DOCKER}.{name}", score, fills[fill_name])


RULES = (
    _rule("Build", r"^(?:build|make|create)\b.*\bimage\b|^docker build\b", "Build"),
    _rule("Pull", r"^(?:docker )?pull\b|^(?:fetch|get|download)\b.*\bimage\b", "Pull"),
    _rule("Push", r"^(?:docker )?push\b", "Push"),
    _rule("Tag", r"^tag\b", "Tag"),
    _rule("Prune", r"^(?:prune|clean(?: up)?|remove|delete)\b.*\b(?:unused|dangling|old|stopped)\b", "Prune"),
    _rule("Run", r"^(?:docker )?(?:run|start|launch|execute)\b", "Run"),
)
