"""Models that sort a text into classes, take fields out of it, or act as an agent."""

from __future__ import annotations

import re

from copilot.plan.plan import Step
from copilot.plan.render import snake
from copilot.planner.rules.clause import Act
from copilot.planner.rules.fill.ai import INGEST, provider
from copilot.planner.rules.fill.ai import RULES as AI_RULES
from copilot.planner.rules.fill.http import source_file
from copilot.planner.rules.fill.rule import Rule
from copilot.planner.rules.phrase import pronoun, read_of, subject_of
from copilot.planner.rules.scene import Scene
from engine.model.json import Json

AI = "io.kestra.plugin.ai"
CLASSIFY, EXTRACT = f"{AI}.completion.Classification", f"{AI}.completion.JSONStructuredExtraction"
AGENT, IMAGE = f"{AI}.agent.AIAgent", f"{AI}.completion.ImageGeneration"
_BY = r"(?:with|using|by|via|through)"
NAMED = (
    r"\b(?:gemini|openai|gpt[\w.-]*|chatgpt|claude|anthropic|mistral\w*|ollama|deepseek|llm|"
    r"language model|model|ai|agent)\b"
)
_CLASSES = re.compile(
    rf"\b(?:as|into|between|to be|is|in)\s+(?:either\s+|one of\s+)?(?:the\s+(?:classes|categories|"
    rf"labels)\s+)?"
    rf"(?P<list>[\w⟦⟧' -]+?(?:\s*,\s*(?:or\s+|and\s+)?[\w⟦⟧' -]+?)*\s*,?\s*\b(?:or|and)"
    rf"\s+[\w⟦⟧'-]+(?: [\w'-]+)?)"
    rf"(?=\s*$|\s*[.;]|\s+{_BY}\b)",
    re.IGNORECASE,
)
_FIELDS = re.compile(
    rf"\bextract\s+(?:the\s+|all\s+)?(?:fields?\s+)?(?P<list>.+?)\s+(?:from|out of|of|in)"
    rf"\s+(?P<what>.+?)(?:\s+{_BY}\s+.*)?$",
    re.IGNORECASE,
)


def _parts(text: str, scene: Scene) -> list[str]:
    parts = re.split(r"\s*(?:,\s*(?:and\s+|or\s+)?|\s+and\s+|\s+or\s+)\s*", text.strip())
    found = []
    for part in parts:
        literal = scene.masked.inside(part)
        plain = (
            literal[0].value
            if literal
            else re.sub(r"^(?:the|a|an|its)\s+", "", part.strip(), flags=re.IGNORECASE)
        )
        if plain:
            found.append(plain)
    return found


def _text(words: str, act: Act, scene: Scene, steps: list[Step]) -> str | None:
    """Return the expression of the text a model is to read."""
    if act.first("url") is not None:
        file = source_file(act, scene, steps)
        return read_of(file, scene) if file else None
    plain = re.sub(
        r"\b(?:given|passed|entered|typed|provided)(?: in)?(?: as (?:an? )?input)?\b.*$|\bas (?:an? )"
        r"?input\b.*$",
        "",
        words,
        flags=re.IGNORECASE,
    ).strip(" ,")
    known = subject_of(plain, scene) if plain else None
    if known is None:
        named = [item.id for item in scene.inputs if item.id in snake(plain)]
        known = f"inputs.{named[0]}" if named else None
    return known or pronoun(scene)


def _fill_classify(act: Act, scene: Scene) -> list[Step] | None:
    text = " ".join(act.text.split())
    match = _CLASSES.search(re.sub(r"\b(?:given|passed) (?:in )?as (?:an? )?input\b", "given", text))
    model = provider(act, scene)
    if match is None or model is None:
        return None
    classes = _parts(match["list"], scene)
    what = re.sub(
        r"^(?:classify|categori[sz]e|sort|label|decide|tell)\s+(?:whether\s+|if\s+)?",
        "",
        text[: match.start()],
        flags=re.IGNORECASE,
    )
    steps: list[Step] = []
    source = _text(what.strip(" ,"), act, scene, steps)
    if len(classes) < 2 or source is None:
        return None
    values: dict[str, Json] = {"provider": model, "classes": list(classes), "prompt": f"{{{{ {source} }}}}"}
    step = scene.step(CLASSIFY, "classify", act, values)
    for subject in ("category", "label", "class", "classification"):
        scene.gives(step, "value", "classification", subject=subject)
    return [*steps, step]


def _fill_extract(act: Act, scene: Scene) -> list[Step] | None:
    match = _FIELDS.search(" ".join(act.text.split()))
    model = provider(act, scene)
    if match is None or model is None:
        return None
    fields = [snake(part) for part in _parts(match["list"], scene)]
    steps: list[Step] = []
    source = _text(match["what"], act, scene, steps)
    if not fields or source is None:
        return None
    values: dict[str, Json] = {
        "provider": model,
        "schemaName": "extracted",
        "jsonFields": list(fields),
        "prompt": f"{{{{ {source} }}}}",
    }
    step = scene.step(EXTRACT, "extract", act, values)
    scene.gives(step, "response", "extractedJson", format="json", subject="fields")
    return [*steps, step]


def _fill_agent(act: Act, scene: Scene) -> list[Step] | None:
    model = provider(act, scene)
    task = act.find(r"\b(?:to|that should|which should)\s+(?P<task>.+)$")
    texts = act.of("text", "code")
    if model is None or not (task or texts):
        return None
    text = scene.fill_text(texts[0].value) if texts else scene.masked.unmask(task["task"]) if task else ""
    step = scene.step(AGENT, "agent", act, {"provider": model, "prompt": text[:1].upper() + text[1:]})
    scene.gives(step, "value", "textOutput", subject="answer")
    return [step]


def _fill_image(act: Act, scene: Scene) -> list[Step] | None:
    match = act.find(
        rf"\bimage\s+(?:of|showing|with)\s+(?P<what>.+?)(?:\s+{_BY}\s+(?:an?\s+|the\s+)?{NAMED}.*)?$"
    )
    model = provider(act, scene)
    texts = act.of("text")
    if model is None or (match is None and not texts):
        return None
    said = scene.fill_text(texts[0].value) if texts else scene.masked.unmask(match["what"]) if match else ""
    model = {
        **model,
        "modelName": {"OpenAI": "dall-e-3"}.get(str(model["type"]).rpartition(".")[2], model["modelName"]),
    }
    step = scene.step(IMAGE, "draw_image", act, {"provider": model, "prompt": said})
    for subject in ("image", "image_url", "url"):
        scene.gives(step, "value", "imageUrl", subject=subject)
    return [step]


def _score_classify(act: Act, scene: Scene) -> float:
    return (
        0.975
        if act.has(r"^(?:classify|categori[sz]e)\b")
        or (act.has(r"^(?:sort|label|decide)\b") and act.has(NAMED))
        else 0.0
    )


def _score_extract(act: Act, scene: Scene) -> float:
    return 0.975 if act.has(r"^extract\b") and act.has(NAMED) and not act.has(r"\brag\b") else 0.0


def _score_agent(act: Act, scene: Scene) -> float:
    return (
        0.975
        if act.has(r"\b(?:ai )?agent\b") and act.has(r"^(?:use|run|let|ask|start|have)\b|\bai agent\b")
        else 0.0
    )


def _score_image(act: Act, scene: Scene) -> float:
    return (
        0.975
        if act.has(r"^(?:generate|draw|create|make|paint)\b.*\b(?:image|picture)\b") and act.has(NAMED)
        else 0.0
    )


def _score_ingest(act: Act, scene: Scene) -> float:
    """Score taking in documents that are asked about later: no model need be named for that."""
    asked = re.search(
        r"\b(?:rag|documents?|docs|embeddings?|vector|question|answer|handbook)\b", scene.request.lower()
    )
    places = act.of("url") or scene.latest("file") is not None
    return (
        0.975
        if asked and places and act.has(r"^(?:ingest|embed|index)\b") and not act.has(r"\btable\b")
        else 0.0
    )


_INGEST = next(rule for rule in AI_RULES if rule.type == INGEST)

RULES = (
    Rule(INGEST, _score_ingest, _INGEST.fill),
    Rule(CLASSIFY, _score_classify, _fill_classify),
    Rule(EXTRACT, _score_extract, _fill_extract),
    Rule(AGENT, _score_agent, _fill_agent),
    Rule(IMAGE, _score_image, _fill_image),
)
