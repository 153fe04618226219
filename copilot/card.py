"""Plugin types in short, for prompts and explanations; made from the cards of the engine's documentation."""

from __future__ import annotations

from functools import lru_cache

from engine.docs.card import Card
from engine.docs.card import card as card_of
from engine.plugin import Plugin
from engine.registry import Registry

_LIMIT = 2100


@lru_cache(maxsize=512)
def _card(plugin: type[Plugin]) -> Card:
    return card_of(plugin)


def purpose_of(plugin: type[Plugin]) -> str:
    """Return one sentence about a type."""
    return _card(plugin).purpose


def card(type_id: str, registry: Registry, *, limit: int = _LIMIT) -> str:
    """Write a type for a prompt, required properties first, in at most `limit` characters."""
    plugin = registry.find(type_id)
    if plugin is None:
        return ""
    facts = _card(plugin)
    properties = sorted(facts.properties, key=lambda item: not item.required)
    lines = [f"## {facts.type}", facts.purpose]
    if facts.outputs:
        lines.append("outputs: " + ", ".join(f"{item.name} ({item.words})" for item in facts.outputs))
    lines += [f"- {item.line}" for item in properties]
    text = ""
    for line in lines:
        if len(text) + len(line) > limit:
            break
        text += line + "\n"
    return text
