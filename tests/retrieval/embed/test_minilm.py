"""MiniLM from the installed weights; skipped where they are not installed."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from retrieval.embed import minilm_graph
from retrieval.embed.choose import choose_embedder
from retrieval.embed.minilm import PACKAGE, MiniLmEmbedder, check_weights, find_weights
from retrieval.errors import EmbedderAbsent, EmbedderError


def installed() -> bool:
    try:
        find_weights()
    except EmbedderAbsent:
        return False
    return True


needs_weights = pytest.mark.skipif(not installed(), reason=f"{PACKAGE} is not installed")


@pytest.fixture(scope="module")
def cache() -> Path:
    """Kept between runs, for building takes long; a changed builder has a folder of its own."""
    source = Path(minilm_graph.__file__).read_bytes()
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return root / "flowsmith-tests" / f"minilm-{sha256(source).hexdigest()[:12]}"


@pytest.fixture(scope="module")
def embedder(cache: Path) -> MiniLmEmbedder:
    return MiniLmEmbedder(cache, threads=1)


@needs_weights
def test_texts_of_one_meaning_are_near(embedder: MiniLmEmbedder) -> None:
    rows = embedder.embed(
        ["load a csv file into postgres", "copy data from CSV to a PostgreSQL table", "the cat sleeps"],
        "passage",
    )
    assert rows.shape == (3, 384) and rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert rows[0] @ rows[1] > 0.7 > 0.2 > rows[0] @ rows[2]


@needs_weights
def test_company_in_a_batch_hardly_changes_a_vector(embedder: MiniLmEmbedder) -> None:
    texts = ["word " * length for length in (1, 300, 7, 40, 2, 90, 3, 5, 11, 17)]
    together = embedder.embed(texts, "passage")
    for row, text in zip(together, texts, strict=True):
        assert row @ embedder.embed([text], "passage")[0] > 0.97


@needs_weights
def test_no_texts_give_no_rows(embedder: MiniLmEmbedder) -> None:
    assert embedder.embed([], "query").shape == (0, 384)


@needs_weights
def test_the_graph_is_kept_in_the_cache(embedder: MiniLmEmbedder, cache: Path) -> None:
    graph = next(cache.glob("*.onnx"))
    written = graph.stat().st_mtime_ns
    chosen = choose_embedder("minilm", cache)
    assert chosen.notice == "" and chosen.embedder is not None
    assert graph.stat().st_mtime_ns == written
    assert list(cache.glob("*.onnx")) == [graph]


@needs_weights
def test_a_damaged_graph_is_named(embedder: MiniLmEmbedder, cache: Path, tmp_path: Path) -> None:
    (tmp_path / next(cache.glob("*.onnx")).name).write_bytes(b"not a graph")
    with pytest.raises(EmbedderError, match="delete it"):
        MiniLmEmbedder(tmp_path)


def test_other_weights_are_refused(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"something else")
    with pytest.raises(EmbedderError, match="official"):
        check_weights(tmp_path / "model.safetensors")
