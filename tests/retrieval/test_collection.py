"""What is in the collections, and taking something out."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from engine.storage.sqlite import SqliteStore
from retrieval.collection import last_setting, remember_setting, remove, status, web_sources
from retrieval.embed.hashing import HashingEmbedder
from retrieval.embed.port import TextKind, Vectors
from retrieval.errors import CollectionAbsent, EmbedderError
from retrieval.ingest import ingest
from retrieval.retriever import Retriever
from retrieval.store import CollectionStore, Stored


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    folder = tmp_path / "pages"
    folder.mkdir()
    for name in ("alpha", "beta", "gamma"):
        (folder / f"{name}.md").write_text(f"# {name}\n\nAll about {name}.")
    return folder


def test_status_counts(kv, pages: Path) -> None:
    ingest([pages], kv, HashingEmbedder())
    ingest([pages / "alpha.md"], kv, None, collection="words")
    docs, words = status(kv)
    assert (docs.name, docs.documents, docs.chunks, docs.vectors) == ("docs", 3, 3, 3)
    assert docs.origins == {"folder:pages": 3}
    assert (words.name, words.vectors, words.embedder) == ("words", 0, "")
    assert docs.version == Retriever(kv, None, only=["docs"]).version


def test_a_collection_or_an_origin_is_removed(kv, pages: Path) -> None:
    ingest([pages, pages / "alpha.md"], kv, HashingEmbedder(), collection="mine")
    with pytest.raises(CollectionAbsent, match="folder:pages"):
        remove(kv, "mine", ["elsewhere"])
    with pytest.raises(CollectionAbsent, match="known: mine"):
        remove(kv, "yours")
    assert remove(kv, "mine", ["pages"]) == 3
    assert status(kv)[0].documents == 0
    remove(kv, "mine")
    assert status(kv) == [] and not list(kv.items("_retrieval.mine"))


def test_web_origins_are_read_again_as_they_were_written(kv, moment) -> None:
    origins = [
        "page:https://a.org/x",
        "follow:https://a.org/docs/",
        "git:https://a.org/r.git#docs",
        "folder:f",
    ]
    stored = [Stored(f"s{at}", origin, "h", "t", ()) for at, origin in enumerate(origins)]
    CollectionStore(kv, "docs").replace_documents(stored, [], {}, moment)
    assert sorted(web_sources(kv, "docs")) == [
        "https://a.org/docs/*",
        "https://a.org/r.git#docs",
        "https://a.org/x",
    ]


class Other(HashingEmbedder):
    """Another model, which can be made to fail after some texts."""

    def __init__(self, left: int = 10**9) -> None:
        super().__init__(64)
        self.left = left

    def embed(self, texts: Sequence[str], kind: TextKind) -> Vectors:
        if kind == "passage":
            self.left -= len(texts)
            if self.left < 0:
                raise EmbedderError("stopped in the middle")
        return super().embed(texts, kind)


def test_the_former_vectors_serve_until_the_new_ones_are_made(kv, pages: Path) -> None:
    old = HashingEmbedder()
    ingest([pages], kv, old)
    new = Other(left=0)
    assert not ingest([pages], kv, new).complete
    retriever = Retriever(kv, new, former=[old])
    assert retriever.search("alpha")[0].similarity > 0
    assert "former" in retriever.notice
    new.left = 100
    assert ingest([pages], kv, new).complete
    assert retriever.search("alpha")[0].similarity > 0
    assert retriever.notice == ""
    assert CollectionStore(kv, "docs").vectors(old.name) == ({}, [])


def test_the_setting_of_the_last_whole_set_is_remembered(kv) -> None:
    assert last_setting(kv) == ""
    remember_setting(kv, "minilm")
    assert last_setting(kv) == "minilm"


INGEST = """
import sys
from pathlib import Path
from engine.storage.sqlite import SqliteStore
from retrieval.embed.hashing import HashingEmbedder
from retrieval.ingest import ingest
from retrieval.sources.folder import Folder
print(ingest([Folder(Path(sys.argv[2]), name=sys.argv[3])], SqliteStore(Path(sys.argv[1])).kv, HashingEmbedder()).complete)
"""


def test_two_processes_ingest_into_one_collection_at_once(tmp_path: Path) -> None:
    database = tmp_path / "docs.db"
    SqliteStore(database).close()
    running = []
    for name in ("left", "right"):
        folder = tmp_path / name
        folder.mkdir()
        for number in range(40):
            (folder / f"{number}.md").write_text(f"# {name} {number}\n\nThe {name} text number {number}.")
        command = [sys.executable, "-c", INGEST, str(database), str(folder), name]
        running.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
    assert [process.communicate()[0].strip() for process in running] == ["True", "True"]
    store = SqliteStore(database)
    found = status(store.kv)[0]
    assert (found.documents, found.vectors, found.damaged) == (80, 80, ())
    store.close()


def test_what_another_process_adds_meanwhile_keeps_its_vectors(kv, pages: Path, tmp_path: Path) -> None:
    ingest([pages], kv, HashingEmbedder())
    store = CollectionStore(kv, "docs")
    (tmp_path / "other.md").write_text("# other\n\nAll about something else.")

    def wanted() -> set[str]:
        known = set(store.texts())
        ingest(
            [tmp_path / "other.md"], kv, HashingEmbedder()
        )  # text and vector, while the first one cleans up
        return known

    assert store.drop_vectors(wanted, only=HashingEmbedder().name) == 0
    found = status(kv)[0]
    assert (found.documents, found.vectors) == (4, 4)


KILLED = INGEST.replace("from retrieval.ingest", "import os, signal\nfrom retrieval.ingest").replace(
    "HashingEmbedder()).complete",
    "type('Killing', (HashingEmbedder,), {'embed': lambda *_: os.kill(os.getpid(), signal.SIGKILL)})())",
)


def test_a_process_killed_in_the_middle_leaves_what_was_there_searchable(tmp_path: Path, pages: Path) -> None:
    database = tmp_path / "docs.db"
    store = SqliteStore(database)
    ingest([pages], store.kv, HashingEmbedder())
    (pages / "delta.md").write_text("# delta\n\nAll about delta.")
    command = [sys.executable, "-c", KILLED, str(database), str(pages), "pages"]
    assert subprocess.run(command, capture_output=True).returncode == -9
    retriever = Retriever(store.kv, HashingEmbedder())
    assert retriever.search("alpha")[0].similarity > 0
    assert retriever.search("delta")[0].title == "delta"
    report = ingest([pages], store.kv, HashingEmbedder())
    assert (report.reused, report.embedded, report.complete) == (3, 1, True)
    store.close()
