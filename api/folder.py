"""A folder of flows, loaded at start: only what is new or changed since the last time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from engine.engine import Engine
from engine.errors import FlowsmithError
from engine.model.json import Json
from engine.source.split import split_documents

NAMESPACE = "_flowsmith"
"""Key-value namespace of the service itself; no flow can have it."""


@dataclass(slots=True)
class Loaded:
    """What came of a folder: flows saved, files unchanged, and why some were refused."""

    saved: list[str] = field(default_factory=list)
    same: int = 0
    refused: dict[str, str] = field(default_factory=dict)


def load_folder(engine: Engine, folder: Path) -> Loaded:
    """Save new and changed flows. A flow edited in the page stays as it is until its file changes."""
    loaded = Loaded()
    key = f"flows-{sha256(str(folder.resolve()).encode()).hexdigest()[:16]}"
    entry = engine.store.kv.get(NAMESPACE, key)
    known: dict[str, Json] = dict(entry.value) if entry and isinstance(entry.value, dict) else {}
    now: dict[str, Json] = {}
    for name, text in _texts(folder, loaded):
        digest = sha256(text.encode()).hexdigest()
        if known.get(name) == digest:
            loaded.same += 1
        elif not _save(engine, name, text, loaded):
            continue
        now[name] = digest
    if now != known:
        engine.store.kv.put(NAMESPACE, key, now, "JSON", engine.clock())
    return loaded


def _texts(folder: Path, loaded: Loaded) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.suffix in (".yml", ".yaml") and path.is_file():
            name = path.relative_to(folder).as_posix()
            try:
                yield name, path.read_text(encoding="utf-8-sig")
            except (OSError, UnicodeDecodeError) as error:
                loaded.refused[name] = f"cannot be read: {error}"


def _save(engine: Engine, name: str, text: str, loaded: Loaded) -> bool:
    """Save every flow of a file; false when one was refused, so that it is tried again at the next start."""
    fine = True
    for part in split_documents(text):
        try:
            row = engine.save(part.text)
        except FlowsmithError as error:
            loaded.refused[name] = error.message
            fine = False
        else:
            loaded.saved.append(f"{row.namespace}.{row.id}")
    return fine
