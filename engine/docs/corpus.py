"""Writes the generated part of the document corpus: pages of plugin types and of the expressions."""

from __future__ import annotations

import re
from pathlib import Path

from engine.docs.expression import expression_pages
from engine.docs.fact import facts_of
from engine.docs.page import page
from engine.plugin import Plugin
from engine.registry import Registry

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def write_pages(registry: Registry, folder: Path) -> list[Path]:
    """Write `plugins/<group>/<name>.md` and `expressions/<name>.md` below `folder`; return all of them.

    Files that belong to no type any more are removed; files that are up to date are not touched.
    """
    pages = plugin_pages(registry) | expression_pages()
    for name, text in pages.items():
        file = folder / name
        if not file.exists() or file.read_text("utf-8") != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
    for part in sorted({name.split("/")[0] for name in pages}):
        _sweep(folder / part, {folder / name for name in pages})
    return [folder / name for name in sorted(pages)]


def plugin_pages(registry: Registry) -> dict[str, str]:
    """Return file name to Markdown for every plugin type, sorted."""
    found = {}
    for type_id in registry.types(Plugin):
        plugin = registry.resolve(type_id)
        facts = facts_of(plugin)
        name = f"plugins/{facts.group.replace('.', '/')}/{_HUMP.sub('_', facts.name).lower()}.md"
        found[name] = page(plugin)
    return dict(sorted(found.items()))


def _sweep(folder: Path, kept: set[Path]) -> None:
    for file in sorted(folder.rglob("*.md")):
        if file not in kept:
            file.unlink()
    for below in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
        if not any(below.iterdir()):
            below.rmdir()
