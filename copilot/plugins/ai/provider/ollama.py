"""Models on an Ollama server, on this machine or another."""

from __future__ import annotations

from typing import ClassVar

from copilot.plugins.ai._openai import OpenAICompatible
from engine.plugin import RunContext, Text


class Ollama(OpenAICompatible):
    """Models on an Ollama server, on this machine or another.

    Chats and embeds; makes no images. Needs no key. Spoken to in the part of its API that has OpenAI's form,
    which has no `topK`: set that in a model file of Ollama.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.langchain4j.provider.Ollama",)
    refuses: ClassVar[tuple[str, ...]] = ()
    ignores: ClassVar[tuple[str, ...]] = ("top_k",)

    endpoint: Text
    """Address of the server, for example `http://localhost:11434`."""

    def key(self, ctx: RunContext) -> str | None:
        """Return no key: none is needed."""
        return None

    def address(self, ctx: RunContext) -> str:
        """Return the part of the server that speaks OpenAI's API."""
        found = (self.base_url or self.endpoint).rstrip("/")
        return found if found.endswith("/v1") else f"{found}/v1"
