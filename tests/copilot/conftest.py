"""Shared by the copilot's tests: the real registry and a catalogue over it, made once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import pytest

from copilot.planner.suggest import suggested
from engine.docs.card import cards
from engine.registry import Registry
from retrieval.catalogue import Card, Catalogue


@cache
def _registry() -> Registry:
    return Registry.load()


@cache
def _catalogue() -> Catalogue:
    return Catalogue(
        Card(
            type=item.type,
            title=item.title,
            purpose=item.purpose,
            group=item.group,
            properties=tuple(part.name for part in item.properties),
            kind=item.kind,
            aliases=item.aliases,
            deprecated=item.deprecated,
        )
        for item in cards(_registry())
    )


@pytest.fixture(scope="session")
def registry() -> Registry:
    """The real registry."""
    return _registry()


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The real catalogue, lexical."""
    return _catalogue()


@pytest.fixture(scope="session")
def suggest() -> Callable[[str], Sequence[str]]:
    """What the catalogue finds for some words."""
    return lambda words: suggested(_catalogue(), _registry(), words, 5)
