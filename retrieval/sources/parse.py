"""A source from the text a person writes."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from retrieval.sources.folder import Folder
from retrieval.sources.git import Git
from retrieval.sources.port import Source
from retrieval.sources.web import Web

_REPOSITORY = re.compile(r"((?:https?|file)://[^#]+\.git)(?:#(.+))?$")


def parse_source(text: str | Path, *, allow_private: bool = False) -> Source:
    """Return the source of a path or an address.

    An address ending in `.xml` or `.xml.gz` is a sitemap, one ending in `*` means every page below it; one
    ending in `.git` or `.git#folder` is a repository.

    >>> parse_source("https://example.org/docs/*").origin
    'follow:https://example.org/docs/'
    """
    if isinstance(text, str) and (found := _REPOSITORY.match(text)):
        return Git(found.group(1), found.group(2) or "", allow_private=allow_private)
    if isinstance(text, Path) or not text.startswith(("http://", "https://")):
        return Folder(Path(text))
    if text.endswith("*"):
        return Web(text.rstrip("*"), "follow", allow_private=allow_private)
    sitemap = urlsplit(text).path.endswith((".xml", ".xml.gz"))
    return Web(text, "sitemap" if sitemap else "page", allow_private=allow_private)
