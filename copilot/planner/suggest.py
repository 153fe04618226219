"""Type ids the catalogue finds for some words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from engine.registry import Registry


class Catalogue(Protocol):
    """The part of `retrieval.catalogue` the copilot uses."""

    def search(self, words: str, k: int = 10) -> Sequence[Any]:
        """Return cards (or hits that hold a card), best first."""


def type_of(hit: Any) -> str:
    """Return the type id of a card or of a hit that holds one."""
    card = getattr(hit, "card", hit)
    return str(getattr(card, "type", "") or getattr(card, "type_id", ""))


def suggested(catalogue: Catalogue | None, registry: Registry, words: str, k: int = 10) -> list[str]:
    """Return canonical type ids, best first, only those that are installed and not deprecated."""
    if catalogue is None or not words.strip():
        return []
    found: dict[str, None] = {}
    for hit in catalogue.search(words, k):
        canonical = registry.canonical(type_of(hit))
        plugin = registry.find(canonical) if canonical else None
        if canonical and plugin is not None and plugin.deprecated is None:
            found[canonical] = None
    return list(found)
