"""Quality, speed and memory of retrieval, each part in a process of its own.

Run from the repository: `python -m bench.retrieval [quality|speed|memory|scale|peers]`; by default all.
Quality is printed for the questions constants were fitted on, for the half nothing was fitted on, and for
those written before the search got its present form. `python -m bench.retrieval fit` prints the weights of
the cut-off.
"""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from bench import retrieval_fit, retrieval_peers
from engine.storage.ports import KeyValueStore
from engine.storage.sqlite import SqliteStore
from retrieval.cache import IndexCache
from retrieval.chunk import split
from retrieval.document import Block, Document
from retrieval.embed.choose import choose_embedder
from retrieval.embed.port import Embedder, TextKind, Vectors, unit
from retrieval.evaluate import EvaluationReport, Question, evaluate, read_questions
from retrieval.ingest import ingest
from retrieval.retriever import Retriever
from retrieval.sources.folder import Folder
from retrieval.sources.port import Found, Item, Known, Same

ROOT = Path(__file__).parents[1]
CORPUS = ROOT / "docs_corpus"
QUESTIONS = ROOT / "tests" / "retrieval" / "questions.jsonl"
FITTED = QUESTIONS.with_name("questions_tuning.jsonl")
FRESH = QUESTIONS.with_name("questions_fresh.jsonl")
MODELS = Path(tempfile.gettempdir()) / "flowsmith-models"
DEPTH = 30
_MEANING = 8
"""Numbers of evidence without those of signposts."""

PARTS = ("quality", "speed", "memory", "scale", "peers")


class Shuffled:
    """Pages put together from blocks of the real corpus; read again, they are known."""

    origin = "shuffled"

    def __init__(self, pages: Sequence[int]) -> None:
        self._pages = pages

    def read(self, known: Mapping[str, Known]) -> Iterator[Item]:
        """Yield the pages; the blocks of one are drawn when it is new."""
        blocks = [] if len(known) >= len(self._pages) else _blocks()
        bodies = [block for block in blocks if block.kind != "heading"]
        heads = [block for block in blocks if block.kind == "heading"]
        for page in self._pages:
            name, digest = f"page/{page}.md", f"1-{page}"
            if name in known:
                yield Same(name)
                continue
            draw = random.Random(page)
            content: list[Block] = []
            for _ in range(20):
                content += [draw.choice(heads), *draw.sample(bodies, 3)]
            yield Found(Document(name, f"Page {page}", tuple(content)), digest)


def _blocks() -> list[Block]:
    found = [item.document for item in Folder(CORPUS).read({}) if isinstance(item, Found)]
    return [block for document in found for block in document.blocks]


class Given:
    """Pages that are in memory already: what reads them is not measured."""

    origin = "given"

    def __init__(self, pages: Sequence[Found]) -> None:
        self.pages = pages

    def read(self, known: Mapping[str, Known]) -> Iterator[Item]:
        """Yield them."""
        yield from self.pages

    def texts(self) -> list[str]:
        """Return what is embedded of them."""
        return [chunk.embedded for page in self.pages for chunk in split(page.document)]


class RandomPassages:
    """Real vectors for questions, random ones for passages: only the time of a search is measured."""

    def __init__(self, embedder: Embedder) -> None:
        self.name = f"random-{embedder.name}"
        self._embedder = embedder
        self._random = np.random.default_rng(1)
        self._dimension = embedder.embed(["x"], "query").shape[1]

    def embed(self, texts: Sequence[str], kind: TextKind) -> Vectors:
        """Return float32 [n, d]."""
        if kind == "query":
            return self._embedder.embed(texts, kind)
        return unit(self._random.normal(size=(len(texts), self._dimension)))


def measure_quality() -> None:
    """Print the evaluation of both halves of the questions on the real corpus."""
    embedder = _embedder()
    with tempfile.TemporaryDirectory() as folder:
        kv = SqliteStore(Path(folder) / "docs.db").kv
        report = ingest([CORPUS], kv, embedder)
        print(f"quality      {report.documents} documents, {report.chunks} chunks")
        retriever, questions = Retriever(kv, embedder), read_questions(QUESTIONS)
        _print("tuning", evaluate(_tuning(), retriever))
        _print("held out", evaluate([one for one in questions if one.held_out], retriever))
        _print("fresh", evaluate(read_questions(FRESH), retriever))


def _tuning() -> list[Question]:
    return [one for one in read_questions(QUESTIONS) if not one.held_out] + read_questions(FITTED)


def fit_weights() -> None:
    """Print the weights of `retrieval/confidence.py` and how well they do on questions left out."""
    embedder, questions = _embedder(), _tuning()
    answerable = [question.answerable for question in questions]
    with tempfile.TemporaryDirectory() as folder:
        kv = SqliteStore(Path(folder) / "docs.db").kv
        ingest([CORPUS], kv, embedder)
        by_meaning = retrieval_fit.evidence_of(questions, Retriever(kv, embedder), DEPTH)
        by_words = retrieval_fit.evidence_of(questions, Retriever(kv, None), DEPTH)
    print(f"fit          {len(questions)} questions, {sum(answerable)} of them answerable")
    retrieval_fit.print_weights("BY_WORDS", [one.values for one in by_words], answerable)
    retrieval_fit.print_weights("BY_MEANING", [one.values[:_MEANING] for one in by_meaning], answerable)
    retrieval_fit.print_weights("BY_SIGNPOSTS", [one.values for one in by_meaning], answerable)


def _print(label: str, found: EvaluationReport) -> None:
    print(f"  {label} (goals: recall@5 0.97, MRR 0.88, refused of foreign 0.95, of answerable at most 0.03)")
    for line in found.lines():
        print(f"    {line}")


def measure_speed() -> None:
    """Print ingest beside the bare embedder, re-ingest and queries at 10,000 chunks."""
    embedder = _embedder()
    _print_ingest(embedder)
    made = RandomPassages(embedder)
    source = Shuffled(range(10_000 // 22))
    with tempfile.TemporaryDirectory() as folder:
        kv = SqliteStore(Path(folder) / "docs.db").kv
        report = ingest([source], kv, made)
        print(f"  {report.chunks} chunks, synthetic vectors, ingested in {report.seconds:.1f} s{_load()}")
        again = ingest([source], kv, made)
        print(f"  unchanged, ingested again in {again.seconds:.2f} s (goal <= 2)")
        _print_queries(_loaded(kv, made), 15)


def _print_ingest(embedder: Embedder, rounds: int = 8) -> None:
    """Turn by turn the same texts through ingest and the bare embedder, so that a busy machine hits both."""
    spent = {"ingest": np.zeros(2), "bare": np.zeros(2)}
    chunks = 0
    pages = [item for item in Shuffled(range(4 * rounds)).read({}) if isinstance(item, Found)]
    with tempfile.TemporaryDirectory() as folder:
        kv = SqliteStore(Path(folder) / "docs.db").kv
        for round_ in range(rounds):
            source = Given(pages[round_::rounds])
            texts = source.texts()
            work: dict[str, Callable[[], object]] = {
                "ingest": partial(ingest, [source], kv, embedder, collection=f"c{round_}"),
                "bare": partial(embedder.embed, texts, "passage"),
            }
            for name in sorted(work, reverse=bool(round_ % 2)):
                before = np.array([time.perf_counter(), time.process_time()])
                work[name]()
                spent[name] += np.array([time.perf_counter(), time.process_time()]) - before
            chunks += len(texts)
    wall, cpu = spent["bare"] / spent["ingest"]
    print(
        f"speed        ingest of {chunks} chunks at {wall:.2f} of the bare embedder's throughput by the "
        f"clock, {cpu:.2f} by processor time (goal 0.9), {chunks / spent['ingest'][0]:.0f} chunks/s{_load()}"
    )


def _load() -> str:
    return f"  [load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores]"


def measure_memory() -> None:
    """Print the peak of a process that searches 10,000 chunks whose vectors are there."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "docs.db"
        subprocess.run([sys.executable, "-m", "bench.retrieval", "fill", str(file)], check=True)
        subprocess.run([sys.executable, "-m", "bench.retrieval", "serve", str(file)], check=True)


def fill(file: Path) -> None:
    """Ingest 10,000 chunks into a file."""
    ingest([Shuffled(range(10_000 // 22))], SqliteStore(file).kv, RandomPassages(_embedder()))


def serve(file: Path) -> None:
    """Search the file and print the peak of memory."""
    retriever = Retriever(SqliteStore(file).kv, RandomPassages(_embedder()))
    for question in read_questions(QUESTIONS)[:50]:
        retriever.answerable(question.question, retriever.search(question.question))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"memory       {peak:.0f} MB at the most with {len(retriever)} chunks (goal <= 350)")


def measure_scale(chunks: int = 200_000) -> None:
    """Print ingest without embedding, loading and queries at many chunks."""
    embedder = RandomPassages(_embedder())
    with tempfile.TemporaryDirectory() as folder:
        kv = SqliteStore(Path(folder) / "docs.db").kv
        source = Shuffled(range(chunks // 22))
        report = ingest([source], kv, embedder)
        print(f"scale        {report.chunks} chunks, synthetic vectors, ingested in {report.seconds:.1f} s")
        again = ingest([source], kv, embedder)
        print(f"  unchanged, ingested again in {again.seconds:.1f} s")
        cache = IndexCache(Path(folder) / "index")
        print("  loaded for the first time, then from the kept index:")
        _loaded(kv, embedder, cache)
        _print_queries(_loaded(kv, embedder, cache), 40)


def _loaded(kv: KeyValueStore, embedder: Embedder, cache: IndexCache | None = None) -> Retriever:
    retriever = Retriever(kv, embedder, cache=cache)
    started, worked = time.perf_counter(), time.process_time()
    count = len(retriever)
    print(
        f"  {count} chunks loaded in {time.perf_counter() - started:.1f} s, "
        f"{time.process_time() - worked:.1f} s of processor time{_load()}"
    )
    return retriever


def _print_queries(retriever: Retriever, goal_ms: int) -> None:
    questions = [one.question for one in read_questions(QUESTIONS)]
    retriever.answerable(questions[0], retriever.search(questions[0]))
    times = []
    for question in questions:
        started, worked = time.perf_counter(), time.process_time()
        retriever.answerable(question, retriever.search(question))
        times.append((time.perf_counter() - started, time.process_time() - worked))
    (wall, cpu), (slow, slow_cpu) = np.percentile(np.array(times) * 1000, [50, 95], axis=0)
    print(
        f"  query end to end p50 {wall:.1f} ms, p95 {slow:.1f} ms (goal <= {goal_ms}); processor time "
        f"p50 {cpu:.1f} ms, p95 {slow_cpu:.1f} ms{_load()}"
    )


def _embedder() -> Embedder:
    chosen = choose_embedder("minilm", MODELS)
    if chosen.embedder is None:
        raise SystemExit(chosen.notice)
    return chosen.embedder


def main() -> None:
    """Measure everything, each part in a process of its own."""
    for part in PARTS:
        subprocess.run([sys.executable, "-m", "bench.retrieval", part], check=False)


def _part(name: str, folder: str = "") -> None:
    if name == "fill":
        fill(Path(folder))
    elif name == "serve":
        serve(Path(folder))
    else:
        {
            "quality": measure_quality,
            "speed": measure_speed,
            "memory": measure_memory,
            "scale": measure_scale,
            "fit": fit_weights,
            "peers": lambda: retrieval_peers.main(QUESTIONS, CORPUS, MODELS),
        }[name]()


if __name__ == "__main__":
    _part(*sys.argv[1:]) if sys.argv[1:] else main()
