"""Indexes of big collections, kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from retrieval.cache import IndexCache
from retrieval.embed.hashing import HashingEmbedder
from retrieval.ingest import ingest
from retrieval.retriever import Retriever

EMBEDDER = HashingEmbedder()


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    folder = tmp_path / "pages"
    folder.mkdir()
    for name in ("alpha", "beta", "gamma", "delta"):
        (folder / f"{name}.md").write_text(f"# {name}\n\nAll about {name}.\n\n## Use\n\nHow to use {name}.\n")
    return folder


def cached(kv, tmp_path: Path) -> Retriever:
    return Retriever(kv, EMBEDDER, cache=IndexCache(tmp_path / "index", least=1))


def entries(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "index").iterdir())


def test_a_kept_index_finds_what_a_new_one_finds(kv, pages: Path, tmp_path: Path) -> None:
    ingest([pages], kv, EMBEDDER)
    plain = Retriever(kv, EMBEDDER)
    first, second = cached(kv, tmp_path), cached(kv, tmp_path)
    for question in ("beta", "how to use gamma", "pizza", "bta"):
        wanted = plain.search(question)
        assert first.search(question) == wanted == second.search(question)
        assert second.answerable(question, wanted) is plain.answerable(question, wanted)
    assert [name.split("-")[0] for name in entries(tmp_path)] == ["vectors", "words"]


def test_changed_texts_are_indexed_again_and_the_old_entry_goes(kv, pages: Path, tmp_path: Path) -> None:
    ingest([pages], kv, EMBEDDER)
    cached(kv, tmp_path).search("alpha")
    before = entries(tmp_path)
    (pages / "omega.md").write_text("# omega\n\nThe last of them.")
    ingest([pages], kv, EMBEDDER)
    assert cached(kv, tmp_path).search("omega")[0].title == "omega"
    after = entries(tmp_path)
    assert len(after) == 2
    assert not set(after) & set(before)


def test_a_damaged_entry_is_made_of_the_store_again(kv, pages: Path, tmp_path: Path) -> None:
    ingest([pages], kv, EMBEDDER)
    wanted = cached(kv, tmp_path).search("beta")
    for file in (tmp_path / "index").rglob("*.npy"):
        file.write_bytes(b"not an array")
    assert cached(kv, tmp_path).search("beta") == wanted


def test_few_chunks_are_not_worth_it(kv, pages: Path, tmp_path: Path) -> None:
    ingest([pages], kv, EMBEDDER)
    Retriever(kv, EMBEDDER, cache=IndexCache(tmp_path / "index")).search("beta")
    assert not (tmp_path / "index").exists()


def test_a_place_that_cannot_be_written_costs_only_time(kv, pages: Path, tmp_path: Path) -> None:
    ingest([pages], kv, EMBEDDER)
    (tmp_path / "index").write_text("a file where the folder should be")
    assert cached(kv, tmp_path).search("beta")[0].title == "beta"


def test_arrays_come_back_as_they_were_and_cannot_be_changed(tmp_path: Path) -> None:
    cache = IndexCache(tmp_path)
    cache.write("kind", "this", {"a": np.arange(5), "b": np.ones((2, 3), dtype=np.float32)})
    found = cache.read("kind", "this")
    assert found is not None
    assert found["a"].tolist() == [0, 1, 2, 3, 4]
    assert found["b"].shape == (2, 3)
    assert not found["a"].flags.writeable
    assert cache.read("kind", "that") is None
