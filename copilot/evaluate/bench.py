"""The bench a case is judged on: a throw-away engine, a copilot, the documents, a loopback server."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from copilot.chat import Copilot
from copilot.evaluate.case import load_flows
from copilot.evaluate.ground import Ground, serve
from copilot.providers.port import Provider
from copilot.threads import run_sync
from engine.docs.card import cards
from engine.engine import Engine, EngineOptions
from engine.registry import Registry
from retrieval.catalogue import Card, Catalogue
from retrieval.embed.port import Embedder
from retrieval.ingest import ingest
from retrieval.retriever import Retriever


@dataclass
class Bench:
    """Everything a lane needs; cases are judged on it one after another."""

    engine: Engine
    copilot: Copilot
    ground: Ground
    retriever: Retriever
    flows: dict[str, str] = field(default_factory=dict)
    documents: bool = False

    def flow(self, name: str) -> str:
        """Return the flow of a case: one of the set by its name, else the text itself."""
        return self.flows.get(name, name)

    def words(self, text: str) -> str:
        """Put the address of the loopback server into the words."""
        return text.replace("{base}", self.ground.url)


@asynccontextmanager
async def opened(
    documents: Sequence[Path] = (), *, embedder: Embedder | None = None, provider: Provider | None = None
) -> AsyncIterator[Bench]:
    """Open a bench in a temporary folder; without `documents`, questions cannot be judged."""
    with _engine() as engine, serve() as ground:
        if documents:
            await run_sync(ingest, list(documents), engine.store.kv, embedder)
        retriever = Retriever(engine.store.kv, embedder)
        catalogue = catalogue_of(engine.registry, embedder)
        copilot = Copilot(engine.registry, retriever, catalogue, engine.store.kv, provider)
        try:
            yield Bench(engine, copilot, ground, retriever, load_flows(), bool(documents))
        finally:
            await copilot.close()


@contextmanager
def _engine() -> Iterator[Engine]:
    """Open an engine without triggers whose files are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="flowsmith-eval-") as folder:
        home = Path(folder)
        options = EngineOptions(home=home, environment={}, in_memory=True, schedule=False, threads=8)
        with Engine.open(options) as engine:
            yield engine


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
