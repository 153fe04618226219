"""Cutting documents into chunks."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.chunk import MAX_TOKENS, Chunk, split
from retrieval.document import Block, Document
from retrieval.read import read_document
from retrieval.term import estimate_tokens


def chunks_of(text: str, source: str = "docs/a.md") -> list[Chunk]:
    return split(read_document(source, text.encode()))


def test_chunks_follow_headings_and_carry_their_trail() -> None:
    chunks = chunks_of("# Title\n\nintro\n\n## One\n\nfirst\n\n### Deep\n\ninner\n\n## Two\n\nsecond\n")
    assert [(chunk.heading, chunk.text) for chunk in chunks] == [
        ("", "intro"),
        ("One", "first"),
        ("One > Deep", "inner"),
        ("Two", "second"),
    ]
    assert chunks[2].embedded == "Title > One > Deep\ninner"
    assert (chunks[2].start_line, chunks[2].end_line) == (11, 11)


def test_a_plugin_page_prefixes_its_type() -> None:
    chunk = chunks_of("---\ntype: io.kestra.plugin.core.log.Log\ntitle: Log\n---\ntext\n")[0]
    assert chunk.prefix == "io.kestra.plugin.core.log.Log > Log"


def test_code_stays_whole_even_when_long() -> None:
    code = "```yaml\n" + "\n".join(f"key{number}: value {number}" for number in range(200)) + "\n```"
    chunks = chunks_of(f"# T\n\nbefore\n\n{code}\n\nafter\n")
    assert sum(code in chunk.text for chunk in chunks) == 1


def test_a_short_section_is_not_repeated_and_a_cut_one_overlaps_by_a_sentence() -> None:
    sentences = [f"Sentence number {number} talks about flows and tasks." for number in range(60)]
    chunks = chunks_of("# T\n\n" + " ".join(sentences) + "\n\n## Next\n\nshort\n")
    body = [chunk for chunk in chunks if chunk.heading == ""]
    assert len(body) > 2
    for before, after in pairwise(body):
        last = before.text.rsplit(". ", 1)[-1]
        assert after.text.startswith(last)
    assert chunks[-1].text == "short"


def test_properties_are_found_in_headings_items_and_rows() -> None:
    text = "# T\n\n### `fetchType`\n\nhow\n\n## List\n\n- `sql`: text\n- **`url`** (required)\n\n| `rows` | int |\n"
    found = {name for chunk in chunks_of(text) for name in chunk.properties}
    assert found == {"fetchType", "sql", "url", "rows"}


def test_ids_stay_when_the_text_changes_and_hashes_do_not() -> None:
    one = chunks_of("# T\n\n## A\n\nold words\n\n## B\n\nsame\n")
    two = chunks_of("# T\n\n## A\n\nnew words\n\n## B\n\nsame\n")
    assert [chunk.id for chunk in one] == [chunk.id for chunk in two]
    assert one[0].content_hash != two[0].content_hash
    assert one[1].content_hash == two[1].content_hash


def test_ids_are_unique_when_headings_repeat() -> None:
    chunks = chunks_of("# T\n\n## A\n\none\n\n## A\n\ntwo\n")
    assert len({chunk.id for chunk in chunks}) == 2


def test_a_chunk_survives_storage() -> None:
    chunk = chunks_of("# T\n\n- `a`: b\n")[0]
    assert Chunk.from_json(chunk.to_json()) == chunk


block = st.builds(
    Block,
    st.sampled_from(["text", "item", "row", "code"]),
    st.text(alphabet="abc XYZ.,`\n日", min_size=1, max_size=600).filter(str.strip),
    st.just(1),
    st.just(1),
)
heading = st.builds(
    Block,
    st.just("heading"),
    st.text("ab", min_size=1, max_size=9),
    st.just(1),
    st.just(1),
    st.integers(1, 6),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(block, heading), max_size=12))
def test_nothing_is_lost_and_no_chunk_is_too_long(blocks: list[Block]) -> None:
    chunks = split(Document("s", "T", tuple(blocks)))
    joined = "".join("".join(chunk.text.split()) for chunk in chunks)
    for one in blocks:
        if one.kind != "heading":
            for word in one.text.split():
                assert word in joined or len(word) > MAX_TOKENS // 2
    whole = {one.text for one in blocks if one.kind == "code"}
    for chunk in chunks:
        if not any(text in chunk.text for text in whole):
            assert estimate_tokens(chunk.embedded) <= MAX_TOKENS + 10
