"""The embedder a setting names, or words only with the reason why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.errors import SettingsError
from retrieval.embed.hashing import HashingEmbedder
from retrieval.embed.port import Embedder
from retrieval.errors import EmbedderError

SETTINGS = ("minilm", "hashing", "lexical", "wordllama", "openai:<model>", "sentence-transformers:<model>")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The embedder, or None for words only; `notice` is what the operator should read."""

    embedder: Embedder | None
    notice: str = ""


def choose_embedder(
    setting: str, cache: Path, *, base_url: str | None = None, api_key: str | None = None
) -> Chosen:
    """Return the embedder of a setting; one that cannot be had leaves words only, and says so.

    Raises SettingsError when the setting itself is unknown.
    """
    name, _, model = setting.strip().partition(":")
    if name == "lexical":
        return Chosen(None, "Search is lexical only, as set: it matches words, not meanings.")
    make = _makers(model, cache, base_url, api_key).get(name)
    if make is None or bool(model) != (name in ("openai", "sentence-transformers")):
        raise SettingsError(f"embedder: '{setting}' is not known; use one of {', '.join(SETTINGS)}")
    try:
        return Chosen(make())
    except (EmbedderError, ImportError) as error:
        return Chosen(None, f"Search is lexical only: {error}.")


def _makers(
    model: str, cache: Path, base_url: str | None, api_key: str | None
) -> dict[str, Callable[[], Embedder]]:
    """Name → how to make it; the modules of the heavy ones are imported when they are chosen."""

    def minilm() -> Embedder:
        from retrieval.embed.minilm import MiniLmEmbedder

        return MiniLmEmbedder(cache)

    def static() -> Embedder:
        from retrieval.embed.static import StaticEmbedder

        return StaticEmbedder()

    def openai() -> Embedder:
        from retrieval.embed.openai import OpenAiEmbedder

        return OpenAiEmbedder(model, base_url=base_url, api_key=api_key)

    def sentence_transformers() -> Embedder:
        from retrieval.embed.sentence_transformers import SentenceTransformersEmbedder

        return SentenceTransformersEmbedder(model)

    return {
        "minilm": minilm,
        "hashing": HashingEmbedder,
        "wordllama": static,
        "openai": openai,
        "sentence-transformers": sentence_transformers,
    }
