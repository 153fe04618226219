"""Glob patterns over relative paths, as Java reads them: `*`, `?`, `**`, `{a,b}`, `[a-z]`."""

from __future__ import annotations

import re
from functools import lru_cache

from engine.errors import TaskFailure

_ANY_DEPTH = re.compile(r"[\w*]")
_SPECIAL = re.compile(r"[*?\[{]")


def is_plain(pattern: str) -> bool:
    """Tell whether a pattern is just a name."""
    return ":" not in pattern and _SPECIAL.search(pattern) is None


@lru_cache(maxsize=512)
def path_pattern(pattern: str) -> re.Pattern[str]:
    """Compile a pattern: a glob, `glob:…` or `regex:…`; raises TaskFailure.

    A glob that begins with a word or `*` also matches in any folder below.
    """
    try:
        if pattern.startswith("regex:"):
            return re.compile(pattern.removeprefix("regex:"))
        glob = pattern.removeprefix("glob:").removeprefix("./").lstrip("/")
        deep = "(?:.*/)?" if _ANY_DEPTH.match(glob) else ""
        return re.compile(deep + _translate(glob), re.DOTALL)
    except re.error as error:
        raise TaskFailure(f"'{pattern}' is not a pattern of files: {error}") from error


def _translate(glob: str) -> str:
    out: list[str] = []
    groups = at = 0
    while at < len(glob):
        char = glob[at]
        at += 1
        if char == "*":
            if glob.startswith("*", at):
                folder = glob.startswith("/", at + 1)
                at += 2 if folder else 1
                out.append("(?:.*/)?" if folder else ".*")
            else:
                out.append("[^/]*")
        elif char == "?":
            out.append("[^/]")
        elif char == "[" and (end := glob.find("]", at + 1)) > 0:
            body = glob[at:end].replace("\\", "\\\\")
            out.append(f"[^{body[1:]}]" if body[0] in "!^" else f"[{body}]")
            at = end + 1
        elif char == "{":
            groups += 1
            out.append("(?:")
        elif char == "}" and groups:
            groups -= 1
            out.append(")")
        elif char == "," and groups:
            out.append("|")
        elif char == "\\" and at < len(glob):
            out.append(re.escape(glob[at]))
            at += 1
        else:
            out.append(re.escape(char))
    return "".join(out)
