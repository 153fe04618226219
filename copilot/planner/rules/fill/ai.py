"""Language models: ask one, summarise with one, answer from documents."""

from __future__ import annotations

import re

from copilot.plan.plan import Step
from copilot.planner.rules.clause import Act
from copilot.planner.rules.fill.rule import Rule, words
from copilot.planner.rules.literal import MARK
from copilot.planner.rules.phrase import message_of, pronoun
from copilot.planner.rules.scene import Scene
from engine.model.json import Json

CHAT = "io.kestra.plugin.ai.completion.ChatCompletion"
INGEST = "io.kestra.plugin.ai.rag.IngestDocument"
RAG = "io.kestra.plugin.ai.rag.ChatCompletion"
STORE = "io.kestra.plugin.ai.embeddings.KestraKVStore"
_PROVIDER = "io.kestra.plugin.ai.provider."
_PROVIDERS: tuple[tuple[str, str, str, str, str], ...] = (
    (r"\b(?:openai|gpt|chatgpt)\b", "OpenAI", "gpt-4o-mini", "text-embedding-3-small", "OPENAI_API_KEY"),
    (r"\b(?:claude|anthropic)\b", "Anthropic", "claude-3-5-haiku-latest", "", "ANTHROPIC_API_KEY"),
    (r"\b(?:mistral)\b", "MistralAI", "mistral-small-latest", "mistral-embed", "MISTRAL_API_KEY"),
    (r"", "GoogleGemini", "gemini-2.5-flash", "gemini-embedding-001", "GEMINI_API_KEY"),
)
_MODEL = re.compile(r"\b(?:gpt-[\w.-]+|gemini-[\w.-]+|claude-[\w.-]+|mistral-[\w.-]+)\b", re.IGNORECASE)
_AI = r"\b(?:gemini|openai|gpt[\w.-]*|chatgpt|claude|anthropic|mistral|llm|language model|ai|rag)\b"


def provider(act: Act, scene: Scene, *, embedding: bool = False) -> dict[str, Json] | None:
    """Return the provider map the words mean; its key is a secret."""
    said = f"{act.low} {scene.request.lower()}"
    for pattern, name, model, embedder, secret in _PROVIDERS:
        if re.search(pattern, said) and scene.has(_PROVIDER + name) and (embedder or not embedding):
            given = _MODEL.search(act.text)
            scene.note(f"{name} needs the secret {secret} (environment variable SECRET_{secret}, base64).")
            return {
                "type": _PROVIDER + name,
                "modelName": embedder if embedding else given[0] if given else model,
                "apiKey": f"{{{{ secret('{secret}') }}}}",
            }
    return None


def prompt(act: Act, scene: Scene) -> str:
    """Return what the model is asked."""
    texts = [literal.value for literal in act.of("text", "code")]
    known = (
        pronoun(scene)
        if act.has(r"\b(?:it|them|the (?:result|results|rows|output|response|data|text|content|file)|this)\b")
        else None
    )
    if texts:
        text = scene.fill_text(texts[0])
        return f"{text}\n\n{{{{ {known} }}}}" if known and "{{" not in text else text
    plain = re.sub(
        rf"\b(?:with|using|by|via)\s+(?:an?\s+|the\s+|google\s+)?{_AI[2:-2]}\b.*$",
        "",
        act.text,
        flags=re.IGNORECASE,
    )
    plain = re.sub(
        rf"^\s*ask\s+(?:an?\s+|the\s+|google\s+)?{_AI[2:-2]}\s*(?:model\s*)?(?:to|for|about|what|:)?\s*",
        lambda m: "Tell me " if m[0].rstrip().endswith(("for", "about")) else "",
        plain,
        flags=re.IGNORECASE,
    )
    plain = MARK.sub("", plain).strip(" ,:")
    text = message_of(plain, scene.masked, scene)
    text = text[:1].upper() + text[1:]
    return f"{text}:\n\n{{{{ {known} }}}}" if known and "{{" not in text else text


def _fill_chat(act: Act, scene: Scene) -> list[Step] | None:
    model, text = provider(act, scene), prompt(act, scene)
    if model is None or not text:
        return None
    values: dict[str, Json] = {"provider": model, "messages": [{"type": "USER", "content": text}]}
    step = scene.step(CHAT, "ask_model", act, values)
    scene.gives(step, "value", "textOutput", subject="answer")
    return [step]


def _fill_ingest(act: Act, scene: Scene) -> list[Step] | None:
    model = provider(act, scene, embedding=True)
    urls = [literal.value for literal in act.of("url")]
    file = scene.latest("file")
    if model is None or (not urls and file is None):
        return None
    values: dict[str, Json] = {"provider": model, "embeddings": {"type": STORE}, "drop": True}
    if urls:
        values["fromExternalURLs"] = list(urls)
    elif file is not None:
        values["fromInternalURIs"] = [f"{{{{ {scene.address(file)} }}}}"]
    step = scene.step(INGEST, "ingest", act, values)
    scene.gives(step, "table", "ingestedDocuments", subject="embeddings", name="rag")
    return [step]


def _fill_rag(act: Act, scene: Scene) -> list[Step] | None:
    chat, embedding, text = provider(act, scene), provider(act, scene, embedding=True), prompt(act, scene)
    if chat is None or embedding is None or not text:
        return None
    values: dict[str, Json] = {
        "chatProvider": chat,
        "embeddingProvider": embedding,
        "embeddings": {"type": STORE},
        "prompt": text,
    }
    step = scene.step(RAG, "answer", act, values)
    scene.gives(step, "value", "textOutput", subject="answer")
    return [step]


def _score_rag(act: Act, scene: Scene) -> float:
    ready = any(carrier.name == "rag" for carrier in scene.carriers)
    if act.has(
        r"\brag\b|\bfrom the (?:documents?|docs)\b|\busing the (?:documents?|docs|context)\b|\bgrounded\b"
    ) and (ready or act.has(r"\b(?:ask|answer|chat)\b")):
        return 0.96
    return 0.93 if ready and act.has(r"^(?:ask|answer)\b|\bquestion\b") else 0.0


RULES = (
    Rule(
        CHAT,
        words(
            (rf"\b(?:ask|prompt|query|call|use|let|have)\b.*{_AI}", 0.93),
            (
                rf"\b(?:summari[sz]e|classify|translate|explain|generate|write|describe|rewrite|extract)\b.*{_AI}",
                0.94,
            ),
            (r"^(?:summari[sz]e|translate|classify)\b", 0.7),
            unless=r"\b(?:ingest|embed|index)\b",
        ),
        _fill_chat,
    ),
    Rule(
        INGEST,
        words(
            (r"\b(?:ingest|embed|index)\b.*\b(?:documents?|docs?|page|embeddings?|vector|rag|⟦\d+⟧)", 0.94),
            unless=r"\b(?:postgres|duckdb|bigquery|table)\b",
        ),
        _fill_ingest,
    ),
    Rule(RAG, _score_rag, _fill_rag),
)
