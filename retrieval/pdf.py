"""PDF files read into blocks; the number of a page stands where others have the number of a line."""

from __future__ import annotations

import logging
from importlib.util import find_spec
from io import BytesIO

from retrieval.document import Block
from retrieval.errors import SourceRefused

MAX_PAGES = 2_000


def read_pdf(source: str, content: bytes) -> tuple[str, tuple[Block, ...]]:
    """Return the title, empty without one, and a heading and the paragraphs of each page.

    Raises SourceRefused for what is encrypted, damaged, without text (scanned) or too long, and without the
    package `pypdf`.
    """
    if find_spec("pypdf") is None:
        raise SourceRefused(source, "PDF needs a package; run `uv pip install flowsmith[pdf]`")
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.ERROR)
    try:
        reader = PdfReader(BytesIO(content))
        if reader.is_encrypted:
            raise SourceRefused(source, "encrypted; save it without a password")
        count = len(reader.pages)
        if count > MAX_PAGES:
            raise SourceRefused(source, f"{count:,} pages; at most {MAX_PAGES:,} are read")
        texts = [page.extract_text() for page in reader.pages]
        title = str((reader.metadata and reader.metadata.title) or "").strip()
    except SourceRefused:
        raise
    except (PyPdfError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        raise SourceRefused(source, f"not a readable PDF ({error})") from error
    if not any(text.strip() for text in texts):
        raise SourceRefused(source, "no text in it; scanned pages are pictures")
    return title, tuple(block for number, text in enumerate(texts, 1) for block in _page(number, text))


def _page(number: int, text: str) -> list[Block]:
    paragraphs = [part.strip() for part in text.replace("\x00", "").split("\n\n") if part.strip()]
    if not paragraphs:
        return []
    heading = Block("heading", f"Page {number}", number, number, 2)
    return [heading, *(Block("text", part, number, number) for part in paragraphs)]
