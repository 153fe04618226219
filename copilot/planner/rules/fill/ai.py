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
    (r"\bdeepseek\b", "DeepSeek", "deepseek-chat", "", "DEEPSEEK_API_KEY"),
    (r"\b(?:mistral)\b", "MistralAI", "mistral-small-latest", "mistral-embed", "MISTRAL_API_KEY"),
    (r"", "GoogleGemini", "gemini-2.5-flash", "gemini-embedding-001", "GEMINI_API_KEY"),
)
_MODEL = re.compile(r"\b(?:gpt-[\w.-]+|gemini-[\w.-]+|claude-[\w.-]+|mistral-[\w.-]+)\b", re.IGNORECASE)
_AI = (
    r"\b(?:gemini|openai|gpt[\w.-]*|chatgpt|claude|anthropic|mistral|ollama|deepseek|llm|language model|ai"
    r"|rag)\b"
)


def provider(act: Act, scene: Scene, *, embedding: bool = False) -> dict[str, Json] | None:
    """Return the provider map the words mean; its key is a secret."""
    said = f"{act.low} {scene.request.lower()}"
    if re.search(r"\bollama\b", said) and scene.has(f"{_PROVIDER}Ollama"):
        return _ollama(act, scene)
    for pattern, name, model, embedder, secret in _PROVIDERS:
        if re.search(pattern, said) and scene.has(_PROVIDER + name) and (embedder or not embedding):
            given = _MODEL.search(act.text)
            scene.note(f"{name} needs the secret {secret} (environment variable SECRET_{secret}, base64).")
            return {
                "type": _PROVIDER + name,
                "modelName": embedder if embedding else given[0].lower() if given else model,
                "apiKey": f"{{{{ secret('{secret}') }}}}",
            }
    return None


def _ollama(act: Act, scene: Scene) -> dict[str, Json]:
    """Return the provider of a model on this machine, or at the address the words give."""
    named = re.search(
        r"\bollama(?:'s)?\s+(?:with\s+)?(?:the\s+)?(?:model\s+)?(⟦\d+⟧|(?!model\b|to\b|for\b|and\b|with\b)[a-z][\w.:-]*\d[\w.:-]*)",
        act.text,
        re.IGNORECASE,
    )
    literal = scene.masked.inside(named[1]) if named else []
    url = next(
        (item.value for item in scene.masked.literals if item.kind == "url" and ":11434" in item.value), None
    )
    name = literal[0].value if literal else named[1] if named else "llama3.2"
    return {"type": f"{_PROVIDER}Ollama", "modelName": name, "endpoint": url or "http://localhost:11434"}


def prompt(act: Act, scene: Scene) -> str:
    """Return what the model is asked."""
    texts = [literal.value for literal in act.of("text", "code")]
    known = (
        pronoun(scene)
        if act.has(r"\b(?:it|them|the (?:result|results|rows|output|response|data|text|content|file)|this)\b")
        else None
    )
    task = re.search(
        r"\b(?:translate|summari[sz]e|explain|rewrite|correct|classify|describe|shorten|extract|improve|paraphrase)\b.*⟦",
        act.text,
        re.IGNORECASE,
    )
    if texts and task:  # `translate ⟦0⟧ to English`: the text is what the task is done with
        said = re.sub(
            rf"\s*\b(?:with|using|by|via)\s+(?:an?\s+|the\s+|google\s+)?{_AI[2:-2]}\b.*$",
            "",
            act.text[task.start() :],
            flags=re.IGNORECASE,
        )
        text = scene.fill_text(scene.masked.unmask(said).strip(" ,:"))
        return text[:1].upper() + text[1:]
    if texts:
        text = scene.fill_text(texts[0])
        return f"{text}\n\n{{{{ {known} }}}}" if known and "{{" not in text else text
    plain = re.sub(
        rf"\b(?:with|using|by|via)\s+(?:an?\s+|the\s+|google\s+)?{_AI[2:-2]}\b"
        rf"(?!\s+in\s+(?:\d+|one|two|three|a few|simple|plain)\b).*$"
        rf"|\s*\b(?:with|using|by|via)\s+{_AI[2:-2]}\b",
        "",
        act.text,
        flags=re.IGNORECASE,
    )
    plain = re.sub(
        rf"^\s*ask\s+(?:an?\s+|the\s+|google\s+)?{_AI[2:-2]}\s*(?:model\s*)?(?:[a-z][\w.:-]*\d[\w.:-]*\s+)?(?:to|for|about|what|:)?\s*",
        lambda m: "Tell me " if m[0].rstrip().endswith(("for", "about")) else "",
        plain,
        flags=re.IGNORECASE,
    )
    plain = MARK.sub("", plain).strip(" ,:")
    asked = re.match(
        r"(?:translate|summari[sz]e|explain|rewrite|correct|classify|describe|shorten|extract|improve|paraphrase)\b",
        plain,
        re.IGNORECASE,
    )
    text = plain if asked and known else message_of(plain, scene.masked, scene)
    text = text[:1].upper() + text[1:]
    return f"{text}:\n\n{{{{ {known} }}}}" if known and "{{" not in text else text


def _fill_chat(act: Act, scene: Scene) -> list[Step] | None:
    model, text = provider(act, scene), prompt(act, scene)
    if model is None or not text:
        return None
    values: dict[str, Json] = {"provider": model, "messages": [{"type": "USER", "content": text}]}
    step = scene.step(CHAT, "ask_model", act, values)
    subject = next((name for stem, name in _GIVEN if act.has(stem)), "answer")
    scene.gives(step, "value", "textOutput", subject=subject)
    return [step]


_GIVEN = (
    (r"\bsummari|\bsummary", "summary"),
    (r"\btranslat", "translation"),
    (r"\bjoke", "joke"),
    (r"\bpoem", "poem"),
)
"""What a model gives is spoken of by what was asked of it."""


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
