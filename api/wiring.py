"""Where concrete classes meet: the engine, the documents, the copilot."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

from api.dialogues import Dialogues
from api.editor.complete import Completer
from api.folder import Loaded, load_folder
from api.followers import Followers
from api.late_catalogue import LateCatalogue
from api.opening import open_engine
from api.security.security import Security
from api.settings import Settings, plain
from api.thread import in_thread
from copilot.chat import Copilot
from copilot.draft import Draft
from copilot.errors import DraftStale
from copilot.ledger import Ledger
from copilot.providers.port import Provider
from copilot.providers.roster import Listed, read_roster
from copilot.providers.table import open_provider
from engine.docs import Card as PluginCard
from engine.docs import cards, write_pages
from engine.engine import Engine, Role
from engine.errors import SettingsError
from engine.model.json import Json
from engine.source.document import read_document
from engine.storage.ports import FlowRow
from retrieval.cache import IndexCache
from retrieval.catalogue import Card, Catalogue
from retrieval.collection import last_setting, remember_setting, web_sources
from retrieval.embed.choose import Chosen, choose_embedder
from retrieval.embed.port import Embedder
from retrieval.ingest import IngestReport, Progress, ingest
from retrieval.rerank import CrossEncoderReranker
from retrieval.retriever import Retriever
from retrieval.sources.port import Source

DEFAULT_EMBEDDER = "minilm"
DEFAULT_MODEL = "gpt-4o-mini"


class Wiring:
    """Everything the interfaces use, over one engine. Close it, or use it as a context manager."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self.settings = settings
        self.engine = engine
        self.started = time.monotonic()
        self._lock = threading.Lock()
        self._ingesting = threading.Lock()
        self._copilot: Copilot | None = None

    @classmethod
    def open(
        cls, settings: Settings, *, schedule: bool = True, in_memory: bool = False, role: Role = "up"
    ) -> Wiring:
        """Open the engine; documents and copilot follow when they are first used."""
        return cls(settings, open_engine(settings, schedule=schedule, in_memory=in_memory, role=role))

    def close(self) -> None:
        """Close the engine."""
        self.engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @cached_property
    def followers(self) -> Followers:
        """Those who follow executions or wait for them."""
        return Followers(self.engine, self.settings.max_followers)

    @cached_property
    def security(self) -> Security:
        """Accounts, tokens and the audit log."""
        return Security(self.settings, self.engine.store.kv, clock=self.engine.clock)

    @cached_property
    def completer(self) -> Completer:
        """What completes and explains flows while they are written."""
        return Completer(self.engine.registry)

    # -- documents

    @cached_property
    def _chosen(self) -> Chosen:
        return self._embedder_of(self._embedder_setting)

    @property
    def _embedder_setting(self) -> str:
        return self.settings.embedder or DEFAULT_EMBEDDER

    @cached_property
    def retriever(self) -> Retriever:
        """The search over all documents."""
        return Retriever(
            self.engine.store.kv,
            self._chosen.embedder,
            notice=self._chosen.notice,
            former=self._former(),
            reranker=CrossEncoderReranker(self.settings.reranker) if self.settings.reranker else None,
            cache=IndexCache(self.settings.home / "index"),
        )

    def _embedder_of(self, setting: str) -> Chosen:
        settings = self.settings
        return choose_embedder(
            setting,
            settings.home / "models",
            base_url=settings.llm_base_url,
            api_key=plain(settings.llm_api_key),
        )

    def _former(self) -> list[Embedder]:
        """Return the embedder of before, if it is another: its vectors serve until there are new ones."""
        before = last_setting(self.engine.store.kv)
        if not before or before == self._embedder_setting:
            return []
        try:
            former = self._embedder_of(before).embedder
        except SettingsError:
            return []
        return [former] if former is not None else []

    def ingest(
        self,
        progress: Callable[[Progress], None] | None = None,
        *,
        sources: Sequence[Source | str | Path] | None = None,
        collection: str = "docs",
        allow_private: bool = True,
    ) -> IngestReport:
        """Bring the documents up to date: the built-in ones, or the given sources; one ingest at a time."""
        with self._ingesting:
            report = ingest(
                self._own_documents() if sources is None else sources,
                self.engine.store.kv,
                self._chosen.embedder,
                collection=collection,
                progress=progress,
                allow_private=allow_private and sources is not None,
            )
            if report.complete:
                remember_setting(self.engine.store.kv, self._embedder_setting)
            return report

    def refresh(self, collection: str = "docs") -> IngestReport:
        """Read the built-in documents and the web pages of a collection again, where they have changed."""
        again = web_sources(self.engine.store.kv, collection)
        own: list[Source | str | Path] = [*self._own_documents()] if collection == "docs" else []
        return self.ingest(sources=[*own, *again], collection=collection, allow_private=False)

    def _own_documents(self) -> list[Path]:
        """Return the built-in documents; the generated pages are written to the data folder if need be."""
        folders = corpus()
        if not any((folder / "plugins").is_dir() for folder in folders):
            pages = self.settings.home / "docs"
            write_pages(self.engine.registry, pages)
            folders.append(pages)
        return folders

    def ingest_if_empty(self) -> None:
        """Read the built-in documents if there are none yet."""
        if not len(self.retriever):
            self.ingest()

    # -- copilot

    def open_copilot(self) -> Copilot:
        """Return the copilot; its catalogue is made when it first looks for a type."""
        with self._lock:
            if self._copilot is None:
                self._copilot = self._new_copilot()
            return self._copilot

    def warm_copilot(self) -> None:
        """Open the copilot and make its catalogue, so that the first request need not wait for it."""
        self.open_copilot()
        self._catalogue.made()

    @cached_property
    def _catalogue(self) -> LateCatalogue:
        return LateCatalogue(self._new_catalogue)

    def _new_copilot(self) -> Copilot:
        engine = self.engine
        return Copilot(
            engine.registry,
            self.retriever,
            self._catalogue,
            engine.store.kv,
            self._provider,
            others=self._roster,
            tally=self.ledger,
            secret_values=self.secret_values,
            clock=engine.clock,
        )

    def _new_catalogue(self) -> Catalogue:
        return Catalogue(
            (_search_card(card) for card in cards(self.engine.registry)),
            embedder=self._chosen.embedder,
            kv=self.engine.store.kv,
        )

    def secret_values(self) -> list[str]:
        """Return the values of all secrets: what must never leave."""
        secrets = self.engine.secrets
        return [secrets.get(name) for name in secrets.names()]

    @cached_property
    def dialogues(self) -> Dialogues:
        """Conversations, the audit log and the acceptance tokens, over the copilot."""
        return Dialogues(self.open_copilot(), self.secret_values, self.engine.clock)

    @cached_property
    def ledger(self) -> Ledger:
        """The tokens used, by day."""
        return Ledger(
            self.engine.store.kv, daily_tokens=self.settings.llm_daily_tokens, clock=self.engine.clock
        )

    @cached_property
    def _roster(self) -> list[Listed]:
        return roster_of(self.settings)

    @property
    def _model(self) -> Provider | None:
        """The model that plans when nothing is chosen."""
        listed = next((one.provider for one in self._roster if one.is_default), None)
        return self._provider or listed

    @cached_property
    def _provider(self) -> Provider | None:
        return provider_of(self.settings)

    @property
    def planner_notice(self) -> str:
        """Who plans the drafts, in words."""
        provider = self._model
        if provider is None:
            return "drafts are planned by rules: no model is set (FLOWSMITH_LLM_API_KEY)"
        return f"drafts are planned by {provider.model}"

    def status(self) -> dict[str, Json]:
        """Return who plans and what is searched."""
        provider = self._model
        return {
            "planner": "rules, no model" if provider is None else provider.model,
            "model": provider and provider.model,
            "chunks": len(self.retriever),
            "documents": self.retriever.notice or f"{len(self.retriever)} passages of documents",
        }

    async def accept(self, draft_id: str, reviewed: str, revision: int | None) -> FlowRow:
        """Save a reviewed draft and return the flow.

        `revision` is that of the saved flow the reviewer saw, 0 for a new one; without it the flow must still
        be the text the draft was made from. Raises the DraftError that says why not.
        """
        drafts = self.open_copilot().drafts
        draft = await drafts.get(draft_id)
        row = await in_thread(self._saved, draft)
        base = None if revision is not None else (row.source if row else "")
        is_stale = revision is not None and revision != (row.revision if row else 0)
        if is_stale and not draft.accepted:
            raise DraftStale("The flow has changed since it was reviewed; read it again and accept then")
        accepted = await drafts.accept(draft_id, reviewed, self.engine.save, current_yaml=base)
        saved: FlowRow | None = accepted.result or await in_thread(self._saved, draft)
        if saved is None:
            raise DraftStale("This draft was accepted before, and its flow has been deleted since")
        return saved

    def _saved(self, draft: Draft) -> FlowRow | None:
        """Return the flow a draft is about, as it is saved now."""
        data = read_document(draft.yaml).data
        if not isinstance(data, dict):
            return None
        row = self.engine.store.flows.get(str(data.get("namespace")), str(data.get("id")))
        return None if row is None or row.deleted else row

    async def stop_background(self) -> None:
        """Release what belongs to the event loop."""
        if self._copilot is not None:
            await self._copilot.close()

    # -- flows

    def load_flows(self, folder: Path | None = None) -> Loaded:
        """Save the flows of a folder that are new or changed since they were last loaded."""
        return load_folder(self.engine, folder or Path("flows"))


def provider_of(settings: Settings) -> Provider | None:
    """Return the model service that is set, None without one."""
    if settings.llm_api_key is None and settings.llm_base_url is None:
        return None
    if settings.llm_base_url is not None and settings.llm_model is None:
        raise SettingsError(
            f"FLOWSMITH_LLM_MODEL is missing: name a model that {settings.llm_base_url} serves"
        )
    return open_provider(
        "openai",
        base_url=settings.llm_base_url or "",
        model=settings.llm_model or DEFAULT_MODEL,
        api_key=plain(settings.llm_api_key) or "",
    )


def models_of(settings: Settings) -> list[Listed]:
    """Return all models that can be chosen: the one of the settings, then those of the file."""
    provider = provider_of(settings)
    own = [Listed(provider.model, provider, is_default=True)] if provider is not None else []
    return own + [replace(one, is_default=one.is_default and not own) for one in roster_of(settings)]


def roster_of(settings: Settings) -> list[Listed]:
    """Return the models of the providers file, none without one. Raises SettingsError."""
    path = settings.llm_providers or settings.home / "providers.yaml"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        if settings.llm_providers is None:
            return []
        raise SettingsError(f"FLOWSMITH_LLM_PROVIDERS: there is no file {path}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"FLOWSMITH_LLM_PROVIDERS: {path} cannot be read: {error}") from error
    return read_roster(text, settings.environment, place=path.name)


def _search_card(card: PluginCard) -> Card:
    return Card(
        type=card.type,
        title=card.title,
        purpose=card.purpose,
        group=card.group,
        properties=tuple(item.name for item in card.properties),
        kind=card.kind,
        aliases=card.aliases,
        deprecated=card.deprecated,
    )


def corpus() -> list[Path]:
    """Return the folders of the built-in documents: installed with the package, or in a checkout."""
    here = Path(__file__).resolve().parent
    for folder in (here / "_share" / "docs_corpus", here.parent / "docs_corpus"):
        if folder.is_dir():
            return [folder]
    return []
