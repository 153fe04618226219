"""Files of a namespace, found by patterns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.errors import TaskFailure
from engine.model import uri as uris
from engine.model.json import loads
from engine.plugins.scripts._glob import path_pattern
from engine.storage.files import FileInfo

if TYPE_CHECKING:
    from engine.plugin import RunContext

_NAMESPACE = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]*")


def as_list(patterns: list[str] | str) -> list[str]:
    """Return the patterns; a text is one pattern, or a JSON list of them. Raises TaskFailure."""
    if not isinstance(patterns, str):
        return patterns
    if not patterns.lstrip().startswith("["):
        return [patterns]
    try:
        return [str(one) for one in loads(patterns)]
    except ValueError as error:
        raise TaskFailure(f"files: '{patterns[:200]}' is not a JSON list: {error}") from error


def folder_of(namespace: str) -> str:
    """Return the folder of a namespace's files; raises TaskFailure when the name is none."""
    if not _NAMESPACE.fullmatch(namespace) or ".." in namespace:
        raise TaskFailure(f"namespace: '{namespace}' is not a namespace; write it like company.team")
    return uris.namespace_files_prefix(namespace)


def matching(ctx: RunContext, namespace: str, patterns: list[str] | str) -> Iterator[tuple[str, FileInfo]]:
    """Yield path in the namespace and file, for everything one of the patterns matches."""
    folder = folder_of(namespace)
    # A path with a slash at its end means everything in that folder.
    compiled = [path_pattern(f"{one}**" if one.endswith("/") else one) for one in as_list(patterns)]
    for info in list(ctx.world.files.walk(folder)):
        path = info.path.removeprefix(folder).lstrip("/")
        if any(pattern.fullmatch(path) for pattern in compiled):
            yield path, info
