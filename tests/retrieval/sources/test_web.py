"""Documents from the web, against a real server on the loopback."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from retrieval.ingest import ingest
from retrieval.retriever import Retriever
from retrieval.sources.address import is_public
from retrieval.sources.fetch import Limits
from retrieval.sources.folder import Folder
from retrieval.sources.parse import parse_source
from retrieval.sources.port import Found, Known, Refused, Same
from retrieval.sources.web import Mode, Web


@dataclass
class Page:
    body: bytes | str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Site:
    """Pages by path, and the requests that were made."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.asked: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                page = site.pages.get(self.path, Page("absent", 404))
                etag = page.headers.get("ETag")
                status = 304 if etag and self.headers.get("If-None-Match") == etag else page.status
                self.send_response(status)
                for name, value in {"Content-Type": "text/html", **page.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                if status != 304:
                    self.wfile.write(page.body.encode() if isinstance(page.body, str) else page.body)

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def web(self, path: str, mode: Mode = "page", **limits: float) -> Web:
        given = Limits(**{"delay_seconds": 0.0, **limits})  # type: ignore[arg-type]
        return Web(self.url + path, mode, limits=given, allow_private=True, pause=self.pauses.append)

    pauses: list[float]


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    site.pauses = []
    thread = threading.Thread(target=site.server.serve_forever, args=(0.02,))
    thread.start()
    yield site
    site.server.shutdown()
    thread.join()
    site.server.server_close()


def found(web: Web, known: dict[str, Known] | None = None) -> dict[str, str]:
    """Return path → what became of it."""
    result = {}
    for item in web.read(known or {}):
        if isinstance(item, Found):
            result[item.document.source.split("/", 3)[-1]] = item.document.title
        else:
            text = item.reason if isinstance(item, Refused) else "same"
            result[item.source.split("/", 3)[-1]] = text
    return result


def test_a_page(site: Site) -> None:
    site.pages["/docs/a"] = Page("<h1>A</h1><p>text")
    assert found(site.web("/docs/a#part")) == {"docs/a": "A"}


def test_links_are_followed_below_the_prefix_and_to_a_depth(site: Site) -> None:
    site.pages["/docs/"] = Page(
        "<h1>Start</h1><a href='a'>a</a><a href='/other'>o</a><a href='x.png'>p</a><a href='a?q=1'>q</a>"
    )
    site.pages["/docs/a"] = Page("<h1>A</h1><a href='b'>b</a><a href='./#top'>up</a>")
    site.pages["/docs/b"] = Page("<h1>B</h1><a href='c'>c</a>")
    assert found(site.web("/docs/", "follow", depth=2)) == {"docs/": "Start", "docs/a": "A", "docs/b": "B"}
    assert site.asked.count("/docs/") == 1


def test_the_limit_of_pages_is_named(site: Site) -> None:
    links = "".join(f"<a href='{number}'>x</a>" for number in range(9))
    site.pages["/d/"] = Page(f"<h1>S</h1>{links}")
    site.pages.update({f"/d/{number}": Page(f"<h1>{number}</h1>") for number in range(9)})
    result = found(site.web("/d/", "follow", pages=4))
    assert sum("limit of 4 pages" in text for text in result.values()) == 6


def test_a_sitemap_index_plain_and_zipped(site: Site) -> None:
    inner = (
        f"<urlset><url><loc>{site.url}/a</loc></url><url><loc>http://elsewhere.example/x</loc></url></urlset>"
    )
    site.pages["/sitemap.xml"] = Page(
        f"<sitemapindex><sitemap><loc>{site.url}/one.xml.gz</loc></sitemap></sitemapindex>"
    )
    site.pages["/one.xml.gz"] = Page(
        gzip.compress(inner.encode()), headers={"Content-Type": "application/gzip"}
    )
    site.pages["/a"] = Page("<h1>A</h1>")
    assert found(site.web("/sitemap.xml", "sitemap")) == {"a": "A"}


def test_robots_txt_is_obeyed_and_its_delay_kept(site: Site) -> None:
    site.pages["/robots.txt"] = Page("User-agent: *\nDisallow: /docs/private\nCrawl-delay: 3\n")
    site.pages["/docs/"] = Page("<h1>S</h1><a href='private'>p</a><a href='open'>o</a>")
    site.pages["/docs/open"] = Page("<h1>O</h1>")
    result = found(site.web("/docs/", "follow"))
    assert result["docs/private"] == "robots.txt of the site forbids it"
    assert "/docs/private" not in site.asked
    assert any(2 < pause <= 3 for pause in site.pauses)


def test_a_site_whose_robots_txt_fails_is_left_alone_and_kept(site: Site) -> None:
    site.pages["/robots.txt"] = Page("", 503)
    site.pages["/a"] = Page("<h1>A</h1>")
    items = list(site.web("/a").read({}))
    assert isinstance(items[0], Refused) and items[0].keep
    assert site.asked == ["/robots.txt"]


def test_an_unchanged_page_is_not_sent_again_and_its_links_are_followed(site: Site, kv) -> None:
    site.pages["/d/"] = Page("<h1>S</h1><p>words<a href='a'>a</a>", headers={"ETag": '"1"'})
    site.pages["/d/a"] = Page("<h1>A</h1><p>more", headers={"ETag": '"2"'})
    ingest([site.web("/d/", "follow")], kv, None)
    site.pages["/d/a"] = Page("<h1>A</h1><p>changed", headers={"ETag": '"3"'})
    report = ingest([site.web("/d/", "follow")], kv, None)
    assert (report.unchanged, report.changed, report.removed) == (1, 1, 0)
    assert Retriever(kv, None).search("changed")[0].source == f"{site.url}/d/a"


def test_a_gone_page_is_removed_and_one_in_trouble_is_kept(site: Site, kv) -> None:
    site.pages["/d/"] = Page("<h1>S</h1><p>x<a href='a'>a</a><a href='b'>b</a>")
    site.pages["/d/a"] = Page("<h1>A</h1><p>alpha")
    site.pages["/d/b"] = Page("<h1>B</h1><p>beta")
    ingest([site.web("/d/", "follow")], kv, None)
    site.pages["/d/a"] = Page("", 410)
    site.pages["/d/b"] = Page("", 500)
    report = ingest([site.web("/d/", "follow")], kv, None)
    assert (report.removed, report.documents) == (1, 2)
    assert {skip.reason for skip in report.skipped} == {"the server answered 410", "the server answered 500"}


def test_a_server_that_is_away_keeps_everything(site: Site, kv) -> None:
    site.pages["/d/"] = Page("<h1>S</h1><p>x<a href='a'>a</a>")
    site.pages["/d/a"] = Page("<h1>A</h1><p>alpha")
    web = site.web("/d/", "follow")
    ingest([web], kv, None)
    site.server.server_close()
    assert ingest([web], kv, None).documents == 2


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (Page("x" * 5000), "larger than 1,000 bytes"),
        (Page("PK", headers={"Content-Type": "application/zip"}), "application/zip is not read"),
        (Page(b"\0\1\2" * 50), "binary, not text"),
        (Page("", headers={"Location": "/a"}, status=302), "more than 5 redirects"),
        (Page("", headers={"Location": "ftp://x/y"}, status=302), "only http and https"),
    ],
    ids=["large", "zip", "binary", "circle", "scheme"],
)
def test_a_page_that_cannot_be_read_is_named(site: Site, page: Page, reason: str) -> None:
    site.pages["/a"] = page
    assert reason in next(iter(found(site.web("/a", max_bytes=1000)).values()))


def test_a_redirect_is_followed_and_the_page_is_called_by_where_it_is(site: Site) -> None:
    site.pages["/old"] = Page("", 301, {"Location": "/new"})
    site.pages["/new"] = Page("<h1>N</h1>")
    assert found(site.web("/old")) == {"new": "N"}


def test_private_addresses_are_refused_unless_allowed(site: Site) -> None:
    site.pages["/a"] = Page("<h1>A</h1>")
    web = Web(site.url + "/a", limits=Limits(delay_seconds=0))
    assert "not a public address" in next(iter(found(web).values()))
    assert site.asked == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("10.0.0.1", False),
        ("127.0.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False),
        ("2606:4700:4700::1111", True),
        ("fd00::1", False),
    ],
)
def test_public_addresses(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("docs", "folder:docs"),
        ("https://example.org/a", "page:https://example.org/a"),
        ("https://example.org/docs/*", "follow:https://example.org/docs/"),
        ("https://example.org/sitemap.xml", "sitemap:https://example.org/sitemap.xml"),
    ],
)
def test_a_source_is_read_from_text(text: str, origin: str) -> None:
    assert parse_source(text).origin == origin


def test_a_folder_says_what_is_the_same(tmp_path) -> None:
    (tmp_path / "a.md").write_text("text")
    item = next(iter(Folder(tmp_path, name="d").read({})))
    assert isinstance(item, Found)
    assert list(Folder(tmp_path, name="d").read({"d/a.md": Known(item.hash)})) == [Same("d/a.md")]


def test_links_out_of_a_folder_and_large_files_are_left(tmp_path) -> None:
    (tmp_path / "out.md").write_text("outside")
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "link.md").symlink_to(tmp_path / "out.md")
    (inner / "large.md").write_text("x" * 100)
    items = list(Folder(inner, max_bytes=50).read({}))
    assert [(item.source, item.reason) for item in items if isinstance(item, Refused)] == [
        ("inner/large.md", "100 bytes; at most 50 are read")
    ]
