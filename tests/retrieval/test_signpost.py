"""Words by which a page is looked for, given by another page that leads to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.chunk import Chunk, split
from retrieval.embed.hashing import HashingEmbedder
from retrieval.ingest import ingest
from retrieval.markdown import targets_of
from retrieval.read import read_document
from retrieval.retriever import Retriever
from retrieval.signpost import resolve, slug
from retrieval.sources.folder import Folder
from retrieval.sources.port import Found

ROOT = Path(__file__).parents[2]
GUIDE = b"""---
type: guide
title: Find it
---
# Find it

| You want to | Use |
|---|---|
| duplicate a thing; clone it | `io.kestra.plugin.demo.Copy` |
| know why it burns | [Fire](fire.md#when-it-burns) |
| go where nobody was | `io.kestra.plugin.demo.Absent` |
"""
COPY = b"---\ntype: io.kestra.plugin.demo.Copy\ntitle: Copy\n---\n# Copy\n\nWrites the same bytes twice.\n"
FIRE = b"# Fire\n\nOf matches.\n\n## When it burns\n\nUse water.\n"


@pytest.mark.parametrize(
    ("row", "targets"),
    [
        ("| a | `x.y.Z` |", ("x.y.Z",)),
        ("| a | `x.y.Z`, [b](c.md#d) |", ("x.y.Z", "c.md#d")),
        ("| a | [b](c.md) |", ("c.md",)),
        ("| a | see `x.y.Z` |", ()),
        ("| `x.y.Z` | a |", ()),
        ("| a | [b](https://example.com/c.md) |", ()),
        ("| `x.y.Z` |", ()),
        ("|", ()),
    ],
)
def test_a_row_leads_where_its_last_cell_says_and_nothing_else(row: str, targets: tuple[str, ...]) -> None:
    assert targets_of(row) == targets


def test_each_purpose_is_a_signpost_and_the_table_is_not_found_itself() -> None:
    chunks = split(read_document("guides/find.md", GUIDE))
    assert [(chunk.text, chunk.targets) for chunk in chunks] == [
        ("duplicate a thing", ("io.kestra.plugin.demo.Copy",)),
        ("clone it", ("io.kestra.plugin.demo.Copy",)),
        ("know why it burns", ("fire.md#when-it-burns",)),
        ("go where nobody was", ("io.kestra.plugin.demo.Absent",)),
    ]
    assert len({chunk.id for chunk in chunks}) == 4
    assert [Chunk.from_json(chunk.to_json()) for chunk in chunks] == chunks


def test_only_guides_have_signposts() -> None:
    text = GUIDE.replace(b"type: guide\n", b"")
    assert not any(chunk.targets for chunk in split(read_document("notes/find.md", text)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("find.md", GUIDE), ("copy.md", COPY), ("fire.md", FIRE)):
        (tmp_path / name).write_bytes(text)
    return tmp_path


@pytest.mark.parametrize("embedder", [None, HashingEmbedder()], ids=["words", "vectors"])
def test_a_page_is_found_by_what_leads_to_it(kv, folder: Path, embedder: HashingEmbedder | None) -> None:
    ingest([folder], kv, embedder)
    retriever = Retriever(kv, embedder)
    assert retriever.search("clone a thing")[0].source.endswith("copy.md")
    found = retriever.search("it burns, why")[0]
    assert (found.heading, found.text) == ("When it burns", "Use water.")
    assert retriever.search("duplicate")[0].source.endswith("copy.md")


def test_what_leads_nowhere_is_found_itself(kv, folder: Path) -> None:
    ingest([folder], kv, None)
    found = Retriever(kv, None).search("where nobody was")[0]
    assert found.source.endswith("find.md")
    assert found.text == "go where nobody was"


@pytest.mark.parametrize(
    ("heading", "anchor"), [("When it burns", "when-it-burns"), ("If: `a` or b?", "if-a-or-b")]
)
def test_an_anchor_is_that_of_a_heading(heading: str, anchor: str) -> None:
    assert slug(heading) == anchor


def test_every_signpost_of_the_guides_leads_somewhere() -> None:
    found = [item.document for item in Folder(ROOT / "docs_corpus").read({}) if isinstance(item, Found)]
    chunks = [chunk for document in found for chunk in split(document)]
    own = [chunk for chunk in chunks if not chunk.targets]
    signs = [chunk for chunk in chunks if chunk.targets]
    assert len(signs) > 400
    for sign, leads in zip(signs, resolve(signs, own), strict=True):
        assert len(leads) == len(sign.targets), (sign.text, sign.targets)
