"""Bytes from any source become a document, or a reason why not."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Literal
from urllib.parse import urlsplit

from engine.model.json import Json
from retrieval.document import KINDS, Block, Document, Kind
from retrieval.errors import SourceRefused
from retrieval.html import read_html
from retrieval.markdown import read_front_matter, read_markdown, read_text
from retrieval.pdf import read_pdf

Format = Literal["markdown", "html", "text", "pdf"]

SUFFIXES: dict[str, Format] = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".mdx": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".txt": "text",
    ".text": "text",
    ".pdf": "pdf",
}
"""File endings that are read; others in a folder are left alone."""

_MEDIA: dict[str, Format] = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/markdown": "markdown",
    "text/x-markdown": "markdown",
    "text/plain": "text",
    "application/pdf": "pdf",
}
_FOLDERS: dict[str, Kind] = {"plugins": "plugin", "expressions": "expression", "guides": "guide"}
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w:.-]+)", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufffd]")


def read_document(source: str, content: bytes, *, media: str = "", charset: str = "") -> Document:
    """Read a document; raises SourceRefused for binary, empty and unknown content.

    `media` is the Content-Type a server names; without it the ending of the source decides.
    """
    form = _format(source, content, media)
    if not content.strip():
        raise SourceRefused(source, "empty")
    if form == "pdf":
        return _from_pdf(source, content)
    text = decode(source, content, charset or _charset_of(media), html=form == "html")
    if not text.strip():
        raise SourceRefused(source, "empty")
    document = _from_html(source, text) if form == "html" else _from_text(source, text, form)
    if document.empty:
        raise SourceRefused(source, "no text in it")
    return document


def decode(source: str, content: bytes, charset: str = "", *, html: bool = False) -> str:
    """Turn bytes into text with `\\n` line ends: BOM, declared charset, UTF-8, then Windows-1252.

    Raises SourceRefused when what comes out is not text.
    """
    for mark, name in _BOMS:
        if content.startswith(mark):
            return _checked(source, content[len(mark) :].decode(name, "replace"))
    if b"\0" in content[:8192]:
        raise SourceRefused(source, "binary, not text")
    names = [charset, "utf-8", "cp1252"]
    if html and (found := _META_CHARSET.search(content[:4096])):
        names.insert(1, found.group(1).decode("ascii"))
    for name in filter(None, names):
        try:
            return _checked(source, content.decode(name))
        except (UnicodeDecodeError, LookupError):
            continue
    return _checked(source, content.decode("latin-1"))


def _checked(source: str, text: str) -> str:
    odd = len(_CONTROL.findall(text))
    if odd * 50 > len(text):
        raise SourceRefused(source, "binary or in an unknown encoding; save it as UTF-8")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _charset_of(media: str) -> str:
    found = re.search(r"charset=[\"']?([\w:.-]+)", media, re.IGNORECASE)
    return found.group(1) if found else ""


def _format(source: str, content: bytes, media: str) -> Format:
    named = media.split(";")[0].strip().lower()
    suffix = PurePosixPath(urlsplit(source).path if "://" in source else source).suffix.lower()
    by_suffix = SUFFIXES.get(suffix)
    if named in _MEDIA:
        return by_suffix if named == "text/plain" and by_suffix else _MEDIA[named]
    if named and named != "application/octet-stream":
        raise SourceRefused(source, f"{named} is not read; HTML, Markdown, plain text and PDF are")
    if by_suffix:
        return by_suffix
    if content[:512].lstrip().lower().startswith((b"<!doctype html", b"<html")):
        return "html"
    raise SourceRefused(
        source, f"files ending in {suffix or 'nothing'} are not read; use {' '.join(SUFFIXES)}"
    )


def _from_pdf(source: str, content: bytes) -> Document:
    title, blocks = read_pdf(source, content)
    return Document(
        source=source, title=title or _name_of(source), blocks=blocks, kind=_kind_of_place(source)
    )


def _from_html(source: str, text: str) -> Document:
    page = read_html(text, source if "://" in source else "")
    return Document(
        source=source,
        title=page.title or _name_of(source),
        blocks=page.blocks,
        kind=_kind_of_place(source),
        description=page.description,
        links=page.links,
    )


def _from_text(source: str, text: str, form: Format) -> Document:
    front, taken = read_front_matter(text) if form == "markdown" else ({}, 0)
    blocks = read_markdown(text, taken) if form == "markdown" else read_text(text)
    kind, plugin = _kind_of(front, source)
    description = _text_of(front, "description")
    if description and not any(block.text == description for block in blocks[:3]):
        blocks = _with_description(blocks, description, taken)
    return Document(
        source=source,
        title=_text_of(front, "title") or _first_heading(blocks) or _name_of(source),
        blocks=blocks,
        kind=kind,
        type=plugin,
        group=_text_of(front, "group") or (plugin.rsplit(".", 1)[0] if plugin else ""),
        description=description,
        keywords=_words_of(front.get("keywords")),
    )


def _with_description(blocks: tuple[Block, ...], text: str, taken: int) -> tuple[Block, ...]:
    """Put the front matter's description in front of the body, below the title."""
    at = 1 if blocks and blocks[0].kind == "heading" and blocks[0].level == 1 else 0
    return (*blocks[:at], Block("text", text, 1, max(taken, 1)), *blocks[at:])


def _kind_of(front: dict[str, Json], source: str) -> tuple[Kind, str]:
    """Return the kind of a document and its plugin type id, from its front matter or else its folder."""
    named, kind = _text_of(front, "type"), _text_of(front, "kind")
    plugin = next((name for name in (named, _text_of(front, "plugin")) if "." in name), "")
    for name in KINDS:
        if name in (named, kind):
            return name, plugin
    return ("plugin", plugin) if plugin else (_kind_of_place(source), "")


def _kind_of_place(source: str) -> Kind:
    parts = reversed(PurePosixPath(urlsplit(source).path if "://" in source else source).parts[:-1])
    return next((_FOLDERS[part] for part in parts if part in _FOLDERS), "page")


def _text_of(front: dict[str, Json], key: str) -> str:
    value = front.get(key)
    return " ".join(value.split()) if isinstance(value, str) else ""


def _words_of(value: Json) -> tuple[str, ...]:
    if isinstance(value, str):
        value = value.split(",")
    return tuple(str(word).strip() for word in value) if isinstance(value, list) else ()


def _first_heading(blocks: tuple[Block, ...]) -> str:
    return next((block.text.replace("`", "") for block in blocks if block.kind == "heading"), "")


def _name_of(source: str) -> str:
    path = PurePosixPath(urlsplit(source).path if "://" in source else source)
    return path.stem.replace("-", " ").replace("_", " ") or source
