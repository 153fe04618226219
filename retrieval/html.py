"""HTML pages read into the same blocks as Markdown, without what surrounds the content."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urldefrag, urljoin

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PageElement, PreformattedString, Tag

from retrieval.document import Block, BlockKind

_SURROUND = "script style noscript template nav header footer aside form button iframe svg canvas select"
_DROPPED = frozenset(_SURROUND.split())
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_TEXTS = frozenset(["p", "blockquote", "dt", "dd", "figcaption", "summary", "address", "caption"])
_LISTS = "pre table ul ol li tr dl dd dt p blockquote div section article"
_CONTAINERS = frozenset((*_HEADINGS, *_LISTS.split()))
_LANGUAGE = re.compile(r"(?:language|lang)-([\w+-]+)")


@dataclass(frozen=True, slots=True)
class HtmlPage:
    """What was found in a page; `links` are absolute and without fragments."""

    title: str
    description: str
    blocks: tuple[Block, ...]
    links: tuple[str, ...]


def read_html(text: str, base: str = "") -> HtmlPage:
    """Read a page, broken ones too. Links are resolved against `base` (or the page's own `<base>`)."""
    soup = BeautifulSoup(text, "html.parser")
    own_base = soup.find("base", href=True)
    if isinstance(own_base, Tag):
        base = urljoin(base, str(own_base["href"]))
    links = tuple(dict.fromkeys(_links(soup, base)))
    title = _title(soup)
    description = _description(soup)
    for tag in soup.find_all(_DROPPED):
        if not tag.decomposed and not (tag.name == "header" and tag.find("h1")):
            tag.decompose()
    last = text.count("\n") + 1
    return HtmlPage(title, description, tuple(_blocks(_content(soup), last)), links)


def _title(soup: BeautifulSoup) -> str:
    for name in ("h1", "title"):
        tag = soup.find(name)
        if isinstance(tag, Tag) and (title := _words(tag)):
            return title
    return ""


def _description(soup: BeautifulSoup) -> str:
    tag = soup.find("meta", attrs={"name": "description"})
    return str(tag.get("content") or "").strip() if isinstance(tag, Tag) else ""


def _links(soup: BeautifulSoup, base: str) -> Iterator[str]:
    for tag in soup.find_all("a", href=True):
        try:
            target = urldefrag(urljoin(base, str(tag["href"]).strip())).url
        except ValueError:
            continue
        if target.startswith(("http://", "https://")):
            yield target


def _content(soup: BeautifulSoup) -> Tag:
    """Return the one main part of the page, or all of it."""
    for found in (soup.find_all("main"), soup.find_all("article"), soup.find_all("body")):
        if len(found) == 1 and _words(found[0]):
            return found[0]
    return soup


def _blocks(root: Tag, last: int) -> Iterator[Block]:
    """Walk the tree with a stack of its own: depth of nesting cannot exhaust Python's."""
    stack: list[PageElement] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, Tag):
            if block := _block(node, last):
                yield block
            elif node.name not in (*_HEADINGS, "pre"):
                stack.extend(reversed(node.contents))
        elif isinstance(node, NavigableString) and not isinstance(node, PreformattedString) and node.strip():
            line = _line(node.parent)
            yield Block("text", " ".join(node.split()), line, line)


def _block(tag: Tag, last: int) -> Block | None:
    """Return the tag as one block, or None when its children are looked at one by one."""
    if tag.name in _HEADINGS:
        return _made("heading", _words(tag), tag, last, _HEADINGS[tag.name])
    if tag.name == "pre":
        return _made("code", _code(tag), tag, last)
    if tag.name == "tr":
        cells = [_words(cell) for cell in tag.find_all(["td", "th"])]
        return _made("row", "| " + " | ".join(cells) + " |" if any(cells) else "", tag, last)
    inner = tag.find(_CONTAINERS) is not None
    if tag.name == "li" and not inner:
        return _made("item", "- " + _words(tag), tag, last)
    if (tag.name in _TEXTS or tag.name in ("div", "section", "article", "td", "body")) and not inner:
        return _made("text", _words(tag), tag, last)
    return None


def _made(kind: BlockKind, text: str, tag: Tag, last: int, level: int = 0) -> Block | None:
    if not text.strip(" -|`\n"):
        return None
    start = _line(tag)
    return Block(
        kind, text, start, min(start + sum(string.count("\n") for string in tag.strings), last), level
    )


def _line(tag: Tag | None) -> int:
    return (tag.sourceline or 1) if tag is not None else 1


def _words(tag: Tag) -> str:
    """Return the text of a tag on one line, `<code>` in backticks."""
    parts: list[str] = []
    for node in tag.descendants:
        if isinstance(node, NavigableString) and not isinstance(node, PreformattedString):
            in_code = node.parent is not None and node.parent.name == "code"
            parts.append(f"`{node.strip()}`" if in_code and node.strip() else str(node))
    return " ".join("".join(parts).split())


def _code(tag: Tag) -> str:
    text = tag.get_text().strip("\n")
    if not text.strip():
        return ""
    names = [
        str(name)
        for one in (tag, tag.find("code"))
        if isinstance(one, Tag)
        for name in one.get("class") or []
    ]
    found = next((match for name in names if (match := _LANGUAGE.match(name))), None)
    return f"```{found.group(1) if found else ''}\n{text}\n```"
