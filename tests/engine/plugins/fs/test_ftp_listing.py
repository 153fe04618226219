"""Lines of folder listings of FTP servers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.plugins.fs.ftp._listing import from_facts, from_line

NOW = datetime(2026, 1, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "path", "folder", "size", "modified"),
    [
        ("-rw-r--r--   1 u  g   1234 Mar  5  2020 a.csv", "/in/a.csv", False, 1234, "2020-03-05T00:00"),
        ("-rw-r--r--   1 u  g   1 Jan 14 23:59 new.csv", "/in/new.csv", False, 1, "2026-01-14T23:59"),
        ("-rw-r--r--   1 u  g   1 Dec 31 10:00 last year", "/in/last year", False, 1, "2025-12-31T10:00"),
        ("drwxr-xr-x+ 22 1000 1000 4096 Nov 24 12:03 deep", "/in/deep", True, 4096, "2025-11-24T12:03"),
        ("lrwxrwxrwx 1 u g 4 Mar  5  2020 a -> b", "/in/a", False, 4, "2020-03-05T00:00"),
        ("-rw-r--r-- 1 u g 4 Mar  5  2020  blank first", "/in/ blank first", False, 4, "2020-03-05T00:00"),
        ("-rw-r--r-- 1 u g 4 Feb 30  2020 odd", "/in/odd", False, 4, None),
        ("01-31-26  09:15PM       <DIR>          box", "/in/box", True, 0, "2026-01-31T21:15"),
        ("01-31-2026  21:15       12 x y.txt", "/in/x y.txt", False, 12, "2026-01-31T21:15"),
    ],
)
def test_a_line_is_understood(line: str, path: str, folder: bool, size: int, modified: str | None) -> None:
    entry = from_line("/in", line, NOW)
    assert entry is not None
    told = entry.modified.isoformat()[:16] if entry.modified else None
    assert (entry.path, entry.folder, entry.size, told) == (path, folder, size, modified)


@pytest.mark.parametrize("line", ["total 12", "", "drwxr-xr-x 2 u g 1 Mar 5 2020 .", "hello world"])
def test_other_lines_are_passed_over(line: str) -> None:
    assert from_line("/in", line, NOW) is None


def test_facts_are_understood() -> None:
    facts = {"type": "file", "size": "12", "modify": "20260131211500.123", "unix.mode": "0644"}
    entry = from_facts("/", "a;b c", facts)
    assert entry is not None
    assert (entry.path, entry.size, entry.permissions) == ("/a;b c", 12, 0o644)
    assert entry.modified == datetime(2026, 1, 31, 21, 15, tzinfo=UTC)
    assert from_facts("/", ".", {"type": "cdir"}) is None
    link = from_facts("/", "l", {"type": "OS.unix=slink:/target"})
    assert link is not None
    assert (link.link, link.folder, link.modified) == (True, False, None)
