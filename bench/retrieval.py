"""Quality and speed of retrieval: the questions on the real corpus, then latency at a given number of chunks.

Run from the repository: `python -m bench.retrieval [minilm|hashing|lexical] [chunks]`.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import gettempdir

import numpy as np

from engine.storage.memory import MemoryStore
from retrieval.document import Block, Document
from retrieval.embed.choose import choose_embedder
from retrieval.embed.port import Embedder, TextKind, Vectors, unit
from retrieval.evaluate import evaluate, read_questions
from retrieval.ingest import ingest
from retrieval.retriever import Retriever
from retrieval.sources.folder import Folder
from retrieval.sources.port import Found, Item, Known

ROOT = Path(__file__).parents[1]
CORPUS = ROOT / "docs_corpus"
QUESTIONS = ROOT / "tests" / "retrieval" / "questions.jsonl"


class Shuffled:
    """Pages put together from blocks of the real corpus until there are enough."""

    origin = "shuffled"

    def __init__(self, pages: int) -> None:
        self._pages = pages

    def read(self, known: Mapping[str, Known]) -> Iterator[Item]:
        documents = [item.document for item in Folder(CORPUS).read({}) if isinstance(item, Found)]
        blocks = [block for document in documents for block in document.blocks]
        bodies = [block for block in blocks if block.kind != "heading"]
        heads = [block for block in blocks if block.kind == "heading"]
        draw = random.Random(1)
        for page in range(self._pages):
            content: list[Block] = []
            for _ in range(20):
                content += [draw.choice(heads), *draw.sample(bodies, 3)]
            yield Found(Document(f"page/{page}.md", f"Page {page}", tuple(content)), f"1-{page}")


class RandomPassages:
    """Real vectors for questions, random ones for passages: only the time of a search is measured."""

    def __init__(self, embedder: Embedder, dimension: int) -> None:
        self.name = f"random-{dimension}"
        self._embedder = embedder
        self._random = np.random.default_rng(1)
        self._dimension = dimension

    def embed(self, texts: Sequence[str], kind: TextKind) -> Vectors:
        if kind == "query":
            return self._embedder.embed(texts, kind)
        return unit(self._random.normal(size=(len(texts), self._dimension)))


def measure_quality(embedder: Embedder | None) -> None:
    """Print the evaluation of the questions on the corpus."""
    kv = MemoryStore().kv
    report = ingest([CORPUS], kv, embedder)
    print(f"{report.documents} documents, {report.chunks} chunks, {report.seconds:.1f} s")
    result = evaluate(read_questions(QUESTIONS), Retriever(kv, embedder))
    print(result.overall)
    print(f"abstention precision {result.abstention_precision:.2f}, recall {result.abstention_recall:.2f}")
    for miss in result.misses:
        print(f"  {miss.question}: {miss.reason} (rank {miss.rank})")


def measure_latency(embedder: Embedder | None, chunks: int) -> None:
    """Print the time of a search, end to end, at about that many chunks."""
    kv = MemoryStore().kv
    stand_in = RandomPassages(embedder, embedder.embed(["x"], "query").shape[1]) if embedder else None
    report = ingest([Shuffled(max(1, chunks // 22))], kv, stand_in)
    started = time.perf_counter()
    retriever = Retriever(kv, stand_in)
    count, loaded = len(retriever), time.perf_counter() - started
    print(f"{count} chunks, ingested in {report.seconds:.1f} s, loaded in {loaded:.1f} s")
    times = []
    for question in [one.question for one in read_questions(QUESTIONS)] * 3:
        started = time.perf_counter()
        retriever.answerable(question, retriever.search(question))
        times.append((time.perf_counter() - started) * 1000)
    print(f"search p50 {np.percentile(times, 50):.1f} ms, p95 {np.percentile(times, 95):.1f} ms")


def main() -> None:
    """Measure what the arguments name."""
    setting = sys.argv[1] if len(sys.argv) > 1 else "minilm"
    chosen = choose_embedder(setting, Path(gettempdir()) / "flowsmith-models")
    if chosen.notice:
        print(chosen.notice)
    measure_quality(chosen.embedder)
    measure_latency(chosen.embedder, int(sys.argv[2]) if len(sys.argv) > 2 else 10_000)


if __name__ == "__main__":
    main()
