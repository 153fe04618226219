"""Documents from the web: one page, the pages of a sitemap, or the pages below an address."""

from __future__ import annotations

import gzip
import time
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from typing import Literal
from urllib.parse import urldefrag, urljoin, urlsplit

from retrieval.document import Document
from retrieval.errors import SourceRefused
from retrieval.read import read_document
from retrieval.sources.fetch import Answer, Fetcher, Limits, Unreachable
from retrieval.sources.port import Found, Item, Known, Refused, Same, content_hash

Mode = Literal["page", "sitemap", "follow"]

_MAX_SITEMAPS = 50
_BINARY = (
    ".png",
    ".jpg",
    ".jpeg",
    ".gif",
    ".svg",
    ".webp",
    ".ico",
    ".css",
    ".js",
    ".zip",
    ".gz",
    ".mp4",
)


class Web:
    """Pages of one site.

    `page` reads the address, `sitemap` every page a sitemap (or an index of them) lists, `follow` goes on by
    links. With the last two, only pages whose address begins with `prefix` are read; it defaults to the site
    for a sitemap and to the folder of the address for links.
    """

    def __init__(
        self,
        url: str,
        mode: Mode = "page",
        *,
        prefix: str | None = None,
        limits: Limits | None = None,
        allow_private: bool = False,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._url = urldefrag(url).url
        self._mode = mode
        self._prefix = prefix or _default_prefix(self._url, mode)
        self._limits = limits or Limits()
        self._allow_private = allow_private
        self._pause = pause

    @property
    def origin(self) -> str:
        """Mode and address."""
        return f"{self._mode}:{self._url}"

    def read(self, known: Mapping[str, Known]) -> Iterator[Item]:
        """Yield the pages, nearest first; pages that cannot be had are named and the rest goes on."""
        with Fetcher(self._limits, allow_private=self._allow_private, pause=self._pause) as fetcher:
            starts = list(self._listed(fetcher)) if self._mode == "sitemap" else [self._url]
            yield from _Crawl(fetcher, known, self._limits, self._wanted, self._mode == "follow").read(starts)

    def _wanted(self, url: str) -> bool:
        """Whether a link may be followed: below the prefix, without a query (no end of those), no image."""
        parts = urlsplit(url)
        return url.startswith(self._prefix) and not parts.query and not parts.path.lower().endswith(_BINARY)

    def _listed(self, fetcher: Fetcher) -> Iterator[str]:
        """Yield the pages of the sitemap below the prefix, indexes opened."""
        waiting, opened, seen = deque([self._url]), 0, set[str]()
        while waiting and opened < _MAX_SITEMAPS:
            address = waiting.popleft()
            opened += 1
            maps, pages = _read_sitemap(address, fetcher.get(address), self._limits.max_bytes)
            waiting.extend(maps)
            for page in pages:
                if page not in seen and page.startswith(self._prefix):
                    seen.add(page)
                    yield page


class _Crawl:
    """One walk over pages, breadth first."""

    def __init__(
        self,
        fetcher: Fetcher,
        known: Mapping[str, Known],
        limits: Limits,
        wanted: Callable[[str], bool],
        follow: bool,
    ) -> None:
        self._fetcher = fetcher
        self._known = known
        self._limits = limits
        self._wanted = wanted
        self._follow = follow
        self._queue: deque[tuple[str, int]] = deque()
        self._seen: set[str] = set()

    def read(self, starts: list[str]) -> Iterator[Item]:
        for url in starts:
            self._add(url, 0)
        pages = 0
        while self._queue:
            url, depth = self._queue.popleft()
            if pages >= self._limits.pages:
                yield Refused(url, f"the limit of {self._limits.pages} pages is reached", keep=True)
                continue
            pages += 1
            yield from self._page(url, depth)

    def _add(self, url: str, depth: int) -> None:
        if url not in self._seen and depth <= self._limits.depth:
            self._seen.add(url)
            self._queue.append((url, depth))

    def _page(self, url: str, depth: int) -> Iterator[Item]:
        before = self._known.get(url)
        links: tuple[str, ...] = before.links if before else ()
        try:
            answer = self._fetcher.get(url, before.validators if before else None)
            item, links = self._item(url, depth, answer, links)
        except Unreachable as error:
            item = Refused(url, error.reason, keep=not error.gone)
            links = () if error.gone else links
        except SourceRefused as error:
            item, links = Refused(url, error.reason), ()
        if item is not None:
            yield item
        if self._follow:
            for link in filter(self._wanted, links):
                self._add(link, depth + 1)

    def _item(
        self, url: str, depth: int, answer: Answer, links: tuple[str, ...]
    ) -> tuple[Item | None, tuple[str, ...]]:
        """Return what became of the page (None: a redirect led to one that is read anyway) and its links."""
        if answer.unchanged:
            return Same(url), links
        if answer.url != url:
            if self._follow and depth and not self._wanted(answer.url):
                return Refused(url, f"it redirects to {answer.url}, which is outside"), ()
            if answer.url in self._seen:
                return None, ()
            self._seen.add(answer.url)
        digest = content_hash(answer.content)
        before = self._known.get(answer.url)
        if before and before.hash == digest:
            return Same(answer.url), before.links
        document: Document = read_document(answer.url, answer.content, media=answer.media)
        return Found(document, digest, answer.validators), document.links


def _default_prefix(url: str, mode: Mode) -> str:
    return urljoin(url, "/") if mode == "sitemap" else urljoin(url, ".")


def _read_sitemap(url: str, answer: Answer, max_bytes: int) -> tuple[list[str], list[str]]:
    """Return (sitemaps, pages) that a sitemap names; plain lists of addresses are read too."""
    from bs4 import BeautifulSoup

    content = answer.content
    if content.startswith(b"\x1f\x8b"):
        content = _unzip(url, content, max_bytes)
    text = content.decode("utf-8", "replace")
    if "<" not in text:
        return [], [line.strip() for line in text.splitlines() if line.strip().startswith("http")]
    soup = BeautifulSoup(text, "html.parser")  # an HTML parser expands no entities, so no bomb can go off
    places: dict[str, list[str]] = {"sitemap": [], "url": []}
    for tag in soup.find_all("loc"):
        if tag.parent is not None and tag.parent.name in places:
            places[tag.parent.name].append(urldefrag(urljoin(url, tag.get_text().strip())).url)
    return places["sitemap"], places["url"]


def _unzip(url: str, content: bytes, max_bytes: int) -> bytes:
    try:
        with gzip.GzipFile(fileobj=BytesIO(content)) as stream:
            found = stream.read(max_bytes + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise SourceRefused(url, f"not a readable gzip file ({error})") from error
    if len(found) > max_bytes:
        raise SourceRefused(url, f"larger than {max_bytes:,} bytes when unpacked")
    return found
