"""Markdown, HTML and bytes read into blocks."""

from __future__ import annotations

import pytest

from retrieval.errors import SourceRefused
from retrieval.html import read_html
from retrieval.markdown import read_front_matter, read_markdown, read_text
from retrieval.read import decode, read_document

PAGE = """---
title: Log
type: io.kestra.plugin.core.log.Log
keywords: [print, message]
---
# Log

Writes a [message](http://x/y).
Second line.

Setext
------

- `level`: how loud
  more about it
- `message`: what

| a | b |
|---|---|
| 1 | 2 |

```yaml
# not a heading
id: x
```

~~~
never closed
"""


def test_front_matter_is_read_and_its_lines_are_counted() -> None:
    front, taken = read_front_matter(PAGE)
    assert front["title"] == "Log"
    assert taken == 5
    assert read_markdown(PAGE, taken)[0].start_line == 6


@pytest.mark.parametrize("text", ["", "no", "---\na: [\n---\n", "---\n- a\n---\n", "---\na: 1\n"])
def test_what_is_no_front_matter_is_text(text: str) -> None:
    assert read_front_matter(text) == ({}, 0)


def test_blocks_have_kinds_and_lines() -> None:
    blocks = read_markdown(PAGE, 5)
    assert [(block.kind, block.start_line, block.end_line) for block in blocks] == [
        ("heading", 6, 6),
        ("text", 8, 9),
        ("heading", 11, 12),
        ("item", 14, 15),
        ("item", 16, 16),
        ("row", 18, 18),
        ("row", 20, 20),
        ("code", 22, 25),
        ("code", 27, 29),
    ]
    assert blocks[1].text == "Writes a message.\nSecond line."
    assert blocks[2].level == 2


def test_plain_text_is_cut_at_empty_lines() -> None:
    assert [(block.text, block.start_line) for block in read_text("a\nb\n\n\nc")] == [("a\nb", 1), ("c", 5)]


def test_html_keeps_the_content_and_leaves_what_surrounds_it() -> None:
    page = read_html(
        "<html><head><title>T</title><meta name=description content='about it'></head><body>"
        "<nav>menu</nav><main><h1>Flows</h1><p>A <code>flow</code> runs.</p>"
        "<ul><li>one</li><li>two</li></ul><table><tr><th>k</th><td>v</td></tr></table>"
        "<pre><code class='language-yaml'>id: x\n  y: z</code></pre>loose <b>end</b></main>"
        "<script>evil()</script><footer>foot</footer></body>",
        "http://h/docs/",
    )
    assert page.title == "Flows"
    assert page.description == "about it"
    assert [(block.kind, block.text) for block in page.blocks if block.kind != "text"] == [
        ("heading", "Flows"),
        ("item", "- one"),
        ("item", "- two"),
        ("row", "| k | v |"),
        ("code", "```yaml\nid: x\n  y: z\n```"),
    ]
    texts = " ".join(block.text for block in page.blocks)
    assert "A `flow` runs." in texts and "loose" in texts
    assert "menu" not in texts and "evil" not in texts and "foot" not in texts


def test_links_are_absolute_and_without_fragments() -> None:
    page = read_html("<a href='b.html#x'>b</a><a href='/c'>c</a><a href='mailto:x'>m</a>", "http://h/docs/a")
    assert page.links == ("http://h/docs/b.html", "http://h/c")


@pytest.mark.parametrize(
    "text",
    [
        "<p>open <b>never <i>closed",
        "<<<>>>",
        "</div></p>text",
        "<table><tr><td>cell",
        "<a href='http://['>x</a>t",
    ],
)
def test_broken_html_is_read(text: str) -> None:
    assert read_html(text, "http://h/").blocks or text == "<<<>>>"


def test_deep_html_does_not_exhaust_the_stack() -> None:
    page = read_html("<div>" * 1500 + "deep" + "</div>" * 1500)
    assert [block.text for block in page.blocks] == ["deep"]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("grün".encode(), "grün"),
        (b"\xef\xbb\xbfx", "x"),
        ("grün".encode("utf-16"), "grün"),
        ("grün".encode("cp1252"), "grün"),
        (b"a\r\nb\rc", "a\nb\nc"),
    ],
    ids=["utf-8", "bom", "utf-16", "windows", "line ends"],
)
def test_encodings(content: bytes, text: str) -> None:
    assert decode("x.md", content) == text


@pytest.mark.parametrize(
    ("source", "content", "media", "reason"),
    [
        ("a.md", b"\x89PNG\0\0", "", "binary"),
        ("a.md", bytes(range(1, 9)) * 50, "", "encoding"),
        ("a.md", b"  \n ", "", "empty"),
        ("a.md", b"---\ntitle: x\n---\n", "", "no text"),
        ("a.html", b"<script>x</script>", "", "no text"),
        ("a.exe", b"text", "", ".exe are not read"),
        ("http://h/a", b"PK", "application/zip", "application/zip"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(
    source: str, content: bytes, media: str, reason: str
) -> None:
    with pytest.raises(SourceRefused, match=reason):
        read_document(source, content, media=media)


def test_front_matter_says_what_a_document_is() -> None:
    document = read_document("docs/plugins/log.md", PAGE.encode())
    assert (document.kind, document.type) == ("plugin", "io.kestra.plugin.core.log.Log")
    assert document.group == "io.kestra.plugin.core.log"
    assert document.keywords == ("print", "message")


@pytest.mark.parametrize(
    ("source", "kind"),
    [("docs/guides/a.md", "guide"), ("docs/expressions/a.md", "expression"), ("notes/a.md", "page")],
)
def test_without_front_matter_the_folder_says_what_a_document_is(source: str, kind: str) -> None:
    assert read_document(source, b"text").kind == kind
