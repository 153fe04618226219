"""Files of a script: written into the working directory before, collected from it afterwards."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, WithJsonSchema
from pydantic.alias_generators import to_camel

from engine.errors import ForbiddenPath, TaskFailure
from engine.model import uri as uris
from engine.model.id import new_id
from engine.model.json import Json, dumps, loads
from engine.plugin.context import RunContext
from engine.plugins.scripts._glob import path_pattern

OWN_FOLDER = ".flowsmith"
"""What the engine itself puts into a working directory; never collected."""

_URI = re.compile(r"kestra:///[\w\-.+%/~#=@]+")


class NamespaceFiles(BaseModel):
    """Which files of a namespace are copied into the working directory before the task runs."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", use_attribute_docstrings=True
    )

    enabled: bool = True
    """Whether files are copied."""
    include: list[str] | str | None = None
    """Patterns of the files to copy; all when left out."""
    exclude: list[str] | str | None = None
    """Patterns of files to leave out."""
    namespaces: list[str] | None = None
    """Namespaces to copy from, later ones win; by default the flow's own."""
    if_exists: Literal["OVERWRITE", "FAIL", "WARN", "IGNORE"] = "OVERWRITE"
    """What happens when a file is there already."""
    folder_per_namespace: bool = False
    """Put the files of each namespace into a folder of its name."""


def _read_map(value: object) -> object:
    if isinstance(value, str):
        try:
            return loads(value) if value.strip() else None
        except ValueError as error:
            raise ValueError(f"'{value[:200]}' is not a JSON map: {error}") from error
    return value


def _read_list(value: object) -> object:
    if isinstance(value, str):
        return loads(value) if value.lstrip().startswith("[") else [value]
    return value


InputFiles = Annotated[
    dict[str, Any],
    BeforeValidator(_read_map),
    WithJsonSchema({"type": ["object", "string"], "additionalProperties": True}),
]
"""Relative path to content or address; also as JSON text."""

Patterns = Annotated[
    list[str],
    BeforeValidator(_read_list),
    WithJsonSchema({"type": ["array", "string"], "items": {"type": "string"}}),
]
"""A list of glob patterns."""


def inside(folder: Path, name: str) -> Path:
    """Return the place of a relative name in a folder; raises ForbiddenPath when it leaves it."""
    name = name.removeprefix("./")
    if not name or name.startswith("/") or "\\" in name or "\0" in name or ".." in name.split("/"):
        raise ForbiddenPath(
            f"'{name}' is not a name inside the working directory; write a relative path without `..`"
        )
    return folder / name


def write_inputs(ctx: RunContext, files: Mapping[str, Json] | None, folder: Path) -> None:
    """Write `inputFiles`: a value is content, or the address of a file to copy; null is skipped."""
    for name, value in (files or {}).items():
        if value is None:
            continue
        target = inside(folder, str(name))
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(value, str) and copy_uri(ctx, value.strip(), target):
            continue
        if target.is_symlink():
            target.unlink()
        target.write_bytes(value.encode() if isinstance(value, str) else dumps(value))


def copy_uri(ctx: RunContext, value: str, target: Path) -> bool:
    """Copy a `kestra:///` or `nsfile://` file; false when the text is not such an address."""
    if value.startswith(uris.SCHEME) and _URI.fullmatch(value):
        ctx.fetch(value, target)
        return True
    if value.startswith("nsfile://") and "\n" not in value:
        namespace, _, path = value.removeprefix("nsfile://").partition("/")
        _copy_namespace_file(ctx, namespace or ctx.where.namespace, path, target)
        return True
    return False


def _copy_namespace_file(ctx: RunContext, namespace: str, path: str, target: Path) -> None:
    ctx.fetch(uris.to_uri(f"{uris.namespace_files_prefix(namespace)}/{uris.safe_path(path)}"), target)


def write_namespace_files(ctx: RunContext, wanted: NamespaceFiles | None, folder: Path) -> None:
    """Copy files of namespaces into the folder."""
    if wanted is None or not wanted.enabled:
        return
    include, exclude = _patterns(wanted.include), _patterns(wanted.exclude)
    for namespace in ctx.render(wanted.namespaces) or [ctx.where.namespace]:
        base = uris.namespace_files_prefix(str(namespace))
        for info in ctx.world.files.walk(base):
            path = info.path.removeprefix(base).lstrip("/")
            if include and not any(p.fullmatch(path) for p in include):
                continue
            if any(p.fullmatch(path) for p in exclude):
                continue
            target = inside(folder, f"{namespace}/{path}" if wanted.folder_per_namespace else path)
            if target.exists() and not _may_replace(ctx, wanted.if_exists, path):
                continue
            _copy_namespace_file(ctx, str(namespace), path, target)


def _patterns(value: list[str] | str | None) -> list[re.Pattern[str]]:
    names = [value] if isinstance(value, str) else value or []
    return [path_pattern(name) for name in names]


def _may_replace(ctx: RunContext, rule: str, path: str) -> bool:
    if rule == "FAIL":
        raise TaskFailure(
            f"The namespace file '{path}' exists already in the working directory; "
            f"use another name or `ifExists: OVERWRITE`"
        )
    if rule == "WARN":
        ctx.warn(f"The namespace file '{path}' exists already in the working directory and was not copied")
    return rule == "OVERWRITE"


class Localizer:
    """Replaces addresses of stored files in texts by paths of copies; one copy of each file."""

    def __init__(self, ctx: RunContext, folder: Path) -> None:
        self._ctx = ctx
        self._folder = folder
        self._known: dict[str, str] = {}

    def text(self, text: str) -> str:
        """Return the text with every `kestra:///…` replaced."""
        return _URI.sub(lambda match: self._local(match[0]), text) if uris.SCHEME in text else text

    def _local(self, uri: str) -> str:
        # A sentence may end right after an address.
        found, dots = uri.rstrip("."), uri[len(uri.rstrip(".")) :]
        if found not in self._known:
            target = self._folder / new_id()[:8] / found.rpartition("/")[2]
            self._known[found] = str(self._ctx.fetch(found, target))
        return self._known[found] + dots


def collect(ctx: RunContext, patterns: Iterable[str], folder: Path, own: frozenset[Path]) -> dict[str, str]:
    """Store the files of the folder that match, by relative path; links out of the folder are refused."""
    compiled = [path_pattern(pattern) for pattern in patterns]
    if not compiled:
        return {}
    found: dict[str, str] = {}
    for path in sorted(_walk(folder)):
        relative = path.relative_to(folder).as_posix()
        if path not in own and any(pattern.fullmatch(relative) for pattern in compiled):
            if not path.resolve().is_relative_to(folder.resolve()):
                ctx.warn(f"The file '{relative}' is a link out of the working directory and was not stored")
                continue
            found[relative] = ctx.put(path.name, path)
    return found


def collect_all(ctx: RunContext, folder: Path) -> dict[str, str]:
    """Store every file below a folder, by path relative to it; empty when there is no such folder."""
    return collect(ctx, ["**"], folder, frozenset()) if folder.is_dir() else {}


def _walk(folder: Path) -> Iterator[Path]:
    for base, folders, names in os.walk(folder):
        if OWN_FOLDER in folders and Path(base) == folder:
            folders.remove(OWN_FOLDER)
        for name in names:
            path = Path(base) / name
            if path.is_file():
                yield path
