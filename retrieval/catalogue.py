"""Search over plugin types: one card for each, ranked by the machinery that ranks documents."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from engine.model.json import Json
from engine.storage.ports import KeyValueStore
from retrieval.dense import DenseIndex
from retrieval.embed.port import Embedder, Vectors, weight_of
from retrieval.entry import Entry
from retrieval.errors import EmbedderError
from retrieval.hybrid import Asked, HybridIndex
from retrieval.store import CollectionStore

logger = logging.getLogger(__name__)

_STORE = "catalogue"
_DEPRECATED = 0.7
_PROPERTIES = 40


@dataclass(frozen=True, slots=True)
class Card:
    """A plugin type in short.

    `kind` is what it is in a flow (task, trigger, condition, …), `group` the part of the type before its
    name; `aliases` are other ids of the same type.
    """

    type: str
    title: str = ""
    purpose: str = ""
    group: str = ""
    keywords: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()
    kind: str = "task"
    aliases: tuple[str, ...] = ()
    deprecated: bool = False

    @classmethod
    def of(cls, data: Mapping[str, Json]) -> Card:
        """Make a card of a map; keys it does not know are left out."""
        known = {field.name for field in fields(cls)}
        given: dict[str, Json] = {
            key: tuple(value) if isinstance(value, list | tuple) else value
            for key, value in data.items()
            if key in known and value is not None
        }
        return cls(**given)

    @property
    def text(self) -> str:
        """What vectors are made of."""
        words = ", ".join(self.keywords)
        return f"{self.type}: {self.title}. {self.purpose} {words}"


@dataclass(frozen=True, slots=True)
class CardHit:
    """A card found; `similarity` and `coverage` (0..1) as in a passage."""

    card: Card
    score: float
    similarity: float
    coverage: float


class Catalogue:
    """All plugin types of a registry, found by what they do, by name or by property."""

    def __init__(
        self,
        cards: Iterable[Card | Mapping[str, Json]],
        *,
        embedder: Embedder | None = None,
        kv: KeyValueStore | None = None,
    ) -> None:
        """Index the cards. With an embedder they are found by meaning too; its vectors are kept in `kv`."""
        self.cards = tuple(card if isinstance(card, Card) else Card.of(card) for card in cards)
        self._embedder = embedder
        vectors = _vectors(self.cards, embedder, kv) if embedder and self.cards else None
        weight = weight_of(embedder) if embedder else 1.0
        positions = range(len(self.cards))
        dense = DenseIndex(vectors, positions, weight=weight) if vectors is not None else None
        self._index = HybridIndex([_entry(card) for card in self.cards], dense)
        self._meaning = dense is not None

    def search(
        self,
        words: str,
        k: int = 10,
        *,
        kinds: Collection[str] | None = None,
        groups: Collection[str] | None = None,
    ) -> list[CardHit]:
        """Return up to `k` cards, best first; deprecated types come later than their successors."""
        if not words.strip() or not self.cards or k <= 0:
            return []
        query = self._index.read(words)
        hits = self._index.rank(
            Asked(query, self._vector(query.corrected)), 3 * k, self._allowed(kinds, groups)
        )
        found = [
            CardHit(card, hit.score * (_DEPRECATED if card.deprecated else 1), hit.similarity, hit.coverage)
            for hit in hits
            for card in (self.cards[hit.position],)
        ]
        return sorted(found, key=lambda hit: -hit.score)[:k]

    def _vector(self, text: str) -> Vectors | None:
        if self._embedder is None or not self._meaning:
            return None
        try:
            vector: Vectors = self._embedder.embed([text], "query")[0]
        except EmbedderError as error:
            logger.warning("question not embedded", extra={"reason": str(error)})
            return None
        return vector

    def _allowed(
        self, kinds: Collection[str] | None, groups: Collection[str] | None
    ) -> NDArray[np.bool_] | None:
        if kinds is None and groups is None:
            return None
        return np.array(
            [
                (kinds is None or card.kind in kinds)
                and (groups is None or any(f"{card.type}.".startswith(f"{group}.") for group in groups))
                for card in self.cards
            ],
            dtype=bool,
        )


def _entry(card: Card) -> Entry:
    return Entry(
        head=" ".join((card.type.removeprefix("io.kestra.plugin."), card.title, *card.keywords)),
        body=" ".join((card.type, card.purpose, *card.properties[:_PROPERTIES])),
        type=card.type,
        names=card.aliases,
        properties=card.properties,
    )


def _vectors(cards: Sequence[Card], embedder: Embedder, kv: KeyValueStore | None) -> Vectors | None:
    """Return float32 [n, d], made now or kept from an earlier start; None when the embedder fails."""
    store = CollectionStore(kv, _STORE) if kv else None
    names = [sha256(card.text.encode()).hexdigest()[:32] for card in cards]
    kept: dict[str, Vectors] = store.vectors(embedder.name)[0] if store else {}
    missing = {name: card.text for name, card in zip(names, cards, strict=True) if name not in kept}
    if missing:
        try:
            made = dict(zip(missing, embedder.embed(list(missing.values()), "passage"), strict=True))
        except EmbedderError as error:
            logger.warning("catalogue not embedded", extra={"reason": str(error)})
            return None
        if store:
            store.put_vectors(embedder.name, made, datetime.now(UTC))
            store.drop_vectors(lambda: set(names))
        kept = {**kept, **made}
    rows = [kept[name] for name in names]
    return np.stack(rows) if len({len(row) for row in rows}) == 1 else None
