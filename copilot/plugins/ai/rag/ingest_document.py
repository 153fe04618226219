"""Embed documents and store them, to answer from later."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from copilot.plugins.ai._await import awaited
from copilot.plugins.ai._conversation import measure_tokens
from copilot.plugins.ai._embedding_store import EmbeddingStore, Segment
from copilot.plugins.ai._message import Usage
from copilot.plugins.ai._provider import ModelProvider
from copilot.plugins.ai._splitter import DocumentSplitter
from engine.errors import FlowsmithError, TaskFailure
from engine.model.json import Json
from engine.plugin import Example, Output, Part, Task, Text

if TYPE_CHECKING:
    from engine.plugin import RunContext

_TIMEOUT_S = 60.0
_LARGEST_BYTES = 100 * 1024 * 1024


class InlineDocument(Part):
    """A document written in the flow."""

    content: Text
    """Its text."""

    metadata: dict[str, Any] = {}
    """What is known of it; given back with each answer that uses it."""


@dataclass(frozen=True, slots=True)
class Document:
    """A text to embed."""

    text: str
    metadata: dict[str, Json]


class IngestDocumentOutput(Output):
    """Outputs of `IngestDocument`."""

    ingested_documents: int = 0
    """Number of documents, before they were cut into segments."""

    input_token_count: int | None = None
    """Tokens sent to the embedding model, if it says so."""

    output_token_count: int | None = None
    """Tokens answered, if any."""

    total_token_count: int | None = None
    """Both."""

    embedding_store_outputs: dict[str, Any] | None = None
    """What the store tells: `kvName` of a KestraKVStore."""


class IngestDocument(Task):
    """Embed documents and store them, so that models can answer from them.

    Every document is one segment unless a splitter is given. Documents are read as UTF-8 text; web pages too,
    with their tags. Ingesting again appends: use `drop: true` to begin anew. Fails when a document cannot be
    read or embedded; nothing is stored then.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.langchain4j.rag.IngestDocument",)
    gives: ClassVar[type[Output]] = IngestDocumentOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Embed a page with Gemini",
            """\
id: ingest-page
namespace: company.team
tasks:
  - id: ingest
    type: io.kestra.plugin.ai.rag.IngestDocument
    provider:
      type: io.kestra.plugin.ai.provider.GoogleGemini
      modelName: gemini-embedding-001
      apiKey: "{{ secret('GEMINI_API_KEY') }}"
    embeddings:
      type: io.kestra.plugin.ai.embeddings.KestraKVStore
    drop: true
    fromExternalURLs:
      - https://raw.githubusercontent.com/kestra-io/docs/refs/heads/main/content/blogs/release-1-1.md
    documentSplitter:
      splitter: RECURSIVE
      maxSegmentSizeInChars: 1000
      maxOverlapSizeInChars: 100
""",
        ),
        Example(
            "Embed on this machine, without a key, and search",
            """\
id: ingest-and-search
namespace: company.team
tasks:
  - id: ingest
    type: io.kestra.plugin.ai.rag.IngestDocument
    provider:
      type: io.kestra.plugin.ai.provider.MiniLM
    embeddings:
      type: io.kestra.plugin.ai.embeddings.KestraKVStore
    drop: true
    fromDocuments:
      - content: The yellow taxis of New York are hailed in the street.
        metadata:
          topic: yellow
      - content: Green taxis serve the outer boroughs.
        metadata:
          topic: green
  - id: search
    type: io.kestra.plugin.ai.rag.Search
    provider:
      type: io.kestra.plugin.ai.provider.MiniLM
    embeddings:
      type: io.kestra.plugin.ai.embeddings.KestraKVStore
    query: Who drives in the outer boroughs?
    maxResults: 1
    minScore: 0.5
    fetchType: FETCH_ONE
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.search.results[0] }}"
""",
            runnable=True,
        ),
    )

    provider: ModelProvider
    """The embedding model."""

    embeddings: EmbeddingStore
    """Where the segments are stored."""

    from_path: Text | None = None
    """A folder of the working directory, with all folders inside."""

    from_internal_uris: Annotated[list[Text] | None, Field(alias="fromInternalURIs")] = None
    """Stored files, as `kestra:///` addresses."""

    from_external_urls: Annotated[list[Text] | None, Field(alias="fromExternalURLs")] = None
    """Files on the web."""

    from_documents: list[InlineDocument] | None = None
    """Documents written in the flow."""

    metadata: dict[str, Any] | None = None
    """Accepted and not applied, as in Kestra; write metadata to the documents in `fromDocuments`."""

    document_splitter: DocumentSplitter | None = None
    """How documents are cut into segments; without it a document is one segment."""

    drop: bool = False
    """Remove everything from the store first."""

    bulk_size: int = Field(default=500, gt=0)
    """How many segments are embedded at once."""

    def run(self, ctx: RunContext) -> IngestDocumentOutput:
        """Read, cut, embed, and store at last."""
        documents = list(self._documents(ctx))
        if not documents:
            raise TaskFailure(
                "There is no document; give `fromPath`, `fromInternalURIs`, `fromExternalURLs` or "
                "`fromDocuments`"
            )
        if self.metadata:
            ctx.warn("metadata is not applied; write it to the documents in `fromDocuments`")
        texts = [piece for document in documents for piece in self._pieces(document)]
        segments, usage = self._embedded(ctx, texts)
        told = self.embeddings.write(ctx, segments, drop=self.drop)
        ctx.metric("indexed.documents", len(documents))
        ctx.info(f"Stored {len(segments)} segments of {len(documents)} documents")
        return IngestDocumentOutput(
            ingested_documents=len(documents),
            input_token_count=usage.input or None,
            output_token_count=usage.output or None,
            total_token_count=usage.total or None,
            embedding_store_outputs=told or None,
        )

    def _documents(self, ctx: RunContext) -> Iterator[Document]:
        if self.from_path:
            yield from _below(ctx, self.from_path)
        for uri in self.from_internal_uris or ():
            try:
                with ctx.open(uri) as file:
                    yield Document(_text(file.read(), uri), {"file_name": uri.rpartition("/")[2]})
            except (FlowsmithError, OSError) as error:
                raise TaskFailure(f"fromInternalURIs: '{uri}' cannot be read: {error}") from error
        for url in self.from_external_urls or ():
            yield Document(_download(ctx, url), {"url": url})
        for number, one in enumerate(self.from_documents or ()):
            if not one.content.strip():
                raise TaskFailure(f"fromDocuments[{number}]: the document is empty")
            yield Document(one.content, one.metadata)

    def _pieces(self, document: Document) -> Iterator[Document]:
        pieces = self.document_splitter.split(document.text) if self.document_splitter else [document.text]
        for number, piece in enumerate(pieces):
            yield Document(piece, {**document.metadata, "index": str(number)})

    def _embedded(self, ctx: RunContext, texts: Sequence[Document]) -> tuple[list[Segment], Usage]:
        segments: list[Segment] = []
        usage = Usage()
        for at in range(0, len(texts), self.bulk_size):
            batch = texts[at : at + self.bulk_size]
            found = self.provider.embed(ctx, [one.text for one in batch], "passage")
            ctx.metric("ai.provider.calls", 1, provider=self.provider.name, model=self.provider.model_name)
            usage += found.usage
            segments += [
                Segment(one.text, one.metadata, row) for one, row in zip(batch, found.rows, strict=True)
            ]
        measure_tokens(ctx, usage, self.provider)
        return segments, usage


def _below(ctx: RunContext, path: str) -> Iterator[Document]:
    root = ctx.work_dir.resolve()
    folder = (root / path).resolve()
    if not folder.is_relative_to(root):
        raise TaskFailure(f"fromPath: '{path}' leaves the working directory")
    if not folder.is_dir():
        raise TaskFailure(
            f"fromPath: there is no folder '{path}' in the working directory; put this task into a "
            "WorkingDirectory with `inputFiles` or `namespaceFiles`"
        )
    for file in sorted(one for one in folder.rglob("*") if one.is_file()):
        text = _text(file.read_bytes(), file.name)
        if text.strip():
            yield Document(text, {"file_name": file.name, "path": str(file.relative_to(root))})


def _download(ctx: RunContext, url: str) -> str:
    import httpx

    async def load() -> bytes:
        async with (
            httpx.AsyncClient(timeout=_TIMEOUT_S, follow_redirects=True) as client,
            client.stream("GET", url) as answer,
        ):
            answer.raise_for_status()
            content = bytearray()
            async for block in answer.aiter_bytes():
                content += block
                if len(content) > _LARGEST_BYTES:
                    raise TaskFailure(f"fromExternalURLs: '{url}' has more than 100 MB")
            return bytes(content)

    try:
        return _text(awaited(ctx, load), url)
    except httpx.HTTPStatusError as error:
        raise TaskFailure(f"fromExternalURLs: '{url}' answers with {error.response.status_code}") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = str(error) or type(error).__name__
        raise TaskFailure(f"fromExternalURLs: '{url}' cannot be read: {reason}") from error


def _text(content: bytes, name: str) -> str:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise TaskFailure(f"'{name}' is no UTF-8 text; turn it into text first") from error
    if "\0" in text:
        raise TaskFailure(f"'{name}' is no text; turn it into text first")
    return text
