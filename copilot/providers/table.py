"""Which providers there are: one line each."""

from __future__ import annotations

from typing import Final

from copilot.errors import ProviderRefused
from copilot.providers.anthropic import ADDRESS, Anthropic
from copilot.providers.openai_compatible import OpenAICompatible
from copilot.providers.port import Provider
from engine.model.near import nearest

ANTHROPIC: Final = "anthropic"
"""The one provider with an API of its own."""

ADDRESSES: Final[dict[str, str]] = {
    "openai": "https://api.openai.com/v1",
    "gemini": "https://generativelanguage.googleapis.com/v1beta/openai",
    "mistral": "https://api.mistral.ai/v1",
    "openrouter": "https://openrouter.ai/api/v1",
    "groq": "https://api.groq.com/openai/v1",
    "deepseek": "https://api.deepseek.com/v1",
    "ollama": "http://localhost:11434/v1",
    "vllm": "http://localhost:8000/v1",
    "lm-studio": "http://localhost:1234/v1",
    "llama.cpp": "http://localhost:8080/v1",
}
"""Well-known servers that speak OpenAI's chat API; any other one by its own address."""


def open_provider(
    name: str, *, model: str, base_url: str = "", api_key: str = "", timeout_s: float = 120.0
) -> Provider:
    """Return a provider by name, or by address under any name. Raises ProviderRefused."""
    if name.lower() == ANTHROPIC:
        return _anthropic(model, base_url, api_key, timeout_s)
    address = base_url or ADDRESSES.get(name.lower(), "")
    if not address:
        known = sorted((ANTHROPIC, *ADDRESSES))
        near = nearest(name, known)
        hint = f"did you mean '{near}'?" if near else f"use one of {', '.join(known)}, or give a base URL"
        raise ProviderRefused(f"there is no provider '{name}'; {hint}")
    if not model:
        raise ProviderRefused(f"provider '{name}' needs the name of a model")
    return OpenAICompatible(base_url=address, model=model, api_key=api_key, timeout_s=timeout_s)


def _anthropic(model: str, base_url: str, api_key: str, timeout_s: float) -> Provider:
    if not model:
        raise ProviderRefused("provider 'anthropic' needs the name of a model")
    if not api_key:
        raise ProviderRefused("provider 'anthropic' needs an API key")
    return Anthropic(model=model, api_key=api_key, base_url=base_url or ADDRESS, timeout_s=timeout_s)
