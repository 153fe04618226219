"""The bench a case is judged on: a throw-away engine, a copilot, the documents, a loopback server."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from copilot.chat import Copilot
from copilot.evaluate.case import load_flows
from copilot.evaluate.ground import Ground, serve
from copilot.evaluate.player import Player
from copilot.evaluate.recorder import Recorder
from copilot.event import Event
from copilot.providers.guard import Guard
from copilot.providers.port import Price, Provider
from copilot.providers.roster import Listed
from copilot.threads import run_sync
from engine.docs.card import cards
from engine.engine import Engine, EngineOptions
from engine.model.moment import now
from engine.registry import Registry
from retrieval.catalogue import Card, Catalogue
from retrieval.embed.port import Embedder
from retrieval.ingest import ingest
from retrieval.retriever import Retriever


class Drafter(Protocol):
    """What drafts are asked of: the copilot, or something it is compared with."""

    def draft(self, words: str, current_yaml: str | None = None) -> AsyncIterator[Event]:
        """Draft a flow, or a change of one, as events."""


@dataclass(frozen=True)
class Model:
    """A model to be measured. `moment` is the time it is told, None for that of the day."""

    provider: Provider
    price: Price | None = None
    moment: datetime | None = None
    secret_values: Callable[[], Iterable[str]] = tuple

    def clock(self) -> datetime:
        """Return the time."""
        return self.moment or now()


@dataclass
class Bench:
    """Everything a lane needs; cases are judged on it one after another."""

    engine: Engine
    copilot: Copilot
    ground: Ground
    retriever: Retriever
    flows: dict[str, str] = field(default_factory=dict)
    documents: bool = False
    model: Model | None = None
    challenger: Drafter | None = None
    """Who drafts instead of the copilot."""

    @property
    def drafter(self) -> Drafter:
        """Who is asked for drafts."""
        return self.challenger or self.copilot

    @property
    def guard(self) -> Guard | None:
        """The model behind its guard, None without one."""
        return self.copilot.guard

    def flow(self, name: str) -> str:
        """Return the flow of a case: one of the set by its name, else the text itself."""
        return self.flows.get(name, name)

    def words(self, text: str) -> str:
        """Put the address of the loopback server into the words."""
        return text.replace("{base}", self.ground.url)


@asynccontextmanager
async def opened(
    documents: Sequence[Path] = (), *, embedder: Embedder | None = None, model: Model | None = None
) -> AsyncIterator[Bench]:
    """Open a bench in a temporary folder; without `documents`, questions cannot be judged."""
    with _engine() as (engine, home), serve() as ground:
        if documents:
            await run_sync(ingest, list(documents), engine.store.kv, embedder)
        if model is not None and isinstance(model.provider, Recorder | Player):
            model.provider.places = {ground.url: "{base}", str(home): "{home}"}
        retriever = Retriever(engine.store.kv, embedder)
        copilot = _copilot(engine, retriever, embedder, model)
        try:
            yield Bench(engine, copilot, ground, retriever, load_flows(), bool(documents), model)
        finally:
            await copilot.close()


def _copilot(engine: Engine, retriever: Retriever, embedder: Embedder | None, model: Model | None) -> Copilot:
    catalogue = catalogue_of(engine.registry, embedder)
    if model is None:
        return Copilot(engine.registry, retriever, catalogue, engine.store.kv)
    listed = Listed(model.provider.model, model.provider, model.price, is_default=True)
    return Copilot(
        engine.registry,
        retriever,
        catalogue,
        engine.store.kv,
        others=[listed],
        secret_values=model.secret_values,
        clock=model.clock,
    )


@contextmanager
def _engine() -> Iterator[tuple[Engine, Path]]:
    """Open an engine without triggers; its folder is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="flowsmith-eval-") as folder:
        home = Path(folder)
        options = EngineOptions(home=home, environment={}, in_memory=True, schedule=False, threads=8)
        with Engine.open(options) as engine:
            yield engine, home


def catalogue_of(registry: Registry, embedder: Embedder | None = None) -> Catalogue:
    """Make the catalogue of the installed types."""
    return Catalogue(
        (
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
            for item in cards(registry)
        ),
        embedder=embedder,
    )
