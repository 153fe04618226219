"""PDF files."""

from __future__ import annotations

from io import BytesIO

import pytest
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from retrieval.errors import SourceRefused
from retrieval.read import read_document


def make(*pages: str, title: str = "", password: str = "") -> bytes:
    """Return a PDF with one line of text on each page."""
    writer = PdfWriter()
    font = DictionaryObject(
        {NameObject("/Type"): NameObject("/Font"), NameObject("/Subtype"): NameObject("/Type1")}
    )
    font[NameObject("/BaseFont")] = NameObject("/Helvetica")
    for text in pages:
        page = writer.add_blank_page(300, 300)
        fonts = DictionaryObject({NameObject("/F1"): font})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        if text:
            stream = DecodedStreamObject()
            stream.set_data(f"BT /F1 12 Tf 20 200 Td ({text}) Tj ET".encode())
            page[NameObject("/Contents")] = writer._add_object(stream)
    if title:
        writer.add_metadata({"/Title": title})
    if password:
        writer.encrypt(password)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def test_each_page_is_a_section() -> None:
    document = read_document("docs/handbook.pdf", make("Retry a load", "", "Pause it", title="Handbook"))
    assert document.title == "Handbook"
    assert [(block.kind, block.text, block.start_line) for block in document.blocks] == [
        ("heading", "Page 1", 1),
        ("text", "Retry a load", 1),
        ("heading", "Page 3", 3),
        ("text", "Pause it", 3),
    ]


def test_a_server_may_name_it_by_its_media_type() -> None:
    assert read_document("https://example.org/get?id=3", make("Text"), media="application/pdf").blocks


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (make(""), "scanned"),
        (make("secret", password="x"), "encrypted"),
        (b"%PDF-1.7\nnothing", "not a readable PDF"),
        (b"", "empty"),
    ],
    ids=["no text", "encrypted", "damaged", "empty"],
)
def test_what_cannot_be_read_is_refused_with_a_reason(content: bytes, reason: str) -> None:
    with pytest.raises(SourceRefused, match=reason):
        read_document("x.pdf", content)
