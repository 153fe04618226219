"""Find the texts nearest to a question."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from copilot.plugins.ai._embedding_store import EmbeddingStore
from copilot.plugins.ai._provider import ModelProvider
from engine.errors import TaskFailure
from engine.expression.ion import write_ion_rows
from engine.plugin import Example, Output, Task, Text

if TYPE_CHECKING:
    from engine.plugin import RunContext


class SearchOutput(Output):
    """Outputs of `Search`."""

    results: list[str] | None = None
    """The texts, best first: all with FETCH, one with FETCH_ONE."""

    uri: str | None = None
    """A stored file with one text a line, as Ion, with STORE."""

    size: int | None = None
    """How many texts were found."""


class Search(Task):
    """Find the texts of a store that are nearest to a question.

    Fails when the question cannot be embedded, and with FETCH_ONE when nothing is found.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.langchain4j.rag.Search",)
    gives: ClassVar[type[Output]] = SearchOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Search without a key",
            """\
id: find-texts
namespace: company.team
tasks:
  - id: ingest
    type: io.kestra.plugin.ai.rag.IngestDocument
    provider:
      type: io.kestra.plugin.ai.provider.MiniLM
    embeddings:
      type: io.kestra.plugin.ai.embeddings.KestraKVStore
      kvName: animals
    drop: true
    fromDocuments:
      - content: A cat sleeps most of the day.
      - content: Steel is made of iron and carbon.
  - id: search
    type: io.kestra.plugin.ai.rag.Search
    provider:
      type: io.kestra.plugin.ai.provider.MiniLM
    embeddings:
      type: io.kestra.plugin.ai.embeddings.KestraKVStore
      kvName: animals
    query: pets
    maxResults: 5
    minScore: 0.55
    fetchType: FETCH
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.search.results }}"
""",
            runnable=True,
        ),
    )

    query: Text
    """The question."""

    max_results: int = Field(gt=0)
    """At most this many texts."""

    min_score: float = Field(ge=0, le=1)
    """Only texts with at least this score: 1 is the same direction, 0.5 has nothing in common."""

    provider: ModelProvider
    """The model the texts were embedded with."""

    embeddings: EmbeddingStore
    """The store."""

    fetch_type: Literal["NONE", "FETCH", "FETCH_ONE", "STORE"] = "NONE"
    """What becomes of the texts: all as output, the best one, a stored file, or nothing."""

    def run(self, ctx: RunContext) -> SearchOutput | None:
        """Search."""
        vector = self.provider.embed(ctx, [self.query], "query").rows[0]
        ctx.metric("ai.provider.calls", 1, provider=self.provider.name, model=self.provider.model_name)
        found = self.embeddings.search(ctx, vector, max_results=self.max_results, min_score=self.min_score)
        texts = [one.text for one in found]
        if self.fetch_type == "NONE":
            return None
        if self.fetch_type == "STORE":
            return SearchOutput(uri=_stored(ctx, texts), size=len(texts))
        if self.fetch_type == "FETCH_ONE":
            if not texts:
                raise TaskFailure("Nothing was found; lower `minScore`, or use FETCH, which may be empty")
            texts = texts[:1]
        return SearchOutput(results=texts, size=len(texts))


def _stored(ctx: RunContext, texts: Sequence[str]) -> str:
    with tempfile.TemporaryFile() as file:
        write_ion_rows(texts, file)
        file.seek(0)
        return ctx.put("results.ion", file)
