"""Sources become a collection that is kept up to date."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from retrieval.embed.hashing import HashingEmbedder
from retrieval.embed.port import TextKind, Vectors
from retrieval.errors import EmbedderError, SourceRefused
from retrieval.ingest import IngestReport, Progress, ingest, remove_origins
from retrieval.read import read_document
from retrieval.retriever import Retriever
from retrieval.sources.folder import Folder
from retrieval.sources.port import Found, Item, Known, Refused, Same, content_hash
from retrieval.store import CollectionStore


class Counting(HashingEmbedder):
    """Counts what it is asked for, and can be made to fail after some batches."""

    def __init__(self, fail_after: int | None = None) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._left = fail_after

    def embed(self, texts: Sequence[str], kind: TextKind) -> Vectors:
        if self._left is not None:
            if self._left == 0:
                raise EmbedderError("the machine is tired")
            self._left -= 1
        if kind == "passage":
            self.texts += texts
        return super().embed(texts, kind)


class Listed:
    """A source over a dict of texts; None stands for a page that cannot be had now."""

    def __init__(self, origin: str, texts: Mapping[str, str | None], broken: bool = False) -> None:
        self.origin = origin
        self._texts = texts
        self._broken = broken

    def read(self, known: Mapping[str, Known]) -> Iterator[Item]:
        if self._broken:
            raise SourceRefused(self.origin, "the server is away")
        for name, text in self._texts.items():
            if text is None:
                yield Refused(name, "timeout", keep=True)
                continue
            digest = content_hash(text.encode())
            if name in known and known[name].hash == digest:
                yield Same(name)
            else:
                yield Found(read_document(name, text.encode()), digest)


def counts(report: IngestReport) -> tuple[int, int, int, int]:
    return (report.added, report.changed, report.unchanged, report.removed)


def test_a_second_ingest_embeds_nothing(kv, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# A\n\nalpha")
    (tmp_path / "b.html").write_text("<h1>B</h1><p>beta")
    embedder = Counting()
    assert counts(ingest([tmp_path], kv, embedder)) == (2, 0, 0, 0)
    assert len(embedder.texts) == 2
    report = ingest([tmp_path], kv, embedder)
    assert counts(report) == (0, 0, 2, 0)
    assert (report.embedded, report.reused, len(embedder.texts)) == (0, 2, 2)


def test_only_what_changed_is_embedded_and_what_is_gone_is_removed(kv) -> None:
    embedder = Counting()
    text = "# A\n\n## One\n\nalpha\n\n## Two\n\nbeta\n"
    first = ingest([Listed("o", {"a.md": text, "b.md": "gone soon"})], kv, embedder)
    embedder.texts.clear()
    second = ingest([Listed("o", {"a.md": text.replace("beta", "gamma")})], kv, embedder)
    assert counts(second) == (0, 1, 0, 1)
    assert embedder.texts == ["A > Two\ngamma"]
    assert first.version != second.version
    found = Retriever(kv, embedder)
    assert found.search("gamma")[0].text == "gamma"
    assert {passage.source for passage in found.search("gone soon")} <= {"a.md"}
    assert len(CollectionStore(kv, "docs").vectors(embedder.name)[0]) == 2


def test_the_version_is_that_of_the_texts(kv) -> None:
    one = ingest([Listed("o", {"a.md": "x", "b.md": "y"})], kv, None)
    other = ingest([Listed("o", {"b.md": "y", "a.md": "x"})], kv, None, collection="other")
    assert one.version == other.version


def test_origins_do_not_remove_each_other(kv) -> None:
    ingest([Listed("one", {"a.md": "alpha"})], kv, None)
    report = ingest([Listed("two", {"b.md": "beta"})], kv, None)
    assert counts(report) == (1, 0, 1, 0)
    assert remove_origins(["one"], kv) == 1
    assert [passage.source for passage in Retriever(kv, None).search("alpha beta")] == ["b.md"]


def test_a_page_that_cannot_be_had_now_stays(kv) -> None:
    ingest([Listed("o", {"a.md": "alpha", "b.md": "beta"})], kv, None)
    report = ingest([Listed("o", {"a.md": None, "b.md": "beta"})], kv, None)
    assert counts(report) == (0, 0, 2, 0)
    assert [(skip.source, skip.reason) for skip in report.skipped] == [("a.md", "timeout")]


def test_a_source_that_is_away_keeps_its_documents_and_does_not_stop_others(kv) -> None:
    ingest([Listed("o", {"a.md": "alpha"})], kv, None)
    report = ingest([Listed("o", {}, broken=True), Listed("p", {"b.md": "beta"})], kv, None)
    assert counts(report) == (1, 0, 1, 0)
    assert report.skipped[0].reason == "the server is away"


def test_bad_files_are_named_and_the_rest_is_ingested(kv, tmp_path: Path) -> None:
    (tmp_path / "good.md").write_text("# Good\n\nfine")
    (tmp_path / "copy.md").write_text("# Good\n\nfine")
    (tmp_path / "empty.md").write_text("")
    (tmp_path / "binary.md").write_bytes(b"\0\1\2" * 99)
    (tmp_path / "broken.html").write_text("<p>half <b>open")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    (tmp_path / ".hidden.md").write_text("secret")
    report = ingest([Folder(tmp_path, name="docs"), tmp_path / "absent"], kv, None)
    assert report.added == 2
    assert {skip.source: skip.reason.split(";")[0] for skip in report.skipped} == {
        "docs/binary.md": "binary, not text",
        "docs/empty.md": "empty",
        "docs/good.md": "the same text as docs/copy.md",
        str(tmp_path / "absent"): "there is no such file or folder",
    }


def test_words_are_searchable_before_the_vectors_are_made(kv) -> None:
    seen: list[tuple[str, int]] = []

    def look(progress: Progress) -> None:
        if progress.stage == "text":
            retriever = Retriever(kv, HashingEmbedder())
            seen.append((retriever.notice, len(retriever.search("alpha"))))

    ingest([Listed("o", {"a.md": "alpha"})], kv, HashingEmbedder(), progress=look)
    assert seen == [("Search is lexical only until the vectors are made.", 1)]


def test_progress_counts_and_estimates(kv) -> None:
    ticks = iter(range(1000))
    seen: list[Progress] = []
    texts = {f"{number}.md": f"word{number}" for number in range(130)}
    ingest(
        [Listed("o", texts)], kv, HashingEmbedder(), progress=seen.append, clock=lambda: float(next(ticks))
    )
    vectors = [progress for progress in seen if progress.stage == "vectors"]
    assert [(progress.done, progress.total) for progress in vectors] == [(64, 130), (128, 130), (130, 130)]
    assert vectors[0].seconds_left is not None and vectors[0].seconds_left > 0
    assert vectors[-1].seconds_left == 0


def test_an_interrupted_ingest_is_searchable_and_completed_by_the_next(kv) -> None:
    texts = {f"{number}.md": f"word{number}" for number in range(100)}
    report = ingest([Listed("o", texts)], kv, Counting(fail_after=1))
    assert report.embedded == 64
    assert "36 of 100 chunks have no vector" in report.notices[0]
    assert Retriever(kv, HashingEmbedder()).search("word99")[0].source == "99.md"
    again = ingest([Listed("o", texts)], kv, Counting())
    assert (again.embedded, again.reused, again.notices) == (36, 64, [])


def test_a_crash_before_the_switch_leaves_the_previous_state(kv) -> None:
    ingest([Listed("o", {"a.md": "alpha"})], kv, HashingEmbedder())

    class Crash(Exception):
        pass

    class Crashing(Listed):
        def read(self, known: Mapping[str, Known]) -> Iterator[Item]:
            yield from super().read(known)
            raise Crash

    with pytest.raises(Crash):
        ingest([Crashing("o", {"a.md": "omega"})], kv, HashingEmbedder())
    assert [passage.text for passage in Retriever(kv, HashingEmbedder()).search("alpha")] == ["alpha"]


def test_two_ingests_of_one_collection_do_not_lose_each_other(kv) -> None:
    class Nested(Listed):
        """Another process ingests while this one reads."""

        def read(self, known: Mapping[str, Known]) -> Iterator[Item]:
            ingest([Listed("other", {"b.md": "beta"})], kv, HashingEmbedder())
            yield from super().read(known)

    ingest([Nested("o", {"a.md": "alpha"})], kv, HashingEmbedder())
    retriever = Retriever(kv, HashingEmbedder())
    assert {passage.source for passage in retriever.search("alpha beta")} == {"a.md", "b.md"}
    assert len(CollectionStore(kv, "docs").vectors(HashingEmbedder().name)[0]) == 2


@pytest.mark.parametrize(
    "damage",
    [b"", b"short", np.full(384, np.nan, np.float32).tobytes(), np.ones(384, np.float32).tobytes()],
    ids=["empty", "cut", "nan", "length"],
)
def test_a_damaged_vector_is_named_skipped_and_made_again(kv, moment: datetime, damage: bytes) -> None:
    source = Listed("o", {"a.md": "alpha", "b.md": "beta", "c.md": "gamma"})
    ingest([source], kv, HashingEmbedder())
    key = next(key for key, _ in kv.items("_retrieval.docs", "vector/"))
    kv.put("_retrieval.docs", key, damage, "BYTES", moment)
    retriever = Retriever(kv, HashingEmbedder())
    assert len(retriever.damaged) == 1
    assert {passage.source for passage in retriever.search("alpha beta gamma")} == {"a.md", "b.md", "c.md"}
    report = ingest([source], kv, HashingEmbedder())
    assert (report.embedded, len(report.skipped)) == (1, 1)
    assert retriever.damaged == ()


def test_a_damaged_document_is_named_and_read_again(kv, moment: datetime) -> None:
    source = Listed("o", {"a.md": "alpha", "b.md": "beta"})
    ingest([source], kv, None)
    key = next(key for key, _ in kv.items("_retrieval.docs", "source/"))
    kv.put("_retrieval.docs", key, b"{", "BYTES", moment)
    assert Retriever(kv, None).damaged == (f"docs/{key}",)
    report = ingest([source], kv, None)
    assert (report.added, report.documents) == (1, 2)
    assert Retriever(kv, None).damaged == ()


def test_vectors_of_another_dimension_are_refused_with_a_notice(kv) -> None:
    class Renamed(HashingEmbedder):
        name = HashingEmbedder(384).name

    ingest([Listed("o", {"a.md": "alpha"})], kv, HashingEmbedder(384))
    report = ingest([Listed("o", {"a.md": "alpha", "b.md": "beta"})], kv, Renamed(64))
    assert "64 dimensions, stored vectors have 384" in report.notices[0]
    assert Retriever(kv, HashingEmbedder(384)).search("beta")[0].source == "b.md"


def test_without_an_embedder_words_are_searched_and_it_is_said(kv) -> None:
    report = ingest([Listed("o", {"a.md": "alpha"})], kv, None)
    assert "words only" in report.notices[0]
    assert "lexical only" in Retriever(kv, None).notice
