"""Asking a web server politely: limits on size, time and rate, robots.txt, conditional requests."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit
from urllib.robotparser import RobotFileParser

from retrieval.errors import SourceRefused
from retrieval.sources.address import allowed_addresses

if TYPE_CHECKING:
    import httpx

AGENT = "flowsmith"
_MAX_REDIRECTS = 5
_MAX_ROBOTS_BYTES = 500_000


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is asked of a server. `depth` counts links from the first page, which is 0."""

    pages: int = 500
    depth: int = 5
    max_bytes: int = 5_000_000
    delay_seconds: float = 0.2
    timeout_seconds: float = 20.0
    page_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A page as it came; `unchanged` answers have no content. `url` is where redirects ended."""

    url: str
    content: bytes
    media: str
    validators: Mapping[str, str]
    unchanged: bool = False


class Unreachable(SourceRefused):
    """The server did not give the page; `gone` says that it never will."""

    def __init__(self, source: str, reason: str, *, gone: bool = False) -> None:
        super().__init__(source, reason)
        self.gone = gone


class Fetcher:
    """One crawl's connection pool, its manners and its memory of robots.txt. A context manager."""

    def __init__(
        self,
        limits: Limits,
        *,
        allow_private: bool = False,
        pause: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limits = limits
        self._pause = pause
        self._clock = clock
        self._client = _client(limits, allow_private)
        self._robots: dict[str, RobotFileParser | None] = {}
        self._next: dict[str, float] = {}

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, url: str, validators: Mapping[str, str] | None = None) -> Answer:
        """Fetch a page; with validators of an earlier answer the server may say it is unchanged.

        Raises Unreachable, or SourceRefused when we may not ask.
        """
        headers = {}
        if validators and "etag" in validators:
            headers["If-None-Match"] = validators["etag"]
        if validators and "last-modified" in validators:
            headers["If-Modified-Since"] = validators["last-modified"]
        for _ in range(_MAX_REDIRECTS + 1):
            self._check(url)
            answer = self._ask(url, headers, self._limits.max_bytes)
            if isinstance(answer, Answer):
                return answer
            url = answer
        raise Unreachable(url, f"more than {_MAX_REDIRECTS} redirects")

    def _check(self, url: str) -> None:
        """Raise SourceRefused when robots.txt forbids the page, Unreachable when it cannot be read now."""
        site = _site(url)
        if site not in self._robots:
            self._robots[site] = self._read_robots(site)
        rules = self._robots[site]
        if rules is None:
            raise Unreachable(url, "robots.txt of the site cannot be read")
        if not rules.can_fetch(AGENT, url):
            raise SourceRefused(url, "robots.txt of the site forbids it")

    def _read_robots(self, site: str) -> RobotFileParser | None:
        """Follow RFC 9309: no file allows everything, a server that fails (None) forbids everything."""
        rules = RobotFileParser()
        address: str | Answer = f"{site}/robots.txt"
        try:
            for _ in range(_MAX_REDIRECTS + 1):
                if isinstance(address, Answer):
                    break
                address = self._ask(address, {}, _MAX_ROBOTS_BYTES)
        except Unreachable as error:
            if not error.gone:
                return None
            address = Answer(site, b"", "", {})
        text = address.content.decode("utf-8", "replace") if isinstance(address, Answer) else ""
        rules.parse(text.lstrip("\ufeff").splitlines())
        return rules

    def _ask(self, url: str, headers: Mapping[str, str], max_bytes: int) -> Answer | str:
        """Ask once; returns the answer, or the address a redirect names."""
        import httpx

        if urlsplit(url).scheme not in ("http", "https"):
            raise SourceRefused(url, "only http and https addresses are read")
        self._wait(url)
        try:
            with self._client.stream("GET", url, headers=dict(headers)) as response:
                return self._receive(url, response, max_bytes)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise Unreachable(
                url, f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            ) from error

    def _wait(self, url: str) -> None:
        """Keep the distance between two requests to one site, the larger of ours and the site's."""
        site = _site(url)
        rules = self._robots.get(site)
        asked = rules.crawl_delay(AGENT) if rules else None
        delay = max(self._limits.delay_seconds, min(float(asked or 0), 30.0))
        now = self._clock()
        due = self._next.get(site, now)
        if due > now:
            self._pause(due - now)
        self._next[site] = max(due, now) + delay

    def _receive(self, url: str, response: httpx.Response, max_bytes: int) -> Answer | str:
        validators = {
            name: response.headers[name] for name in ("etag", "last-modified") if name in response.headers
        }
        if response.status_code == 304:
            return Answer(url, b"", "", validators, unchanged=True)
        if response.is_redirect:
            return urljoin(url, response.headers["location"])
        if response.status_code != 200:
            gone = 400 <= response.status_code < 500 and response.status_code not in (401, 403, 408, 425, 429)
            if url.endswith("/robots.txt"):
                gone = 400 <= response.status_code < 500 and response.status_code != 429
            raise Unreachable(url, f"the server answered {response.status_code}", gone=gone)
        media = response.headers.get("content-type", "")
        return Answer(url, self._body(url, response, max_bytes), media, validators)

    def _body(self, url: str, response: httpx.Response, max_bytes: int) -> bytes:
        """Read up to the limits of size (after decompression) and time."""
        end = self._clock() + self._limits.page_seconds
        body = bytearray()
        for part in response.iter_bytes(1 << 16):
            body += part
            if len(body) > max_bytes:
                raise SourceRefused(url, f"larger than {max_bytes:,} bytes")
            if self._clock() > end:
                raise Unreachable(url, f"not complete after {self._limits.page_seconds:g} seconds")
        return bytes(body)


def _client(limits: Limits, allow_private: bool) -> httpx.Client:
    import httpx

    class Pinned(httpx.HTTPTransport):
        """Connects to the very address that was checked; name and certificate stay those of the host."""

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            host = request.url.host
            port = request.url.port or (443 if request.url.scheme == "https" else 80)
            failure: httpx.ConnectError | None = None
            for address in allowed_addresses(host, port, allow_private=allow_private):
                pinned = httpx.Request(
                    request.method,
                    request.url.copy_with(host=address),
                    headers=request.headers,
                    stream=request.stream,
                    extensions={**request.extensions, "sni_hostname": host},
                )
                try:
                    return super().handle_request(pinned)
                except httpx.ConnectError as error:
                    failure = error
            raise failure or httpx.ConnectError(f"{host} has no address")

    return httpx.Client(
        transport=Pinned(),
        trust_env=False,
        timeout=limits.timeout_seconds,
        headers={
            "User-Agent": f"{AGENT} (documentation reader)",
            "Accept": "text/html, text/markdown, text/plain, application/pdf",
        },
    )


def _site(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
